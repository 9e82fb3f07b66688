"""Splits, set by set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from renmai.kit.ids import new_id
from renmai.money.splits.fees import FIRST_RULES, FeeRule, read_fee_rules
from renmai.money.splits.rules import Part

INSERT_SPLITS = """
insert into money_split (subject_id, currency, paid_minor, rules_version, contract_version, settle_days, holds)
select s, c, p, r, v, d, 0
from unnest(%s::uuid[], %s::text[], %s::bigint[], %s::int[], %s::int[], %s::smallint[]) as t (s, c, p, r, v, d)
"""
INSERT_DISCOUNTS = """
insert into money_splitdiscount (id, subject_id, line_id, funder, cause_id, amount_minor)
select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::bigint[])
"""
RULES = "select version, rules from money_rulelist order by version desc limit 1"
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
HOLD = """
update money_split s set holds = s.holds + w.n, paused_at = coalesce(s.paused_at, w.at)
from (select id, count(*)::int as n, min(at) as at from unnest(%s::uuid[], %s::timestamptz[]) as u (id, at) group by id) w
where s.subject_id = w.id and s.settled_at is null
"""
# What was lost of the days to settlement is added once the last hold goes: time before receipt counts for nothing.
RELEASE = """
update money_split s set
  settle_at = case when s.holds <= w.n and s.paused_at is not null and s.settle_at is not null
    then s.settle_at + greatest(interval '0', w.at - greatest(s.paused_at, s.settle_at - make_interval(days => s.settle_days)))
    else s.settle_at end,
  paused_at = case when s.holds <= w.n then null else s.paused_at end,
  holds = greatest(s.holds - w.n, 0)
from (select id, count(*)::int as n, max(at) as at from unnest(%s::uuid[], %s::timestamptz[]) as u (id, at) group by id) w
where s.subject_id = w.id and s.settled_at is null
"""
REVERSE = """
update money_splitpart p set reversed_minor = w.reversed from unnest(%s::uuid[], %s::bigint[]) as w (id, reversed)
where p.id = w.id
"""


@dataclass(frozen=True, slots=True)
class Discount:
    """What one line costs less, the account that pays for it, and the coupon it comes from."""

    line_id: UUID
    funder: str
    cause_id: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True)
class NewSplit:
    """A split to be frozen: for each line its parts."""

    subject_id: UUID
    currency: str
    paid_minor: int
    settle_days: int
    lines: Sequence[tuple[UUID, Sequence[Part]]]
    rules_version: int = 0
    contract_version: int | None = None
    discounts: Sequence[Discount] = ()


def freeze_splits(cursor: Any, splits: Sequence[NewSplit]) -> None:
    """Write splits with their parts and discounts, in the caller's transaction: a statement for each table."""
    if not splits:
        return
    cursor.execute(
        INSERT_SPLITS,
        (
            [s.subject_id for s in splits],
            [s.currency for s in splits],
            [s.paid_minor for s in splits],
            [s.rules_version for s in splits],
            [s.contract_version for s in splits],
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
    discounts = [(s.subject_id, discount) for s in splits for discount in s.discounts]
    if discounts:
        cursor.execute(
            INSERT_DISCOUNTS,
            (
                [new_id() for _ in discounts],
                [subject for subject, _ in discounts],
                [d.line_id for _, d in discounts],
                [d.funder for _, d in discounts],
                [d.cause_id for _, d in discounts],
                [d.amount_minor for _, d in discounts],
            ),
        )


def read_rules(cursor: Any) -> tuple[int, tuple[FeeRule, ...]]:
    """Return the fee rules in force with their version; version 0 is the platform's terms for everyone."""
    cursor.execute(RULES)
    row = cursor.fetchone()
    return (0, FIRST_RULES) if row is None else (row[0], read_fee_rules(_loaded(row[1])))


def _loaded(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else value


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


def hold_splits(cursor: Any, holds: Sequence[tuple[UUID, datetime]]) -> None:
    """Stop the clock of locked splits: (subject id, when). Each hold counts; a settled split has no clock any more."""
    if holds:
        cursor.execute(HOLD, ([s for s, _ in holds], [at for _, at in holds]))


def release_splits(cursor: Any, releases: Sequence[tuple[UUID, datetime]]) -> None:
    """Take back a hold of locked splits: (subject id, when). With the last one the clock goes on where it stopped."""
    if releases:
        cursor.execute(RELEASE, ([s for s, _ in releases], [at for _, at in releases]))
