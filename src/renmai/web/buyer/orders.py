"""A buyer's orders: the list, one order with its parcels, receipt and refund."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.people.follows.actions import set_reachable
from renmai.people.follows.queries import standing_to
from renmai.trade.checkout.queries import access_checkout
from renmai.trade.orders.models import OrderLine, Parcel
from renmai.trade.orders.queries import OrderRow, OrderView, access_order, list_orders
from renmai.trade.parcels.actions import receive_order
from renmai.trade.refunds.actions import refund_order
from renmai.trust.reviews.queries import ToReview, list_to_review
from renmai.web.buyer.cases import LineCase, line_cases
from renmai.web.buyer.moments import moments_of
from renmai.web.buyer.recalls import LineRecall, line_recalls
from renmai.web.buyer.reviews import review_href
from renmai.web.buyer.shown import covers_of, picture, say, suppliers_of
from renmai.web.credit.receipts import receipts_of
from renmai.web.desks.credits import credit_of
from renmai.web.doors import Request, attempt, door
from renmai.web.ui.components import Tab

PICTURES_MAX = 4


@dataclass(frozen=True, slots=True)
class LineCard:
    """A line of an order as it is shown."""

    title: str
    image: str
    quantity: int
    paid_minor: int
    refunded_minor: int
    discount_minor: int
    href: str
    case: LineCase | None = None
    recall: LineRecall | None = None
    review: str = ""
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class ParcelCard:
    """What comes from one supplier: its parcel once there is one, its lines and its freight."""

    supplier: str
    parcel: Parcel | None
    lines: list[LineCard]
    freight_minor: int


@dataclass(frozen=True, slots=True)
class OrderCard:
    """An order in the list."""

    row: OrderRow
    shop: str
    face: str
    title: str
    images: list[str]
    count: int
    to_review: bool = False


@door("person")
def orders(request: Request) -> HttpResponse:
    """List one's own orders, newest first, all or of one state."""
    state = request.GET.get("state", "")
    page = list_orders(request.actor, role="buyer", state=state or None, after=request.GET.get("cursor"))
    covers = covers_of(line.sku_id for row in page.items for line in row.lines)
    waits = {
        row.order_id for row in list_to_review(request.actor, [r.order.id for r in page.items]) if not row.review_id
    }
    cards = [_card(row, covers, to_review=row.order.id in waits) for row in page.items]
    return render(
        request,
        "buyer/orders.html",
        {"cards": cards, "next_cursor": page.next_cursor, "tabs": _tabs(state), "state": state},
    )


def _tabs(state: str) -> list[Tab]:
    choices = (
        ("", _("All")),
        ("placed", _("To pay")),
        ("paid", _("Being packed")),
        ("shipped", _("On the way")),
        ("received", _("Received")),
    )
    return [
        Tab(label, f"/orders?state={name}" if name else "/orders", current=name == state) for name, label in choices
    ]


def _card(row: OrderRow, covers: dict[UUID, str], *, to_review: bool) -> OrderCard:
    goods = [line for line in row.lines if line.kind == "goods"]
    return OrderCard(
        row=row,
        shop=say(row.shop, "name") if row.shop else "",
        face=picture(row.shop.face_id) if row.shop else "",
        title=say(goods[0], "title") if goods else "",
        images=[covers.get(line.sku_id, "") for line in goods[:PICTURES_MAX] if line.sku_id],
        count=sum(line.quantity for line in goods),
        to_review=to_review,
    )


