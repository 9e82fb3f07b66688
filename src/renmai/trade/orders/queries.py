"""Read orders, through the actor: the buyer's, the shop's, the supplier's part, or all for operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.models import Event
from renmai.kit.paging import Page, checked_limit, cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.payments.models import PaymentReturn
from renmai.money.splits.models import Split, SplitPart
from renmai.places.shops.models import Shop
from renmai.trade.orders.models import Order, OrderLine, Parcel, Refund


@dataclass(slots=True)
class OrderView:
    """An order as one actor may see it: `role` says as whom, `parts` are only the actor's own (all for operators)."""

    order: Order
    role: str
    shop: Shop
    lines: list[OrderLine]
    parcels: list[Parcel]
    parts: list[SplitPart]
    split: Split | None
    refunds: list[Refund]
    returns: list[PaymentReturn]
    moments: list[Event]


@dataclass(slots=True)
class OrderRow:
    """An order in a list: the order, its shop and its lines (a supplier's list: only that supplier's)."""

    order: Order
    shop: Shop | None
    lines: list[OrderLine]


def access_order(actor: Actor, order_id: UUID) -> OrderView:
    """Return an order the actor may see. Errors: NotFound, SignInNeeded."""
    require_person(actor)
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound()
    lines = list(order.lines.order_by("id"))
    role = _role(actor, order, lines)
    own_suppliers = set(actor.subjects("supplier")) if role == "supplier" else None
    return OrderView(
        order,
        role,
        Shop.objects.get(pk=order.shop_id),
        [line for line in lines if own_suppliers is None or line.supplier_id in own_suppliers],
        [p for p in order.parcels.order_by("id") if own_suppliers is None or p.supplier_id in own_suppliers],
        _parts(actor, order, role),
        Split.objects.filter(pk=order.id).first(),
        list(order.refunds.order_by("id")) if role != "supplier" else [],
        list(PaymentReturn.objects.filter(subject_id=order.id).order_by("id")) if role in {"buyer", "operator"} else [],
        list(Event.objects.filter(subject_id=order.id).order_by("at", "id")[:200]),
    )


def _role(actor: Actor, order: Order, lines: Sequence[OrderLine]) -> str:
    if actor.has("operator") or actor.is_system:
        return "operator"
    if actor.person_id == order.buyer_id:
        return "buyer"
    if actor.has("creator", order.shop_id):
        return "creator"
    if any(line.supplier_id is not None and actor.has("supplier", line.supplier_id) for line in lines):
        return "supplier"
    raise NotFound()


def _parts(actor: Actor, order: Order, role: str) -> list[SplitPart]:
    parts = SplitPart.objects.filter(subject_id=order.id).order_by("id")
    if role == "operator":
        return list(parts)
    if role == "creator":
        return list(parts.filter(payee=creator_account(order.shop_id)))
    if role == "supplier":
        return list(parts.filter(payee__in=[supplier_account(s) for s in actor.subjects("supplier")]))
    return []


def list_orders(
    actor: Actor,
    *,
    role: str,
    subject_id: UUID | None = None,
    state: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> Page[OrderRow]:
    """Return orders newest first, as buyer (one's own), creator or supplier (of `subject_id`) or operator (all).

    Three statements whatever the number of rows. Errors: NotFound, Forbidden, SignInNeeded, BadCursor.
    """
    orders = _orders(actor, role, subject_id)
    if state:
        orders = orders.filter(state=state)
    parts, size = parts_of(after, 1), checked_limit(limit)
    if parts:
        orders = orders.filter(id__lt=_uuid(parts[0]))
    rows = list(orders.order_by("-id")[: size + 1])
    page = page_of(rows, size, cursor_of(rows[min(size, len(rows)) - 1].id) if rows else None)
    return Page(_with_lines(page.items, subject_id if role == "supplier" else None), page.next_cursor)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound() from None


def _orders(actor: Actor, role: str, subject_id: UUID | None) -> QuerySet[Order]:
    if role == "operator":
        require_role(actor, "operator")
        return Order.objects.all()
    if role == "buyer":
        return Order.objects.filter(buyer_id=require_person(actor))
    if subject_id is None:
        raise NotFound()
    require_role(actor, role, subject_id)
    if role == "creator":
        return Order.objects.filter(shop_id=subject_id)
    return Order.objects.filter(~Q(state__in=["placed", "expired", "cancelled"]), parcels__supplier_id=subject_id)


def _with_lines(orders: Sequence[Order], supplier_id: UUID | None) -> list[OrderRow]:
    lines = OrderLine.objects.filter(order__in=orders).order_by("id")
    if supplier_id is not None:
        lines = lines.filter(supplier_id=supplier_id)
    by_order: dict[UUID, list[OrderLine]] = {order.id: [] for order in orders}
    for line in lines:
        by_order[line.order_id].append(line)
    shops = Shop.objects.in_bulk({order.shop_id for order in orders})
    return [OrderRow(order, shops.get(order.shop_id), by_order[order.id]) for order in orders]


@dataclass(slots=True)
class ParcelView:
    """A parcel in its supplier's list, with what goes into it and where to."""

    parcel: Parcel
    order: Order
    lines: list[OrderLine]


def list_parcels(
    actor: Actor, *, supplier_id: UUID, state: str | None = None, after: str | None = None, limit: int | None = None
) -> Page[ParcelView]:
    """Return a supplier's parcels, oldest first while waiting, else newest first. Two statements.

    Errors: NotFound, BadCursor.
    """
    require_role(actor, "supplier", supplier_id)
    parcels = Parcel.objects.filter(supplier_id=supplier_id).select_related("order")
    if state:
        parcels = parcels.filter(state=state)
    parts, size = parts_of(after, 1), checked_limit(limit)
    oldest_first = state == "waiting"
    if parts:
        parcels = parcels.filter(Q(id__gt=_uuid(parts[0])) if oldest_first else Q(id__lt=_uuid(parts[0])))
    rows = list(parcels.order_by("id" if oldest_first else "-id")[: size + 1])
    page = page_of(rows, size, cursor_of(rows[min(size, len(rows)) - 1].id) if rows else None)
    lines = OrderLine.objects.filter(order__in=[p.order_id for p in page.items], supplier_id=supplier_id, kind="goods")
    by_order: dict[Any, list[OrderLine]] = {}
    for line in lines.order_by("id"):
        by_order.setdefault(line.order_id, []).append(line)
    return Page([ParcelView(p, p.order, by_order.get(p.order_id, [])) for p in page.items], page.next_cursor)
