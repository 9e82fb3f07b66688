"""Parcels: to hand over, on their way, delivered; and the orders they belong to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.products.history import list_warehouses
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.problems import NotFound
from renmai.trade.dispatch.models import ParcelLabel
from renmai.trade.dispatch.queries import list_labels
from renmai.trade.orders.queries import ParcelView, list_parcels
from renmai.trade.parcels.actions import hand_over, report_parcel
from renmai.trade.reports.earnings import ParcelCounts, count_parcels
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.refunds import order_page
from renmai.web.doors import Request, attempt, door, safe_next
from renmai.web.supplier.forms import HandOverForm
from renmai.web.ui.components import Tab

PARCELS = "/supplier/parcels"
STATES = ("waiting", "handed_over", "delivered", "received", "cancelled")
CARRIERS = ("SF Express 顺丰", "ZTO 中通", "YTO 圆通", "Yunda 韵达", "JD 京东", "EMS", "DHL")
ROWS = 20


@door("supplier")
def parcels(request: Request) -> HttpResponse:
    """List the parcels of one state; those to hand over come with their form, late ones marked."""
    return _listed(request, None, None)


def _listed(request: Request, sent_id: UUID | None, sent_form: HandOverForm | None) -> HttpResponse:
    desk = open_desk(request, "supplier")
    state = request.GET.get("state", "waiting")
    state = state if state in STATES else "waiting"
    after = request.GET.get("cursor")
    page = list_parcels(request.actor, supplier_id=desk.id, state=state, after=after, limit=ROWS)
    warehouses = list_warehouses(request.actor, desk.id)
    labels = {
        label.parcel_id: label for label in list_labels(request.actor, desk.id, [v.parcel.id for v in page.items])
    }
    context = {
        "page": page,
        "rows": [
            _row(
                request, view, labels.get(view.parcel.id), warehouses, sent_form if view.parcel.id == sent_id else None
            )
            for view in page.items
        ],
        "places": {row["id"]: row["name"] for row in warehouses},
        "state": state,
        "tabs": _tabs(count_parcels(request.actor, desk.id, now=request.now), state),
        "carriers": access_supplier(request.actor, desk.id).carriers or CARRIERS,
    }
    return show(request, "supplier/parcels.html", desk, context, 422 if sent_form else 200)


def _row(
    request: Request,
    view: ParcelView,
    label: ParcelLabel | None,
    warehouses: list[dict[str, Any]],
    sent_form: HandOverForm | None,
) -> dict[str, Any]:
    parcel = view.parcel
    told = {"carrier": label.carrier, "tracking": label.tracking} if label else {}
    form = sent_form or HandOverForm(auto_id=f"id_{parcel.id.hex}_%s", initial=told, warehouses=warehouses)
    due = parcel.hand_over_by
    late = parcel.state == "waiting" and due is not None and due < request.now
    return {"parcel": parcel, "order": view.order, "lines": view.lines, "form": form, "late": late, "label": label}


def _tabs(counts: ParcelCounts, state: str) -> list[Tab]:
    words = {
        "waiting": (_("To hand over"), counts.waiting),
        "handed_over": (_("On their way"), counts.handed_over),
        "delivered": (_("Delivered"), counts.delivered),
        "received": (_("Received"), None),
        "cancelled": (_("Cancelled"), None),
    }
    return [Tab(label, f"{PARCELS}?state={name}", name == state, count) for name, (label, count) in words.items()]


@door("supplier", "POST")
def handing_over(request: Request, parcel_id: UUID) -> HttpResponse:
    """Hand a parcel over; the same carrier and number again is no error."""
    desk = open_desk(request, "supplier")
    warehouses = list_warehouses(request.actor, desk.id)
    form = HandOverForm(request.POST, auto_id=f"id_{parcel_id.hex}_%s", warehouses=warehouses)
    if sent(form, lambda: hand_over(actor=request.actor, now=request.now, parcel_id=parcel_id, **form.asked())):
        messages.success(request, _("Handed over. The buyer sees the tracking number."))
        return HttpResponseRedirect(safe_next(request, PARCELS))
    return _listed(request, parcel_id, form)


@door("supplier", "POST")
def delivery(request: Request, parcel_id: UUID) -> HttpResponse:
    """Stand in for the carrier: say that a parcel is on its way or delivered. Again is no error."""
    said = request.POST.get("said", "")
    if said not in {"in_transit", "delivered"}:
        raise NotFound()
    done = _("Reported as delivered.") if said == "delivered" else _("Reported as on its way.")
    attempt(request, done, lambda: report_parcel(actor=request.actor, now=request.now, parcel_id=parcel_id, said=said))
    return HttpResponseRedirect(safe_next(request, f"{PARCELS}?state=handed_over"))


@door("supplier", "GET", "POST")
def order(request: Request, order_id: UUID) -> HttpResponse:
    """Show the supplier's part of an order; POST refunds its own lines."""
    return order_page(request, "supplier", order_id, "supplier/order.html")