@door("person")
def order(request: Request, order_id: UUID) -> HttpResponse:
    """Show one's own order: where it stands, what comes in which parcel, where to, what was paid and given back."""
    view = _own(request, order_id)
    suppliers = suppliers_of(line.supplier_id for line in view.lines)
    lines = [line for line in view.lines if line.kind == "goods"]
    payments = access_checkout(request.actor, view.order.checkout_id).payments
    context = {
        "order": view.order,
        "shop": view.shop,
        "shop_name": say(view.shop, "name"),
        "face": picture(view.shop.face_id),
        "parcels": _parcels(
            view,
            suppliers,
            line_cases(request, order_id, view.order.state),
            line_recalls(view.order, view.lines),
            {row.line_id: row for row in list_to_review(request.actor, [order_id])},
        ),
        "moments": moments_of(view, suppliers),
        "credit": credit_of(request.actor, order_id),
        "returns": view.returns,
        "paid_by": next((payment for payment in payments if payment.state == "captured"), None),
        "goods_count": sum(line.quantity for line in lines),
        "can_receive": any(parcel.state in {"handed_over", "delivered"} for parcel in view.parcels),
        "own_shop": request.actor.person_id == view.shop.owner_id,
        "known": standing_to(request.actor, view.shop.owner_id).reachable,
        "receipts": receipts_of(request.actor, order_id),
        "can_refund": view.order.state == "paid" and all(parcel.state == "waiting" for parcel in view.parcels),
    }
    return render(request, "buyer/order.html", context)


def _own(request: Request, order_id: UUID) -> OrderView:
    return access_order(request.actor, order_id, "buyer")


def _parcels(
    view: OrderView,
    suppliers: dict[UUID | None, str],
    cases: dict[UUID, LineCase],
    recalls: dict[UUID, LineRecall],
    reviews: dict[UUID, ToReview],
) -> list[ParcelCard]:
    covers = covers_of(line.sku_id for line in view.lines)
    by_supplier: dict[UUID | None, Parcel] = {parcel.supplier_id: parcel for parcel in view.parcels}
    return [
        ParcelCard(
            supplier=suppliers.get(supplier_id, ""),
            parcel=by_supplier.get(supplier_id),
            lines=[
                _line(line, covers, cases.get(line.id), recalls.get(line.id), reviews.get(line.id))
                for line in view.lines
                if line.supplier_id == supplier_id and line.kind == "goods"
            ],
            freight_minor=sum(x.paid_minor for x in view.lines if x.supplier_id == supplier_id and x.kind == "freight"),
        )
        for supplier_id in dict.fromkeys(line.supplier_id for line in view.lines)
    ]


def _line(
    line: OrderLine,
    covers: dict[UUID, str],
    case: LineCase | None,
    recall: LineRecall | None,
    review: ToReview | None,
) -> LineCard:
    return LineCard(
        title=say(line, "title"),
        image=covers.get(line.sku_id, "") if line.sku_id else "",
        quantity=line.quantity,
        paid_minor=line.paid_minor,
        refunded_minor=line.refunded_minor,
        discount_minor=line.discount_minor,
        href=f"/picks/{line.pick_id}" if line.pick_id else "",
        case=case,
        recall=recall,
        review=review_href(review) if review else "",
        reviewed=bool(review and review.review_id),
    )


@door("person", "POST")
def receipt(request: Request, order_id: UUID) -> HttpResponse:
    """Confirm that everything on its way has arrived."""
    _own(request, order_id)
    attempt(
        request,
        _("Thank you. The makers and the person who recommended it will be paid once the days to return are over."),
        lambda: receive_order(actor=request.actor, now=request.now, order_id=order_id),
    )
    return HttpResponseRedirect(f"/orders/{order_id}")


@door("person", "POST")
def consent(request: Request, order_id: UUID) -> HttpResponse:
    """Let the person one bought from see and address one as a customer (`do`: give), or no more."""
    shop, given = _own(request, order_id).shop, request.POST.get("do") == "give"
    name = {"name": say(shop, "name")}
    said = _("%(name)s may write to you.") if given else _("%(name)s may not write to you.")
    attempt(
        request,
        said % name,
        lambda: set_reachable(actor=request.actor, now=request.now, person_id=shop.owner_id, reachable=given),
    )
    return HttpResponseRedirect(f"/orders/{order_id}")


@door("person", "POST")
def refund(request: Request, order_id: UUID) -> HttpResponse:
    """Take the whole order back before anything was handed over."""
    _own(request, order_id)
    reason = request.POST.get("reason", "").strip()[:200] or _("Cancelled by the buyer.")
    attempt(
        request,
        _("The order is cancelled. The money goes back the way it came."),
        lambda: refund_order(
            actor=request.actor, now=request.now, order_id=order_id, key=request.POST.get("key"), reason=reason
        ),
    )
    return HttpResponseRedirect(f"/orders/{order_id}")
