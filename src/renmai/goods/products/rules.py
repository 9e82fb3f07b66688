"""Price bands, and the life of a product."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from renmai.kit.fields import Text
from renmai.kit.money import BPS, ratio_bps

COMMISSION_BPS_MAX = 9000  # FIELD.md 3.2: commission and service fee together never pass 90 %
SERVICE_BPS_MAX = 4000  # FIELD.md 3.2 likewise
FLOOR_ABOVE_SUPPLY_BPS = 800
PRICE_MINOR_MAX = 10**9
QUANTITY_MAX = 10**9
FALLBACK_SLUG = "other"
VARIANTS_MAX = 100
PICTURES_MAX = 20
REGIONS_MAX = 60
HAND_OVER_HOURS_MAX = 24 * 60
CHANNELS = ("shop", "live", "app", "store")  # a creator's shop, a live room, another app, a store people walk into
TIERS_MAX = 5
TIER_QUANTITY_MAX = 1_000_000

TEXTS: Mapping[str, Text] = {
    "title": Text(255, required=True),
    "title_zh": Text(255),
    "body": Text(20_000, lines=True),
    "body_zh": Text(20_000, lines=True),
}

# state -> states it may go to. A price well above what screening saw sends an approved product back to it. What was
# recalled stays recalled: the supplier brings it in again under a new handle, and it is screened as new.
STEPS: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"screening"}),
    "screening": frozenset({"approved", "rejected", "recalled"}),
    "rejected": frozenset({"screening", "recalled"}),
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


def needs_screening(
    *,
    supply_minor: int,
    price_minor: int,
    screened_supply_minor: int | None,
    screened_price_minor: int | None,
    rise_bps: int,
) -> bool:
    """Return whether a variant's price or supply price is more than `rise_bps` above what screening last saw.

    Small rises add up against what was screened, not against the price before, so that ten steps are not ten times
    free. `rise_bps` is the term `rescreen_rise_bps`. Nothing screened (None) is always to be screened; a new variant
    of a screened product is compared with the highest of its others, which the caller passes.
    """
    pairs = ((supply_minor, screened_supply_minor), (price_minor, screened_price_minor))
    return any(seen is None or now * BPS > seen * (BPS + rise_bps) for now, seen in pairs)


Tier = Sequence[int]


def tiers_fault(supply_minor: int, tiers: Sequence[Tier]) -> str | None:
    """Return what is wrong with supply prices by quantity ("too_many", "quantities", "prices"), or None.

    `tiers` is (from quantity, supply price in minor units): quantities ascend from 2, prices fall, all below the list
    supply price, at most 5.
    """
    if len(tiers) > TIERS_MAX:
        return "too_many"
    quantities, prices = [1, *(tier[0] for tier in tiers)], [supply_minor, *(tier[1] for tier in tiers)]
    if quantities[-1] > TIER_QUANTITY_MAX or any(a >= b for a, b in pairwise(quantities)):
        return "quantities"
    if prices[-1] <= 0 or any(a <= b for a, b in pairwise(prices)):
        return "prices"
    return None


def supply_price_for(supply_minor: int, tiers: Sequence[Tier], quantity: int) -> int:
    """Return the supply price of one, in minor units, when `quantity` of the variant are on one line.

    The last tier that the quantity reaches holds for the whole line. The public multiple and the cap go by the list
    supply price (`supply_minor`), whatever the quantity.
    """
    reached = [price for from_quantity, price in tiers if quantity >= from_quantity]
    return min(reached[-1], supply_minor) if reached else supply_minor  # a file may have lowered the list price since


def main_holds(*, received: int, sold: int, elsewhere: int, shipped_elsewhere: int) -> int:
    """Return how many lie at the main warehouse, which has no row: what no other received and nobody bought.

    What was sold counts as gone from here unless another warehouse shipped it: on the safe side until it is handed over.
    """
    return max(0, min(received - elsewhere, received - sold - (elsewhere - shipped_elsewhere)))


def handle_of(title: str) -> str:
    """Return a title as a handle: small letters and digits joined by hyphens; "" when it has none."""
    return "-".join(re.findall(r"[a-z0-9]+", title.casefold()))[:80].strip("-")
