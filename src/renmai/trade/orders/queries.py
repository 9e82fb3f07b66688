"""Read orders, through the actor: the buyer's, the shop's, the supplier's part, or all for operators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from renmai.kit.access import Actor, Grant, require_any, require_person, require_role
from renmai.kit.events.models import Event
from renmai.kit.paging import BadCursor, Page, checked_limit, cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.payments.models import PaymentReturn
from renmai.money.splits.models import Split, SplitPart
from renmai.people.accounts.models import Person
from renmai.people.accounts.rules import for_service, serves
from renmai.places.live.models import Show
from renmai.places.shops.models import Shop
from renmai.trade.orders.models import Order, OrderLine, Parcel


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund as one actor may see it: to a supplier `amount_minor` is only what its own lines gave."""

    id: UUID
    order_id: UUID
    amount_minor: int
    currency: str
    reason: str
    after_settlement: bool
    by_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SoldIn:
    """A show in which lines of an order were bought, and who was its host."""

    show_id: UUID
    title: str
    host_id: UUID
    host: str
    began_at: datetime | None


@dataclass(slots=True)
class OrderView:
    """An order as one actor may see it: `role` says as whom, `parts` are only the actor's own (all for operators).

    `address` is empty for whom it does not concern: the creator, and a supplier with nothing to send.
    """

    order: Order
    role: str
    shop: Shop
    lines: list[OrderLine]
    parcels: list[Parcel]
    parts: list[SplitPart]
    split: Split | None
    refunds: list[RefundView]
    returns: list[PaymentReturn]
    moments: list[Event]
    address: dict[str, str]
    shows: list[SoldIn]


@dataclass(slots=True)
class OrderRow:
    """An order in a list: the order, its shop and its lines (a supplier's list: only that supplier's)."""

    order: Order
    shop: Shop | None
    lines: list[OrderLine]


def access_order(actor: Actor, order_id: UUID, role: str | None = None) -> OrderView:
    """Return an order the actor may see, as the first of operator, buyer, creator and supplier that the actor is of it.

    A `role` asks for that one: whoever bought in their own shop may look as its creator. Errors: NotFound, SignInNeeded.
    """
    if not actor.is_system:
        require_person(actor)
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound()
    parcels = list(order.parcels.order_by("id"))
    seen_as = next((each for each in _roles(actor, order, parcels) if role in {None, each}), None)
    if seen_as is None:
        raise NotFound()
    own = set(actor.subjects("supplier")) if seen_as == "supplier" else None
    parcels = [parcel for parcel in parcels if own is None or parcel.supplier_id in own]
    lines = [line for line in order.lines.order_by("id") if own is None or line.supplier_id in own]
    return OrderView(
        order,
        seen_as,
        Shop.objects.get(pk=order.shop_id),
        lines,
        parcels,
        _parts(actor, order, seen_as),
        Split.objects.filter(pk=order.id).first(),
        _refunds(order, own),
        list(PaymentReturn.objects.filter(subject_id=order.id).order_by("id"))
        if seen_as in {"buyer", "operator"}
        else [],
        _moments(order, None if own is None else {str(parcel.id) for parcel in parcels}),
        _address(order, seen_as, parcels),
        _shows(lines),
    )


def _shows(lines: Sequence[OrderLine]) -> list[SoldIn]:
    """Return the shows in which lines were bought; two statements where there are any, else none."""
    ids = {line.show_id for line in lines if line.show_id is not None}
    if not ids:
        return []
    shows = list(Show.objects.filter(id__in=ids).order_by("id"))
    hosts = Person.objects.in_bulk({show.host_id for show in shows})
    return [
        SoldIn(
            show.id, show.title, show.host_id, hosts[show.host_id].name if show.host_id in hosts else "-", show.began_at
        )
        for show in shows
    ]


def _roles(actor: Actor, order: Order, parcels: Sequence[Parcel]) -> Iterator[str]:
    """Yield what the actor is of an order; its suppliers are so from the moment it is paid."""
    if actor.has("operator") or actor.is_system:
        yield "operator"
    if actor.person_id == order.buyer_id:
        yield "buyer"
    if serves(actor, order.shop_id):
        yield "creator"
    if any(actor.has("supplier", parcel.supplier_id) for parcel in parcels):
        yield "supplier"


def _address(order: Order, role: str, parcels: Sequence[Parcel]) -> dict[str, str]:
    sends = role == "supplier" and any(parcel.state != "cancelled" for parcel in parcels)
    return dict(order.address) if sends or role in {"operator", "buyer"} else {}


def _moments(order: Order, own_parcels: set[str] | None) -> list[Event]:
    """Return what happened; to a supplier (`own_parcels`) nothing of others' parcels and of what others gave back."""
    events = Event.objects.filter(subject_id=order.id).order_by("at", "id")[:200]
    if own_parcels is None:
        return list(events)
    return [e for e in events if e.kind != "order.refund" and e.data.get("parcel_id") in {None, *own_parcels}]


def _refunds(order: Order, own_suppliers: set[UUID] | None) -> list[RefundView]:
    """Return the refunds; to suppliers those that touch their lines, with their part of the amount."""
    refunds = order.refunds.order_by("id")
    if own_suppliers is not None:
        own = Q(lines__line__supplier_id__in=own_suppliers)
        refunds = refunds.annotate(own_minor=Sum("lines__amount_minor", filter=own)).filter(own_minor__gt=0)
    return [
        RefundView(r.id, r.order_id, getattr(r, "own_minor", r.amount_minor), r.currency, r.reason, r.after_settlement,
                   r.by_id, r.at)
        for r in refunds
    ]  # fmt: skip


def _parts(actor: Actor, order: Order, role: str) -> list[SplitPart]:
    parts = SplitPart.objects.filter(subject_id=order.id).order_by("id")
    if role == "operator":
        return list(parts)
    if role == "creator" and actor.has("creator", order.shop_id):
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
        raise BadCursor() from None


def _orders(actor: Actor, role: str, subject_id: UUID | None) -> QuerySet[Order]:
    if role == "operator":
        require_role(actor, "operator")
        return Order.objects.all()
    if role == "buyer":
        return Order.objects.filter(buyer_id=require_person(actor))
    if subject_id is None:
        raise NotFound()
    require_any(actor, for_service(subject_id) if role == "creator" else (Grant(role, subject_id),))
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

    @property
    def address(self) -> dict[str, str]:
        """Return where it goes; nothing for a parcel that goes nowhere."""
        return {} if self.parcel.state == "cancelled" else dict(self.order.address)


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
