"""What is there already of the products and variants that a batch of a file names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

LOCK_SUPPLIER = "select id from goods_supplier where id = %s for update"
LOCK_PRODUCTS = "select id from goods_product where supplier_id = %s and handle = any(%s) order by id for update"
KNOWN = """
select handle, id, state, content_hash, category_id, margin_allowed, title, title_zh, body, body_zh, commission_bps, service_bps
from goods_product where supplier_id = %s and handle = any(%s)
"""
SKUS = """
select product_id, code, id, supply_price_minor, floor_price_minor, price_minor, stock_in_file, active,
       screened_supply_minor, screened_price_minor, supply_tiers::text
from goods_sku where product_id = any(%s)
"""
PICTURES = """
select product_id, source_url, media_id, alt, error from goods_productpicture
where product_id = any(%s) order by product_id, position
"""
TEXTS = ("title", "title_zh", "body", "body_zh")
TERMS = ("commission_bps", "service_bps")


@dataclass(frozen=True, slots=True)
class KnownSku:
    """A variant as it stands: its band and what screening saw, in minor units, and what the last file said of stock."""

    id: UUID
    supply_price_minor: int
    floor_price_minor: int
    price_minor: int
    stock_in_file: int | None
    active: bool
    screened_supply_minor: int | None
    screened_price_minor: int | None
    supply_tiers: list[list[int]]


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """A picture: where it came from (nothing: a person put it there), what was fetched of it or why not."""

    source_url: str
    media_id: UUID | None
    alt: str
    error: str


@dataclass(slots=True)
class Known:
    """A product as it stands; `skus` by code and `pictures` in order are read where something differs."""

    id: UUID
    state: str
    content_hash: bytes | None
    category_id: UUID
    margin_allowed: bool
    fields: Mapping[str, Any]
    skus: dict[str, KnownSku] = field(default_factory=dict)
    pictures: list[KnownPicture] = field(default_factory=list)


def read_known(cursor: Any, supplier_id: UUID, handles: Sequence[str], *, lock: bool) -> dict[str, Known]:
    """Return handle -> product; with `lock` the supplier (so that two runs take turns) and the products stay locked."""
    if lock:
        cursor.execute(LOCK_SUPPLIER, (supplier_id,))
        cursor.execute(LOCK_PRODUCTS, (supplier_id, list(handles)))
    cursor.execute(KNOWN, (supplier_id, list(handles)))
    return {
        handle: Known(
            pid, state, None if digest is None else bytes(digest), category, margin,
            dict(zip((*TEXTS, *TERMS), told, strict=True)),
        )
        for handle, pid, state, digest, category, margin, *told in cursor.fetchall()
    }  # fmt: skip


def read_parts(cursor: Any, products: Sequence[Known]) -> None:
    """Add variants and pictures to products that a file changes: two statements."""
    by_id = {product.id: product for product in products}
    if not by_id:
        return
    cursor.execute(SKUS, (list(by_id),))
    for row in cursor.fetchall():
        by_id[row[0]].skus[row[1]] = _sku(row)
    cursor.execute(PICTURES, (list(by_id),))
    for product_id, *told in cursor.fetchall():
        by_id[product_id].pictures.append(KnownPicture(*told))


def _sku(row: tuple[Any, ...]) -> KnownSku:
    told: list[Any] = [*row[2:-1], orjson.loads(row[-1])]
    return KnownSku(*told)
