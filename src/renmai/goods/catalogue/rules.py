"""What of a supplier's file may go in. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from renmai.goods.catalogue.files import BadRow, ProductRow, VariantRow
from renmai.goods.products.rules import (
    COMMISSION_BPS_MAX,
    FALLBACK_SLUG,
    SERVICE_BPS_MAX,
    band_fault,
    default_floor,
    needs_screening,
    service_sound,
)
from renmai.kit.money import BPS

# state -> states it may go to. Reading goes back to itself when a worker died; who discards a file while it is read wins.
STEPS: Mapping[str, frozenset[str]] = {
    "waiting": frozenset({"reading", "discarded"}),
    "reading": frozenset({"previewed", "failed", "discarded"}),
    "previewed": frozenset({"applying", "discarded"}),
    "applying": frozenset({"done", "failed"}),
    "done": frozenset(),
    "failed": frozenset(),
    "discarded": frozenset(),
}


def may_become(state: str, next_state: str) -> bool:
    """Return whether a run in `state` may go to `next_state`."""
    return next_state in STEPS.get(state, frozenset())


def supply_share_sound(supply_bps: int | None) -> bool:
    """Return whether a supply share may stand: above nothing, at most the whole price."""
    return supply_bps is None or 0 < supply_bps <= BPS


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
    codes = [[v.barcode, v.grams] for v in row.variants]
    extra = [codes] if any(barcode or grams is not None for barcode, grams in codes) else []
    return hashlib.sha256(orjson.dumps([partial, texts, variants, pictures, *service, *extra])).digest()


def hash_without(digest: bytes, refused: Sequence[str]) -> bytes:
    """Return the hash of a product without the variants, by SKU code, that the house refused (its cap, prices by quantity).

    The same file brings them in once nothing stands against them; until then it names them again, and changes nothing.
    """
    return hashlib.sha256(digest + orjson.dumps(sorted(refused))).digest() if refused else digest


class Seen(NamedTuple):
    """A variant before the file: its supply price and price, and those that screening last saw, in minor units."""

    supply_minor: int
    price_minor: int
    screened_supply_minor: int
    screened_price_minor: int


def screens_again(seen: Mapping[str, Seen], asks: Mapping[str, tuple[int, int]], rise_bps: int) -> bool:
    """Return whether a file's (supply price, price) by SKU code are to be screened again (decision 0019).

    They are when one that changes is more than `rise_bps` above what screening saw. A new variant is measured by the
    highest of the others.
    """
    most = [max((old[place] for old in seen.values()), default=None) for place in (2, 3)]
    for code, (supply, price) in asks.items():
        old = seen.get(code)
        if old is not None and (supply, price) == (old.supply_minor, old.price_minor):
            continue
        limits = (old.screened_supply_minor, old.screened_price_minor) if old else most
        if needs_screening(
            supply_minor=supply, price_minor=price, screened_supply_minor=limits[0], screened_price_minor=limits[1],
            rise_bps=rise_bps,
        ):  # fmt: skip
            return True
    return False


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
    return BadRow(variant.row_number, "Price", f"price.{fault}", band_reason(fault, cap_bps), row.handle)


NOT_ALLOWED_REASON = "Nothing new of yours is screened for now. Your page Credit says why."
TIERS_REASON = "A supply price by quantity would not be below the new supply price. Change those first."


def band_reason(fault: str, cap_bps: int) -> str:
    """Return what is wrong with a price band in a sentence; `fault` is one of `goods.products.rules.band_fault`."""
    return {
        "above_cap": f"The price is above the cap of {cap_bps / BPS:g} x the supply price.",
        "not_ordered": "The supply price, the floor and the price are not in ascending order.",
        "out_of_range": "A price is zero or too large.",
    }[fault]


EVERY_HOURS_MAX = 168
FAILURES_MAX = 5
RETRY_MINUTES_FIRST = 15


def retry_minutes(failures: int, every_hours: int) -> int:
    """Return how long to wait after so many failures in a row: 15 minutes, doubled each time, never past the usual time."""
    return int(min(every_hours * 60, RETRY_MINUTES_FIRST * 2 ** min(failures - 1, 16)))
