"""What became of a brand's goods: counted, not claimed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from renmai.kit.ids import first_id

DAYS = 90
# An id tells the millisecond it was made in (UUIDv7), so that the index of a supplier's lines finds the newest ones.
FIGURES = """
with lately as (
  select l.order_id, l.quantity, l.refunded_minor, s.product_id
  from trade_orderline l
  join goods_sku s on s.id = l.sku_id
  join goods_product p on p.id = s.product_id and p.brand_id = %s
  where l.supplier_id = any(array(select distinct q.supplier_id from goods_product q where q.brand_id = %s))
    and l.id > %s::uuid and l.kind = 'goods'
)
select count(distinct o.id), coalesce(sum(y.quantity), 0)::bigint, count(distinct o.id) filter (where y.refunded_minor > 0)
from lately y join trade_order o on o.id = y.order_id and o.paid_at >= %s
"""


@dataclass(frozen=True, slots=True)
class BrandFigures:
    """Of the last `days`: orders paid with goods of the brand, units in them, and orders of which some was given back."""

    days: int
    orders: int
    units: int
    returned: int

    @property
    def returned_bps(self) -> int | None:
        """Return the part of orders of which some was given back, or None while there are none."""
        return self.returned * 10_000 // self.orders if self.orders else None


def read_brand_figures(brand_id: UUID, *, now: datetime) -> BrandFigures:
    """Return what became of a brand's goods in the last 90 days, for everyone; one statement."""
    since = now - timedelta(days=DAYS)
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, (brand_id, brand_id, first_id(since), since))
        orders, units, returned = cursor.fetchone()
    return BrandFigures(DAYS, orders, units, returned)
