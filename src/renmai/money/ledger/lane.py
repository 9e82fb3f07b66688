"""Write transfers, set by set. The only writer of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from renmai.kit.ids import new_id
from renmai.money.ledger.rules import Move, move_signed

INSERT = """
insert into money_transfer (id, debit, credit, amount_minor, currency, kind, subject_id, key, at)
select * from unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::uuid[], %s::text[],
                     %s::timestamptz[])
"""


def write_moves(cursor: Any, moves: Iterable[Move]) -> int:
    """Write `moves` in the caller's transaction; return how many.

    Amounts of zero are left out and negative ones turned around. A key that exists already is an error of the
    caller's (its cause should have been recognised before), so it raises and nothing of the transaction is kept.
    """
    kept: Sequence[Move] = [move for move in map(move_signed, moves) if move is not None]
    if kept:
        cursor.execute(
            INSERT,
            (
                [new_id() for _ in kept],
                [m.debit for m in kept],
                [m.credit for m in kept],
                [m.amount_minor for m in kept],
                [m.currency for m in kept],
                [m.kind for m in kept],
                [m.subject_id for m in kept],
                [m.key for m in kept],
                [m.at for m in kept],
            ),
        )
    return len(kept)
