"""What a fact weighs, a day and a buyer later: integers only, and no order among facts.

A fact of full weight is 1,000,000 millionths. It counts half after its half-life, a quarter after two, in straight
lines between, and nothing after six. The facts of a measure count together no more than three fresh ones for one buyer,
then no more than two fresh ones for one week.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from renmai.trust.scores.measures import (
    COUNTS_PERCENT,
    FULL,
    FULL_FACTS_OF_A_BUYER_MAX,
    FULL_FACTS_OF_A_WEEK_MAX,
    HALF_LIVES,
    Measure,
)

Fact = Mapping[str, Any]
OF_A_BUYER = FULL_FACTS_OF_A_BUYER_MAX * FULL
OF_A_WEEK = FULL_FACTS_OF_A_WEEK_MAX * FULL


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact as it stands on the day of the score; `percent` of it count, by who is behind it. `week` is a number."""

    kind: str
    age_days: int
    week: int
    percent: int
    buyer: str | None
    data: Mapping[str, Any]


def seen(facts: Iterable[Fact], on: date) -> list[Seen]:
    """Return what is known on `on`: facts of later days are left out."""
    today, ordinals, found = on.toordinal(), _Ordinals(), []
    for fact in facts:
        day = ordinals[fact["day"]]
        if day <= today:
            percent = COUNTS_PERCENT[fact["weight"]] if "weight" in fact else 100
            found.append(Seen(fact["kind"], today - day, (day - 1) // 7, percent, fact.get("buyer"), fact["data"]))
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


def bad_and_total(measure: Measure, facts: Sequence[Seen]) -> tuple[int, int]:
    """Return the bad and the whole evidence of `measure` in the facts of one seller, in millionths, damped."""
    masses = [mass(fact, measure.half_life_days) for fact in facts]
    of_buyer: dict[str | None, int] = defaultdict(int)
    for fact, counts in zip(facts, masses, strict=True):
        of_buyer[fact.buyer] += counts
    by_week: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for fact, counts in zip(facts, masses, strict=True):
        counts = _damped(counts, of_buyer[fact.buyer], OF_A_BUYER)
        of_week = by_week[fact.week]
        if grade := measure.bad.get(fact.kind):
            of_week[0] += counts * grade(fact.data) // 4
        if fact.kind in measure.kinds:
            of_week[1] += counts
    bad = sum(_damped(week[0], max(week), OF_A_WEEK) for week in by_week.values())
    total = sum(_damped(week[1], max(week), OF_A_WEEK) for week in by_week.values())
    return min(bad, total), total


def _damped(part: int, whole: int, most: int) -> int:
    """Return `part` of a `whole` that counts for no more than `most`. Rounded down."""
    return part if whole <= most else part * most // whole
