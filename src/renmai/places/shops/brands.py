"""Brands as everyone sees them: found by who they are, with the creators who stand for them. Set by set, for all to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
LAST_ID = UUID(int=(1 << 128) - 1)
FACES_MAX, WORDS_MAX, GOODS_MAX, PEOPLE_MAX, PLACES_MAX = 4, 6, 60, 24, 40
SORTS = ("newest", "creators")

# Who stands for a brand: open shops with a pick of its goods.
BRANDS_SQL = """
select b.id, b.slug, b.name, b.name_zh, b.story, b.story_zh, b.town, b.country, b.founded, b.face_id, b.cover_id,
       a.goods, a.creators
from goods_brand b
join goods_supplier su on su.id = b.supplier_id and su.state = 'approved'
cross join lateral (
  select count(distinct p.id) as goods, count(distinct sh.id) as creators
  from goods_product p
  left join places_pick k on k.product_id = p.id and k.removed_at is null
  left join places_shop sh on sh.id = k.shop_id and sh.open and sh.hidden_at is null
  where p.brand_id = b.id and p.state = 'approved'
) a
where b.state = 'approved'
  and (%s::text is null or b.country = %s::text) and (%s::text is null or b.town = %s::text)
  and (%s::text is null or exists (
    select 1 from goods_product p join goods_category c on c.id = p.category_id
    where p.brand_id = b.id and p.state = 'approved' and c.slug = %s::text
  ))
  and {place}
order by {order}
limit %s::int
"""
BRAND_COLUMNS = (
    "id", "slug", "name", "name_zh", "story", "story_zh", "town", "country", "founded", "face_id", "cover_id", "goods",
    "creators",
)  # fmt: skip


def list_brands(
    *,
    category: str | None = None,
    country: str | None = None,
    town: str | None = None,
    sort: str = "newest",
    after: tuple[int, UUID] | None = None,
    limit: int = 24,
) -> list[dict[str, Any]]:
    """Return approved brands with the number of their goods and of the creators who stand for them; one statement.

    `sort`: "newest", or "creators" (most of them first). `after` is (creators, id) of the last one seen.
    """
    creators, last_id = after or (2**62, LAST_ID)
    by_creators = sort == "creators"
    sql = BRANDS_SQL.format(
        place="(a.creators, b.id) < (%s::bigint, %s::uuid)" if by_creators else "b.id < %s::uuid",
        order="a.creators desc, b.id desc" if by_creators else "b.id desc",
    )
    place = (creators, last_id) if by_creators else (last_id,)
    asked = (country, country, town, town, category, category)
    return _rows(sql, (*asked, *place, max(1, min(limit, LIMIT_MAX))), BRAND_COLUMNS)


STANDING_SQL = """
select v.brand_id, v.id, v.handle, v.name, v.name_zh, v.face_id, v.picks, v.word, v.word_zh, v.pick_id
from (
  select p.brand_id, sh.id, sh.handle, sh.name, sh.name_zh, sh.face_id, count(*) as picks,
         (array_agg(k.word order by k.id desc))[1] as word, (array_agg(k.word_zh order by k.id desc))[1] as word_zh,
         (array_agg(k.id order by k.id desc))[1] as pick_id,
         row_number() over (partition by p.brand_id order by count(*) desc, sh.id) as place
  from goods_product p
  join places_pick k on k.product_id = p.id and k.removed_at is null
  join places_shop sh on sh.id = k.shop_id and sh.open and sh.hidden_at is null
  where p.brand_id = any(%s) and p.state = 'approved'
  group by p.brand_id, sh.id
) v
where v.place <= %s::int
order by v.brand_id, v.place
"""
STANDING_COLUMNS = (
    "brand_id", "id", "handle", "name", "name_zh", "face_id", "picks", "word", "word_zh", "pick_id",
)  # fmt: skip


def list_standing(brand_ids: Iterable[UUID], *, most: int = FACES_MAX) -> dict[UUID, list[dict[str, Any]]]:
    """Return brand -> up to `most` creators who stand for it, those with most of its goods first, each with their newest
    word for one of them; one statement."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in _rows(STANDING_SQL, (list(brand_ids), most), STANDING_COLUMNS):
        found.setdefault(row["brand_id"], []).append(row)
    return found


