"""What came of what was told: picked, sampled, sold. Once or twice delivered, the rows come out the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from renmai.kit.events.actions import Happened
from renmai.kit.ids import first_id
from renmai.matching.push.rules import SOLD

DEED_KINDS = frozenset({"pick.made", "sample.requested"})
SALE_KINDS = frozenset({"order.paid", "order.refund"})
# Refunds are still taken off so long after the last order that counts.
LATE = timedelta(days=90)
DONE = """
update matching_push set {column} = least(coalesce({column}, %(at)s), %(at)s)
where product_id = %(product)s and shop_id = %(shop)s and told_at <= %(at)s
"""
PICKED, SAMPLED = DONE.format(column="picked_at"), DONE.format(column="sampled_at")
HAS_IT = "delete from matching_push where product_id = %(product)s and shop_id = %(shop)s and told_at is null"
# A dealing of one's own tells nothing of buyers: of the shop's owner, its people, or the people of the goods' maker.
NOT_ONES_OWN = """
not exists (select from places_shop own where own.id = o.shop_id and own.owner_id = o.buyer_id)
and not exists (select from people_membership m where m.person_id = o.buyer_id and m.subject_id in (o.shop_id, p.supplier_id))
"""
# Held before anything is added up: whoever waits here reads the orders afterwards, those of who was before it too.
TOUCHED = """
select m.id from matching_push m
where m.told_at > %(told_since)s and (m.shop_id, m.product_id) in (
  select o.shop_id, v.product_id from trade_order o join trade_orderline l on l.order_id = o.id and l.kind = 'goods'
  join goods_sku v on v.id = l.sku_id where o.id = any(%(orders)s))
order by m.id for update
"""
# All orders of the push are added up anew, so that an event that comes twice changes nothing.
SOLD_NOW = f"""
with sums as (
  select m.id, s.pieces, s.minor from matching_push m
  cross join lateral (
    select coalesce(sum(l.quantity) filter (where l.refunded_minor < l.paid_minor), 0)::int as pieces,
           coalesce(sum(l.paid_minor - l.refunded_minor), 0)::bigint as minor
    from trade_order o
    join trade_orderline l on l.order_id = o.id and l.kind = 'goods'
    join places_pick k on k.id = l.pick_id and k.product_id = m.product_id and k.shop_id = m.shop_id
    join goods_product p on p.id = m.product_id
    where o.shop_id = m.shop_id and o.id > %(orders_since)s and o.paid_at is not null
      and o.placed_at >= m.told_at and o.placed_at < m.told_at + %(counts)s::interval and {NOT_ONES_OWN}
  ) s
  where m.id = any(%(pushes)s)
)
update matching_push m set sold_pieces = s.pieces, sold_minor = s.minor
from sums s where m.id = s.id and (m.sold_pieces, m.sold_minor) is distinct from (s.pieces, s.minor)
"""


def note_deed(event: Happened) -> None:
    """React to pick.made and sample.requested: what was told led to it; what waits to be told is not needed any more."""
    params = {"product": event.data["product_id"], "shop": event.data["shop_id"], "at": event.at}
    with connection.cursor() as cursor:
        cursor.execute(PICKED if event.kind == "pick.made" else SAMPLED, params)
        if event.kind == "pick.made":
            cursor.execute(HAS_IT, params)


def note_sales(cursor: Any, events: Sequence[Happened]) -> None:
    """React to order.paid and order.refund, many at once: add up what was sold by the pushes they touch; two statements.

    In the transaction of `cursor`. However many do it at once, the last one counts all.
    """
    told_since = min(event.at for event in events) - SOLD - LATE
    cursor.execute(TOUCHED, {"orders": [event.subject_id for event in events], "told_since": told_since})
    pushes = [row[0] for row in cursor.fetchall()]
    if pushes:
        cursor.execute(SOLD_NOW, {"pushes": pushes, "orders_since": first_id(told_since), "counts": SOLD})
