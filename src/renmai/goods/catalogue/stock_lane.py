"""A batch of a stock file, set by set.

A number without a warehouse is what is available from now on, beside what is sold and held; one with a warehouse is what
lies there. Either is followed only where it differs from the last file's, so that a file that comes twice brings no sold
goods back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from renmai.goods.catalogue.batch import Batch, shown_change
from renmai.goods.catalogue.decide import Hand
from renmai.goods.catalogue.files import BadRow, StockLine
from renmai.goods.catalogue.known_skus import Variant, find_variants
from renmai.goods.catalogue.lane import NEW_STOCK, count_in
from renmai.goods.products.changes import Change, write_changes
from renmai.goods.products.lane import lock_stock, read_stock
from renmai.goods.products.warehouse_lane import keep_within
from renmai.kit.events.actions import Happened, append
from renmai.kit.ids import new_id

WAREHOUSES = "select name, id from goods_warehouse where supplier_id = %s and closed_at is null"
THERE = """
select warehouse_id, sku_id, received - shipped, count_in_file from goods_warehousestock
where sku_id = any(%s) order by sku_id, warehouse_id
"""
NOTE_COUNT = """
update goods_sku k set stock_in_file = v.q from unnest(%s::uuid[], %s::bigint[]) as v (i, q) where k.id = v.i
"""
PUT_THERE = """
insert into goods_warehousestock (id, warehouse_id, sku_id, received, shipped, count_in_file)
select i, w, s, n, 0, n from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[]) as v (i, w, s, n)
on conflict (warehouse_id, sku_id) do update
set received = goods_warehousestock.shipped + excluded.count_in_file, count_in_file = excluded.count_in_file
"""


@dataclass(slots=True)
class _Wanted:
    """What the batch wants: sku -> available, (warehouse, sku) -> how many lie there, and the difference per sku."""

    variants: dict[UUID, Variant] = field(default_factory=dict)
    counts: dict[UUID, int] = field(default_factory=dict)
    there: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    deltas: dict[UUID, int] = field(default_factory=dict)
    left: dict[UUID, int] = field(default_factory=dict)


def stock_batch(cursor: Any, lines: Sequence[StockLine], hand: Hand, *, write: bool) -> Batch:
    """Decide on stock, and with `write` write it in the cursor's transaction: a fixed number of statements."""
    variants, unknown = find_variants(cursor, hand.supplier_id, lines, lock=write)
    batch = Batch(outcomes=["bad"] * len(unknown), bad=unknown)
    known = [(line, variants[line.sku_code]) for line in lines if line.sku_code in variants]
    ids = sorted({variant.id for _, variant in known})
    if write:
        cursor.execute(NEW_STOCK, (ids,))
    wanted = _Wanted(left=(lock_stock if write else read_stock)(cursor, ids))
    warehouses, there = _read_there(cursor, hand.supplier_id, ids, [line for line, _ in known], lock=write)
    # What is more first: goods that a file moves from one warehouse to another are not missing in between.
    for line, variant in sorted(known, key=lambda row: _is_less(row[0], row[1], warehouses, there)):
        if line.warehouse:
            _place(line, variant, warehouses, there, wanted, batch)
        else:
            _count(line, variant, wanted, batch)
    changes = [_change(sku_id, delta, wanted, hand) for sku_id, delta in wanted.deltas.items() if delta]
    batch.shown = [shown_change(c, (v := wanted.variants[c.sku_id]).handle, v.code) for c in changes if c.sku_id]
    if write:
        _write(cursor, wanted, changes, hand)
    return batch


Held = Mapping[tuple[UUID, UUID], tuple[int, int | None]]


