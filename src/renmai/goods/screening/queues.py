"""What waits for an operator of screening: applications, goods, brands, and checks that are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.goods.screening.rules import WARN_DAYS
from renmai.kit.access import Actor, require_role

QUEUES = ("suppliers", "products", "brands", "checks")
LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one

# A suspended supplier waits as well, once it has handed something in since it was suspended.
SUPPLIERS = """
select s.id, 'supplier' as kind, s.name, s.name_zh, '' as of, '' as of_zh, s.state, s.created_at as at from goods_supplier s
where s.state = 'applied' or s.state = 'suspended' and exists (
  select 1 from goods_evidence e where e.subject_id = s.id and e.created_at > (
    select coalesce(max(d.at), s.created_at) from goods_decision d where d.subject_id = s.id))
"""
PRODUCTS = """
select p.id, 'product' as kind, p.title as name, p.title_zh as name_zh, s.name as of, s.name_zh as of_zh, p.state, p.created_at as at
from goods_product p join goods_supplier s on s.id = p.supplier_id where p.state = 'screening'
"""
BRANDS = """
select b.id, 'brand' as kind, b.name, b.name_zh, s.name as of, s.name_zh as of_zh, b.state, b.created_at as at
from goods_brand b join goods_supplier s on s.id = b.supplier_id where b.state = 'applied'
"""
CHECKS = """
select s.id, 'supplier' as kind, s.name, s.name_zh, '' as of, '' as of_zh, s.state, s.check_due_at as at from goods_supplier s
where s.state = 'approved' and s.check_due_at <= %(soon)s
union all
select p.id, 'product', p.title, p.title_zh, s.name, s.name_zh, p.state, p.check_due_at
from goods_product p join goods_supplier s on s.id = p.supplier_id
where p.state = 'approved' and p.check_due_at <= %(soon)s
"""
SQL = {"suppliers": SUPPLIERS, "products": PRODUCTS, "brands": BRANDS, "checks": CHECKS}
PAGE = "select * from ({}) as waiting where (at, id) > (%(at)s, %(id)s) order by at, id limit %(limit)s"
COUNTS = " union all ".join(f"select '{name}', count(*) from ({sql}) as {name}" for name, sql in SQL.items())
FIRST = (datetime.min, UUID(int=0))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits: its names, whose it is, and since when (for a check: when it is due)."""

    id: UUID
    kind: str
    name: str
    name_zh: str
    of: str
    of_zh: str
    state: str
    at: datetime


def list_queue(
    actor: Actor, queue: str, *, now: datetime, after: tuple[datetime, UUID] | None = None, limit: int = 24
) -> list[Waiting]:
    """Return one of QUEUES, the longest waiting (or the soonest due) first; one statement. Errors: Forbidden."""
    require_role(actor, "operator")
    at, last = after or FIRST
    question: dict[str, Any] = {"soon": _soon(now), "at": at, "id": last, "limit": min(limit, LIMIT_MAX)}
    with connection.cursor() as cursor:
        cursor.execute(PAGE.format(SQL[queue]), question)
        return [Waiting(*row) for row in cursor.fetchall()]


def count_queues(actor: Actor, *, now: datetime) -> dict[str, int]:
    """Return how many wait in each queue; one statement. Errors: Forbidden."""
    require_role(actor, "operator")
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"soon": _soon(now)})
        return {name: int(count) for name, count in cursor.fetchall()}


def _soon(now: datetime) -> datetime:
    return now + timedelta(days=WARN_DAYS)
