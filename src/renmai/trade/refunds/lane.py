"""The refund lane: read and lock, decide, write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.goods.products.lane import lock_stock, move_stock
from renmai.kit.events.actions import Happened, append
from renmai.kit.ids import new_id
from renmai.kit.lane import Lane
from renmai.kit.pauses import at
from renmai.kit.problems import DomainError, NotFound
from renmai.money.ledger.lane import write_moves
from renmai.money.ledger.rules import CHARGEBACK, ESCROW, Move
from renmai.money.payments.lane import NewReturn, open_returns
from renmai.money.splits.lane import lock_splits, reverse_parts, schedule
from renmai.trade.orders.lane import refund_lines, refund_orders
from renmai.trade.orders.rules import next_order_state
from renmai.trade.parcels.lane import cancel_parcels
from renmai.trade.parcels.rules import order_step
from renmai.trade.refunds.rules import (
    Ask,
    LineRow,
    OrderRow,
    PartRow,
    PaymentRow,
    Refunded,
    amounts,
    bearer_of,
    borne_by,
    may_refund,
    restocks,
    reversals,
    same_input,
    side_of,
    through_payments,
)

ORDERS = """
select o.id, o.checkout_id, o.shop_id, o.buyer_id, o.state, o.currency, o.total_minor, o.refunded_minor
from trade_order o where o.id = any(%s) order by o.id for update
"""
LINES = """
select order_id, id, kind, supplier_id, sku_id, quantity, paid_minor, refunded_minor, restocked
from trade_orderline where order_id = any(%s) order by id
"""
PARCELS = "select order_id, supplier_id, state from trade_parcel where order_id = any(%s) order by id for update"
PARTS = """
select subject_id, id, line_id, payee, rule, amount_minor, reversed_minor from money_splitpart
where subject_id = any(%s) order by id
"""
PAYMENTS = """
select subject_id, id, captured_minor - returned_minor from money_payment
where subject_id = any(%s) and state in ('captured', 'disputed', 'charged_back') order by id for update
"""
ANSWERED = """
select r.order_id, r.key, r.input_hash, r.id, r.amount_minor, r.currency from trade_refund r
join unnest(%s::uuid[], %s::text[]) as w (order_id, key) on r.order_id = w.order_id and r.key = w.key
"""
INSERT_REFUNDS = """
insert into trade_refund (id, order_id, key, input_hash, amount_minor, currency, reason, after_settlement, by_id, at)
select * from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bytea[], %s::bigint[], %s::text[], %s::text[], %s::bool[],
                     %s::uuid[], %s::timestamptz[])
