"""What operators look for among scores: who fell, whose facts count for nothing, how many facts a day brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, require_role

FALL_DAYS, FALL_MIN = 30, 3
ODD_PERCENT, ODD_FACTS_MIN = 25, 8
# Of a long log the newest leaves are looked at.
ODD_LEAVES = 50_000
LIMIT_MAX = 50
# What a seller stood at before the days that count: the last change before them, else the first in them.
FALLS = """
select s.subject_id, b.value, s.value
from trust_score s
join lateral (
  (select d.value, 0 as turn, d."on" from trust_scoreday d where d.subject_id = s.subject_id and d."on" <= %(since)s
   order by d."on" desc limit 1)
  union all
  (select d.value, 1, d."on" from trust_scoreday d where d.subject_id = s.subject_id and d."on" > %(since)s
   order by d."on" limit 1)
  order by 2 limit 1
) b on b.value - s.value >= %(least)s
order by b.value - s.value desc, s.subject_id limit %(limit)s
"""
ODD = """
select f.subject_id, count(*) filter (where w.weight = 0), count(*)
from trust_fact f join trust_logentry e on e.index = f.leaf_index
cross join lateral (select (convert_from(e.data, 'UTF8')::jsonb ->> 'weight')::int as weight) w
where w.weight is not null and f.day > %(since)s
  and f.leaf_index >= (select size from trust_loghead where id = 1) - %(leaves)s
group by f.subject_id
having count(*) >= %(facts)s and count(*) filter (where w.weight = 0) * 100 >= count(*) * %(percent)s
order by count(*) filter (where w.weight = 0) * 100 / count(*) desc, f.subject_id limit %(limit)s
"""
DAYS = "select day, facts from trust_factday where day > %s order by day"
FOUND = """
select s.id from trust_subject s
left join goods_supplier u on u.id = s.supplier_id
where s.pseudonym like %(start)s or u.name ilike %(some)s or u.name_zh ilike %(some)s or exists (
  select 1 from places_shop h where h.owner_id = s.person_id and s.role = 'creator'
    and (h.name ilike %(some)s or h.name_zh ilike %(some)s or h.handle ilike %(some)s))
order by s.id desc limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Fall:
    """A seller whose number fell, from what to what."""

    subject_id: UUID
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Odd:
    """A seller of whose facts many count for nothing: how many of how many that have a buyer."""

    subject_id: UUID
    unweighed: int
    facts: int


def list_falls(actor: Actor, *, until: date, limit: int = 6) -> list[Fall]:
    """Return who fell by 3 or more within 30 days, the deepest fall first; one statement. Errors: Forbidden."""
    require_role(actor, "operator")
    since = until - timedelta(days=FALL_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(FALLS, {"since": since, "least": FALL_MIN, "limit": min(limit, LIMIT_MAX)})
        return [Fall(*row) for row in cursor.fetchall()]


def list_odd(actor: Actor, *, until: date, days: int = 90, limit: int = 6) -> list[Odd]:
    """Return sellers with 8 or more facts of buyers in `days`, a quarter of them without weight; one statement.

    Errors: Forbidden.
    """
    require_role(actor, "operator")
    asked: dict[str, Any] = {
        "since": until - timedelta(days=days),
        "facts": ODD_FACTS_MIN,
        "percent": ODD_PERCENT,
        "leaves": ODD_LEAVES,
    }
    with connection.cursor() as cursor:
        cursor.execute(ODD, {**asked, "limit": min(limit, LIMIT_MAX)})
        return [Odd(*row) for row in cursor.fetchall()]


def count_days(actor: Actor, *, until: date, days: int = 60) -> list[tuple[date, int]]:
    """Return (day, facts) of the last `days`, every day of them, oldest first; one statement. Errors: Forbidden."""
    require_role(actor, "operator")
    since = until - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(DAYS, (since,))
        found: dict[date, int] = dict(cursor.fetchall())
    every = (since + timedelta(days=n) for n in range(1, days + 1))
    return [(day, found.get(day, 0)) for day in every]


def find_subjects(actor: Actor, text: str, *, limit: int = 24) -> list[UUID]:
    """Return sellers by the start of their pseudonym or a piece of a name, newest first; one statement. Errors: Forbidden."""
    require_role(actor, "operator")
    plain = text.replace("\\", "").replace("%", "").replace("_", "")[:100]
    if not plain:
        return []
    asked: dict[str, Any] = {"start": f"{plain.lower()}%", "some": f"%{plain}%", "limit": min(limit, LIMIT_MAX)}
    with connection.cursor() as cursor:
        cursor.execute(FOUND, asked)
        return [subject_id for (subject_id,) in cursor.fetchall()]
