"""How much a signal says of somebody's taste, and for how long. Pure.

The weights are our own judgement, ordered by what an act costs whoever does it: to look is free, to pay is not, and to stand
for a product in one's own shop costs most. Fits and orders compare rankers; nobody can buy a weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import log1p
from types import MappingProxyType

from renmai.matching.signals.models import SignalKind

KIND_WEIGHTS: Mapping[str, float] = MappingProxyType({
    SignalKind.VIEW: 1.0,
    SignalKind.DWELL: 0.5,
    SignalKind.CART: 3.0,
    SignalKind.ORDER: 6.0,
    SignalKind.REFUND: -5.0,
    SignalKind.FOLLOW: 8.0,
    SignalKind.PICK: 8.0,
    SignalKind.SAMPLE: 4.0,
    SignalKind.DECLINE: -8.0,
})  # fmt: skip
"""Kind -> what one act weighs. A refund takes back most of an order, not all: it was wanted once. A decline stands against
a pick: it was looked at and not wanted."""
DWELL_UNIT_SECONDS = 30
"""So long on a page weighs once; who only passed by weighs a part of it."""
DWELL_SECONDS_MAX = 1_800
"""A page left open longer than half an hour was left alone."""
HALF_LIFE_DAYS = 60
"""After so long a signal weighs half: a season, as most goods here are bought for one."""
LASTING = frozenset({SignalKind.FOLLOW, SignalKind.PICK})
"""They hold until they are taken back, and then their row goes: time takes nothing off them."""
RETENTION_DAYS = 396
"""Thirteen months, so that a season can be compared with the last one; then a signal is deleted."""
TASTE_ROWS_MAX = 1_000
"""The newest so many rows make up a taste: reading it stays quick for whoever looks at a thousand things a week."""
TASTE_LASTING_MAX = 500
"""Besides them, the newest so many of those that last: looking around pushes no follow and no pick out of a taste."""


def strength(kind: str, amount: int) -> float:
    """Return what a day's signal weighs on that day: the first act counts whole, each further one less than the last.

    `amount` as in `Signal`: times, seconds of dwell, pieces.
    """
    counted = min(amount, DWELL_SECONDS_MAX) / DWELL_UNIT_SECONDS if kind == SignalKind.DWELL else amount
    return KIND_WEIGHTS[kind] * log1p(counted) / log1p(1)


def weight(kind: str, amount: int, at: datetime, now: datetime) -> float:
    """Return what a signal weighs at `now`: half after `HALF_LIFE_DAYS`, except for what lasts."""
    if kind in LASTING:
        return strength(kind, amount)
    days = max(0.0, (now - at) / timedelta(days=1))
    return float(strength(kind, amount) * 0.5 ** (days / HALF_LIFE_DAYS))
