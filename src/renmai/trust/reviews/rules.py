"""What a review may be, how reviews are ordered, and what the mean of many is. Pure; how much one counts: `weighing.py`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from renmai.kit.fields import Text

SCORES = range(1, 6)
BAD_SCORES = (1, 2)
PICTURES_MAX = 6
WORDS = Text(2_000, lines=True)
MORE = {"words": Text(1_000, required=True, lines=True)}
ANSWER = {"words": Text(1_000, required=True, lines=True)}

# A review may be changed once in these days; an answer until a day has gone; something may be added for half a year.
CHANGE_WITHIN = timedelta(days=30)
ANSWER_CHANGE_WITHIN = timedelta(days=1)
MORE_WITHIN = timedelta(days=180)
VOTES_PER_HOUR_MAX = 300

# Of an order that was received, or whose parcel the carrier reports delivered.
ARRIVED_ORDERS = ("received", "settled")
ARRIVED_PARCELS = ("delivered", "received")

# Helpful first. The odds that a review helps are estimated as (helpful votes + 1), the mean of a Gamma prior of one vote,
# and fade to a half in 60 days: ordering by their logarithm is ordering by the moment below, which never has to be made anew.
FADES_TO_HALF_IN = timedelta(days=60)
# One that does not count at all stands where it would had it been written a year earlier.
NOTHING_IS_WORTH = timedelta(days=365)
FULL_BPS = 10_000


def has_arrived(order_state: str, parcel_state: str | None) -> bool:
    """Return whether what was bought is there, by the state of its order or of its parcel."""
    return order_state in ARRIVED_ORDERS or (order_state != "refunded" and parcel_state in ARRIVED_PARCELS)


def rank_at(*, at: datetime, helpful: int, weight_bps: int) -> datetime:
    """Return the moment by which helpful-first orders a review, newest first.

    Each doubling of (votes + 1) is worth 60 days; what a review counts less puts it back by up to a year.
    """
    gained = round(FADES_TO_HALF_IN.total_seconds() * math.log2(1 + helpful))
    lost = round(NOTHING_IS_WORTH.total_seconds()) * (FULL_BPS - weight_bps) // FULL_BPS
    return at + timedelta(seconds=gained - lost)


def mean_x100(scored: Iterable[tuple[int, int]]) -> int | None:
    """Return the mean of (score, weight in basis points) x 100, rounded to the nearest; None where nothing counts."""
    pairs = list(scored)
    weight = sum(bps for _, bps in pairs)
    return (200 * sum(score * bps for score, bps in pairs) + weight) // (2 * weight) if weight else None


def shortened(name: str) -> str:
    """Return the name of somebody who does not show it: its first sign.

    >>> shortened("Lin Wan"), shortened("林晚"), shortened("")
    ('L***', '林***', '***')
    """
    return f"{name.strip()[:1]}***"
