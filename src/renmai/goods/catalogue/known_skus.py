"""Which variants of a supplier an incremental file means, by their codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from renmai.goods.catalogue.files import BadRow, PriceLine, StockLine
from renmai.goods.catalogue.known import LOCK_SUPPLIER

FIND = """
select k.code, k.id, k.product_id, p.handle, p.state, k.active, k.supply_price_minor, k.floor_price_minor, k.price_minor,
       k.stock_in_file, k.screened_supply_minor, k.screened_price_minor, c.cap_multiple_bps,
       k.supply_tiers::text
from goods_sku k join goods_product p on p.id = k.product_id join goods_category c on c.id = p.category_id
where p.supplier_id = %s and k.code = any(%s) order by k.code, k.active, k.id
"""
LOCK_PRODUCTS = "select id from goods_product where id = any(%s) order by id for update"


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant as it stands, with what its product and category say of it. Money in minor units."""

    code: str
    id: UUID
    product_id: UUID
    handle: str
    state: str
    active: bool
    supply_price_minor: int
    floor_price_minor: int
    price_minor: int
    stock_in_file: int | None
    screened_supply_minor: int | None
    screened_price_minor: int | None
    cap_bps: int
    supply_tiers: list[list[int]]


Line = StockLine | PriceLine


def find_variants(
    cursor: Any, supplier_id: UUID, lines: Sequence[Line], *, lock: bool
) -> tuple[dict[str, Variant], list[BadRow]]:
    """Return code -> variant, and the rows that name none or more than one. With `lock` supplier and products stay so."""
    codes = sorted({line.sku_code for line in lines})
    if lock:
        cursor.execute(LOCK_SUPPLIER, (supplier_id,))
        cursor.execute(FIND, (supplier_id, codes))
        cursor.execute(LOCK_PRODUCTS, (sorted({row[2] for row in cursor.fetchall()}),))
    cursor.execute(FIND, (supplier_id, codes))
    found: dict[str, list[Variant]] = {}
    for row in cursor.fetchall():
        told: list[Any] = [*row[:-1], orjson.loads(row[-1])]
        found.setdefault(row[0], []).append(Variant(*told))
    one = {code: chosen for code, variants in found.items() if (chosen := _chosen(variants))}
    return one, [_unknown(line, found) for line in lines if line.sku_code not in one]


def _chosen(variants: Sequence[Variant]) -> Variant | None:
    """Of several products that use one code it is the one on sale; two on sale are refused, not guessed."""
    on_sale = [variant for variant in variants if variant.active and variant.state != "recalled"]
    if len(on_sale) == 1:
        return on_sale[0]
    return variants[0] if len(variants) == 1 else None


def _unknown(line: Line, found: Mapping[str, Iterable[Variant]]) -> BadRow:
    if line.sku_code in found:
        reason = f'"{line.sku_code}" is the SKU of more than one of your products.'
        return BadRow(line.row_number, "SKU", "sku.ambiguous", reason, line.sku_code)
    reason = f'No product of yours has the SKU "{line.sku_code}".'
    return BadRow(line.row_number, "SKU", "sku.unknown", reason, line.sku_code)
