"""The newest pick of each of several shops that can be bought now: what the door shows beside a face."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.goods.products.serving import SERVING_JOINS, SERVING_LEFT

NEWEST_SQL = f"""
select w.shop_id, n.* from unnest(%s::uuid[]) as w (shop_id)
cross join lateral (
  select k.id, k.word, k.word_zh, p.title, p.title_zh, p.cover_id, a.price_minor, a.multiple_bps, a.currency
  from places_pick k
  join goods_product p on p.id = k.product_id and p.state = 'approved'
  join goods_supplier su on su.id = p.supplier_id and su.state = 'approved'
  cross join lateral (
    select min(x.price) as price_minor, min(s.currency) as currency,
           max((x.price * 10000 + s.supply_price_minor - 1) / s.supply_price_minor) as multiple_bps
    from goods_sku s
    {SERVING_JOINS}
    left join places_pickprice pp on pp.pick_id = k.id and pp.sku_id = s.id
    cross join lateral (select case when k.term = 'margin' then pp.price_minor else s.price_minor end as price) x
    where s.product_id = p.id and s.active and s.recall_id is null and x.price is not null and {SERVING_LEFT} > 0
  ) a
  where k.shop_id = w.shop_id and k.removed_at is null and a.price_minor is not null
  order by k.id desc limit 1
) n
"""
COLUMNS = (
    "shop_id",
    "id",
    "word",
    "word_zh",
    "title",
    "title_zh",
    "cover_id",
    "price_minor",
    "multiple_bps",
    "currency",
)


def newest_picks(shop_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return shop -> its newest pick in stock (COLUMNS; price of the cheapest variant, highest multiple); one statement."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_SQL, (list(shop_ids),))
        return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()}
