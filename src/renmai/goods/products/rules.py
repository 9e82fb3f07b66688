"""Price bands, and the life of a product."""

from __future__ import annotations

from collections.abc import Mapping

from renmai.kit.money import BPS, ratio_bps

COMMISSION_BPS_MAX = 9000  # FIELD.md 3.2: commission and service fee together never pass 90 %
SERVICE_BPS_MAX = 4000  # FIELD.md 3.2 likewise
FLOOR_ABOVE_SUPPLY_BPS = 800
PRICE_MINOR_MAX = 10**9
QUANTITY_MAX = 10**9
FALLBACK_SLUG = "other"

# state -> states it may go to. A change that raises prices sends an approved product back to screening. What was
# recalled stays recalled: the supplier brings it in again under a new handle, and it is screened as new.
STEPS: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"screening"}),
    "screening": frozenset({"approved", "rejected"}),
    "rejected": frozenset({"screening"}),
    "approved": frozenset({"screening", "recalled"}),
    "recalled": frozenset(),
}


def may_become(state: str, next_state: str) -> bool:
    """Return whether a product in `state` may go to `next_state`."""
    return next_state in STEPS.get(state, frozenset())


def highest_minor(supply_minor: int, cap_bps: int) -> int:
    """Return the highest consumer price within the cap: floor(supply price x cap)."""
    return supply_minor * cap_bps // BPS


def band_fault(*, supply_minor: int, floor_minor: int, price_minor: int, cap_bps: int) -> str | None:
    """Return what is wrong with a price band ("not_ordered", "above_cap", "out_of_range"), or None.

    supply price <= floor <= price <= cap x supply price (DESIGN section 5).
    """
    if not 0 < supply_minor <= PRICE_MINOR_MAX or not 0 < price_minor <= PRICE_MINOR_MAX:
        return "out_of_range"
    if not supply_minor <= floor_minor <= price_minor:
        return "not_ordered"
    if ratio_bps(price_minor, supply_minor) > cap_bps:
        return "above_cap"
    return None


def default_floor(supply_minor: int, price_minor: int) -> int:
    """Return the floor of a variant whose file names none: supply price + 8 %, rounded up, never above the price.

    8 % leaves the creator something after the platform's fee (5 % of the price by default).
    """
    return min(price_minor, -(-supply_minor * (BPS + FLOOR_ABOVE_SUPPLY_BPS) // BPS))


def service_sound(commission_bps: int | None, service_bps: int) -> bool:
    """Return whether a service fee for agencies may stand beside a commission: none without one, both within limits."""
    if not 0 <= service_bps <= SERVICE_BPS_MAX:
        return False
    return service_bps == 0 or (commission_bps is not None and commission_bps + service_bps <= COMMISSION_BPS_MAX)
