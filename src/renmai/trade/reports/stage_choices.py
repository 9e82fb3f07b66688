"""What those who hold a show choose from: variants for a drop, coupons, and the last words for who keeps order.

Callers have shown that the reader is of the show's people (`stage.read_board`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import F

from renmai.places.talk.queries import LAST, line_of
from renmai.trade.promotions.models import Coupon

SKUS_MAX, COUPONS_MAX, SAID_MAX = 300, 50, 40
# Each segment with each variant of its pick that could be dropped: what it costs in the shop, and what its own stock has left.
SKUS = """
select s.id, s.position, s.sku_id, coalesce(s.show_price_minor, x.price), s.set_aside, s.per_buyer_max, s.policy,
       k.id, k.options::text, k.options_zh::text, x.price, p.title, p.title_zh, t.received - t.sold - t.held - t.set_aside
from places_segment s join places_pick c on c.id = s.pick_id and c.removed_at is null
join goods_product p on p.id = c.product_id and p.state = 'approved'
join goods_sku k on k.product_id = p.id and k.active and k.recall_id is null
join goods_stock t on t.sku_id = k.id and t.received - t.sold - t.held - t.set_aside > 0
left join places_pickprice pp on pp.pick_id = c.id and pp.sku_id = k.id
cross join lateral (select case when c.term = 'margin' then pp.price_minor else k.price_minor end as price) x
where s.show_id = %s and x.price is not null order by s.position, k.position, k.id limit %s
"""
SKU_COLUMNS = (
    "segment_id", "position", "planned_sku_id", "show_price_minor", "set_aside", "per_buyer_max", "policy",
    "sku_id", "options", "options_zh", "price_minor", "title", "title_zh", "left",
)  # fmt: skip


def list_stage_skus(show_id: UUID) -> list[dict[str, Any]]:
    """Return the variants that a drop of a show may be raised of, by segment (SKU_COLUMNS); at most 300, one statement."""
    with connection.cursor() as cursor:
        cursor.execute(SKUS, (show_id, SKUS_MAX))
        rows = [dict(zip(SKU_COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["options"], row["options_zh"] = orjson.loads(row["options"]), orjson.loads(row["options_zh"])
    return rows


def list_stage_coupons(shop_id: UUID, *, now: datetime) -> list[Coupon]:
    """Return the shop's own coupons that can be used now, those that end first come first; at most 50."""
    rows = Coupon.objects.filter(
        funder="creator",
        funder_id=shop_id,
        starts_at__lte=now,
        ends_at__gt=now,
        stopped_at=None,
        holders_only=False,
        used__lt=F("total_max"),
    )
    return list(rows.order_by("ends_at", "id")[:COUPONS_MAX])


def list_said(show_id: UUID) -> list[dict[str, Any]]:
    """Return the last words said in a room, oldest first; at most 40."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, (show_id, SAID_MAX))
        return [line_of(row, orjson.loads) for row in reversed(cursor.fetchall())]
