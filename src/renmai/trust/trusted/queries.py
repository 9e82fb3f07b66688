"""Read whom one's friends trust, for them only and where the friend chose to show it; and what stands for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor
from renmai.trust.trusted.rules import (
    AGAIN_AFTER,
    CASES_MAX,
    FRIENDS_MAX,
    GOOD_SCORE,
    NO_FAULT,
    ORDERS_MAX,
    REVIEWS_MAX,
    UPHELD,
)

TRUSTED_MAX = 60


@dataclass(frozen=True, slots=True)
class Trust:
    """A friend trusts a shop's person: bought there `orders` times (0: not again), or gave `score` (None: no good review)."""

    shop_id: UUID
    friend_id: UUID
    friend: str
    orders: int
    score: int | None
    at: datetime


# Friends follow each other, and each of them chose to show it. Of each the newest orders are looked at.
TRUSTED = """
with friends as materialized (
  select f.followed_id as id
  from people_follow f
  join people_follow b on b.follower_id = f.followed_id and b.followed_id = f.follower_id
  join people_trustshown t on t.person_id = f.followed_id
  where f.follower_id = %(person)s
  order by f.id desc limit %(friends)s
), bought as materialized (
  select w.id as friend_id, o.id, o.shop_id, o.placed_at, o.received_at
  from friends w
  cross join lateral (
    select o.id, o.shop_id, o.placed_at, o.received_at, o.state from trade_order o
    where o.buyer_id = w.id order by o.id desc limit %(orders)s
  ) o
  where o.state in ('received', 'settled') and (%(shops)s::uuid[] is null or o.shop_id = any(%(shops)s::uuid[]))
), again as (
  select friend_id, shop_id, count(*) as orders, max(received_at) as at from bought
  group by friend_id, shop_id having max(placed_at) - min(placed_at) >= %(again)s
), content as (
  select b.friend_id, b.shop_id, max(r.score) as score, max(r.at) as at
  from bought b join trust_review r on r.order_id = b.id and r.score >= %(good)s and r.hidden_at is null and r.weight_bps > 0
  where not exists (
    select 1 from trade_case c where c.order_id = b.id and c.state = any(%(upheld)s) and c.reason <> %(no_fault)s
  )
  group by b.friend_id, b.shop_id
)
select shop_id, friend_id, p.name, coalesce(a.orders, 0), c.score, greatest(a.at, c.at) as newest
from again a full join content c using (friend_id, shop_id)
join people_person p on p.id = friend_id
join places_shop s on s.id = shop_id and s.open and s.hidden_at is null and s.owner_id <> %(person)s
order by newest desc, shop_id, friend_id limit %(limit)s
"""


def trusted_by_friends(actor: Actor, *, shop_ids: Iterable[UUID] | None = None) -> list[Trust]:
    """Return which of the actor's friends trust whom (of these shops only, if given), newest first, at most 60.

    Nothing for nobody. One statement, whose cost is bounded by the friends looked at and not by what was ever sold.
    """
    if actor.person_id is None:
        return []
    params: dict[str, Any] = {
        "person": actor.person_id, "friends": FRIENDS_MAX, "orders": ORDERS_MAX, "again": AGAIN_AFTER,
        "good": GOOD_SCORE, "upheld": list(UPHELD), "no_fault": NO_FAULT, "limit": TRUSTED_MAX,
        "shops": None if shop_ids is None else list(shop_ids),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(TRUSTED, params)
        return [Trust(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Record:
    """What stands for a shop, of its newest 1,000 reviews and 200 cases: how many reviews, how many of these count less, and
    the mean x 100, each as it counts (None of none); of the cases about a fault, how many the creator answered, and in how
    many something was put right."""

    reviews: int
    less: int
    mean_x100: int | None
    cases: int
    answered: int
    put_right: int


RECORD = """
select r.n, r.less, r.mean, c.n, c.answered, c.put_right
from (
  select count(*) as n, count(*) filter (where x.weight_bps < 10000) as less,
         (sum(x.score * x.weight_bps::bigint) * 100 / nullif(sum(x.weight_bps), 0))::int as mean
  from (
    select score, weight_bps from trust_review where shop_id = %(shop)s and hidden_at is null
    order by at desc limit %(reviews)s
  ) x
) r, (
  select count(*) as n, count(*) filter (where x.state = any(%(upheld)s)) as put_right,
         count(*) filter (where exists (
           select 1 from trade_caseentry e where e.case_id = x.id and e.side = 'creator'
         )) as answered
  from (
    select id, state, reason from trade_case where shop_id = %(shop)s order by id desc limit %(cases)s
  ) x where x.reason <> %(no_fault)s
) c
"""


def read_record(shop_id: UUID) -> Record:
    """Return what stands for a shop, for everyone; one statement."""
    params: dict[str, Any] = {
        "shop": shop_id, "reviews": REVIEWS_MAX, "cases": CASES_MAX, "upheld": list(UPHELD), "no_fault": NO_FAULT,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(RECORD, params)
        return Record(*cursor.fetchone())
