"""What is usual among all sellers: counts of facts by day, and out of them the rates on a day.

The market of a day is made of the facts of the days before it, so that it stands still while the day goes on. The counts
can be kept and added to (`Tally`), so that a market of millions of facts is read in a moment; they hold all that the rates
need and nothing of any seller or buyer. In the market every fact counts by its weight and its age alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from renmai.trust.scores.evidence import Fact, decayed, rate_ppm
from renmai.trust.scores.measures import (
    COUNTS_PERCENT,
    MARKET_HALF_LIFE_DAYS,
    MARKET_PRIOR_FACTS,
    MEASURES,
    VERSION,
    Measure,
)

BY_KIND: Mapping[str, tuple[Measure, ...]] = {
    kind: tuple(m for m in MEASURES if kind in m.kinds or kind in m.bad)
    for kind in {kind for m in MEASURES for kind in m.kinds | m.bad.keys()}
}


class Cell(NamedTuple):
    """What facts are counted by."""

    measure: str
    day: str
    weight: int


# cell -> (quarters of bad outcomes, facts)
Tally = dict[Cell, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Market:
    """What is usual on a day: measure -> rate of bad outcomes among all sellers, in millionths."""

    version: int
    on: date
    rates_ppm: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return plain values, the same on every machine."""
        return {"version": self.version, "on": self.on.isoformat(), "rates_ppm": dict(sorted(self.rates_ppm.items()))}


def market_of(facts: Iterable[Fact], on: date) -> Market:
    """Return the market on `on` out of the facts of every seller, in any order."""
    return market_of_counted(((fact, 1) for fact in facts), on)


def market_of_counted(counted: Iterable[tuple[Fact, int]], on: date) -> Market:
    """Return the market on `on` where each fact stands for so many that differ only in seller, buyer and category."""
    return market_from(tally_of(counted), on)


def tally_of(counted: Iterable[tuple[Fact, int]], onto: Tally | None = None) -> Tally:
    """Count facts, each so many times and in any order, `onto` what was counted before (changed, and returned)."""
    tally: Tally = {} if onto is None else onto
    for fact, times in counted:
        kind = fact["kind"]
        for measure in BY_KIND.get(kind, ()):
            cell = Cell(measure.name, fact["day"], fact["weight"])
            quarters, total = tally.get(cell, (0, 0))
            grade = measure.bad.get(kind)
            worse = grade(fact["data"]) * times if grade else 0
            tally[cell] = (quarters + worse, total + times if kind in measure.kinds else total)
    return tally


def market_from(tally: Mapping[Cell, tuple[int, int]], on: date) -> Market:
    """Return the market on `on`; counts of that day and of later ones are left out."""
    sums: dict[str, list[int]] = {measure.name: [0, 0] for measure in MEASURES}
    for cell, (quarters, count) in tally.items():
        age = (on - date.fromisoformat(cell.day)).days
        left = decayed(age, MARKET_HALF_LIFE_DAYS) if age > 0 else 0
        counts = left * COUNTS_PERCENT[cell.weight] // 100
        sums[cell.measure][0] += counts * quarters // 4
        sums[cell.measure][1] += counts * count
    rates = {}
    for measure in MEASURES:
        bad, total = sums[measure.name]
        rates[measure.name] = rate_ppm(min(bad, total), total, measure.default_ppm, MARKET_PRIOR_FACTS)
    return Market(VERSION, on, rates)
