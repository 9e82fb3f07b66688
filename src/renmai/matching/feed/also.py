"""What was taken together: for buyers what is for sale in the same shop, for a shop what its own buyers took too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.ids import first_id
from renmai.matching.feed.sold import TAKEN_BY_OTHERS

NEAR_MAX, LIMIT_MAX = 60, 12
DAYS, ORDERS_MAX, ORDERS_SEEN = 365, 2_000, 500
BUYERS_MIN = 3  # fewer than three buyers could be told apart

# Of the shop's newest orders, those of a year: what others took of it and kept.
TAKEN = f"""
  select distinct o.buyer_id, s.product_id from (
    select id, shop_id, buyer_id from trade_order
    where shop_id = %(shop)s and id > %(since)s and paid_at is not null and state <> 'cancelled' order by id desc limit %(orders)s
  ) o
  join places_shop h on h.id = o.shop_id join trade_orderline l on l.order_id = o.id join goods_sku s on s.id = l.sku_id
  where {TAKEN_BY_OTHERS}
"""
# The model's row of the product, what of it stands in the shop, and of that what enough buyers did take with the product.
IN_SHOP = f"""
with near as materialized (
  select k.id, n.id as product_id, n.place from matching_fit t
  join matching_near r on r.fit_id = t.id and r.product_id = %(product)s
  cross join lateral unnest(r.near[1:%(near)s], r.weights[1:%(near)s]) with ordinality as n (id, weight, place)
  join places_pick k on k.shop_id = %(shop)s and k.product_id = n.id and k.removed_at is null
  join goods_product p on p.id = n.id and p.state = 'approved'
  join goods_supplier su on su.id = p.supplier_id and su.state = 'approved'
  where t.name = 'buyers' and t.state = 'serving' and n.weight > 0 and n.id <> %(product)s
), taken as materialized ({TAKEN}  and exists (select from near)
)
select n.id from near n
where %(least)s <= (
  select count(*) from taken a join taken b on b.buyer_id = a.buyer_id and b.product_id = n.product_id
  where a.product_id = %(product)s
)
order by n.place limit %(limit)s
"""
OF_BUYERS = f"""
with taken as materialized ({TAKEN})
select b.product_id, p.title, p.title_zh, p.cover_id, count(*)::int
from taken a join taken b on b.buyer_id = a.buyer_id and b.product_id <> a.product_id
join goods_product p on p.id = b.product_id
where a.product_id = %(product)s
group by b.product_id, p.title, p.title_zh, p.cover_id having count(*) >= %(least)s
order by 5 desc, b.product_id limit %(limit)s
"""
OF_BUYERS_COLUMNS = ("product_id", "title", "title_zh", "cover_id", "buyers")


def also_in_shop(shop_id: UUID, product_id: UUID, *, now: datetime, limit: int = 4) -> list[UUID]:
    """Return picks of the same shop that buyers of a product there took too, the nearest first, for everyone; one statement.

    Nearness is the serving model's. Only what at least three buyers took with it within a year, of the shop's newest 500
    orders, so that nobody's basket can be read and it is true that they did.
    """
    given: dict[str, Any] = {
        "shop": shop_id,
        "product": product_id,
        "since": first_id(now - timedelta(days=DAYS)),
        "orders": ORDERS_SEEN,
        "least": BUYERS_MIN,
        "near": NEAR_MAX,
        "limit": max(1, min(limit, LIMIT_MAX)),
    }
    with connection.cursor() as cursor:
        cursor.execute(IN_SHOP, given)
        return [row[0] for row in cursor.fetchall()]


def also_of_buyers(
    actor: Actor, shop_id: UUID, product_id: UUID, *, now: datetime, limit: int = 6
) -> list[dict[str, Any]]:
    """Return what buyers of a shop of the actor's took beside a product within a year (OF_BUYERS_COLUMNS); one statement.

    Only what at least three buyers took, so that nobody's basket can be read. The shop's newest 2,000 orders count.
    Errors: SignInNeeded, NotFound.
    """
    require_any(actor, [Grant("creator", shop_id), Grant("creator:content", shop_id)])
    given: dict[str, Any] = {
        "shop": shop_id, "product": product_id, "since": first_id(now - timedelta(days=DAYS)), "orders": ORDERS_MAX,
        "least": BUYERS_MIN, "limit": max(1, min(limit, LIMIT_MAX)),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(OF_BUYERS, given)
        return [dict(zip(OF_BUYERS_COLUMNS, row, strict=True)) for row in cursor.fetchall()]
