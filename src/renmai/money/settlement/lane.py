"""Settlement: due splits are paid out of escrow to their payees, set by set; one bad row never holds back the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from renmai.kit.events.actions import Happened, append
from renmai.money.ledger.lane import write_moves
from renmai.money.ledger.rules import ESCROW, Move

# Keyset: each batch of a sweep starts where the last one ended, and so never walks over the rows that it left behind.
DUE = """
select subject_id, currency, settle_at from money_split
where settle_at <= %s and settled_at is null and holds = 0 and (settle_at, subject_id) > (%s, %s)
order by settle_at, subject_id limit %s for update skip locked
"""
DUE_ONE = """
select subject_id, currency, settle_at from money_split
where settle_at <= %s and settled_at is null and holds = 0 and subject_id = %s for update skip locked
"""
Place = tuple[datetime, UUID]
BEFORE_ALL: Place = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
PARTS = """
select id, subject_id, payee, amount_minor - reversed_minor from money_splitpart where subject_id = any(%s)
"""
SETTLED = "update money_split set settled_at = %s where subject_id = any(%s)"


def settle_batch(cursor: Any, *, now: datetime, limit: int, after: Place = BEFORE_ALL) -> tuple[int, Place]:
    """Settle up to `limit` due splits behind the place `after`, in the cursor's transaction.

    Returns how many, and the place of the last one. Each part that refunds left moves escrow -> payee; `split.settled`
    says so, and what follows is wiring's.
    """
    cursor.execute(DUE, (now, *after, limit))
    rows = cursor.fetchall()
    _settle(cursor, rows, now)
    return len(rows), (rows[-1][2], rows[-1][0]) if rows else after


def settle_one(cursor: Any, subject_id: UUID, *, now: datetime) -> int:
    """Settle the split of one subject, if it is due; return how many that were."""
    cursor.execute(DUE_ONE, (now, subject_id))
    rows = cursor.fetchall()
    _settle(cursor, rows, now)
    return len(rows)


def _settle(cursor: Any, rows: Sequence[tuple[UUID, str, datetime]], now: datetime) -> None:
    if not rows:
        return
    due = {subject_id: currency for subject_id, currency, _ in rows}
    ids = list(due)
    cursor.execute(PARTS, (ids,))
    write_moves(cursor, _moves(cursor.fetchall(), due, now))
    cursor.execute(SETTLED, (now, ids))
    append(cursor, [Happened("split.settled", subject_id, now) for subject_id in ids])


def _moves(parts: Sequence[tuple[UUID, UUID, str, int]], due: dict[UUID, str], now: datetime) -> list[Move]:
    return [
        Move(ESCROW, payee, left, due[subject_id], "settle", subject_id, f"settle:{part_id}", now)
        for part_id, subject_id, payee, left in parts
    ]
