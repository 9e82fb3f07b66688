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
from renmai.trade.captures.rules import FREE, Effects, Pay, Payable, Race, Started, decide, decide_pays
from renmai.trade.checkout.lane import mark_ended, mark_paid, note_received, stop_waiting
from renmai.trade.orders.lane import end_orders, goods_of, pay_orders
from renmai.trade.parcels.lane import open_parcels
from renmai.trade.promotions.drop_lane import Claim, give_back, offer_units, read_claims, read_drops, write_drops
from renmai.trade.promotions.drop_rules import DropNow
from renmai.trade.promotions.lane import lock_used, release_uses

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
select id, state, currency, total_minor, received_minor, holds_stock from trade_checkout where id = any(%s)
order by id for update
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
    dues, race = _lock_dues(cursor, subjects)
    orders = _lock_orders(cursor, subjects)
    payments = lock_payments(cursor, refs)
    before = taken_before(cursor, messages)
    at("capture.read")
    outcomes, effects = decide(messages, before=before, payments=payments, dues=dues, orders=orders, race=race)
    with cursor.connection.pipeline():
        _write(cursor, effects, race)
    at("capture.written")
    return outcomes


def _lock_dues(cursor: Any, subjects: Sequence[UUID]) -> tuple[dict[UUID, Due], Race]:
    """Lock checkouts, and the drops of those that hold nothing until they are paid."""
    cursor.execute(LOCK_CHECKOUTS, (list(subjects),))
    rows = cursor.fetchall()
    dues = {row[0]: Due(*row[:-1]) for row in rows}
    empty = [row[0] for row in rows if not row[-1]]
    if not empty:
        return dues, Race()
    claims: dict[UUID, list[Claim]] = defaultdict(list)
    for claim in read_claims(cursor, empty):
        claims[claim.checkout_id].append(claim)
    drops = read_drops(cursor, {claim.drop_id for each in claims.values() for claim in each}, lock=True)
    return dues, Race(claims, drops)


def _lock_orders(cursor: Any, subjects: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, int]]]:
    cursor.execute(ORDERS, (list(subjects),))
    orders: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    for checkout_id, order_id, total in cursor.fetchall():
        orders[checkout_id].append((order_id, total))
    return orders


def _write(cursor: Any, effects: Effects, race: Race) -> None:
    take_messages(cursor, effects.taken)
    capture_payments(cursor, effects.captured)  # type: ignore[arg-type]
    note_received(cursor, effects.received)
    if effects.paid:
        pay_checkouts(cursor, {subject: m.received_at for subject, m in effects.paid.items()})
    write_moves(cursor, effects.moves)
    open_returns(cursor, effects.returns)
    open_exceptions(cursor, effects.exceptions)
    if effects.ended:
        # What was claimed and not held: no stock, no coupon and nobody in line hangs on it.
        _end(cursor, effects.ended, state="expired", why="sold_out")
    if effects.claimed:
        write_drops(cursor, [race.drops[drop_id] for drop_id in sorted({claim.drop_id for claim in effects.claimed})])
    if effects.paid:
        # Last: buyers of the same goods wait for these rows at checkout.
        sell_stock(cursor, list(effects.paid), effects.claimed)


def pay_checkouts(cursor: Any, paid: dict[UUID, datetime]) -> None:
    """Mark checkouts and their orders paid, open one parcel per supplier, say so."""
    mark_paid(cursor, list(paid))
    orders = pay_orders(cursor, paid)
    open_parcels(cursor, [(order_id, at) for order_id, _, at, _ in orders])
    append(
        cursor,
        [Happened("order.paid", order_id, at, {"checkout_id": cid}, buyer) for order_id, cid, at, buyer in orders],
    )


def sell_stock(cursor: Any, checkout_ids: Sequence[UUID], claimed: Sequence[Claim] = ()) -> None:
    """Turn what these checkouts hold into sold, and what they `claimed` of what was set aside."""
    sold = goods_of(cursor, checkout_ids)
    moves = {sku_id: (-quantity, quantity) for sku_id, quantity in sold.items()}
    aside: dict[UUID, int] = defaultdict(int)
    for claim in claimed:
        held, gone = moves.get(claim.sku_id, (0, 0))
        moves[claim.sku_id] = (held, gone + claim.quantity)
        aside[claim.sku_id] -= claim.quantity
    lock_stock(cursor, moves)
    move_stock(cursor, moves, aside)


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
    """End unpaid, locked checkouts as `state` (expired, cancelled): orders end; stock, coupons and units of drops are free
    again, and what came back of a drop is offered to the next in line."""
    ids = list(checkout_ids)
    if not ids:
        return
    used, drops, claims = lock_promotions(cursor, ids)
    if used:
        release_uses(cursor, ids, now)
    aside = give_back(drops, claims)
    offer_units(cursor, drops.values(), now)
    write_drops(cursor, drops.values())
    _end(cursor, dict.fromkeys(ids, now), state=state)
    held = goods_of(cursor, ids)
    lock_stock(cursor, held)
    move_stock(cursor, {sku_id: (-quantity, 0) for sku_id, quantity in held.items()}, aside)


def lock_promotions(cursor: Any, checkout_ids: Sequence[UUID]) -> tuple[bool, dict[UUID, DropNow], list[Claim]]:
    """Lock what unpaid, locked checkouts hold of promotions, before their orders: coupons, then drops.

    Returns whether they use coupons, the drops, and the units of them that are held.
    """
    used = lock_used(cursor, checkout_ids)
    claims = [claim for claim in read_claims(cursor, checkout_ids) if claim.held]
    return used, read_drops(cursor, {claim.drop_id for claim in claims}, lock=True), claims


def _end(cursor: Any, ended: Mapping[UUID, datetime], *, state: str, why: str = "") -> None:
    """End locked checkouts (id -> when) and their orders, and say so."""
    mark_ended(cursor, list(ended), state=state)
    data = {"why": why} if why else {}
    append(
        cursor,
        [
            Happened(f"order.{state}", order_id, ended[checkout_id], {"checkout_id": checkout_id, **data}, buyer)
            for order_id, checkout_id, buyer in end_orders(cursor, list(ended), state=state)
        ],
    )
