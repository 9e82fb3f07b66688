"""What a pick may cost, what it earns, and how its price compares with the supply price."""

from __future__ import annotations

from dataclasses import dataclass

from renmai.kit.money import BPS, ratio_bps, share

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


def earnings_minor(*, term: str, price_minor: int, supply_minor: int, fee_bps: int, commission_bps: int) -> int:
    """Return what one sale earns the creator before agency and sharer: the rest on margin, the rate on commission."""
    if term == "commission":
        return share(price_minor, commission_bps)
    return price_minor - share(price_minor, fee_bps) - supply_minor
