"""The constants of score version 1: what is measured, out of which facts, and how much it counts.

Published with the score (docs/score.md). Who changes a number here makes another version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
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
class Grade:
    """How many quarters (1..4) of a bad outcome a fact is, by the value of one field of its data; others are 0."""

    field: str
    quarters: Mapping[Any, int]

    def __call__(self, data: Mapping[str, Any]) -> int:
        """Return the quarters of a fact with this `data`."""
        return self.quarters.get(data[self.field], 0)


@dataclass(frozen=True, slots=True)
class Measure:
    """A rate of bad outcomes.

    part: which part it belongs to; share: its weight within that part;
    kinds: facts that make up the total; bad: kind -> how bad a fact of it is;
    default_ppm: the market's rate until facts say it; floor_ppm: the rate under which the market is not held against
    anyone; prior_facts: how many facts of evidence the market's rate weighs against a seller's own;
    half_life_days: after which a fact counts half.
    """

    name: str
    part: str
    share: int
    kinds: frozenset[str]
    bad: Mapping[str, Grade]
    default_ppm: int
    floor_ppm: int
    prior_facts: int
    half_life_days: int


def _not(field: str) -> Grade:
    return Grade(field, {False: 4})


HANDED_OVER, CHECKED, CASE, REVIEW = "parcel.handed_over", "price.checked", "case.closed", "review.verified"
# What a buyer bought is one parcel of a supplier and one price of a creator: either is a dealing that could go wrong.
DEALINGS = frozenset({HANDED_OVER, CHECKED})

STARS = Grade("score", {1: 4, 2: 3, 3: 2, 4: 1})

MEASURES: tuple[Measure, ...] = (
    Measure("late", HAND_OVER, 3, frozenset({HANDED_OVER}), {HANDED_OVER: _not("in_time")}, 80_000, 10_000, 3, 60),
    Measure("missing", HAND_OVER, 1, frozenset({"stock.kept"}), {"stock.kept": _not("kept")}, 10_000, 5_000, 6, 90),
    Measure("reviews", GOODS, 2, frozenset({REVIEW}), {REVIEW: STARS}, 200_000, 50_000, 5, 180),
    Measure("cases", GOODS, 2, DEALINGS, {CASE: Grade("upheld", {True: 4})}, 20_000, 5_000, 12, 180),
    Measure("refunds", SERVICE, 1, frozenset({"refund.paid"}), {"refund.paid": _not("in_time")}, 50_000, 10_000, 3, 90),
    Measure("recourse", SERVICE, 1, frozenset({"recourse.answered"}), {"recourse.answered": _not("answered")}, 100_000,
            20_000, 3, 90),
    Measure("prices", PRICE, 1, frozenset({CHECKED}), {CHECKED: _not("within_band")}, 20_000, 5_000, 6, 90),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deduction:
    """Hundredths of points off a part for a fact of `kind` whose `field` is `value`, behind which no buyer stands.

    They fade by the half-life and are `max_points` together at most.
    """

    name: str
    part: str
    kind: str
    field: str
    value: Any
    points: int
    max_points: int
    half_life_days: int


DEDUCTIONS: tuple[Deduction, ...] = (
    Deduction("recalls", GOODS, "product.recalled", "scope", "product", 10 * POINT, 30 * POINT, 180),
    Deduction("batches", GOODS, "product.recalled", "scope", "batch", 5 * POINT, 15 * POINT, 180),
    Deduction("failed", GOODS, "screening.decided", "passed", False, 4 * POINT, 12 * POINT, 90),
    Deduction("stopped", SERVICE, "show.held", "outcome", "stopped", 5 * POINT, 15 * POINT, 90),
)


def published() -> dict[str, Any]:
    """Return every constant of this version as plain values: with docs/score.md, all that another reader needs."""
    return {
        "version": VERSION,
        "counts_percent": list(COUNTS_PERCENT),
        "full_facts_of_a_buyer_max": FULL_FACTS_OF_A_BUYER_MAX,
        "full_facts_of_a_week_max": FULL_FACTS_OF_A_WEEK_MAX,
        "half_lives": HALF_LIVES,
        "market": {"prior_facts": MARKET_PRIOR_FACTS, "half_life_days": MARKET_HALF_LIFE_DAYS},
        "growing_below": GROWING_BELOW,
        "points": {
            "like_the_market": LIKE_THE_MARKET,
            "best": BEST,
            "newcomer_margin": NEWCOMER_MARGIN,
            "a_point": POINT,
        },
        "newcomer_facts": NEWCOMER_FACTS,
        "shares_percent": {role: dict(shares) for role, shares in SHARES.items()},
        "measures": [_plain(measure) for measure in MEASURES],
        "deductions": [asdict(deduction) for deduction in DEDUCTIONS],
    }


def _plain(measure: Measure) -> dict[str, Any]:
    bad = {
        kind: {"field": grade.field, "quarters": [[value, quarters] for value, quarters in grade.quarters.items()]}
        for kind, grade in measure.bad.items()
    }
    numbers = {name: getattr(measure, name) for name in NUMBERS}
    return {"name": measure.name, "part": measure.part, "kinds": sorted(measure.kinds), "bad": bad, **numbers}


NUMBERS = ("share", "default_ppm", "floor_ppm", "prior_facts", "half_life_days")
