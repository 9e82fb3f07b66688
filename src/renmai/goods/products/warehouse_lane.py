"""Stock by warehouse, set by set. A warehouse's row lies below the lock of its variant's stock, which comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Sum

from renmai.goods.products.lane import lock_stock
from renmai.goods.products.models import Stock, Warehouse, WarehouseStock
from renmai.goods.products.rules import main_holds
from renmai.kit.problems import DomainError, NotFound

BATCH_CHARS_MAX = 60

LOCK = """
select warehouse_id, sku_id, received - shipped from goods_warehousestock
where (warehouse_id, sku_id) in (select * from unnest(%s::uuid[], %s::uuid[])) order by sku_id, warehouse_id for update
"""
SHIP = """
update goods_warehousestock w set shipped = w.shipped + m.n
from unnest(%s::uuid[], %s::uuid[], %s::bigint[]) as m (warehouse_id, sku_id, n)
where w.warehouse_id = m.warehouse_id and w.sku_id = m.sku_id
"""
# A count that was corrected downwards says how many there are, not where. What the warehouses hold in sum above it is
# taken from the one that was named last, and so on back.
SHRINK = """
with over as (
  select w.sku_id, sum(w.received) - s.received as excess
  from goods_warehousestock w join goods_stock s on s.sku_id = w.sku_id
  where w.sku_id = any(%s) group by w.sku_id, s.received having sum(w.received) > s.received
), cut as (
  select w.id, least(w.received, greatest(0, o.excess - coalesce(sum(w.received) over (
           partition by w.sku_id order by w.id desc rows between unbounded preceding and 1 preceding), 0))) as n
  from goods_warehousestock w join over o on o.sku_id = w.sku_id
)
update goods_warehousestock w set received = w.received - cut.n, shipped = least(w.shipped, w.received - cut.n)
from cut where cut.id = w.id and cut.n > 0
"""


class NotThere(DomainError):
    """A warehouse that does not hold so many of a variant."""

    code = "stock.not_there"
    status = 409
    message = "The warehouse holds only {left} of it. Count in or move there what it has first."


def ship_from(cursor: Any, shipped: Sequence[tuple[UUID, UUID, int]]) -> None:
    """Note what left which warehouse: (warehouse id, sku id, quantity), in the transaction of the hand-over.

    Locks the variants' stock and the warehouses' rows in key order; two statements more, whatever the number. What is
    sent from the main warehouse needs no call. Stock as such does not change: it was sold when it was paid.
    Errors: NotThere with `left`, and nothing is written then.
    """
    if not shipped:
        return
    totals: dict[tuple[UUID, UUID], int] = {}
    for warehouse_id, sku_id, quantity in shipped:
        totals[warehouse_id, sku_id] = totals.get((warehouse_id, sku_id), 0) + quantity
    lock_stock(cursor, [sku_id for _, sku_id in totals])
    places, skus = [place for place, _ in totals], [sku_id for _, sku_id in totals]
    cursor.execute(LOCK, (places, skus))
    there = {(place, sku_id): int(left) for place, sku_id, left in cursor.fetchall()}
    short = [there.get(key, 0) for key, quantity in totals.items() if there.get(key, 0) < quantity]
    if short:
        raise NotThere(left=min(short))
    cursor.execute(SHIP, (places, skus, list(totals.values())))


def keep_within(cursor: Any, sku_ids: Iterable[UUID]) -> None:
    """Take from warehouses what they hold above `Stock.received` of variants whose stock was counted down (and is locked).

    For counts that name no warehouse: a file's. One statement.
    """
    ids = sorted(set(sku_ids))
    if ids:
        cursor.execute(SHRINK, (ids,))


def access_place(supplier_id: UUID, warehouse_id: UUID | None) -> Warehouse | None:
    """Return a supplier's open warehouse, which stays open until the transaction ends; None for the main one.

    Call it before the stock is locked. Errors: NotFound.
    """
    if warehouse_id is None:
        return None
    place = (
        Warehouse.objects.select_for_update().filter(id=warehouse_id, supplier_id=supplier_id, closed_at=None).first()
    )
    if place is None:
        raise NotFound()
    return place


def count_at(stock: Stock, place: Warehouse | None, quantity_delta: int) -> None:
    """Count a variant in or out at one warehouse, its stock being locked and not yet changed.

    Errors: NotThere when less is there than is taken away.
    """
    if place is None:
        others = WarehouseStock.objects.filter(sku_id=stock.sku_id).aggregate(n=Sum("received"))["n"] or 0
        if stock.received + quantity_delta < others:
            raise NotThere(left=stock.received - others)
        return
    row, _ = WarehouseStock.objects.get_or_create(warehouse=place, sku_id=stock.sku_id)
    if row.received - row.shipped + quantity_delta < 0:
        raise NotThere(left=row.received - row.shipped)
    row.received += quantity_delta
    row.save(update_fields=["received"])


def held_at(stock: Stock, place: Warehouse | None) -> int:
    """Return how many of a variant lie at a warehouse, or (None) at the main one."""
    rows = WarehouseStock.objects.filter(sku_id=stock.sku_id)
    if place is not None:
        return sum(row.received - row.shipped for row in rows.filter(warehouse=place))
    sums = rows.aggregate(received=Sum("received"), shipped=Sum("shipped"))
    return main_holds(
        received=stock.received,
        sold=stock.sold,
        elsewhere=sums["received"] or 0,
        shipped_elsewhere=sums["shipped"] or 0,
    )
