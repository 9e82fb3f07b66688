"""What a fact weighs, a day and a buyer later: integers only, and no order among facts.

A fact of full weight is 1,000,000 millionths. It counts half after its half-life, a quarter after two, in straight
lines between, and nothing after six. The facts of a measure count together no more than three fresh ones for one buyer,
then no more than two fresh ones for one week.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
# A fact, and how many there are that differ from it in nothing that is read here.
Counted = tuple[Fact, int]
OF_A_BUYER = FULL_FACTS_OF_A_BUYER_MAX * FULL
OF_A_WEEK = FULL_FACTS_OF_A_WEEK_MAX * FULL


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact as it stands on the day of the score, so many `times`; `percent` of it count, by who is behind it.

    `week` is a number.
    """

    kind: str
    age_days: int
    week: int
    percent: int
    buyer: str | None
    data: Mapping[str, Any]
    times: int = 1


def seen(facts: Iterable[Fact], on: date) -> list[Seen]:
    """Return what is known on `on`: facts of later days are left out."""
    return seen_counted(((fact, 1) for fact in facts), on)


def seen_counted(counted: Iterable[Counted], on: date) -> list[Seen]:
    """Return what is known on `on` of facts that are counted."""
    today, ordinals, found = on.toordinal(), _Ordinals(), []
    for fact, times in counted:
        day = ordinals[fact["day"]]
        if day <= today:
            percent = COUNTS_PERCENT[fact["weight"]] if "weight" in fact else 100
            week, buyer = (day - 1) // 7, fact.get("buyer")
            found.append(Seen(fact["kind"], today - day, week, percent, buyer, fact["data"], times))
    return found


def by_buyer(facts: Iterable[Fact]) -> Iterable[list[Counted]]:
    """Return facts buyer by buyer; those behind which nobody stands together, as if it were one."""
    of_buyer: dict[str | None, list[Counted]] = defaultdict(list)
    for fact in facts:
        of_buyer[fact.get("buyer")].append((fact, 1))
    return of_buyer.values()


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


@dataclass(slots=True)
class Evidence:
    """What facts of one seller say of `measure`, added buyer by buyer: its size does not grow with their number.

    Counted are those that are not older than their last half-life: `facts` of the total, `bad` ones (by half or more), the
    `buyers` behind them, and those `unweighed`, which count for nothing.
    """

    measure: Measure
    facts: int = 0
    bad: int = 0
    buyers: int = 0
    unweighed: int = 0
    # week -> bad and whole evidence, in millionths
    weeks: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def add(self, facts: Sequence[Seen]) -> None:
        """Add everything that one buyer stands behind: together it counts for three fresh facts at most."""
        measure = self.measure
        masses = [mass(fact, measure.half_life_days) for fact in facts]
        whole = sum(counts * fact.times for fact, counts in zip(facts, masses, strict=True))
        for fact, counts in zip(facts, masses, strict=True):
            counts, of_week = _damped(counts, whole, OF_A_BUYER), self.weeks[fact.week]
            if grade := measure.bad.get(fact.kind):
                of_week[0] += counts * grade(fact.data) // 4 * fact.times
            if fact.kind in measure.kinds:
                of_week[1] += counts * fact.times
        self._count([fact for fact in facts if fact.age_days < HALF_LIVES * measure.half_life_days])

    def _count(self, recent: Sequence[Seen]) -> None:
        self.buyers += bool(recent)
        for fact in recent:
            grade = self.measure.bad.get(fact.kind)
            self.facts += fact.times if fact.kind in self.measure.kinds else 0
            self.bad += fact.times if grade and grade(fact.data) > 1 else 0
            self.unweighed += fact.times if fact.percent == 0 else 0

    def bad_and_total(self) -> tuple[int, int]:
        """Return the bad and the whole evidence in millionths; a week counts for two fresh facts at most."""
        weeks = self.weeks.values()
        bad, total = (sum(_damped(week[i], max(week), OF_A_WEEK) for week in weeks) for i in (0, 1))
        return min(bad, total), total


def bad_and_total(measure: Measure, facts: Iterable[Seen]) -> tuple[int, int]:
    """Return the bad and the whole evidence of `measure` in the facts of one seller, in millionths, damped."""
    of_buyer: dict[str | None, list[Seen]] = defaultdict(list)
    for fact in facts:
        of_buyer[fact.buyer].append(fact)
    evidence = Evidence(measure)
    for behind in of_buyer.values():
        evidence.add(behind)
    return evidence.bad_and_total()


def _damped(part: int, whole: int, most: int) -> int:
    """Return `part` of a `whole` that counts for no more than `most`. Rounded down."""
    return part if whole <= most else part * most // whole
