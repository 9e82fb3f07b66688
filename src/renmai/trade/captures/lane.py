"""The pay lane, the capture lane, and the sweep of checkouts that nobody paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.config import config
from renmai.goods.products.lane import lock_stock, move_stock
from renmai.kit.events.actions import Happened, append
from renmai.kit.ids import new_id, short_number
from renmai.kit.lane import Lane
from renmai.kit.pauses import at
from renmai.money.gateways.actions import new_payment
from renmai.money.gateways.registry import gateway_for
from renmai.money.ledger.lane import write_moves
from renmai.money.payments.lane import (
    NewException,
    NewPayment,
    capture_payments,
    lock_payments,
    open_exceptions,
    open_returns,
    start_payments,
    started_payments,
    take_messages,
    taken_before,
)
from renmai.money.payments.rules import Due, Message, Outcome, Said
from renmai.trade.captures.rules import FREE, Effects, Pay, Payable, Started, decide, decide_pays
from renmai.trade.checkout.lane import mark_ended, mark_paid, note_received, stop_waiting
from renmai.trade.orders.lane import end_orders, goods_of, pay_orders
from renmai.trade.parcels.lane import open_parcels

PAYABLE = """
select id, buyer_id, state, method, currency, total_minor, received_minor, expires_at
from trade_checkout where id = any(%s) order by id for update
"""
SUBJECTS = """
select p.subject_id from money_payment p
join unnest(%s::text[], %s::text[]) as w (gateway, provider_ref)
  on p.gateway = w.gateway and p.provider_ref = w.provider_ref