GOODS_SQL = """
select p.id, p.title, p.title_zh, p.cover_id, c.name, c.name_zh, a.price, a.currency, a.multiple
from goods_product p
join goods_supplier su on su.id = p.supplier_id and su.state = 'approved'
join goods_category c on c.id = p.category_id
cross join lateral (
  select min(s.price_minor) as price, min(s.currency) as currency, count(*) as skus,
         max((s.price_minor * 10000 + s.supply_price_minor - 1) / s.supply_price_minor) as multiple
  from goods_sku s where s.product_id = p.id and s.active and s.recall_id is null
) a
where p.brand_id = %s and p.state = 'approved' and a.skus > 0
order by p.approved_at desc, p.id desc limit %s::int
"""
GOODS_COLUMNS = (
    "id", "title", "title_zh", "cover_id", "category_name", "category_name_zh", "price_from_minor", "currency",
    "multiple_bps",
)  # fmt: skip
RECOMMENDED_SQL = """
select v.product_id, v.id, v.handle, v.name, v.name_zh, v.face_id, v.word, v.word_zh
from (
  select k.product_id, k.id, sh.handle, sh.name, sh.name_zh, sh.face_id, k.word, k.word_zh,
         row_number() over (partition by k.product_id order by k.id) as place
  from places_pick k join places_shop sh on sh.id = k.shop_id and sh.open and sh.hidden_at is null
  where k.product_id = any(%s) and k.removed_at is null
) v
where v.place <= %s::int
order by v.product_id, v.place
"""
RECOMMENDED_COLUMNS = ("product_id", "id", "handle", "name", "name_zh", "face_id", "word", "word_zh")


def list_brand_goods(brand_id: UUID) -> list[dict[str, Any]]:
    """Return up to 60 goods of a brand, newest first, each with `picks`: up to six creators who recommend it, the pick
    where it can be bought, and their word. Two statements."""
    goods = _rows(GOODS_SQL, (brand_id, GOODS_MAX), GOODS_COLUMNS)
    picks: dict[UUID, list[dict[str, Any]]] = {row["id"]: [] for row in goods}
    for pick in _rows(RECOMMENDED_SQL, (list(picks), WORDS_MAX), RECOMMENDED_COLUMNS):
        picks[pick["product_id"]].append(pick)
    return [{**row, "picks": picks[row["id"]]} for row in goods]


def list_brand_creators(brand_id: UUID) -> list[dict[str, Any]]:
    """Return up to 24 creators who stand for a brand, each with a word; one statement."""
    return list_standing([brand_id], most=PEOPLE_MAX).get(brand_id, [])


FILTERS_SQL = """
select 'category', c.slug, c.name, c.name_zh, count(distinct b.id)
from goods_brand b
join goods_supplier su on su.id = b.supplier_id and su.state = 'approved'
join goods_product p on p.brand_id = b.id and p.state = 'approved'
join goods_category c on c.id = p.category_id
where b.state = 'approved' group by c.slug, c.name, c.name_zh
union all
select 'place', b.country, b.town, b.town, count(*)
from goods_brand b join goods_supplier su on su.id = b.supplier_id and su.state = 'approved'
where b.state = 'approved' group by b.country, b.town
order by 1, 5 desc, 3 limit %s::int
"""


def list_filters() -> dict[str, list[dict[str, Any]]]:
    """Return what brands can be looked for by: "category" and "place" -> rows of {slug (or country), name (or town),
    name_zh, count}; one statement."""
    found: dict[str, list[dict[str, Any]]] = {"category": [], "place": []}
    for kind, *rest in _fetched(FILTERS_SQL, (2 * PLACES_MAX,)):
        found[kind].append(dict(zip(("slug", "name", "name_zh", "count"), rest, strict=True)))
    return found


def _rows(sql: str, params: tuple[Any, ...], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in _fetched(sql, params)]


def _fetched(sql: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
