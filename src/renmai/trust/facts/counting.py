"""How many facts there are, of the house and of each seller: counted as they are written, so that no page counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.db import connection

DAYS_MAX = 120
SELLERS = "sellers"
Counted = tuple[UUID, date, str, str]
"""Seller, day, kind and outcome of a fact."""

# Whoever counts holds the head of the log, so that all who count wait there and none for another's row.
# Every part sees the counts as they were before: who has none yet is a new seller.
COUNT = """
with batch as (
  select * from unnest(%s::uuid[], %s::date[], %s::text[], %s::text[], %s::bigint[]) as b (subject_id, day, kind, outcome, facts)
), by_seller as (
  insert into trust_factcount as c (subject_id, month, kind, outcome, facts)
  select subject_id, date_trunc('month', day::timestamp)::date, kind, outcome, sum(facts) from batch group by 1, 2, 3, 4
  on conflict (subject_id, month, kind, outcome) do update set facts = c.facts + excluded.facts
), by_day as (
  insert into trust_factday as c (day, facts) select day, sum(facts) from batch group by day
  on conflict (day) do update set facts = c.facts + excluded.facts
)
insert into trust_factsum as c (name, count)
select kind, sum(facts) from batch group by kind
union all
select 'sellers', count(distinct subject_id) from batch b
where not exists (select 1 from trust_factcount k where k.subject_id = b.subject_id)
on conflict (name) do update set count = c.count + excluded.count
"""
SUMS = "select name, count from trust_factsum order by name"
DAYS = "select day, facts from trust_factday order by day desc limit %s"
OF_SELLER = """
select month, kind, outcome, facts from trust_factcount where subject_id = %s order by month, kind, outcome
"""


@dataclass(frozen=True, slots=True)
class HouseCounts:
    """kinds: kind -> facts; sellers: who has any; growth: (day, facts up to it), oldest first, the newest 120 days of facts."""

    kinds: dict[str, int]
    sellers: int
    growth: list[tuple[date, int]]


@dataclass(frozen=True, slots=True)
class SellerCounts:
    """kinds: kind -> facts; months: (first of the month, kind, outcome, facts), oldest first."""

    kinds: dict[str, int]
    months: list[tuple[date, str, str, int]]


def count_facts(cursor: Any, facts: Mapping[Counted, int]) -> None:
    """Add to what is counted, one statement; by whoever has just appended the facts and holds the head of the log."""
    rows = [(*counted, count) for counted, count in facts.items()]
    cursor.execute(COUNT, [list(column) for column in zip(*rows, strict=True)])


def count_house() -> HouseCounts:
    """Return what the house counts; two statements, however many facts there are."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS)
        sums: dict[str, int] = dict(cursor.fetchall())
        cursor.execute(DAYS, (DAYS_MAX,))
        days = cursor.fetchall()[::-1]
    sellers = sums.pop(SELLERS, 0)
    before = sum(sums.values()) - sum(count for _day, count in days)
    sizes = list(accumulate((count for _day, count in days), initial=before))[1:]
    return HouseCounts(sums, sellers, [(day, size) for (day, _count), size in zip(days, sizes, strict=True)])


def count_seller(subject_id: UUID) -> SellerCounts:
    """Return what is counted of a seller; one statement, a row a month and outcome, however many facts there are."""
    with connection.cursor() as cursor:
        cursor.execute(OF_SELLER, (subject_id,))
        months = cursor.fetchall()
    kinds = Counter[str]()
    for _month, kind, _outcome, facts in months:
        kinds[kind] += facts
    return SellerCounts(dict(sorted(kinds.items())), months)
