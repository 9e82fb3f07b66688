"""Splits, set by set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.kit.ids import new_id
from renmai.money.splits.rules import RULES_VERSION, Part

INSERT_SPLITS = """
insert into money_split (subject_id, currency, paid_minor, rules_version, settle_days, holds)
select s, c, p, %s, d, 0 from unnest(%s::uuid[], %s::text[], %s::bigint[], %s::smallint[]) as t (s, c, p, d)
"""
INSERT_PARTS = """
insert into money_splitpart (id, subject_id, line_id, payee, rule, base_minor, rate_bps, amount_minor, reversed_minor)
select i, s, l, p, r, b, b2, a, 0
from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::int[], %s::bigint[])
  as t (i, s, l, p, r, b, b2, a)
"""
LOCK = """
select subject_id, settled_at is not null from money_split where subject_id = any(%s) order by subject_id for update
"""
SCHEDULE = """
update money_split s set settle_at = m.received_at + make_interval(days => s.settle_days)
from unnest(%s::uuid[], %s::timestamptz[]) as m (subject_id, received_at)
where s.subject_id = m.subject_id and s.settled_at is null
"""
REVERSE = """
update money_splitpart p set reversed_minor = w.reversed from unnest(%s::uuid[], %s::bigint[]) as w (id, reversed)
where p.id = w.id
"""


@dataclass(frozen=True, slots=True)
class NewSplit:
    """A split to be frozen: for each line its parts."""

    subject_id: UUID
    currency: str
    paid_minor: int
    settle_days: int
    lines: Sequence[tuple[UUID, Sequence[Part]]]


def freeze_splits(cursor: Any, splits: Sequence[NewSplit]) -> None:
    """Write splits with their parts, in the caller's transaction: two statements for the set."""
    if not splits:
        return
    cursor.execute(
        INSERT_SPLITS,
        (
            RULES_VERSION,
            [s.subject_id for s in splits],
            [s.currency for s in splits],
            [s.paid_minor for s in splits],
            [s.settle_days for s in splits],
        ),
    )
    rows = [(s.subject_id, line_id, part) for s in splits for line_id, parts in s.lines for part in parts]
    cursor.execute(
        INSERT_PARTS,
        (
            [new_id() for _ in rows],
            [subject for subject, _, _ in rows],
            [line for _, line, _ in rows],
            [part.payee for _, _, part in rows],
            [part.rule.value for _, _, part in rows],
            [part.base_minor for _, _, part in rows],
            [part.rate_bps for _, _, part in rows],
            [part.amount_minor for _, _, part in rows],
        ),
    )


def lock_splits(cursor: Any, subject_ids: Iterable[UUID]) -> dict[UUID, bool]:
    """Lock the splits of `subject_ids` in key order; return subject -> whether it is settled.

    Before anything of the subject itself is locked: settlement holds a split first and moves its subject afterwards.
    """
    cursor.execute(LOCK, (sorted(set(subject_ids)),))
    return dict(cursor.fetchall())


def schedule(cursor: Any, received: Sequence[tuple[UUID, datetime]]) -> None:
    """Set when splits are due: their days after receipt. Settled ones stay as they are."""
    if received:
        cursor.execute(SCHEDULE, ([s for s, _ in received], [at for _, at in received]))


def reverse_parts(cursor: Any, reversed_minor: Mapping[UUID, int]) -> None:
    """Write how much of each part (id) refunds have taken back so far, in minor units; their splits are locked."""
    if reversed_minor:
        cursor.execute(REVERSE, (list(reversed_minor), list(reversed_minor.values())))
