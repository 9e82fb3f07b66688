"""What was not handed over long after its time is refunded, and the supplier bears it (FIELD.md 3.12)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import SYSTEM
from renmai.kit.keys.actions import input_hash
from renmai.kit.lane import Lane
from renmai.money.ledger.rules import supplier_account
from renmai.money.splits.lane import lock_splits
from renmai.people.notices.actions import Told, tell
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import in_force
from renmai.trade.refunds.lane import refund_batch
from renmai.trade.refunds.rules import Ask, Refunded

log = logging.getLogger("renmai.refunds")

SWEEP_MAX = 200
FIRST = ("-infinity", UUID(int=0))
REASON = "Not handed over in time"

# Money that the bank took back is not the house's to give: such orders wait until that is decided.
DUE = """
select p.id, p.order_id, p.supplier_id, p.hand_over_by from trade_parcel p join trade_order o on o.id = p.order_id
where p.state = 'waiting' and p.hand_over_by <= %s and (p.hand_over_by, p.id) > (%s::timestamptz, %s::uuid) and o.state = 'paid'
  and not exists (select from money_payment m where m.subject_id = o.checkout_id and m.state in ('disputed', 'charged_back'))
order by p.hand_over_by, p.id limit %s
"""
LOCK_ORDERS = "select id, state, buyer_id from trade_order where id = any(%s) order by id for update"
LOCK_PARCELS = "select id, state, hand_over_by from trade_parcel where order_id = any(%s) order by id for update"
LEFT = """
select order_id, supplier_id, id, paid_minor - refunded_minor from trade_orderline
where order_id = any(%s) and kind = 'goods' and paid_minor > refunded_minor order by id
"""


@dataclass(frozen=True, slots=True)
class Overdue:
    """The intent of the late lane: a parcel whose time ended at `until` or before."""

    parcel_id: UUID
    order_id: UUID
    supplier_id: UUID
    until: datetime
    now: datetime


def sweep_overdue(*, now: datetime) -> int:
    """Refund what waits `late_refund_hours` after its time (0: never); return how many parcels were refunded."""
    with connection.cursor() as cursor:
        hours = in_force(read_terms(cursor), "late_refund_hours")
        if not hours:
            return 0
    until, done, after = now - timedelta(hours=hours), 0, FIRST
    while True:  # what cannot be refunded is passed by, so that it holds back nothing behind it
        with connection.cursor() as cursor:
            cursor.execute(DUE, (until, *after, SWEEP_MAX))
            rows = cursor.fetchall()
        done += _refund([Overdue(parcel, order, supplier, until, now) for parcel, order, supplier, _ in rows])
        if len(rows) < SWEEP_MAX:
            return done
        after = (rows[-1][3].isoformat(), rows[-1][0])


def _refund(due: Sequence[Overdue]) -> int:
    outcomes = late_lane.run(due)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            log.warning("a late parcel could not be refunded: %r", outcome)
    return sum(isinstance(outcome, Refunded) and not outcome.repeated for outcome in outcomes)


def late_batch(cursor: Any, intents: Sequence[Overdue]) -> Sequence[Refunded | None | Exception]:
    """Refund all goods of each parcel that still waits, under the locks of its order; None where there is nothing to do.

    Its supplier bears it; the freight of a parcel that nobody sends goes back too. The buyer is told in the same
    transaction. The key is the parcel's, so another worker's refund is answered and nothing is paid twice.
    """
    order_ids = sorted({intent.order_id for intent in intents})
    lock_splits(cursor, order_ids)
    cursor.execute(LOCK_ORDERS, (order_ids,))
    orders = {order_id: (state, buyer_id) for order_id, state, buyer_id in cursor.fetchall()}
    cursor.execute(LOCK_PARCELS, (order_ids,))
    parcels = {parcel_id: (state, by) for parcel_id, state, by in cursor.fetchall()}
    left = _left(cursor, order_ids)
    asks = [
        (number, ask)
        for number, intent in enumerate(intents)
        if orders[intent.order_id][0] == "paid" and _waits(intent, parcels[intent.parcel_id])
        if (ask := _ask(intent, left.get((intent.order_id, intent.supplier_id), {}))) is not None
    ]
    outcomes: list[Refunded | None | Exception] = [None] * len(intents)
    for (number, _), outcome in zip(asks, refund_batch(cursor, [ask for _, ask in asks]), strict=True):
        outcomes[number] = outcome
    done = [(intents[n], o) for n, o in enumerate(outcomes) if isinstance(o, Refunded) and not o.repeated]
    tell(cursor, [_told(intent, orders[intent.order_id][1], refunded) for intent, refunded in done])
    return outcomes


def _waits(intent: Overdue, parcel: tuple[str, datetime | None]) -> bool:
    state, by = parcel
    return state == "waiting" and by is not None and by <= intent.until


def _left(cursor: Any, order_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], dict[UUID, int]]:
    cursor.execute(LEFT, (order_ids,))
    left: dict[tuple[UUID, UUID], dict[UUID, int]] = {}
    for order_id, supplier_id, line_id, minor in cursor.fetchall():
        left.setdefault((order_id, supplier_id), {})[line_id] = minor
    return left


def _ask(intent: Overdue, lines: dict[UUID, int]) -> Ask | None:
    if not lines:
        return None
    key, bearer = f"late:{intent.parcel_id}", supplier_account(intent.supplier_id)
    return Ask(intent.order_id, key, input_hash(key), REASON, SYSTEM, intent.now, lines, bearer=bearer)


def _told(intent: Overdue, buyer_id: UUID, refunded: Refunded) -> Told:
    data = {"amount_minor": refunded.amount_minor}
    return Told(buyer_id, "parcel.overdue_refunded", intent.now, f"/orders/{intent.order_id}", data, mail=True)


late_lane: Lane[Overdue, Refunded | None] = Lane("late", late_batch)
