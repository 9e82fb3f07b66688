"""Rank people for one buyer: whom they follow, who is live, whom friends trust, whose goods are like theirs, credit, who is new.

Three statements, however many people there are: each part of the candidates is bounded and read through an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor
from renmai.kit.clock import local_day
from renmai.kit.ids import first_id
from renmai.matching.engine.friends import friends_weight
from renmai.matching.feed.rules import (
    NEW_DAYS,
    PEOPLE_MAX,
    Candidate,
    Reason,
    days_between,
    order_people,
)
from renmai.matching.signals.models import SignalThing
from renmai.matching.signals.queries import TasteRow, taste_of
from renmai.places.shops.followed import FOLLOWED_MAX, list_followed_shops
from renmai.places.shops.foremost import list_foremost_shops
from renmai.trust.trusted.queries import trusted_by_friends

SEEDS_MAX, NEAR_EACH, LIKED_MAX, SHOPS_EACH = 40, 20, 60, 8
FOLLOWED_SEEN, PICKS_SEEN = 12, 4
LIVE_MAX, ACTIVE_MAX, VALUED_MAX = 60, 200, 60
NEW_MAX, NEW_DRAWN, HOUSE_MAX = 500, 40, 120
OF_FOLLOWED = 0.5  # what a pick of somebody followed says of one's taste at most; what one did oneself says 1 at most

CANDIDATES = """
with followed as materialized (
  select s.id, f.id as follow_id from (
    select id, followed_id from people_follow where follower_id = %(viewer)s order by id desc limit %(follows)s
  ) f join places_shop s on s.owner_id = f.followed_id
), seeds as materialized (
  select product_id, null::uuid as shop_id, weight from unnest(%(taste)s::uuid[], %(weights)s::float8[]) as t (product_id, weight)
  union all
  select k.product_id, f.id, %(of_followed)s::float8
  from (select id from followed order by follow_id desc limit %(followed_seen)s) f
  cross join lateral (
    select product_id from places_pick k where k.shop_id = f.id and k.removed_at is null order by k.id desc limit %(picks_seen)s
  ) k
), likings as (
  select product_id as liked_id, product_id, shop_id, weight from seeds
  union all
  select n.id, s.product_id, s.shop_id, s.weight * n.weight
  from seeds s join matching_fit t on t.name = 'buyers' and t.state = 'serving'
  join matching_near r on r.fit_id = t.id and r.product_id = s.product_id
  cross join lateral unnest(r.near[1:%(near)s], r.weights[1:%(near)s]) as n (id, weight)
), liked as materialized (
  select liked_id, sum(weight) as weight, (array_agg(product_id order by weight desc, product_id))[1] as because_id,
         (array_agg(shop_id order by weight desc, product_id))[1] as through_id
  from likings group by liked_id having sum(weight) > 0 order by 2 desc, 1 limit %(liked)s
), showing as materialized (
  select distinct on (k.shop_id) k.shop_id, l.weight, l.because_id, l.through_id
  from liked l cross join lateral (
    select k.shop_id from places_pick k where k.product_id = l.liked_id and k.removed_at is null order by k.id desc limit %(shops)s
  ) k
  where k.shop_id is distinct from l.through_id
  order by k.shop_id, l.weight desc, l.because_id
), live as materialized (
  select distinct shop_id from (
    select shop_id from places_show where state = 'live' and hidden_at is null order by began_at desc limit %(live)s
  ) s
), named as (
  select id from followed
  union select shop_id from showing
  union select shop_id from live
  union select unnest(%(trusted)s::uuid[])
  union select unnest(%(house)s::uuid[])
  union select shop_id from (select shop_id from places_pick where removed_at is null order by id desc limit %(active)s) p
  union select id from (
    select id from (
      select id from places_shop where id > %(new_since)s and open and hidden_at is null and exposure > 1 order by id desc limit %(new)s
    ) x order by md5(id::text || %(lot)s) limit %(new_drawn)s
  ) n
  union select h.id from (
    select subject_id from trust_score where role = 'creator' order by value desc, subject_id desc limit %(valued)s
  ) v join trust_subject u on u.id = v.subject_id join places_shop h on h.owner_id = u.person_id
)
select s.id, s.exposure, s.face_id is not null and (s.words <> '' or s.words_zh <> ''), s.created_at, n.at,
       l.shop_id is not null, f.id is not null, g.weight, g.because_id, g.through_id, c.value