def _read_there(
    cursor: Any, supplier_id: UUID, ids: Sequence[UUID], lines: Sequence[StockLine], *, lock: bool
) -> tuple[dict[str, UUID], Held]:
    if not any(line.warehouse for line in lines):
        return {}, {}
    cursor.execute(WAREHOUSES, (supplier_id,))
    warehouses = {name.casefold(): warehouse_id for name, warehouse_id in cursor.fetchall()}
    cursor.execute(f"{THERE} for update" if lock else THERE, (list(ids),))
    return warehouses, {(place, sku_id): (int(n), told) for place, sku_id, n, told in cursor.fetchall()}


def _count(line: StockLine, variant: Variant, wanted: _Wanted, batch: Batch) -> None:
    if variant.stock_in_file == line.stock:
        batch.outcomes.append("same")
        return
    wanted.variants[variant.id] = variant
    wanted.counts[variant.id] = line.stock
    wanted.deltas[variant.id] = line.stock - wanted.left.get(variant.id, 0)
    batch.outcomes.append("changed")


def _is_less(line: StockLine, variant: Variant, warehouses: Mapping[str, UUID], held: Held) -> bool:
    place = warehouses.get(line.warehouse.casefold())
    return place is not None and line.stock < held.get((place, variant.id), (0, None))[0]


def _place(
    line: StockLine, variant: Variant, warehouses: Mapping[str, UUID], held: Held, wanted: _Wanted, batch: Batch
) -> None:
    warehouse_id = warehouses.get(line.warehouse.casefold())
    if warehouse_id is None:
        reason = f'You have no warehouse "{line.warehouse}".'
        batch.bad.append(BadRow(line.row_number, "Warehouse", "warehouse.unknown", reason, variant.handle))
        batch.outcomes.append("bad")
        return
    place = (warehouse_id, variant.id)
    there, told = held.get(place, (0, None))
    if place in wanted.there:  # named before in this file: the last number holds
        there = told = wanted.there[place]
    if told == line.stock:
        batch.outcomes.append("same")
        return
    delta = wanted.deltas.get(variant.id, 0) + line.stock - there
    left = wanted.left.get(variant.id, 0)
    if left + delta < 0:
        reason = f"Only {left} of it can be taken away: the rest is sold or held for orders."
        batch.bad.append(BadRow(line.row_number, "Stock", "stock.too_low", reason, variant.handle))
        batch.outcomes.append("bad")
        return
    wanted.variants[variant.id] = variant
    wanted.there[place] = line.stock
    wanted.deltas[variant.id] = delta
    batch.outcomes.append("changed")


def _change(sku_id: UUID, delta: int, wanted: _Wanted, hand: Hand) -> Change:
    before, product_id = wanted.left.get(sku_id, 0), wanted.variants[sku_id].product_id
    return Change(product_id, "stock", "available", before, before + delta, hand.via, hand.by_id, hand.now, sku_id)


def _write(cursor: Any, wanted: _Wanted, changes: Sequence[Change], hand: Hand) -> None:
    moves = sorted((sku_id, delta) for sku_id, delta in wanted.deltas.items() if delta)
    count_in(cursor, moves, hand)
    keep_within(cursor, [sku_id for sku_id in wanted.counts if wanted.deltas[sku_id] < 0])
    if wanted.counts:
        cursor.execute(NOTE_COUNT, (list(wanted.counts), list(wanted.counts.values())))
    if wanted.there:
        places = sorted(wanted.there.items(), key=lambda item: (item[0][1], item[0][0]))
        columns = [[w for (w, _), _ in places], [s for (_, s), _ in places], [n for _, n in places]]
        cursor.execute(PUT_THERE, ([new_id() for _ in places], *columns))
    write_changes(cursor, changes)
    append(cursor, [_event(sku_id, delta, wanted.variants[sku_id], hand) for sku_id, delta in moves])


def _event(sku_id: UUID, delta: int, variant: Variant, hand: Hand) -> Happened:
    data = {"product_id": variant.product_id, "quantity_delta": delta, "reason": "file"}
    return Happened("stock.changed", sku_id, hand.now, data, hand.by_id)
