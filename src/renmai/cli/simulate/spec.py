"""The small world in which histories happen, as plain data: both houses are made of it. Amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CURRENCY = "CNY"
BUYERS = 4
SUPPLIERS = (("Kiln", 800), ("Hill", 0), ("Mill", 350))
"""Name and freight."""
SHOPS = ("lin", "mei", "tao")
AGENCY_BPS, SHARER_BPS = 1_000, 1_500
"""What the first shop's agency and who shares its link have of the creator's part."""


@dataclass(frozen=True, slots=True)
class Goods:
    """One product with one variant and one pick of it. `commission_bps` None: on margin at `own_minor`."""

    handle: str
    supplier: int
    shop: int
    supply_minor: int
    floor_minor: int
    price_minor: int
    own_minor: int | None
    commission_bps: int | None
    stock: int


GOODS = (
    Goods("mug", 0, 0, 2_500, 3_000, 5_000, 6_000, None, 4_000),
    Goods("tea", 1, 0, 4_000, 8_000, 8_800, None, 2_000, 4_000),
    Goods("soap", 1, 1, 1_200, 1_500, 2_500, 3_000, None, 4_000),
    Goods("bowl", 0, 1, 3_333, 4_000, 7_777, None, 1_234, 40),
    Goods("rice", 2, 2, 999, 1_000, 1_999, 2_001, None, 4_000),
    Goods("pin", 2, 2, 1, 1, 3, None, 3_333, 20),
)


def coupons(supplier_id: UUID, shop_id: UUID) -> list[dict[str, Any]]:
    """Return the coupons: the platform's (a rate), a supplier's (from a threshold), a creator's (soon used up)."""
    return [
        {"code": "HOUSE10", "title": "Ten", "funder": "platform", "funder_id": None, "kind": "rate", "rate_bps": 1_000,
         "most_minor": 900, "total_max": 60, "per_buyer_max": 20},
        {"code": "KILN5", "title": "Five", "funder": "supplier", "funder_id": supplier_id, "kind": "amount", "amount_minor": 500,
         "threshold_minor": 5_000, "total_max": 40, "per_buyer_max": 12},
        {"code": "LIN3", "title": "Three", "funder": "creator", "funder_id": shop_id, "kind": "amount", "amount_minor": 300,
         "total_max": 9, "per_buyer_max": 2},
    ]  # fmt: skip
