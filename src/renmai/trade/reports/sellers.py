"""Who sells a supplier's goods, and how: shop by shop, or for one product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.ids import first_id

SELLERS_MAX = 200
DAYS_MAX = 365

PAID_WITHIN = timedelta(days=14)  # the longest that an order waits for its money (people/standing/rules.py: TERMS)

# Lines carry ids that grow with time, so the index on (supplier, id) finds the newest days without reading the rest;
# the day is checked as well, because an order is paid after it is placed, and an imported one may be older than its id.
SELLERS = """
with sold as (
  select o.shop_id, count(distinct o.id) as orders, sum(l.quantity)::bigint as units, sum(l.paid_minor)::bigint as paid,
         sum(l.refunded_minor)::bigint as refunded, sum(l.supply_price_minor * l.quantity)::bigint as supply,
         max(o.paid_at) as last_at
  from trade_orderline l
  join trade_order o on o.id = l.order_id
  left join goods_sku s on s.id = l.sku_id
  where l.supplier_id = %s and l.id > %s::uuid and l.kind = 'goods' and o.paid_at >= %s and (%s::uuid is null or s.product_id = %s::uuid)
  group by o.shop_id
), picked as (
  select k.shop_id, count(*) as picks, count(*) filter (where k.term = 'margin') as on_margin
  from places_pick k join goods_product p on p.id = k.product_id
  where p.supplier_id = %s and k.removed_at is null and (%s::uuid is null or p.id = %s::uuid)
  group by k.shop_id
)
select sh.id, sh.handle, sh.name, sh.name_zh, sh.face_id, coalesce(p.picks, 0), coalesce(p.on_margin, 0),
       coalesce(s.orders, 0), coalesce(s.units, 0), coalesce(s.paid, 0), coalesce(s.refunded, 0), coalesce(s.supply, 0), s.last_at
from sold s full join picked p on p.shop_id = s.shop_id
join places_shop sh on sh.id = coalesce(s.shop_id, p.shop_id)
order by coalesce(s.units, 0) desc, sh.id
limit %s
"""


@dataclass(frozen=True, slots=True)
class Seller:
    """A shop that picks or sold a supplier's goods. Amounts in minor units; `supply_minor` is what the supplier asked for them."""

    shop_id: UUID
    handle: str
    name: str
    name_zh: str
    face_id: UUID | None
    picks: int
    on_margin: int
    orders: int
    units: int
    paid_minor: int
    refunded_minor: int
    supply_minor: int
    last_at: datetime | None

    @property
    def multiple_bps(self) -> int | None:
        """Return what buyers paid over the supply price, in basis points; None where nothing was sold."""
        return -(-self.paid_minor * 10_000 // self.supply_minor) if self.supply_minor else None

    @property
    def refunded_bps(self) -> int:
        """Return the part of what was paid that went back, in basis points."""
        return self.refunded_minor * 10_000 // self.paid_minor if self.paid_minor else 0


def list_sellers(
    actor: Actor, supplier_id: UUID, *, now: datetime, days: int = 30, product_id: UUID | None = None, limit: int = 50
) -> list[Seller]:
    """Return who sold most in the last `days` (1 to 365), then who only picks; one statement, at most 200 shops.

    Errors: NotFound, SignInNeeded.
    """
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    since = now - timedelta(days=max(1, min(days, DAYS_MAX)))
    only: tuple[Any, ...] = (product_id, product_id)
    params = (
        supplier_id,
        first_id(since - PAID_WITHIN),
        since,
        *only,
        supplier_id,
        *only,
        max(1, min(limit, SELLERS_MAX)),
    )
    with connection.cursor() as cursor:
        cursor.execute(SELLERS, params)
        return [Seller(*row) for row in cursor.fetchall()]
