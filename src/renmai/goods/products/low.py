"""Low stock: who fell to the threshold is told of once a fall, and forgotten when there is more again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.products.models import LowStock
from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.events.actions import Happened, append
from renmai.people.notices.actions import Told, members_of, tell

SWEEP_MAX = 500
# `on conflict` decides between two workers: only one of them tells.
FELL = """
with fell as (
  insert into goods_lowstock (sku_id, at)
  select s.id, %s from goods_sku s join goods_stock t on t.sku_id = s.id
  where s.low_at is not null and s.active and t.received - t.sold - t.held - t.set_aside <= s.low_at
    and not exists (select from goods_lowstock l where l.sku_id = s.id)
  order by s.id limit %s
  on conflict do nothing returning sku_id
)
select s.id, p.id, p.supplier_id, p.title, p.title_zh, s.code, s.low_at, t.received - t.sold - t.held - t.set_aside
from fell f join goods_sku s on s.id = f.sku_id join goods_product p on p.id = s.product_id
join goods_stock t on t.sku_id = s.id order by s.id
"""
ROSE = """
delete from goods_lowstock l using goods_sku s, goods_stock t
where s.id = l.sku_id and t.sku_id = l.sku_id
  and (s.low_at is null or not s.active or t.received - t.sold - t.held - t.set_aside > s.low_at)
"""


@transaction.atomic
def sweep_low_stock(*, now: datetime) -> int:
    """Note which variants fell to their threshold and which rose again; return how many fell.

    After: a LowStock a fall, event stock.low, a notice to everybody of the supplier. Four statements, however many.
    """
    with connection.cursor() as cursor:
        cursor.execute(ROSE)
        cursor.execute(FELL, (now, SWEEP_MAX))
        fell = cursor.fetchall()
        append(cursor, [
            Happened("stock.low", sku_id, now, {"product_id": product_id, "left": left, "low_at": low_at})
            for sku_id, product_id, _, _, _, _, low_at, left in fell
        ])  # fmt: skip
        tell(cursor, _notices(fell, members_of(cursor, "supplier", sorted({row[2] for row in fell})), now))
    return len(fell)


def _notices(fell: list[Any], members: dict[Any, list[Any]], now: datetime) -> list[Told]:
    return [
        Told(
            person_id,
            "stock.low",
            now,
            f"/supplier/goods/{product_id}",
            {"title": title, "title_zh": title_zh, "sku": code, "left": int(left)},
        )
        for _, product_id, supplier_id, title, title_zh, code, _, left in fell
        for person_id in members.get(supplier_id, [])
    ]


def count_low(actor: Actor, supplier_id: UUID) -> int:
    """Return how many of a supplier's variants are low (one statement). Errors: NotFound."""
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    return LowStock.objects.filter(sku__product__supplier_id=supplier_id, sku__active=True).count()
