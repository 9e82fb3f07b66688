"""Orders as the operator sees them: found by what a person says, and one with all of its money; refunds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import short_number
from renmai.kit.problems import DomainError
from renmai.money.ledger.models import Transfer
from renmai.money.splits.models import SplitPart
from renmai.trade.checkout.queries import CheckoutView, access_checkout
from renmai.trade.orders.models import OrderState
from renmai.trade.orders.queries import OrderView, access_order
from renmai.trade.refunds.actions import refund_order
from renmai.trade.refunds.rules import REFUNDABLE
from renmai.trade.reports.explorer import list_subject_transfers
from renmai.trade.reports.figures import OrderFound, find_orders, names_of, owners_of
from renmai.web.desks.credits import credit_of
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door
from renmai.web.operator.forms import RefundForm
from renmai.web.operator.shown import account_link, amount, order_link, transfer_lines, two_lines
from renmai.web.operator.words import EVENTS, RULES, blame_in_words, state_pill, state_word, word
from renmai.web.ui.components import Column, Moment, Row
from renmai.web.ui.templatetags.ui import percent, when

STATES = [("", gettext_lazy("All states")), *((state.value, state.value) for state in OrderState)]


@door("operator")
def found(request: Request) -> HttpResponse:
    """Find orders by number or buyer, of one state or all, newest first."""
    words, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    page = find_orders(request.actor, words=words, state=state, after=request.GET.get("cursor"))
    context = {
        "words": words,
        "state": state,
        "states": [(value, label if not value else state_word(value)) for value, label in STATES],
        "columns": [
            Column(_("Order")), Column(_("Placed")), Column(_("State")), Column(_("Shop")), Column(_("Buyer")),
            Column(_("Total"), numeric=True),
        ],
        "rows": [_row(item) for item in page.items],
        "next_cursor": page.next_cursor,
    }  # fmt: skip
    return render(request, "operator/orders.html", context)


def _row(item: OrderFound) -> Row:
    order = item.order
    back = (
        _("%(amount)s back") % {"amount": amount(order.refunded_minor, order.currency)} if order.refunded_minor else ""
    )
    cells = [
        order_link(order.id),
        when(order.placed_at),
        state_pill(order.state),
        in_language(item.shop, "name") if item.shop else "-",
        item.buyer.shown if item.buyer else "-",
        two_lines(amount(order.total_minor, order.currency), back),
    ]
    return Row(cells)


@door("operator", "GET", "POST")
def order(request: Request, order_id: UUID) -> HttpResponse:
    """Show an order with all of its money; give it back, whole or in part."""
    view = access_order(request.actor, order_id)
    form = RefundForm(view.lines, request.POST or None)
    if request.method == "POST" and form.is_valid() and _refunded(request, view, form):
        messages.success(request, _("Refunded. The money goes back the way it came."))
        return HttpResponseRedirect(f"/operator/orders/{order_id}")
    context = _context(request.actor, view)
    context["form"] = form
    context["may_refund"] = view.order.state in REFUNDABLE and bool(form.line_ids)
    context["whole"] = request.POST.get("how") != "part"
    return render(request, "operator/order.html", context, status=422 if form.errors else 200)


def _refunded(request: Request, view: OrderView, form: RefundForm) -> bool:
    lines = None if request.POST.get("how") == "whole" else form.amounts()
    try:
        refund_order(
            actor=request.actor, now=request.now, order_id=view.order.id, key=request.POST.get("key"),
            reason=form.cleaned_data["reason"], lines=lines,
        )  # fmt: skip
    except DomainError as refusal:
        blame_in_words(form, refusal)
        return False
    return True


def _context(actor: Actor, view: OrderView) -> dict[str, Any]:
    checkout = access_checkout(actor, view.order.checkout_id)
    transfers = list_subject_transfers(actor, [view.order.id, checkout.checkout.id])
    owners = owners_of(part.payee for part in view.parts)
    suppliers = Supplier.objects.in_bulk({line.supplier_id for line in view.lines if line.supplier_id})
    names = names_of(
        [view.order.buyer_id, *(refund.by_id for refund in view.refunds), *(e.actor_id for e in view.moments)]
    )
    return {
        "view": view,
        "credit": credit_of(actor, view.order.id),
        "state_pill": state_pill(view.order.state),
        "buyer": names.get(view.order.buyer_id, ""),
        "lines": [_line(line, suppliers) for line in view.lines],
        "number": short_number(view.order.id),
        "shop_name": in_language(view.shop, "name"),
        "parcels": [(p, _name(suppliers.get(p.supplier_id)), state_pill(p.state)) for p in view.parcels],
        "parts": _parts(view, owners),
        "parts_minor": sum(part.amount_minor for part in view.parts),
        "reversed_minor": sum(part.reversed_minor for part in view.parts),
        "checkout": checkout.checkout,
        "checkout_pill": state_pill(checkout.checkout.state),
        "payments": _payments(checkout),
        "siblings": [order_link(o.id) for o in checkout.orders if o.id != view.order.id],
        "refunds": [(refund, names.get(refund.by_id, "") if refund.by_id else "") for refund in view.refunds],
        "returns": [(row, state_pill(row.state)) for row in view.returns],
        "transfers": transfer_lines(transfers),
        "escrow_minor": _escrow(transfers, view.order.id),
        "moments": _moments(view.moments, names),
    }


def _name(supplier: Supplier | None) -> str:
    return in_language(supplier, "name") if supplier else ""


def _line(line: Any, suppliers: Mapping[UUID, Supplier]) -> dict[str, Any]:
    titles = {"freight": _("Freight"), "unlisted": _("Imported without lines")}
    return {
        "row": line,
        "title": in_language(line, "title") or titles.get(line.kind, ""),
        "supplier": _name(suppliers.get(line.supplier_id)),
    }


def _parts(view: OrderView, owners: Mapping[str, Any]) -> list[dict[str, Any]]:
    titles = {line.id: in_language(line, "title") or _("Freight") for line in view.lines}
    settled = bool(view.split and view.split.settled_at)
    return [_part(part, titles, owners, settled) for part in view.parts]


def _part(part: SplitPart, titles: Mapping[UUID, str], owners: Mapping[str, Any], settled: bool) -> dict[str, Any]:
    gone = part.reversed_minor > 0 and part.reversed_minor == part.amount_minor
    return {
        "row": part,
        "payee": account_link(part.payee, owners),
        "line": titles.get(part.line_id, ""),
        "rule": word(RULES, part.rule),
        "rate": percent(part.rate_bps) if part.rate_bps is not None else "",
        "state": state_pill("reversed" if gone else "settled" if settled else "estimated"),
    }


def _payments(checkout: CheckoutView) -> list[tuple[Any, Any]]:
    return [(payment, state_pill(payment.state)) for payment in checkout.payments]


def _escrow(transfers: Sequence[Transfer], order_id: UUID) -> int:
    own = [row for row in transfers if row.subject_id == order_id]
    came = sum(row.amount_minor for row in own if row.credit == "escrow")
    return came - sum(row.amount_minor for row in own if row.debit == "escrow")


def _moments(events: Sequence[Event], names: Mapping[UUID, str]) -> list[Moment]:
    told = [event for event in events if event.kind != "split.settled"]  # the same moment as order.settled
    return [
        Moment(
            title=word(EVENTS, event.kind), at=event.at, text=names.get(event.actor_id, "") if event.actor_id else ""
        )
        for event in reversed(told)
    ]
