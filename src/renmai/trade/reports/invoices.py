"""Invoices over orders: a buyer asks for one over what was paid less what was refunded, and sees what changed since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from renmai.kit.access import Actor
from renmai.money.statements.actions import NothingToInvoice, ask_invoice
from renmai.money.statements.invoices import buyer_payee
from renmai.money.statements.models import InvoiceRequest
from renmai.trade.orders.models import Order
from renmai.trade.orders.queries import access_order


def request_order_invoice(
    *, actor: Actor, now: datetime, order_id: UUID, title: str, tax_number: str = "", email: str = ""
) -> InvoiceRequest:
    """Ask for the invoice over one's own order. Asked for again: the same request, as it stands.

    Errors: SignInNeeded, NotFound (not one's own), NothingToInvoice (not paid, or all given back), Invalid.
    """
    order = access_order(actor, order_id, "buyer").order
    if order.paid_at is None:
        raise NothingToInvoice()
    who = {"title": title, "tax_number": tax_number, "email": email}
    return ask_invoice(
        actor=actor,
        now=now,
        payee=buyer_payee(order.buyer_id),
        order_id=order.id,
        amount_minor=order.total_minor - order.refunded_minor,
        who=who,
    )


def changed_minor(rows: Iterable[InvoiceRequest]) -> dict[UUID, int]:
    """Return request -> how much less its order stands at now than when the invoice was asked for, where it is less.

    Minor units; one statement. The caller has checked who asks.
    """
    asked = {row.order_id: row for row in rows if row.order_id and row.state != "refused"}
    orders = Order.objects.filter(id__in=asked).values_list("id", "total_minor", "refunded_minor")
    less = {asked[order_id].id: asked[order_id].amount_minor - (total - back) for order_id, total, back in orders}
    return {request_id: minor for request_id, minor in less.items() if minor}
