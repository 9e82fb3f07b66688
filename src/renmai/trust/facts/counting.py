"""How many facts the house has: by kind, and by day as they added up. For everyone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from django.db import connection

DAYS_MAX = 120
KINDS = "select kind, count(*), count(distinct subject_id) from trust_fact group by grouping sets ((kind), ())"
DAYS = "select day, count(*) from trust_fact group by day order by day"


@dataclass(frozen=True, slots=True)
class HouseCounts:
    """kinds: kind -> facts; sellers: who has any; growth: (day, facts up to it), oldest first, the newest 120 days of facts."""

    kinds: dict[str, int]
    sellers: int
    growth: list[tuple[date, int]]


def count_house() -> HouseCounts:
    """Return what the house counts; two statements, each over all facts."""
    with connection.cursor() as cursor:
        cursor.execute(KINDS)
        rows = cursor.fetchall()
        cursor.execute(DAYS)
        days = cursor.fetchall()
    sizes = accumulate(count for _day, count in days)
    growth = [(day, size) for (day, _count), size in zip(days, sizes, strict=True)]
    sellers = next((sellers for kind, _count, sellers in rows if kind is None), 0)
    return HouseCounts({kind: count for kind, count, _s in rows if kind}, sellers, growth[-DAYS_MAX:])
