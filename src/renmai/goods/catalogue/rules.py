"""What of a supplier's file may go in. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import orjson

from renmai.goods.catalogue.files import BadRow, ProductRow, VariantRow
from renmai.goods.products.rules import (
    COMMISSION_BPS_MAX,
    FALLBACK_SLUG,
    SERVICE_BPS_MAX,
    band_fault,
    default_floor,
    service_sound,
)
from renmai.kit.money import BPS


def content_hash(row: ProductRow, *, partial: bool) -> bytes:
    """Return SHA-256 of everything a file says of a product (row numbers apart): equal means nothing to do.

    `partial` says that some of its rows were refused, so that the same content whole is not taken for the same.
    """
    variants = [
        [v.sku_code, v.options, v.supply_price_minor, v.suggested_price_minor, v.floor_price_minor, v.stock]
        for v in row.variants
    ]
    texts = [row.handle, row.title, row.title_zh, row.body_text, row.body_zh, row.category, row.commission_bps]
    pictures = [[image.src, image.alt] for image in row.images]
    service = [row.service_bps] if row.service_bps else []  # Hashes of files without one stay what they were.
    return hashlib.sha256(orjson.dumps([partial, texts, variants, pictures, *service])).digest()


def rises(before: Mapping[str, int], variants: Sequence[VariantRow]) -> bool:
    """Return whether a variant costs more than it did, or a new one more than any did (`before`: code -> price)."""
    most = max(before.values(), default=0)
    return any(v.suggested_price_minor > before.get(v.sku_code, most) for v in variants)


def match_category(text: str, slug_of: Mapping[str, str]) -> str:
    """Return the slug of the category that `text` names, by its whole or from its last part to its first.

    `slug_of` maps each category's slug and names, casefolded, to its slug. Shopify's "Product Category" is a path
    ("Home > Kitchen > Mugs") and its "Type" is free text, which no list of ours can foresee: what is not known goes
    to the category "other" with the house's own cap, and the operator puts it right at screening, before anyone can
    sell it. Refusing such rows would refuse most real files for a word.
    """
    whole = text.casefold().strip()
    parts = [part.strip() for part in whole.split(">")]
    return next((slug_of[name] for name in (whole, *reversed(parts)) if name in slug_of), FALLBACK_SLUG)


def product_fault(row: ProductRow, state: str | None) -> BadRow | None:
    """Return why a whole product may not go in, or None. `state` is None for a new one."""
    if state == "recalled":
        reason = f'"{row.handle}" was recalled. Bring it in under a new handle to have it screened as new.'
        return BadRow(row.row_number, "Handle", "product.recalled", reason, row.handle)
    if row.commission_bps is not None and row.commission_bps > COMMISSION_BPS_MAX:
        reason = f"A commission of {row.commission_bps / 100:g} % is more than {COMMISSION_BPS_MAX // 100} %."
        return BadRow(row.row_number, "Commission", "commission.range", reason, row.handle)
    if not service_sound(row.commission_bps, row.service_bps or 0):
        reason = (
            f"A service fee is at most {SERVICE_BPS_MAX // 100} %, needs a commission, and both are at most "
            f"{COMMISSION_BPS_MAX // 100} % together."
        )
        return BadRow(row.row_number, "Service fee", "service.range", reason, row.handle)
    return None


def variant_fault(row: ProductRow, variant: VariantRow, cap_bps: int) -> BadRow | None:
    """Return why one variant may not go in, or None."""
    supply, price = variant.supply_price_minor, variant.suggested_price_minor
    floor = variant.floor_price_minor if variant.floor_price_minor is not None else default_floor(supply, price)
    fault = band_fault(supply_minor=supply, floor_minor=floor, price_minor=price, cap_bps=cap_bps)
    if fault is None:
        return None
    reason = {
        "above_cap": f"The price is above the cap of {cap_bps / BPS:g} x the supply price.",
        "not_ordered": "The supply price, the floor and the price are not in ascending order.",
        "out_of_range": "A price is zero or too large.",
    }[fault]
    return BadRow(variant.row_number, "Price", f"price.{fault}", reason, row.handle)
