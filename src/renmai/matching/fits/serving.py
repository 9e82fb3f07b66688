"""Answer from the serving model: what fits a taste, and because of which product of it. One statement, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from django.db import connection

TASTE_MAX = 50
SCORES_MAX = 500

# What is summed is few numbers; of which product the most of a sum comes is looked up for those alone that are returned.
SCORES = """
with taste as materialized (
  select * from unnest(%(products)s::uuid[], %(weights)s::float8[]) as t (product_id, weight)
), parts as materialized (
  select n.product_id, t.product_id as because_of, t.weight * n.weight as score
  from matching_fit f
  join taste t on true
  join matching_near r on r.fit_id = f.id and r.product_id = t.product_id
  cross join lateral unnest(r.near, r.weights) as n (product_id, weight)
  where f.name = %(name)s and f.state = 'serving'
), sums as materialized (
  select p.product_id, sum(p.score) as score from parts p
  where p.product_id <> all(%(products)s::uuid[])
  group by p.product_id having sum(p.score) > 0 order by score desc, p.product_id limit %(limit)s
)
select distinct on (s.score, s.product_id) s.product_id, s.score, p.because_of
from sums s join parts p on p.product_id = s.product_id
order by s.score desc, s.product_id, p.score desc, p.because_of
"""


class Tasted(Protocol):
    """A row of a taste, as `signals/queries.py: taste_of` returns it."""

    @property
    def thing(self) -> str:
        """What it is: "product", "shop"."""

    @property
    def thing_id(self) -> UUID:
        """Which one."""

    @property
    def weight(self) -> float:
        """How much it is liked; below nothing: disliked."""


def scores_for(name: str, taste: Sequence[Tasted], limit: int) -> list[tuple[UUID, float, UUID]]:
    """Return up to `limit` (at most 500) products that fit a taste, best first: the product, how well it fits, and which
    product of the taste it owes the most of that to.

    One statement. Products of the taste are not among them, whether liked or disliked, and what is near to a disliked one is
    worth less. Of the taste the 50 products that stand strongest count; its shops say nothing here. Without a serving model,
    or for a taste it knows nothing of, nothing is returned.
    """
    products = sorted((row for row in taste if row.thing == "product"), key=lambda row: -abs(row.weight))[:TASTE_MAX]
    if not products or limit <= 0:
        return []
    asked: dict[str, Any] = {
        "name": name, "products": [row.thing_id for row in products], "weights": [row.weight for row in products],
        "limit": min(limit, SCORES_MAX),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SCORES, asked)
        return [(product_id, float(score), because_of) for product_id, score, because_of in cursor.fetchall()]
