"""The shapes of the demo world's content: plain frozen records, no database and no framework.

Money is in integer minor units of CNY (fen), rates in basis points. Every text comes in English and Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Term = Literal["margin", "commission"]

BPS = 10_000
YUAN = 100
PLATFORM_FEE_BPS = 500
"""What the demo's platform keeps of the goods paid; it comes out first."""


@dataclass(frozen=True, slots=True)
class Category:
    """A product category. `cap_multiple_bps` caps price / supply price; `withdrawal_days` is the buyer's right."""

    slug: str
    name_en: str
    name_zh: str
    cap_multiple_bps: int = 30_000
    withdrawal_days: int = 7


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier: who they are, where they are, and what a parcel of theirs costs and takes."""

    key: str
    name_en: str
    name_zh: str
    town_en: str
    town_zh: str
    story_en: str
    story_zh: str
    palette: str
    freight_minor: int
    handover_hours: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One sku of a product: option value, price band and stock. `palette` overrides the product's for its picture."""

    value_en: str
    value_zh: str
    supply_price_minor: int
    suggested_price_minor: int
    floor_price_minor: int
    stock: int
    palette: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the pool. `commission_bps` is None where the supplier offers no commission."""

    key: str
    supplier: str
    category: str
    kind: str
    palette: str
    seed: int
    title_en: str
    title_zh: str
    description_en: str
    description_zh: str
    option_en: str
    option_zh: str
    variants: tuple[Variant, ...]
    commission_bps: int | None = None
    margin_allowed: bool = True

    def sku(self, position: int) -> str:
        """The code of the variant at `position` (from 0), unique in the demo world."""
        return f"{self.key}-{position + 1}".upper()


@dataclass(frozen=True, slots=True)
class Pick:
    """A creator's pick. `multiple_bps` (price in basis points of the supply price) is set on margin picks only."""

    product: str
    term: Term
    word_en: str
    word_zh: str
    multiple_bps: int | None = None

    def price_minor(self, variant: Variant) -> int:
        """The shop's price of `variant` in minor units: the supplier's on commission, whole yuan on margin."""
        if self.multiple_bps is None:
            return variant.suggested_price_minor
        exact = variant.supply_price_minor * self.multiple_bps
        return (exact + BPS * YUAN // 2) // (BPS * YUAN) * YUAN


@dataclass(frozen=True, slots=True)
class Creator:
    """A person with a shop. `face_seed`, `cover_seed` and `palette` say what to draw."""

    handle: str
    name: str
    name_zh: str
    headline_en: str
    headline_zh: str
    words_en: str
    words_zh: str
    face_seed: int
    cover_seed: int
    palette: str
    picks: tuple[Pick, ...]


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer and one address. Phones begin with 100, which no Chinese mobile number does."""

    key: str
    name: str
    locale: Literal["en", "zh"]
    province: str
    city: str
    district: str
    address: str
    postcode: str
    phone: str
