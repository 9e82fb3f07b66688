"""What a paid order means for samples: whoever sells what they were sent to try has delivered (FIELD.md 3.2)."""

from __future__ import annotations

from django.db import connection

from renmai.goods.samples.actions import finish_sold
from renmai.kit.events.actions import Happened

SOLD = """
select o.shop_id, array_agg(distinct s.product_id)
from trade_order o
join trade_orderline l on l.order_id = o.id and l.kind = 'goods'
join goods_sku s on s.id = l.sku_id
where o.id = %s
group by o.shop_id
"""


def finish_samples(event: Happened) -> None:
    """React to order.paid: finish the shop's signed samples of the products in the order. Again changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(SOLD, (event.subject_id,))
        found = cursor.fetchone()
    if found is not None:
        finish_sold(now=event.at, shop_id=found[0], product_ids=found[1])
