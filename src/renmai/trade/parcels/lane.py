"""The parcel lane: hand-over, carriers' reports and receipt, set by set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.goods.products.lane import lock_stock
from renmai.goods.products.warehouse_lane import ship_from
from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, append
from renmai.kit.ids import new_id
from renmai.kit.lane import Lane
from renmai.kit.problems import DomainError
from renmai.money.splits.lane import lock_splits, schedule
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import Rows, in_force
from renmai.trade.orders.lane import move_orders
from renmai.trade.parcels.rules import Act, ParcelRow, Step, apply_act, order_step

SUPPLIERS_OF = """
select l.order_id, l.supplier_id, max(coalesce(p.hand_over_hours, s.hand_over_hours)) from trade_orderline l
join goods_supplier s on s.id = l.supplier_id
left join goods_sku k on k.id = l.sku_id
left join goods_product p on p.id = k.product_id
where l.order_id = any(%s) and l.kind = 'goods' group by 1, 2 order by 1, 2
"""
INSERT = """
insert into trade_parcel (id, order_id, supplier_id, state, carrier, tracking, carrier_says, hand_over_by)
select i, o, s, 'waiting', '', '', '', t + make_interval(hours => h)
from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::int[]) as x (i, o, s, t, h)
on conflict (order_id, supplier_id) do nothing
"""
ORDERS_OF = "select distinct order_id from trade_parcel where id = any(%s)"
LOCK_ORDERS = "select id, state, buyer_id from trade_order where id = any(%s) order by id for update"
LOCK = """
select id, order_id, supplier_id, state, carrier, tracking, carrier_says, handed_over_at, delivered_at, receive_at,
       received_at, warehouse_id, batch
from trade_parcel where order_id = any(%s) order by id for update
"""
UPDATE = """
update trade_parcel p set state = w.state, carrier = w.carrier, tracking = w.tracking, carrier_says = w.says,
       handed_over_at = w.handed, delivered_at = w.delivered, receive_at = w.receive, received_at = w.received,
       warehouse_id = w.warehouse, batch = w.batch
from unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],
            %s::timestamptz[], %s::timestamptz[], %s::uuid[], %s::text[])
  as w (id, state, carrier, tracking, says, handed, delivered, receive, received, warehouse, batch)
