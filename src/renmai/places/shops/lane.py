"""Picks, set by set: lock those of products, write their rates, end them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.goods.plans.rules import Rate

READ = """
select k.id, k.shop_id, k.product_id, k.term, k.commission_bps, coalesce(k.service_bps, p.service_bps), k.plan_id,
       coalesce(g.kind, 'open'), coalesce(k.rated_at, k.created_at), p.title, p.title_zh
from places_pick k
join goods_product p on p.id = k.product_id
left join goods_plan g on g.id = k.plan_id
where k.removed_at is null and {which}
order by k.id
"""
OF_PRODUCTS = READ.format(which="k.product_id = any(%s)") + " for update of k"
AMONG = READ.format(which="k.product_id = %s and k.shop_id = any(%s)")
OF_SHOP = READ.format(which="k.shop_id = %s and k.id = any(%s)")
WRITE = """
update places_pick k set commission_bps = v.commission, service_bps = v.service, plan_id = v.plan
from unnest(%s::uuid[], %s::int[], %s::int[], %s::uuid[]) as v (id, commission, service, plan)
where k.id = v.id
"""
END = "update places_pick set removed_at = %s, removed_why = 'plan_ended' where id = any(%s)"


@dataclass(frozen=True, slots=True)
class RatedPick:
    """A pick and what it gets; on margin terms the rate is 0. `since`: from when on it was promised anything."""

    id: UUID
    shop_id: UUID
    product_id: UUID
    term: str
    rate: Rate
    plan_id: UUID | None
    kind: str
    since: datetime
    title: str
    title_zh: str


def lock_picks(cursor: Any, product_ids: Sequence[UUID]) -> list[RatedPick]:
    """Lock the picks of products, in every shop, in key order, and return them. The products are locked before."""
    cursor.execute(OF_PRODUCTS, (list(product_ids),))
    return _rated(cursor)


def read_picks(cursor: Any, shop_id: UUID, pick_ids: Sequence[UUID]) -> list[RatedPick]:
    """Return those of a shop's picks that are in it, without a lock."""
    cursor.execute(OF_SHOP, (shop_id, list(pick_ids)))
    return _rated(cursor)


def read_product_picks(cursor: Any, product_id: UUID, shop_ids: Sequence[UUID]) -> list[RatedPick]:
    """Return the picks of a product in some shops, without a lock."""
    cursor.execute(AMONG, (product_id, list(shop_ids)))
    return _rated(cursor)


def _rated(cursor: Any) -> list[RatedPick]:
    return [
        RatedPick(pick, shop, product, term, Rate(commission or 0, service), plan, kind, since, title, title_zh)
        for pick, shop, product, term, commission, service, plan, kind, since, title, title_zh in cursor.fetchall()
    ]


def write_rates(cursor: Any, rates: Sequence[tuple[UUID, Rate, UUID | None]]) -> None:
    """Write what locked picks get from now on, in one statement. Orders placed keep theirs."""
    if rates:
        cursor.execute(
            WRITE,
            (
                [pick_id for pick_id, _, _ in rates],
                [rate.commission_bps for _, rate, _ in rates],
                [rate.service_bps for _, rate, _ in rates],
                [plan_id for _, _, plan_id in rates],
            ),
        )


def end_picks(cursor: Any, pick_ids: Sequence[UUID], now: datetime) -> None:
    """Take locked picks out of their shops, in one statement."""
    if pick_ids:
        cursor.execute(END, (now, list(pick_ids)))
