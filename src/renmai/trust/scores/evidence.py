"""What a fact weighs, a day and a buyer later: integers only, and no order among facts.

A fact of full weight is 1,000,000 millionths. It counts half after its half-life, a quarter after two, in straight
lines between, and nothing after six. Of one buyer the facts of a measure count together no more than three fresh ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from renmai.trust.scores.measures import COUNTS_PERCENT, FULL, FULL_FACTS_OF_A_BUYER_MAX, HALF_LIVES, Measure

Fact = Mapping[str, Any]
CAP = FULL_FACTS_OF_A_BUYER_MAX * FULL


def decayed(age_days: int, half_life_days: int) -> int:
    """Return what is left of a full fact, in millionths: 0 before its day and after six half-lives. Rounded down."""
    halvings, rest = divmod(age_days, half_life_days)
    if not 0 <= halvings < HALF_LIVES:
        return 0
    return (FULL >> halvings) * (2 * half_life_days - rest) // (2 * half_life_days)


def mass(fact: Fact, on: date, half_life_days: int) -> int:
    """Return what `fact` counts on `on`, in millionths; one without a buyer counts in full."""
    left = decayed((on - date.fromisoformat(fact["day"])).days, half_life_days)
    return left * COUNTS_PERCENT[fact["weight"]] // 100 if "weight" in fact else left


def rounded(numerator: int, denominator: int) -> int:
    """Divide two numbers that are not below zero; halves go up."""
    return (2 * numerator + denominator) // (2 * denominator)


def bad_and_total(measure: Measure, facts: Iterable[Fact], on: date, *, damped: bool) -> tuple[int, int]:
    """Return the bad and the whole evidence of `measure` in `facts`, in millionths of a fact; damped by buyer, or not."""
    by_buyer: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for fact in facts:
        counts = mass(fact, on, measure.half_life_days)
        of_buyer = by_buyer[fact.get("buyer", "") if damped else ""]
        if fact["kind"] in measure.kinds:
            of_buyer[1] += counts
        if grade := measure.bad.get(fact["kind"]):
            of_buyer[0] += counts * grade(fact["data"]) // 4
    pairs = [_capped(bad, total) if damped else (bad, total) for bad, total in by_buyer.values()]
    bad, total = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    return min(bad, total), total


def _capped(bad: int, total: int) -> tuple[int, int]:
    most = max(bad, total)
    if most <= CAP:
        return bad, total
    return bad * CAP // most, total * CAP // most