"""
LOCK_CHECKOUTS = """
select id, state, currency, total_minor, received_minor from trade_checkout where id = any(%s) order by id for update
"""
ORDERS = """
select checkout_id, id, total_minor from trade_order where checkout_id = any(%s) order by id for update
"""
DUE = """
select id, received_minor, total_minor, currency from trade_checkout
where state = 'open' and expires_at <= %s and received_minor < total_minor and (%s::uuid is null or id = %s)
order by id limit %s for update skip locked
"""


def pay_batch(cursor: Any, pays: Sequence[Pay]) -> Sequence[Started | Exception]:
    """Start payments for exactly what is missing, one per checkout and amount; what costs nothing is paid at once."""
    ids = sorted({pay.checkout_id for pay in pays})
    cursor.execute(PAYABLE, (ids,))
    checkouts = {row[0]: Payable(*row) for row in cursor.fetchall()}
    payments = started_payments(cursor, ids, pays[0].now)
    pays = [_at_gateway(pay, checkouts) for pay in pays]
    outcomes, fresh = decide_pays(pays, checkouts, payments, _new_payment)
    start_payments(cursor, fresh)
    free = [payment for payment in fresh if payment.gateway == FREE]
    if free:
        capture_batch(cursor, [_for_nothing(payment) for payment in free])
    return outcomes


def _at_gateway(pay: Pay, checkouts: Mapping[UUID, Payable]) -> Pay:
    if pay.gateway or pay.checkout_id not in checkouts:
        return pay
    return replace(pay, gateway=gateway_for(checkouts[pay.checkout_id].method))


def _new_payment(pay: Pay, checkout: Payable, missing: int) -> NewPayment:
    if missing == 0:
        return NewPayment(new_id(), checkout.id, FREE, checkout.method, 0, checkout.currency, "", pay.now)
    return new_payment(
        subject_id=checkout.id,
        amount_minor=missing,
        currency=checkout.currency,
        method=checkout.method,
        title=f"Renmai {short_number(checkout.id)}",
        back_url=pay.back_url or f"{config().pages_origin}/checkouts/{checkout.id}",
        gateway_name=pay.gateway,
        now=pay.now,
    )


def _for_nothing(payment: NewPayment) -> Message:
    return Message(FREE, payment.ref, Said.CAPTURED, payment.ref, 0, payment.currency, payment.at, payment.at)


pay_lane: Lane[Pay, Started] = Lane("pay", pay_batch)


def capture_batch(cursor: Any, messages: Sequence[Message]) -> Sequence[Outcome | Exception]:
    """Take in captured payments: orders become paid, or the money goes where judge() says; one outcome each."""
    refs = [(m.gateway, m.provider_ref) for m in messages]
    cursor.execute(SUBJECTS, ([g for g, _ in refs], [r for _, r in refs]))
    subjects = sorted({row[0] for row in cursor.fetchall()})
    dues = _lock_dues(cursor, subjects)
    orders = _lock_orders(cursor, subjects)
    payments = lock_payments(cursor, refs)
    before = taken_before(cursor, messages)
    at("capture.read")
    outcomes, effects = decide(messages, before=before, payments=payments, dues=dues, orders=orders)
    with cursor.connection.pipeline():
        _write(cursor, effects)
    at("capture.written")
    return outcomes


def _lock_dues(cursor: Any, subjects: Sequence[UUID]) -> dict[UUID, Due]:
    cursor.execute(LOCK_CHECKOUTS, (list(subjects),))
    return {row[0]: Due(*row) for row in cursor.fetchall()}


def _lock_orders(cursor: Any, subjects: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, int]]]:
    cursor.execute(ORDERS, (list(subjects),))
    orders: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    for checkout_id, order_id, total in cursor.fetchall():
        orders[checkout_id].append((order_id, total))
    return orders


def _write(cursor: Any, effects: Effects) -> None:
    take_messages(cursor, effects.taken)
    capture_payments(cursor, effects.captured)  # type: ignore[arg-type]
    note_received(cursor, effects.received)
    if effects.paid:
        pay_checkouts(cursor, {subject: m.received_at for subject, m in effects.paid.items()})
    write_moves(cursor, effects.moves)
    open_returns(cursor, effects.returns)
    open_exceptions(cursor, effects.exceptions)
    if effects.paid:
        # Last: buyers of the same goods wait for these rows at checkout.
        sell_stock(cursor, list(effects.paid))


def pay_checkouts(cursor: Any, paid: dict[UUID, datetime]) -> None:
    """Mark checkouts and their orders paid, open one parcel per supplier, say so."""
    mark_paid(cursor, list(paid))
    orders = pay_orders(cursor, paid)
    open_parcels(cursor, [(order_id, at) for order_id, _, at, _ in orders])
    append(
        cursor,
        [Happened("order.paid", order_id, at, {"checkout_id": cid}, buyer) for order_id, cid, at, buyer in orders],
    )


def sell_stock(cursor: Any, checkout_ids: Sequence[UUID]) -> None:
    """Turn what these checkouts hold into sold."""
    sold = goods_of(cursor, checkout_ids)
    lock_stock(cursor, sold)
    move_stock(cursor, {sku_id: (-quantity, quantity) for sku_id, quantity in sold.items()})


capture_lane: Lane[Message, Outcome] = Lane("capture", capture_batch)


def expire_batch(cursor: Any, *, now: datetime, limit: int, only: UUID | None = None) -> int:
    """Expire checkouts whose window is over (or the one `only`) and release their stock; return how many were looked at.

    One that was paid in part keeps its stock and stops waiting: a person decides (exception `short`).
    """
    cursor.execute(DUE, (now, only, only, limit))
    due = cursor.fetchall()
    short = [row for row in due if row[1] > 0]
    if short:
        stop_waiting(cursor, [row[0] for row in short])
        open_exceptions(cursor, [NewException("short", r[0], r[1] - r[2], r[3], "", now) for r in short])
    end_checkouts(cursor, [row[0] for row in due if row[1] == 0], state="expired", now=now)
    return len(due)


def end_checkouts(cursor: Any, checkout_ids: Iterable[UUID], *, state: str, now: datetime) -> None:
    """End unpaid, locked checkouts as `state` (expired, cancelled): orders end, stock is released."""
    ids = list(checkout_ids)
    if not ids:
        return
    mark_ended(cursor, ids, state=state)
    ended = end_orders(cursor, ids, state=state)
    held = goods_of(cursor, ids)
    lock_stock(cursor, held)
    move_stock(cursor, {sku_id: (-quantity, 0) for sku_id, quantity in held.items()})
    append(cursor, [Happened(f"order.{state}", oid, now, {"checkout_id": cid}, buyer) for oid, cid, buyer in ended])
