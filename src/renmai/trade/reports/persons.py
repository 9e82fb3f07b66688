"""What a person and a shop amount to, for operators. Read-only; one statement each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, require_role

PERSON = """
select (select count(*) from trade_order where buyer_id = %(id)s),
       (select count(*) from trade_order where buyer_id = %(id)s and state in ('placed', 'paid', 'shipped', 'received')),
       (select coalesce(sum(total_minor - refunded_minor), 0)::bigint from trade_order
        where buyer_id = %(id)s and paid_at is not null),
       (select count(*) from trade_case where buyer_id = %(id)s),
       (select count(*) from trade_case where buyer_id = %(id)s and closed_at is null)
"""
SHOP = """
select (select count(*) from trade_order where shop_id = %(id)s and paid_at is not null),
       (select count(*) from trade_order where shop_id = %(id)s and state in ('placed', 'paid', 'shipped', 'received')),
       (select coalesce(sum(total_minor - refunded_minor), 0)::bigint from trade_order
        where shop_id = %(id)s and paid_at is not null),
       (select count(*) from trade_case where shop_id = %(id)s),
       (select count(*) from trade_case where shop_id = %(id)s and closed_at is null)
"""
NAMES = """
select id, name, name_zh, 'supplier' from goods_supplier where id = any(%(ids)s)
union all select id, name, name_zh, 'shop' from places_shop where id = any(%(ids)s)
union all select id, name, name_zh, 'agency' from people_agency where id = any(%(ids)s)
union all select id, coalesce(nullif(name, ''), email, phone, '-'), '', 'person' from people_person where id = any(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Orders (of a shop: paid ones), those under way, what was paid less what went back in minor units, cases, open ones."""

    orders: int
    under_way: int
    paid_minor: int
    cases: int
    open_cases: int


@dataclass(frozen=True, slots=True)
class Named:
    """What an id stands for: supplier, shop, agency or person, and its name."""

    id: UUID
    name: str
    name_zh: str
    kind: str


def read_buyer_amounts(actor: Actor, person_id: UUID) -> Amounts:
    """Return what a person bought. Errors: Forbidden, SignInNeeded."""
    return _read(actor, PERSON, person_id)


def read_shop_amounts(actor: Actor, shop_id: UUID) -> Amounts:
    """Return what a shop sold. Errors: Forbidden, SignInNeeded."""
    return _read(actor, SHOP, shop_id)


def _read(actor: Actor, sql: str, subject_id: UUID) -> Amounts:
    require_role(actor, "operator")
    with connection.cursor() as cursor:
        cursor.execute(sql, {"id": subject_id})
        return Amounts(*cursor.fetchone())


def name_subjects(actor: Actor, ids: Iterable[UUID | None]) -> dict[UUID, Named]:
    """Return id -> what it stands for, for suppliers, shops, agencies and people; one statement. Errors: Forbidden."""
    require_role(actor, "operator")
    wanted = sorted({each for each in ids if each is not None})
    with connection.cursor() as cursor:
        cursor.execute(NAMES, {"ids": wanted})
        return {row[0]: Named(*row) for row in cursor.fetchall()}
