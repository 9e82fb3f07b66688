"""Shops of the people somebody follows, those with the latest news first; and those of the people in a circle."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

FOLLOWED_MAX = 200
LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
LAST_ID = UUID(int=(1 << 128) - 1)

# Of the newest follows only, so that who follows thousands waits no longer; of each shop one row of each index.
NEWS = """
with followed as materialized (
  select followed_id from people_follow where follower_id = %s order by id desc limit %s
)
select s.id, s.handle, s.name, s.name_zh, s.words, s.words_zh, s.face_id, s.ai_persona
from followed f join places_shop s on s.owner_id = f.followed_id and s.open and s.hidden_at is null
left join lateral (
  select p.published_at as at from places_post p
  where p.shop_id = s.id and p.state = 'published' and p.hidden_at is null order by p.published_at desc, p.id desc limit 1
) p on true
left join lateral (
  select max(k.created_at) as at from places_pick k where k.shop_id = s.id and k.removed_at is null
) k on true
order by greatest(p.at, k.at, s.created_at) desc, s.id desc limit %s
"""
COLUMNS = ("id", "handle", "name", "name_zh", "words", "words_zh", "face_id", "ai_persona")


def list_followed_shops(person_id: UUID, *, limit: int = 8) -> list[dict[str, Any]]:
    """Return the open shops of whom a person follows, the latest post or pick first, for whoever has checked who asks.

    One statement; the newest 200 follows count.
    """
    return _rows(NEWS, (person_id, FOLLOWED_MAX, max(1, min(limit, FOLLOWED_MAX))), COLUMNS)


IN_CIRCLE = """
select s.id, s.handle, s.name, s.name_zh, s.words, s.words_zh, s.face_id, s.ai_persona, m.id
from people_circlemember m
join places_shop s on s.owner_id = m.person_id and s.open and s.hidden_at is null and s.exposure > 0
where m.circle_id = %s and (m.id, s.id) < (%s::uuid, %s::uuid)
order by m.id desc, s.id desc limit %s
"""


def list_circle_shops(
    circle_id: UUID, *, after: tuple[UUID, UUID] | None = None, limit: int = 24
) -> list[dict[str, Any]]:
    """Return the open shops of who is in a circle, joined last first; one statement.

    `after` is (member_id, id) of the last one seen. Whoever has no shop is not named: being in a circle is their own affair.
    """
    params = (circle_id, *(after or (LAST_ID, LAST_ID)), max(1, min(limit, LIMIT_MAX)))
    return _rows(IN_CIRCLE, params, (*COLUMNS, "member_id"))


# From the person's newest follows to their picks of the product, by the index that keeps a product once in a shop.
SAME = """
with followed as materialized (
  select id, followed_id from people_follow where follower_id = %s order by id desc limit %s
)
select s.handle, s.name, s.name_zh, s.face_id, s.ai_persona, k.id, k.word, k.word_zh, a.price_minor, a.multiple_bps, a.currency
from followed f join places_shop s on s.owner_id = f.followed_id and s.open and s.hidden_at is null and s.id <> %s
join places_pick k on k.shop_id = s.id and k.product_id = %s and k.removed_at is null
cross join lateral (
  select min(x.price) as price_minor, min(v.currency) as currency,
         max((x.price * 10000 + v.supply_price_minor - 1) / v.supply_price_minor) as multiple_bps
  from goods_sku v left join places_pickprice pp on pp.pick_id = k.id and pp.sku_id = v.id
  cross join lateral (select case when k.term = 'margin' then pp.price_minor else v.price_minor end as price) x
  where v.product_id = k.product_id and v.active and v.recall_id is null and x.price is not null
) a
where a.price_minor is not null
order by f.id desc limit %s
"""
SAME_COLUMNS = (
    "handle", "name", "name_zh", "face_id", "ai_persona", "id", "word", "word_zh", "price_minor", "multiple_bps", "currency",
)  # fmt: skip


def list_same_goods(person_id: UUID, product_id: UUID, *, not_in: UUID, limit: int = 6) -> list[dict[str, Any]]:
    """Return the picks of a product in the shops of whom a person follows, but for the shop `not_in`: who, word, price.

    For whoever has checked who asks, of a product that is for sale. One statement.
    """
    return _rows(SAME, (person_id, FOLLOWED_MAX, not_in, product_id, max(1, min(limit, LIMIT_MAX))), SAME_COLUMNS)


def _rows(sql: str, params: tuple[Any, ...], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
