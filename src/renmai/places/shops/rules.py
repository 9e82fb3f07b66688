"""What a pick may cost, what it earns, and how its price compares with the supply price."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from renmai.kit.fields import Text
from renmai.kit.money import BPS, ratio_bps, share
from renmai.money.splits.fees import Fee

HANDLE_PATTERN = r"[a-z0-9](?:[a-z0-9-]{1,28}[a-z0-9])"


@dataclass(frozen=True, slots=True)
class Band:
    """The price band of a variant, in minor units; `cap_bps` is the highest multiple of the supply price."""

    supply_minor: int
    floor_minor: int
    price_minor: int
    cap_bps: int

    @property
    def highest_minor(self) -> int:
        """Return the highest price that does not pass the cap."""
        return self.supply_minor * self.cap_bps // BPS


def multiple_bps(price_minor: int, supply_minor: int) -> int:
    """Return price / supply price in basis points, rounded up (before coupons, freight excluded; DESIGN section 5)."""
    return ratio_bps(price_minor, supply_minor)


def price_fault(price_minor: int, band: Band) -> str | None:
    """Return why a consumer price may not stand ("above_cap", "below_floor"), or None when it may."""
    if multiple_bps(price_minor, band.supply_minor) > band.cap_bps:
        return "above_cap"
    if price_minor < band.floor_minor:
        return "below_floor"
    return None


def earnings_minor(*, term: str, price_minor: int, supply_minor: int, fee: Fee, commission_bps: int) -> int:
    """Return what one sale earns the creator before agency and sharer: the rest on margin, the rate on commission."""
    if term == "commission":
        return share(price_minor, commission_bps)
    return price_minor - fee.on(price_minor) - supply_minor


# Handles stand where pages stand (/<handle>), and some would let a shop pass for the house.
RESERVED_HANDLES = frozenset({
    "about", "account", "accounts", "admin", "agency", "agencies", "api", "app", "apps", "assets", "buyer", "cart",
    "checkout", "contact", "creator", "creators", "dashboard", "demo", "developer", "docs", "fast", "favicon", "feed",
    "healthz", "help", "home", "house", "legal", "live", "login", "logout", "mail", "media", "me", "new", "official",
    "operator", "order", "orders", "outbox", "passport", "pay", "payment", "payments", "picks", "pool", "privacy",
    "problems", "readyz", "renmai", "root", "sandbox", "search", "security", "settings", "shop", "shops", "sign-in",
    "sign-out", "sign-up", "static", "status", "store", "supplier", "suppliers", "support", "system", "terms", "ui",
    "undefined", "null", "webhook", "webhooks", "www",
})  # fmt: skip

PROFILE: dict[str, Text] = {
    "name": Text(60, required=True),
    "name_zh": Text(60),
    "words": Text(400, lines=True),
    "words_zh": Text(400, lines=True),
}
WORDS: dict[str, Text] = {"word": Text(400, required=True, lines=True), "word_zh": Text(400, lines=True)}


def handle_fault(handle: str) -> str | None:
    """Return why a handle may not be taken ("shape", "reserved"), or None. Whether it is free, the database says."""
    if not re.fullmatch(HANDLE_PATTERN, handle):
        return "shape"
    return "reserved" if handle in RESERVED_HANDLES else None


def least_price(band: Band, fee: Fee) -> int:
    """Return the lowest price on margin terms: not below the floor, and the creator keeps nothing less than zero."""
    low, high = band.supply_minor, -(-band.supply_minor * BPS // (BPS - fee.rate_bps)) + fee.least_minor
    while low < high:
        price = (low + high) // 2
        if price - fee.on(price) - band.supply_minor >= 0:
            high = price
        else:
            low = price + 1
    return max(low, band.floor_minor)


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant as a pick sees it."""

    sku_id: UUID
    band: Band
    left: int
    options: Mapping[str, str]
    options_zh: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Quote:
    """What one sale of a variant costs and earns. `fault` is why the price may not stand, else None.

    Prices from `least_minor` to `most_minor` may stand; least above most means that none may.
    """

    sku_id: UUID
    price_minor: int
    earns_minor: int
    multiple_bps: int
    supply_minor: int
    suggested_minor: int
    least_minor: int
    most_minor: int
    fault: str | None
    left: int
    options: Mapping[str, str]
    options_zh: Mapping[str, str]


def quote(variant: Variant, *, term: str, price_minor: int, fee: Fee, commission_bps: int) -> Quote:
    """Return what a sale at `price_minor` earns, and whether that price may stand."""
    band = variant.band
    earns = earnings_minor(
        term=term,
        price_minor=price_minor,
        supply_minor=band.supply_minor,
        fee=fee,
        commission_bps=commission_bps,
    )
    fault = price_fault(price_minor, band)
    if fault is None and (earns < 0 or (term == "commission" and price_minor - fee.on(price_minor) - earns < 0)):
        fault = "below_cost"
    margin = term == "margin"
    return Quote(
        sku_id=variant.sku_id,
        price_minor=price_minor,
        earns_minor=earns,
        multiple_bps=multiple_bps(price_minor, band.supply_minor),
        supply_minor=band.supply_minor,
        suggested_minor=band.price_minor,
        least_minor=least_price(band, fee) if margin else band.price_minor,
        most_minor=band.highest_minor if margin else band.price_minor,
        fault=fault,
        left=variant.left,
        options=variant.options,
        options_zh=variant.options_zh,
    )
