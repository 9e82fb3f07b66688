"""Settlement: due splits are paid out of escrow to their payees, set by set; one bad row never holds back the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.kit.events.actions import Happened, append
from renmai.money.ledger.lane import write_moves
from renmai.money.ledger.rules import ESCROW, Move

DUE = """
select subject_id, currency from money_split
where settle_at <= %s and settled_at is null and holds = 0 and (%s::uuid is null or subject_id = %s)
order by settle_at limit %s for update skip locked
"""
PARTS = """
select id, subject_id, payee, amount_minor - reversed_minor from money_splitpart where subject_id = any(%s)
"""
SETTLED = "update money_split set settled_at = %s where subject_id = any(%s)"


def settle_batch(cursor: Any, *, now: datetime, limit: int, only: UUID | None = None) -> int:
    """Settle up to `limit` due splits (or the one of the subject `only`) in the cursor's transaction; return how many.

    Each part that refunds left moves escrow -> payee; `split.settled` says so, and what follows is wiring's.
    """
    cursor.execute(DUE, (now, only, only, limit))
    due: dict[UUID, str] = dict(cursor.fetchall())
    if due:
        _settle(cursor, due, now)
    return len(due)


def _settle(cursor: Any, due: dict[UUID, str], now: datetime) -> None:
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
