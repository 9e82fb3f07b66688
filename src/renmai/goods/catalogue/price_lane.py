"""A batch of a price file, set by set: the same band, cap and screening as for a product file or a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from renmai.goods.catalogue.batch import Batch, shown_change, shown_state
from renmai.goods.catalogue.decide import Hand
from renmai.goods.catalogue.files import BadRow, PriceLine
from renmai.goods.catalogue.known_skus import Variant, find_variants
from renmai.goods.catalogue.rules import TIERS_REASON, Seen, band_reason, screens_again
from renmai.goods.products.changes import Change, write_changes
from renmai.goods.products.rules import band_fault, default_floor, tiers_fault
from renmai.kit.events.actions import Happened, append

PUT = """
update goods_sku k set supply_price_minor = v.s, floor_price_minor = v.f, price_minor = v.p,
  screened_supply_minor = coalesce(k.screened_supply_minor, k.supply_price_minor),
  screened_price_minor = coalesce(k.screened_price_minor, k.price_minor)
from unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[]) as v (i, s, f, p) where k.id = v.i
"""
TO_SCREENING = "update goods_product set state = 'screening' where id = any(%s) and state = 'approved'"
FIELDS = ("supply_price_minor", "floor_price_minor", "price_minor")
Band = tuple[int, int, int]


def price_batch(cursor: Any, lines: Sequence[PriceLine], hand: Hand, *, write: bool) -> Batch:
    """Decide on prices, and with `write` write them in the cursor's transaction: a fixed number of statements."""
    variants, unknown = find_variants(cursor, hand.supplier_id, lines, lock=write)
    batch = Batch(outcomes=["bad"] * len(unknown), bad=unknown)
    bands: dict[UUID, tuple[Variant, Band]] = {}
    for line in lines:
        variant = variants.get(line.sku_code)
        if variant is not None:
            _decide(line, variant, batch, bands)
    changes = [change for variant, band in bands.values() for change in _changes(variant, band, hand)]
    again = _again(list(bands.values()), hand.rise_bps)
    codes = {variant.id: variant for variant, _ in bands.values()}
    batch.shown = [shown_change(c, codes[c.sku_id].handle, codes[c.sku_id].code) for c in changes if c.sku_id]
    batch.shown += [shown_state(handle, "approved", "screening") for handle in again.values()]
    if write and bands:
        _write(cursor, bands, list(again), changes, hand)
    return batch


def _decide(line: PriceLine, variant: Variant, batch: Batch, bands: dict[UUID, tuple[Variant, Band]]) -> None:
    supply = line.supply_price_minor or variant.supply_price_minor
    price = line.price_minor or variant.price_minor
    floor = line.floor_price_minor or variant.floor_price_minor
    if line.floor_price_minor is None and not supply <= floor <= price:
        floor = default_floor(supply, price)  # the floor that stood cannot: the house's own, as for a new variant
    if variant.state == "recalled":
        reason = f'"{variant.handle}" was recalled.'
        batch.bad.append(BadRow(line.row_number, "SKU", "product.recalled", reason, variant.handle))
    elif fault := band_fault(supply_minor=supply, floor_minor=floor, price_minor=price, cap_bps=variant.cap_bps):
        reason = band_reason(fault, variant.cap_bps)
        batch.bad.append(BadRow(line.row_number, "Price", f"price.{fault}", reason, variant.handle))
    elif tiers_fault(supply, variant.supply_tiers):
        batch.bad.append(BadRow(line.row_number, "Supply price", "price.tiers", TIERS_REASON, variant.handle))
    else:
        same = (supply, floor, price) == _band(variant)
        batch.outcomes.append("same" if same else "changed")
        if not same:
            bands[variant.id] = (variant, (supply, floor, price))
        return
    batch.outcomes.append("bad")


def _band(variant: Variant) -> Band:
    return variant.supply_price_minor, variant.floor_price_minor, variant.price_minor


def _changes(variant: Variant, band: Band, hand: Hand) -> list[Change]:
    return [
        Change(variant.product_id, "price", name, before, after, hand.via, hand.by_id, hand.now, variant.id)
        for name, before, after in zip(FIELDS, _band(variant), band, strict=True)
        if before != after
    ]


def _again(bands: Sequence[tuple[Variant, Band]], rise_bps: int) -> dict[UUID, str]:
    """Return product id -> handle of approved products whose new prices are to be screened."""
    return {
        variant.product_id: variant.handle
        for variant, band in bands
        if variant.state == "approved" and screens_again({variant.code: _seen(variant)}, {variant.code: (band[0], band[2])}, rise_bps)
    }  # fmt: skip


def _seen(variant: Variant) -> Seen:
    return Seen(
        variant.supply_price_minor,
        variant.price_minor,
        variant.screened_supply_minor or variant.supply_price_minor,
        variant.screened_price_minor or variant.price_minor,
    )


def _write(
    cursor: Any,
    bands: Mapping[UUID, tuple[Variant, Band]],
    again: Sequence[UUID],
    changes: Sequence[Change],
    hand: Hand,
) -> None:
    ids = sorted(bands)
    cursor.execute(PUT, (ids, *([bands[sku_id][1][place] for sku_id in ids] for place in range(3))))
    if again:
        cursor.execute(TO_SCREENING, (list(again),))
    write_changes(cursor, changes)
    append(cursor, [*(_priced(*bands[sku_id], hand) for sku_id in ids), *(_submitted(i, hand) for i in sorted(again))])


def _priced(variant: Variant, band: Band, hand: Hand) -> Happened:
    data = {"product_id": variant.product_id, "before_minor": list(_band(variant)), "after_minor": list(band)}
    return Happened("sku.priced", variant.id, hand.now, data, hand.by_id)


def _submitted(product_id: UUID, hand: Hand) -> Happened:
    data = {"supplier_id": hand.supplier_id, "state_before": "approved"}
    return Happened("product.submitted", product_id, hand.now, data, hand.by_id)
