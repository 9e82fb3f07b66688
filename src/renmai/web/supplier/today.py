"""The supplier's home: the application of whoever is none yet, and what is to be done today."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.products.counts import count_goods
from renmai.goods.products.low import count_low
from renmai.goods.screening.queries import list_decisions, list_evidence
from renmai.goods.suppliers.actions import apply_supplier
from renmai.goods.suppliers.models import Supplier
from renmai.goods.suppliers.queries import access_supplier
from renmai.trade.care.waiting import count_waiting
from renmai.trade.orders.queries import list_parcels
from renmai.trade.reports.earnings import count_parcels, read_earnings
from renmai.web.desks.desk import Desk, find_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, door, run_once
from renmai.web.supplier.forms import SupplierForm
from renmai.web.ui.components import Step

PARCELS_SHOWN = 5


@door("person", "GET", "POST")
def home(request: Request) -> HttpResponse:
    """Today; or the invitation with the application, for whoever has no supplier."""
    desk = find_desk(request, "supplier")
    if desk is None or request.method == "POST":
        return _apply(request, desk)
    supplier = access_supplier(request.actor, desk.id)
    parcels = list_parcels(request.actor, supplier_id=desk.id, state="waiting", limit=PARCELS_SHOWN)
    goods = count_goods(request.actor, desk.id)
    decisions = list_decisions(request.actor, desk.id)
    context = {
        "supplier": supplier,
        "parcels": parcels.items,
        "waiting": count_parcels(request.actor, desk.id, now=request.now),
        "goods": goods,
        "low": count_low(request.actor, desk.id),
        "cases": count_waiting(request.actor, "supplier", desk.id),
        "earnings": read_earnings(request.actor, "supplier", desk.id),
        "decision": decisions[0] if decisions else None,
        "steps": _steps(supplier, len(list_evidence(request.actor, desk.id)), sum(goods.values())),
        "now": request.now,
    }
    return show(request, "supplier/today.html", desk, context)


@door("person", "GET", "POST")
def another(request: Request) -> HttpResponse:
    """Apply as a further supplier."""
    return _apply(request, find_desk(request, "supplier"))


def _apply(request: Request, desk: Desk | None) -> HttpResponse:
    form = SupplierForm(request.POST or None, initial={"contact_email": getattr(request.user, "email", "")})
    if request.method == "POST" and sent(form, lambda: _hand_in(request, form.cleaned_data)):
        return HttpResponseRedirect("/supplier/company")
    return show(request, "supplier/apply.html", desk, {"form": form}, 422 if form.is_bound else 200)


def _hand_in(request: Request, values: dict[str, Any]) -> None:
    def do() -> None:
        supplier = apply_supplier(actor=request.actor, now=request.now, **values)
        request.session["supplier"] = str(supplier.id)

    run_once(request, "supplier.apply", do)


def _steps(supplier: Supplier, documents: int, products: int) -> list[Step]:
    """Return the way of a newcomer: apply, documents, goods, screening."""
    approved = supplier.state == "approved"
    done = [True, documents > 0 or approved, products > 0, approved]
    labels = [_("Applied"), _("Documents handed in"), _("Goods imported"), _("Screened")]
    current = next((place for place, is_done in enumerate(done) if not is_done), len(done))
    return [
        Step(label, "done" if done[place] else "current" if place == current else "todo")
        for place, label in enumerate(labels)
    ]