"""
INSERT_LINES = """
insert into trade_refundline (id, refund_id, line_id, amount_minor, restocked)
select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::int[])
"""
INSERT_PARTS = """
insert into trade_refundpart (id, refund_id, part_id, amount_minor, borne_by)
select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[])
"""


@dataclass(slots=True)
class Effects:
    """What a batch of refunds writes."""

    refunds: list[tuple[Any, ...]] = field(default_factory=list)
    refund_lines: list[tuple[Any, ...]] = field(default_factory=list)
    refund_parts: list[tuple[Any, ...]] = field(default_factory=list)
    parts: dict[UUID, int] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    returns: list[NewReturn] = field(default_factory=list)
    stock: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    cancelled: list[tuple[UUID, UUID]] = field(default_factory=list)
    received: list[tuple[UUID, datetime]] = field(default_factory=list)
    touched: dict[UUID, OrderRow] = field(default_factory=dict)
    events: list[Happened] = field(default_factory=list)


def refund_batch(cursor: Any, asks: Sequence[Ask]) -> Sequence[Refunded | Exception]:
    """Refund in order of arrival; one answer or refusal each."""
    orders = _read(cursor, [ask.order_id for ask in asks])
    answered = _answered(cursor, asks)
    at("refund.read")
    effects = Effects()
    outcomes: list[Refunded | Exception] = []
    for ask in asks:
        try:
            outcomes.append(_one(ask, orders.get(ask.order_id), answered, effects))
        except DomainError as refusal:
            outcomes.append(refusal)
    _write(cursor, effects)
    at("refund.written")
    return outcomes


def _read(cursor: Any, order_ids: Sequence[UUID]) -> dict[UUID, OrderRow]:
    settled = lock_splits(cursor, order_ids)
    cursor.execute(ORDERS, (list(order_ids),))
    orders = {row[0]: OrderRow(*row) for row in cursor.fetchall()}
    ids = list(orders)
    cursor.execute(PARCELS, (ids,))
    for order_id, supplier_id, state in cursor.fetchall():
        orders[order_id].parcels[supplier_id] = state
    cursor.execute(LINES, (ids,))
    for order_id, *rest in cursor.fetchall():
        orders[order_id].lines[rest[0]] = LineRow(*rest)
    for order in orders.values():
        order.settled = settled.get(order.id, False)
    _read_money(cursor, orders)
    return orders


def _read_money(cursor: Any, orders: dict[UUID, OrderRow]) -> None:
    by_checkout: dict[UUID, list[PaymentRow]] = defaultdict(list)
    cursor.execute(PAYMENTS, ([order.checkout_id for order in orders.values()],))
    for checkout_id, payment_id, left in cursor.fetchall():
        by_checkout[checkout_id].append(PaymentRow(payment_id, left))
    cursor.execute(PARTS, (list(orders),))
    for order_id, *rest in cursor.fetchall():
        orders[order_id].parts[rest[1]].append(PartRow(*rest))
    for order in orders.values():
        order.payments = by_checkout[order.checkout_id]


def _answered(cursor: Any, asks: Sequence[Ask]) -> dict[tuple[UUID, str], tuple[bytes, Refunded]]:
    cursor.execute(ANSWERED, ([ask.order_id for ask in asks], [ask.key for ask in asks]))
    return {
        (order_id, key): (bytes(digest), Refunded(refund_id, order_id, amount, currency, repeated=True))
        for order_id, key, digest, refund_id, amount, currency in cursor.fetchall()
    }


def _one(
    ask: Ask, order: OrderRow | None, answered: dict[tuple[UUID, str], tuple[bytes, Refunded]], effects: Effects
) -> Refunded:
    if order is None:
        raise NotFound()
    may_refund(ask, order)
    mark = (ask.order_id, ask.key)
    if mark in answered:
        same_input(answered[mark][0], ask)
        return answered[mark][1]
    chosen = amounts(ask, order)
    total = sum(chosen.values())
    legs = [] if ask.chargeback_id else through_payments(order.payments, total)
    refunded = Refunded(new_id(), order.id, total, order.currency)
    _apply(ask, order, chosen, refunded, effects)
    _send_back(ask, order, legs, refunded, effects)
    answered[mark] = (ask.input_hash, Refunded(refunded.refund_id, order.id, total, order.currency, repeated=True))
    return refunded


def _apply(ask: Ask, order: OrderRow, chosen: dict[UUID, int], refunded: Refunded, effects: Effects) -> None:
    effects.refunds.append(
        (refunded.refund_id, order.id, ask.key, ask.input_hash, refunded.amount_minor, order.currency, ask.reason[:200],
         order.settled, ask.actor.person_id, ask.now)
    )  # fmt: skip
    back = restocks(ask, order, chosen)
    for part, give in reversals(order, chosen):
        _take(ask, order, part, give, refunded, effects)
    for line_id, amount in chosen.items():
        line, restocked = order.lines[line_id], back.get(line_id, 0)
        line.refunded_minor += amount
        line.restocked += restocked
        if restocked and line.sku_id is not None:
            effects.stock[line.sku_id] += restocked
        effects.refund_lines.append((new_id(), refunded.refund_id, line_id, amount, restocked))
    effects.touched[order.id] = order


def _take(ask: Ask, order: OrderRow, part: PartRow, give: int, refunded: Refunded, effects: Effects) -> None:
    """Take what a part gives back, out of escrow or from its payee; then whoever bears the refund makes it good."""
    bearer = borne_by(ask, part, bearer_of(ask, order, order.lines[part.line_id]))
    part.reversed_minor += give
    effects.parts[part.id] = part.reversed_minor
    effects.refund_parts.append((new_id(), refunded.refund_id, part.id, give, bearer))
    mark = f"{refunded.refund_id}:{part.id}"
    if order.settled:
        effects.moves.append(
            Move(part.payee, ESCROW, give, order.currency, "claw_back", order.id, f"claw_back:{mark}", ask.now)
        )
    if bearer:
        effects.moves.append(Move(bearer, part.payee, give, order.currency, "bear", order.id, f"bear:{mark}", ask.now))


def _send_back(
    ask: Ask, order: OrderRow, legs: Sequence[tuple[UUID, int]], refunded: Refunded, effects: Effects
) -> None:
    left = {payment.id: payment for payment in order.payments}
    for payment_id, amount in legs:
        left[payment_id].left_minor -= amount
        effects.returns.append(
            NewReturn(payment_id, order.id, refunded.refund_id, "refund", amount, order.currency, ESCROW, ask.now)
        )
    if ask.chargeback_id:
        effects.moves.append(
            Move(ESCROW, CHARGEBACK, refunded.amount_minor, order.currency, "chargeback_shared", order.id,
                 f"chargeback_shared:{refunded.refund_id}", ask.now)
        )  # fmt: skip
    order.refunded_minor += refunded.amount_minor
    data = {
        "refund_id": refunded.refund_id, "amount_minor": refunded.amount_minor, "reason": ask.reason[:200],
        "by": side_of(ask.actor, order), "unsent": _cancel_empty(order, effects),
    }  # fmt: skip
    effects.events.append(Happened("order.refund", order.id, ask.now, data, ask.actor.person_id))
    _follow(ask, order, effects)


def _cancel_empty(order: OrderRow, effects: Effects) -> list[UUID]:
    """Cancel parcels that have nothing left to carry; return whose they are."""
    empty: list[UUID] = []
    for supplier_id, state in order.parcels.items():
        goods = [line for line in order.lines.values() if line.supplier_id == supplier_id and line.kind == "goods"]
        if state == "waiting" and all(line.refunded_minor == line.paid_minor for line in goods):
            order.parcels[supplier_id] = "cancelled"
            effects.cancelled.append((order.id, supplier_id))
            empty.append(supplier_id)
    return empty


def _follow(ask: Ask, order: OrderRow, effects: Effects) -> None:
    """Move the order if the refund completes it."""
    if order.refunded_minor == order.total_minor:
        order.state, moved = next_order_state(order.state, "refund"), "refunded"
    else:
        order.state, moved = order_step(order.state, list(order.parcels.values()))
        if moved == "received":
            effects.received.append((order.id, ask.now))
    if moved:
        effects.events.append(Happened(f"order.{moved}", order.id, ask.now, {}, ask.actor.person_id))


def _write(cursor: Any, effects: Effects) -> None:
    if not effects.refunds:
        return
    cursor.execute(INSERT_REFUNDS, _columns(effects.refunds))
    cursor.execute(INSERT_LINES, _columns(effects.refund_lines))
    if effects.refund_parts:
        cursor.execute(INSERT_PARTS, _columns(effects.refund_parts))
    orders = list(effects.touched.values())
    lines = [line for order in orders for line in order.lines.values()]
    refund_orders(cursor, [(o.id, o.state, o.refunded_minor) for o in orders])
    refund_lines(cursor, [(x.id, x.refunded_minor, x.restocked) for x in lines])
    cancel_parcels(cursor, effects.cancelled)
    reverse_parts(cursor, effects.parts)
    write_moves(cursor, effects.moves)
    open_returns(cursor, effects.returns)
    schedule(cursor, effects.received)
    lock_stock(cursor, effects.stock)
    move_stock(cursor, {sku_id: (0, -quantity) for sku_id, quantity in effects.stock.items()})
    append(cursor, effects.events)


def _columns(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


refund_lane: Lane[Ask, Refunded] = Lane("refund", refund_batch)
