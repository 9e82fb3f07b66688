"""Rank goods of the pool for one shop: like what it picked and sold, by what creators pick with one another and by content.

Both rankers see the very same candidates, so that comparing them compares their orders alone. Three statements, each bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.matching.feed.fitness import Goods, Own, order_goods
from renmai.matching.feed.people import liked_goods
from renmai.matching.feed.rules import GOODS_MAX, Reason
from renmai.matching.feed.sold import PIECES, TAKEN_BY_OTHERS
from renmai.matching.signals.queries import taste_of

TASTE_MAX, PICKS_MAX, ORDERS_MAX, NEAR_EACH, NEAR_MAX = 80, 60, 200, 60, 200
BEST_MAX, NEWEST_MAX, KINDS_MAX, KIND_READ, KIND_MAX, PUSHED_MAX = 200, 80, 3, 2_000, 80, 60

# What the shop stands for (picks), what of it others took and kept, and what its people did besides; declined goods are below 0.
OWN = f"""
with own as (
  select product_id, 1.0 as weight, 0 as sold from (
    select product_id from places_pick where shop_id = %(shop)s and removed_at is null order by id desc limit %(picks)s
  ) k
  union all
  select s.product_id, 2.0, {PIECES} from (
    select id, shop_id, buyer_id from trade_order
    where shop_id = %(shop)s and paid_at is not null and state <> 'cancelled' order by id desc limit %(orders)s
  ) o join places_shop h on h.id = o.shop_id join trade_orderline l on l.order_id = o.id join goods_sku s on s.id = l.sku_id
  where {TAKEN_BY_OTHERS}
  union all
  select product_id, weight, 0 from unnest(%(taste)s::uuid[], %(weights)s::float8[]) as t (product_id, weight)
)
select o.product_id, sum(o.weight)::float8, sum(o.sold)::int, c.category_id, c.supplier_id, coalesce(c.price_from_minor, 0), c.spelled,
       g.slug
from own o left join matching_card c on c.product_id = o.product_id left join goods_category g on g.id = c.category_id
group by o.product_id, c.product_id, g.slug order by abs(sum(o.weight)) desc, o.product_id limit %(most)s
"""
CANDIDATES = """
with seeds as (
  select * from unnest(%(seeds)s::uuid[], %(weights)s::float8[]) as s (product_id, weight)
), near as materialized (
  select n.id, sum(s.weight * n.weight) as weight, (array_agg(s.product_id order by s.weight * n.weight desc, s.product_id))[1] as because_id
  from seeds s join matching_fit t on t.name = 'creators' and t.state = 'serving'
  join matching_near r on r.fit_id = t.id and r.product_id = s.product_id
  cross join lateral unnest(r.near[1:%(near_each)s], r.weights[1:%(near_each)s]) as n (id, weight)
  group by n.id order by 2 desc, 1 limit %(near)s
), named as (
  select id from near
  union select product_id from (
    select product_id from matching_push
    where shop_id = %(shop)s and declined_at is null and told_at is not null order by told_at desc, id desc limit %(pushed)s
  ) p
  union select k.product_id from unnest(%(kinds)s::text[]) as f (query) cross join lateral (
    select x.product_id from (
      select product_id, quality from matching_card c where c.words @@ f.query::tsquery limit %(kind_read)s
    ) x order by x.quality desc, x.product_id desc limit %(kind)s
  ) k
  union select product_id from (select product_id from matching_card order by quality desc, product_id desc limit %(best)s) q
  union select product_id from (select product_id from matching_card order by approved_at desc, product_id desc limit %(newest)s) n
)
select c.product_id, c.category_id, c.supplier_id, c.price_from_minor, c.spelled, c.quality, coalesce(n.weight, 0)::float8, n.because_id,
       exists (select from places_pick k where k.shop_id = %(shop)s and k.product_id = c.product_id and k.removed_at is null)
from named m join matching_card c on c.product_id = m.id left join near n on n.id = c.product_id
where not exists (
  select from matching_push d where d.product_id = c.product_id and d.shop_id = %(shop)s and d.declined_at is not null
)
"""


def rank_goods(shop_id: UUID, *, now: datetime, by_fit: bool) -> list[tuple[UUID, Reason]]:
    """Return goods for a shop with reasons, by fit or by quality; what it declined is left out, what it has comes last."""
    own = _own(shop_id, now)
    given: dict[str, Any] = {
        "shop": shop_id, "seeds": [one.goods.product_id for one in own], "weights": [one.weight for one in own],
        "near_each": NEAR_EACH, "near": NEAR_MAX, "pushed": PUSHED_MAX, "kinds": _kinds(own), "kind_read": KIND_READ,
        "kind": KIND_MAX, "best": BEST_MAX, "newest": NEWEST_MAX,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, given)
        found = [_goods(*row) for row in cursor.fetchall()]
    declined = {one.goods.product_id for one in own if one.weight < 0}
    return order_goods([one for one in found if one.product_id not in declined], own, by_fit=by_fit)[:GOODS_MAX]


def _own(shop_id: UUID, now: datetime) -> list[Own]:
    taste = liked_goods(taste_of(shop_id, now=now, limit=TASTE_MAX))
    given: dict[str, Any] = {
        "shop": shop_id, "picks": PICKS_MAX, "orders": ORDERS_MAX, "taste": [row[0] for row in taste],
        "weights": [row[1] for row in taste], "most": TASTE_MAX,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(OWN, given)
        return [
            Own(
                Goods(product_id, category_id, supplier_id, price_minor, frozenset(words or ())),
                weight,
                sold,
                slug or "",
            )
            for product_id, weight, sold, category_id, supplier_id, price_minor, words, slug in cursor.fetchall()
        ]


def _kinds(own: Sequence[Own]) -> list[str]:
    """Return the shop's categories of most weight, as the cards are asked for them."""
    sums: Counter[str] = Counter()
    for one in own:
        if one.kind and one.weight > 0:
            sums[one.kind] += one.weight  # type: ignore[assignment]
    return [f"'=c{slug}'" for slug, _ in sums.most_common(KINDS_MAX)]


def _goods(
    product_id: UUID, category_id: UUID, supplier_id: UUID, price_minor: int, words: list[str], quality: int, *more: Any
) -> Goods:
    near, because_id, picked = more
    return Goods(product_id, category_id, supplier_id, price_minor, frozenset(words), quality, near, because_id, picked)
