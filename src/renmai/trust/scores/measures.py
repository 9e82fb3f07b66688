"""The constants of score version 1: what is measured, out of which facts, and how much it counts.

Published with the score (docs/score.md). Who changes a number here makes another version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

VERSION = 1

# One fact of full weight, in millionths of a fact; rates are in millionths too (ppm).
FULL = 1_000_000
# Percent of a fact that counts, by the bucket of the buyer behind it (trust/facts/weights.py).
COUNTS_PERCENT = (0, 50, 75, 100)
# One buyer never stands for more than so many fresh facts of one measure of one seller.
FULL_FACTS_OF_A_BUYER_MAX = 3
# And what was written of a seller in one week (Monday to Sunday) never for more than so many: parcels of a week are late
# together, so they say little more than a few of them, and nobody buys a good name in a week.
FULL_FACTS_OF_A_WEEK_MAX = 2
# After so many half-lives a fact counts no more.
HALF_LIVES = 6
# The market's rate begins at a published default, as if so many facts had shown it; it changes slowly.
MARKET_PRIOR_FACTS = 25
MARKET_HALF_LIFE_DAYS = 360
# Below so many facts a seller is said to be growing (as Douyin and Taobao hold their scores back below 30 orders).
GROWING_BELOW = 30

# Points in hundredths. A seller like the market stands at 70; without any bad fact to come, at 100.
POINT = 100
LIKE_THE_MARKET = 70 * POINT
BEST = 100 * POINT
# A newcomer is taken for the market's rate less this margin, of which half is left after so many full facts of a measure.
NEWCOMER_MARGIN = 10 * POINT
NEWCOMER_FACTS = 10

HAND_OVER, GOODS, SERVICE, PRICE = "hand_over", "goods", "service", "price"
PARTS = (HAND_OVER, GOODS, SERVICE, PRICE)
# role -> percent of each part in the whole; a part of 0 is not that role's to answer for.
SHARES: Mapping[str, Mapping[str, int]] = {
    "supplier": {HAND_OVER: 40, GOODS: 40, SERVICE: 20, PRICE: 0},
    "creator": {HAND_OVER: 0, GOODS: 45, SERVICE: 30, PRICE: 25},
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A rate of bad outcomes.

    part: which part it belongs to; share: its weight within that part;
    kinds: facts that make up the total; bad: quarters (0..4) of one bad outcome in a fact's data;
    default_ppm: the market's rate until facts say it; floor_ppm: the rate under which the market is not held against
    anyone; prior_facts: how many facts of evidence the market's rate weighs against a seller's own;
    half_life_days: after which a fact counts half.
    """

    name: str
    part: str
    share: int
    kinds: frozenset[str]
    bad: Mapping[str, Callable[[Mapping[str, Any]], int]]
    default_ppm: int
    floor_ppm: int
    prior_facts: int
    half_life_days: int


def _not(name: str) -> Callable[[Mapping[str, Any]], int]:
    return lambda data: 0 if data[name] else 4


HANDED_OVER, CHECKED, CASE, REVIEW = "parcel.handed_over", "price.checked", "case.closed", "review.verified"
# What a buyer bought is one parcel of a supplier and one price of a creator: either is a dealing that could go wrong.
DEALINGS = frozenset({HANDED_OVER, CHECKED})

MEASURES: tuple[Measure, ...] = (
    Measure("late", HAND_OVER, 3, frozenset({HANDED_OVER}), {HANDED_OVER: _not("in_time")}, 80_000, 10_000, 3, 60),
    Measure("missing", HAND_OVER, 1, frozenset({"stock.kept"}), {"stock.kept": _not("kept")}, 10_000, 5_000, 6, 90),
    Measure("reviews", GOODS, 2, frozenset({REVIEW}), {REVIEW: lambda data: 5 - int(data["score"])}, 200_000, 50_000, 5, 180),
    Measure("cases", GOODS, 2, DEALINGS, {CASE: lambda data: 4 if data["upheld"] else 0}, 20_000, 5_000, 12, 180),
    Measure("refunds", SERVICE, 1, frozenset({"refund.paid"}), {"refund.paid": _not("in_time")}, 50_000, 10_000, 3, 90),
    Measure("recourse", SERVICE, 1, frozenset({"recourse.answered"}), {"recourse.answered": _not("answered")}, 100_000,
            20_000, 3, 90),
    Measure("prices", PRICE, 1, frozenset({CHECKED}), {CHECKED: _not("within_band")}, 20_000, 5_000, 6, 90),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deduction:
    """Points off a part for a fact behind which no buyer stands; they fade by the half-life, to `max_points` in all."""

    name: str
    part: str
    kind: str
    counts: Callable[[Mapping[str, Any]], bool]
    points: int
    max_points: int
    half_life_days: int


DEDUCTIONS: tuple[Deduction, ...] = (
    Deduction("recalls", GOODS, "product.recalled", lambda d: d["scope"] == "product", 10 * POINT, 30 * POINT, 180),
    Deduction("batches", GOODS, "product.recalled", lambda d: d["scope"] == "batch", 5 * POINT, 15 * POINT, 180),
    Deduction("failed", GOODS, "screening.decided", lambda d: not d["passed"], 4 * POINT, 12 * POINT, 90),
    Deduction("stopped", SERVICE, "show.held", lambda d: d["outcome"] == "stopped", 5 * POINT, 15 * POINT, 90),
)
