"""Facts of one seller, read from the leaves: for everyone, and with what is private of them for the seller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from renmai.kit.access import Actor, require_person

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
NEWEST = 2**63 - 1
FACTS = """
select f.id, f.leaf_index, f.kind, f.day, e.data, o.order_id, o.record
from trust_fact f join trust_logentry e on e.index = f.leaf_index
left join trust_factopening o on o.fact_id = f.id
where f.subject_id = %(subject)s and f.leaf_index < %(before)s and (%(kind)s = '' or f.kind = %(kind)s)
order by f.leaf_index desc limit %(limit)s
"""
OF_ORDER = """
select f.id, f.leaf_index, f.kind, f.day, e.data, o.order_id, o.record
from trust_factopening o join trust_fact f on f.id = o.fact_id join trust_logentry e on e.index = f.leaf_index
where o.order_id = %(order)s and o.buyer_id = %(buyer)s order by f.leaf_index limit %(limit)s
"""
# Of each of the actor's parts only the page is read, from an index in the page's order, and the newest of all is kept.
OWN = """
select f.id, f.leaf_index, f.kind, f.day, e.data, o.order_id, o.record
from (
  (select leaf_index from trust_factopening where buyer_id = %(person)s and leaf_index < %(before)s
   order by leaf_index desc limit %(limit)s)
  union
  select of_seller.leaf_index from trust_subject s
  join lateral (
    select f.leaf_index from trust_fact f where f.subject_id = s.id and f.leaf_index < %(before)s
    order by f.leaf_index desc limit %(limit)s
  ) of_seller on true
  where s.person_id = %(person)s or s.supplier_id = any(%(suppliers)s)
  order by leaf_index desc limit %(limit)s
) own join trust_fact f on f.leaf_index = own.leaf_index
join trust_logentry e on e.index = f.leaf_index
left join trust_factopening o on o.fact_id = f.id
order by f.leaf_index desc limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class ListedFact:
    """A fact as its leaf says it. `weight` is None without a buyer; `order_id` and `record` are for the parties alone."""

    id: UUID
    leaf_index: int
    kind: str
    day: date
    data: dict[str, Any]
    weight: int | None
    category: str
    order_id: UUID | None
    record: dict[str, Any]


def list_facts(subject_id: UUID, *, kind: str = "", before: int = NEWEST, limit: int = 24) -> list[ListedFact]:
    """Return facts of a seller, newest leaf first; `before` is the leaf of the last one seen; one statement."""
    return _facts(
        FACTS, {"subject": subject_id, "before": before, "kind": kind, "limit": max(1, min(limit, LIMIT_MAX))}
    )


def list_facts_of_order(buyer_id: UUID, order_id: UUID) -> list[ListedFact]:
    """Return the facts of an order to which this buyer is a party, in order of their leaves, at most 100; one statement."""
    return _facts(OF_ORDER, {"buyer": buyer_id, "order": order_id, "limit": LIMIT_MAX - 1})


def list_own_facts(actor: Actor, *, before: int = NEWEST, limit: int = 20) -> list[ListedFact]:
    """Return facts to which the actor is a party, as buyer, creator or for a supplier, newest leaf first; one statement.

    Errors: SignInNeeded.
    """
    own = {"person": require_person(actor), "suppliers": list(actor.subjects("supplier"))}
    return _facts(OWN, {**own, "before": before, "limit": max(1, min(limit, LIMIT_MAX))})


def _facts(sql: str, params: dict[str, Any]) -> list[ListedFact]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [_listed(*row) for row in cursor.fetchall()]


def _listed(
    fact_id: UUID, index: int, kind: str, day: date, leaf: bytes, order_id: UUID | None, record: bytes | None
) -> ListedFact:
    said = orjson.loads(bytes(leaf))
    about = orjson.loads(bytes(record)) if record is not None else {}
    return ListedFact(
        fact_id, index, kind, day, said["data"], said.get("weight"), said.get("category", ""), order_id, about
    )
