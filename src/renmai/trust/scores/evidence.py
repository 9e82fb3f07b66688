"""What a fact weighs, a day and a buyer later: integers only, and no order among facts.

A fact of full weight is 1,000,000 millionths. It counts half after its half-life, a quarter after two, in straight
lines between, and nothing after six. Of one buyer the facts of a measure count together no more than three fresh ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from renmai.trust.scores.measures import COUNTS_PERCENT, FULL, FULL_FACTS_OF_A_BUYER_MAX, HALF_LIVES, Measure

Fact = Mapping[str, Any]
CAP = FULL_FACTS_OF_A_BUYER_MAX * FULL


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact as it stands on the day of the score; `percent` of it count, by who is behind it."""

    kind: str
    age_days: int
    percent: int
    buyer: str | None
    data: Mapping[str, Any]


def seen(facts: Iterable[Fact], on: date) -> list[Seen]:
    """Return what is known on `on`: facts of later days are left out."""
    today, ordinals, found = on.toordinal(), _Ordinals(), []
    for fact in facts:
        age = today - ordinals[fact["day"]]
        if age >= 0:
            percent = COUNTS_PERCENT[fact["weight"]] if "weight" in fact else 100
            found.append(Seen(fact["kind"], age, percent, fact.get("buyer"), fact["data"]))
    return found


class _Ordinals(dict[str, int]):
    def __missing__(self, day: str) -> int:
        self[day] = date.fromisoformat(day).toordinal()
        return self[day]


def decayed(age_days: int, half_life_days: int) -> int:
    """Return what is left of a full fact, in millionths: 0 before its day and after six half-lives. Rounded down."""
    halvings, rest = divmod(age_days, half_life_days)
    if not 0 <= halvings < HALF_LIVES:
        return 0
    return (FULL >> halvings) * (2 * half_life_days - rest) // (2 * half_life_days)


def mass(fact: Seen, half_life_days: int) -> int:
    """Return what `fact` counts, in millionths of a fact. Rounded down."""
    return decayed(fact.age_days, half_life_days) * fact.percent // 100


def rounded(numerator: int, denominator: int) -> int:
    """Divide two numbers that are not below zero; halves go up."""
    return (2 * numerator + denominator) // (2 * denominator)


def rate_ppm(bad: int, total: int, prior_ppm: int, prior_facts: int) -> int:
    """Return the expected rate in millionths: the evidence, shrunk to `prior_ppm` as if so many facts had shown that."""
    return rounded(bad * 1_000_000 + prior_facts * FULL * prior_ppm, total + prior_facts * FULL)


def bad_and_total(measure: Measure, facts: Iterable[Seen]) -> tuple[int, int]:
    """Return the bad and the whole evidence of `measure` in the facts of one seller, in millionths, damped by buyer."""
    by_buyer: dict[str | None, list[int]] = defaultdict(lambda: [0, 0])
    for fact in facts:
        counts, of_buyer = mass(fact, measure.half_life_days), by_buyer[fact.buyer]
        if fact.kind in measure.kinds:
            of_buyer[1] += counts
        if grade := measure.bad.get(fact.kind):
            of_buyer[0] += counts * grade(fact.data) // 4
    pairs = [_damped(bad, total) for bad, total in by_buyer.values()]
    bad, total = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    return min(bad, total), total


def _damped(bad: int, total: int) -> tuple[int, int]:
    most = max(bad, total)
    if most <= CAP:
        return bad, total
    return bad * CAP // most, total * CAP // most
