"""What must be so before a supplier or a product is approved."""

from __future__ import annotations

from collections.abc import Sequence

from renmai.goods.products.rules import band_fault

SUPPLIER_VERDICTS = frozenset({"approved", "rejected", "suspended"})
PRODUCT_VERDICTS = frozenset({"approved", "rejected"})
REASON_CHARS_MAX = 500
Band = tuple[int, int, int]


def supplier_faults(verdict: str, evidence_count: int) -> list[str]:
    """Return why the verdict on a supplier may not be given: approval needs at least one document of evidence."""
    return ["no_evidence"] if verdict == "approved" and evidence_count == 0 else []


def product_faults(supplier_state: str, bands: Sequence[Band], cap_bps: int) -> list[str]:
    """Return why a product may not be approved; empty when it may.

    `bands` holds (supply, floor, price) in minor units of each active variant.
    """
    faults = [] if supplier_state == "approved" else ["supplier_not_approved"]
    if not bands:
        faults.append("nothing_to_sell")
    wrong = {
        band_fault(supply_minor=supply, floor_minor=floor, price_minor=price, cap_bps=cap_bps)
        for supply, floor, price in bands
    }
    return faults + sorted(fault for fault in wrong if fault)