where p.id = w.id
"""
CANCEL_PARCELS = """
update trade_parcel p set state = 'cancelled', receive_at = null
from unnest(%s::uuid[], %s::uuid[]) as w (order_id, supplier_id)
where p.order_id = w.order_id and p.supplier_id = w.supplier_id and p.state = 'waiting'
"""
PACKED = """
select p.id, l.sku_id, (l.quantity - l.restocked)::bigint from trade_parcel p
join trade_orderline l on l.order_id = p.order_id and l.supplier_id = p.supplier_id and l.kind = 'goods'
where p.id = any(%s) and l.quantity > l.restocked order by l.id
"""
DUE = """
select id from trade_parcel where receive_at <= %s and state in ('handed_over', 'delivered') order by id limit %s
"""


@dataclass(slots=True)
class OrderRow:
    """An order under lock, with its parcels."""

    id: UUID
    state: str
    buyer_id: UUID
    parcels: list[ParcelRow] = field(default_factory=list)
    received_at: datetime | None = None


def open_parcels(cursor: Any, paid: Sequence[tuple[UUID, datetime]]) -> None:
    """Open one waiting parcel per supplier of each newly paid order."""
    if not paid:
        return
    at = dict(paid)
    cursor.execute(SUPPLIERS_OF, (list(at),))
    rows = cursor.fetchall()
    cursor.execute(
        INSERT,
        (
            [new_id() for _ in rows],
            [order_id for order_id, _, _ in rows],
            [supplier_id for _, supplier_id, _ in rows],
            [at[order_id] for order_id, _, _ in rows],
            [hours for _, _, hours in rows],
        ),
    )


def parcel_batch(cursor: Any, acts: Sequence[Act]) -> Sequence[Step | Exception]:
    """Carry out acts on parcels in order of arrival; the orders follow. One step or refusal each."""
    orders = _lock(cursor, [act.parcel_id for act in acts])
    parcels = {parcel.id: (order, index) for order in orders.values() for index, parcel in enumerate(order.parcels)}
    terms, packed = read_terms(cursor), _packed(cursor, acts)
    outcomes: list[Step | Exception] = []
    events: list[Happened] = []
    for act in acts:
        try:
            outcomes.append(_one(cursor, act, parcels, terms, packed, events))
        except DomainError as refusal:
            outcomes.append(refusal)
    _write(cursor, list(orders.values()), events)
    return outcomes


def _lock(cursor: Any, parcel_ids: Iterable[UUID]) -> dict[UUID, OrderRow]:
    cursor.execute(ORDERS_OF, (list(parcel_ids),))
    ids = [order_id for (order_id,) in cursor.fetchall()]
    lock_splits(cursor, ids)
    cursor.execute(LOCK_ORDERS, (ids,))
    orders = {row[0]: OrderRow(*row) for row in cursor.fetchall()}
    cursor.execute(LOCK, (list(orders),))
    for row in cursor.fetchall():
        orders[row[1]].parcels.append(ParcelRow(*row))
    return orders


Packed = dict[UUID, list[tuple[UUID, int]]]


def _packed(cursor: Any, acts: Sequence[Act]) -> Packed:
    """Return what is in the parcels that leave a warehouse, with its stock locked; nothing is asked where none is named."""
    ids = [act.parcel_id for act in acts if act.warehouse_id is not None]
    packed: Packed = {}
    if ids:
        cursor.execute(PACKED, (ids,))
        for parcel_id, sku_id, quantity in cursor.fetchall():
            packed.setdefault(parcel_id, []).append((sku_id, quantity))
        lock_stock(cursor, [sku_id for rows in packed.values() for sku_id, _ in rows])
    return packed


def _one(
    cursor: Any,
    act: Act,
    parcels: dict[UUID, tuple[OrderRow, int]],
    terms: Rows,
    packed: Packed,
    events: list[Happened],
) -> Step:
    order, index = parcels.get(act.parcel_id, (None, 0))
    before = order.parcels[index] if order else None
    after = apply_act(
        act,
        before,
        buyer_id=order.buyer_id if order else None,
        order_state=order.state if order else "",
        days_delivered=in_force(terms, "receipt_days_delivered"),
        days_most=in_force(terms, "receipt_days_most"),
    )
    assert order is not None and before is not None
    if after == before:
        return Step(after.order_id, after.id, after.state, order.state)
    if act.event == "hand_over" and act.warehouse_id is not None:
        ship_from(cursor, [(act.warehouse_id, sku_id, n) for sku_id, n in packed.get(after.id, [])])
    order.parcels[index] = after
    actor_id = act.actor.person_id
    events.append(
        Happened(
            f"parcel.{after.state}", order.id, act.now, {"parcel_id": after.id, "tracking": after.tracking}, actor_id
        )
    )
    order.state, moved = order_step(order.state, [parcel.state for parcel in order.parcels])
    if moved:
        order.received_at = act.now if moved == "received" else None
        events.append(Happened(f"order.{moved}", order.id, act.now, {}, actor_id))
    return Step(order.id, after.id, after.state, order.state)


def _write(cursor: Any, orders: Sequence[OrderRow], events: Sequence[Happened]) -> None:
    if not events:
        return
    touched = {event.subject_id for event in events}
    changed = [order for order in orders if order.id in touched]
    rows = [parcel for order in changed for parcel in order.parcels]
    cursor.execute(
        UPDATE,
        (
            [p.id for p in rows],
            [p.state for p in rows],
            [p.carrier for p in rows],
            [p.tracking for p in rows],
            [p.carrier_says for p in rows],
            [p.handed_over_at for p in rows],
            [p.delivered_at for p in rows],
            [p.receive_at for p in rows],
            [p.received_at for p in rows],
            [p.warehouse_id for p in rows],
            [p.batch for p in rows],
        ),
    )
    move_orders(cursor, [(o.id, o.state, o.received_at) for o in changed])
    schedule(cursor, [(o.id, o.received_at) for o in changed if o.received_at is not None])
    append(cursor, events)


def cancel_parcels(cursor: Any, parcels: Sequence[tuple[UUID, UUID]]) -> None:
    """Cancel waiting parcels of locked orders: (order id, supplier id)."""
    if parcels:
        cursor.execute(CANCEL_PARCELS, ([order for order, _ in parcels], [supplier for _, supplier in parcels]))


parcel_lane: Lane[Act, Step] = Lane("parcel", parcel_batch)


def due_receipts(cursor: Any, *, actor: Actor, now: datetime, limit: int) -> list[Act]:
    """Return the receipts that time brings about now, as acts of the house."""
    cursor.execute(DUE, (now, limit))
    return [Act("receive_by_time", row[0], actor, now) for row in cursor.fetchall()]


__all__ = ["Act", "Step", "due_receipts", "open_parcels", "parcel_batch", "parcel_lane"]