from named m
join places_shop s on s.id = m.id and s.open and s.hidden_at is null and s.owner_id <> %(viewer)s
left join followed f on f.id = s.id
left join live l on l.shop_id = s.id
left join showing g on g.shop_id = s.id
left join trust_subject u on u.person_id = s.owner_id
left join trust_score c on c.subject_id = u.id and c.role = 'creator' and not c.growing
left join lateral (
  select greatest(
    (select k.created_at from places_pick k where k.shop_id = s.id and k.removed_at is null order by k.id desc limit 1),
    (select p.published_at from places_post p where p.shop_id = s.id and p.state = 'published' and p.hidden_at is null
     order by p.published_at desc, p.id desc limit 1)
  ) as at
) n on true
where s.exposure > 0 or f.id is not null
"""


def rank_people(viewer_id: UUID, *, now: datetime) -> list[tuple[UUID, Reason]]:
    """Return shops in the order in which `viewer_id` is shown their people, each with its reason."""
    friends: dict[UUID, int] = {}
    for trust in trusted_by_friends(Actor(viewer_id)):
        friends[trust.shop_id] = friends.get(trust.shop_id, 0) + 1
    house = [row["id"] for row in list_foremost_shops(limit=HOUSE_MAX, not_of=viewer_id)]
    taste = liked_goods(taste_of(viewer_id, now=now, limit=SEEDS_MAX))
    given: dict[str, Any] = {
        "viewer": viewer_id, "follows": FOLLOWED_MAX, "taste": [row[0] for row in taste],
        "weights": [row[1] for row in taste], "of_followed": OF_FOLLOWED * friends_weight(len(taste)),
        "followed_seen": FOLLOWED_SEEN, "picks_seen": PICKS_SEEN, "near": NEAR_EACH, "liked": LIKED_MAX, "shops": SHOPS_EACH, "live": LIVE_MAX,
        "trusted": list(friends), "house": house, "active": ACTIVE_MAX, "new": NEW_MAX, "new_drawn": NEW_DRAWN,
        "valued": VALUED_MAX, "lot": f"{viewer_id}{local_day(now)}",
        "new_since": first_id(now - timedelta(days=NEW_DAYS)),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, given)
        rows = cursor.fetchall()
    return order_people(_candidates(rows, friends, now), viewer_id=viewer_id, on=local_day(now))


def liked_goods(taste: Sequence[TasteRow]) -> list[tuple[UUID, float]]:
    """Return the products of a taste and how much each is to it: the strongest is 1, or -1 of a dislike."""
    rows = [(row.thing_id, row.weight) for row in taste if row.thing == SignalThing.PRODUCT]
    most = max((abs(weight) for _, weight in rows), default=0.0)
    return [(product_id, weight / most) for product_id, weight in rows] if most > 0 else []


def _candidates(rows: list[tuple[Any, ...]], friends: dict[UUID, int], now: datetime) -> list[Candidate]:
    most = max((row[7] or 0.0 for row in rows), default=0.0) or 1.0
    return [
        Candidate(
            shop_id, exposure, spoken and news_at is not None, days_between(created_at, now),
            None if news_at is None else days_between(news_at, now), live, followed, friends.get(shop_id, 0),
            (weight or 0.0) / most, _like(weight, because_id, through_id), credit,
        )
        for shop_id, exposure, spoken, created_at, news_at, live, followed, weight, because_id, through_id, credit in rows
    ]  # fmt: skip


def _like(weight: float | None, because_id: UUID | None, through_id: UUID | None) -> tuple[str | int, ...]:
    """Return why goods are like the viewer's: through somebody followed, or a thing they looked at or took."""
    if weight is None:
        return ()
    return ("like_followed", str(through_id)) if through_id else ("shows_like", str(because_id))


def newest_followed(viewer_id: UUID, *, now: datetime) -> list[tuple[UUID, Reason]]:
    """Return the people one follows, the latest post or pick first, then everyone in the house's order. No profile is read."""
    followed = [row["id"] for row in list_followed_shops(viewer_id, limit=PEOPLE_MAX)]
    house = [row["id"] for row in list_foremost_shops(limit=PEOPLE_MAX, not_of=viewer_id)]
    known = set(followed)
    order: list[tuple[UUID, Reason]] = [(shop_id, ["you_follow"]) for shop_id in followed]
    order += [(shop_id, ["house"]) for shop_id in house if shop_id not in known]
    return order[:PEOPLE_MAX]
