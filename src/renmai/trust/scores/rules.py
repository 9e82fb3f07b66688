"""The score, version 1: a pure function of public facts (docs/score.md says it in words and in maths).

The house, an audit on another machine and a passport call the same two functions and get the same integers:

    market = market_of(every fact of the log, on)
    score = score_of(the facts of one subject, market=market, on=day)

Facts are mappings in the shape of the log's leaves, in any order; facts of days after `on` do not exist yet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from renmai.trust.scores.evidence import (
    Counted,
    Evidence,
    Fact,
    Seen,
    bad_and_total,
    by_buyer,
    decayed,
    rate_ppm,
    rounded,
    seen,
    seen_counted,
)
from renmai.trust.scores.market import BY_KIND, Market, market_of, market_of_counted
from renmai.trust.scores.measures import (
    BEST,
    DEDUCTIONS,
    FULL,
    GROWING_BELOW,
    HANDED_OVER,
    LIKE_THE_MARKET,
    MEASURES,
    NEWCOMER_FACTS,
    NEWCOMER_MARGIN,
    PARTS,
    POINT,
    SHARES,
    VERSION,
    Deduction,
    Measure,
)

__all__ = [
    "VERSION",
    "Market",
    "Part",
    "Score",
    "expected_late_ppm",
    "market_of",
    "market_of_counted",
    "score_of",
    "score_of_buyers",
]

LATE = next(measure for measure in MEASURES if measure.name == "late")
KINDS_COUNTED = frozenset(kind for m in MEASURES for kind in m.kinds | m.bad.keys()) | {d.kind for d in DEDUCTIONS}
OFF_BY_KIND = {kind: tuple(d for d in DEDUCTIONS if d.kind == kind) for kind in {d.kind for d in DEDUCTIONS}}
BEGAN = "seller.began"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a score.

    value: 0..100, None when nothing is known; share: percent of the whole, 0 when it is not this role's to answer for;
    evidence: what it rests on, in thousandths of a fresh fact of full weight; inputs: numbers for words, see `words.py`.
    """

    name: str
    value: int | None
    share: int
    evidence: int
    inputs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Score:
    """A score: 0..100, 70 being like the market; `growing` below 30 facts; the four parts in the order of `PARTS`."""

    version: int
    role: str
    on: date
    value: int
    growing: bool
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part:
        """Return the part called `name`."""
        return self.parts[PARTS.index(name)]

    def as_json(self) -> dict[str, Any]:
        """Return plain values, the same on every machine."""
        parts = {
            p.name: {
                "value": p.value,
                "share": p.share,
                "evidence": p.evidence,
                "inputs": dict(sorted(p.inputs.items())),
            }
            for p in self.parts
        }
        return {
            "version": self.version,
            "role": self.role,
            "on": self.on.isoformat(),
            "value": self.value,
            "growing": self.growing,
            "parts": parts,
        }


def score_of(facts: Iterable[Fact], *, market: Market, on: date) -> Score:
    """Return the score on `on` of the one subject whose facts these are."""
    return score_of_buyers(by_buyer(facts), market=market, on=on)


def score_of_buyers(buyers: Iterable[Iterable[Counted]], *, market: Market, on: date) -> Score:
    """Return the same score out of the same facts, each with how many there are of it, buyer by buyer.

    Everything that one buyer stands behind is read at once and then forgotten, so a million facts need no more room than
    those of one buyer.
    """
    known = _Known()
    for counted in buyers:
        known.add(seen_counted(counted, on))
    role, parts, whole = known.role(), [], 0
    for name in PARTS:
        part, points = _part(name, SHARES[role][name], known, market)
        parts.append(part)
        whole += points * part.share
    growing = sum(known.times[kind] for kind in KINDS_COUNTED) < GROWING_BELOW
    return Score(VERSION, role, on, rounded(whole, 100 * POINT), growing, tuple(parts))


def expected_late_ppm(facts: Iterable[Fact], *, market: Market, on: date) -> int:
    """Return how probable it is, in millionths, that this seller hands a parcel over late: what the part rests on.

    Measured on real orders by `benchmarks/score_olist.py`.
    """
    bad, total = bad_and_total(LATE, [fact for fact in seen(facts, on) if fact.kind == HANDED_OVER])
    return rate_ppm(bad, total, market.rates_ppm[LATE.name], LATE.prior_facts)


@dataclass(slots=True)
class _Known:
    """What the facts of one seller amount to: of each measure, of each deduction (left of them, how many), of each kind."""

    measures: dict[str, Evidence] = field(default_factory=lambda: {m.name: Evidence(m) for m in MEASURES})
    deductions: dict[str, tuple[int, int]] = field(default_factory=lambda: {d.name: (0, 0) for d in DEDUCTIONS})
    times: Counter[str] = field(default_factory=Counter)
    began_as: str = ""

    def add(self, facts: Sequence[Seen]) -> None:
        """Add everything that one buyer stands behind, or what nobody does."""
        of_measure: dict[str, list[Seen]] = defaultdict(list)
        for fact in facts:
            self.times[fact.kind] += fact.times
            for measure in BY_KIND.get(fact.kind, ()):
                of_measure[measure.name].append(fact)
            if fact.kind == BEGAN:
                self.began_as = self.began_as or str(fact.data["role"])
            for deduction in OFF_BY_KIND.get(fact.kind, ()):
                self._take_off(deduction, fact)
        for name, behind in of_measure.items():
            self.measures[name].add(behind)

    def _take_off(self, deduction: Deduction, fact: Seen) -> None:
        left = decayed(fact.age_days, deduction.half_life_days)
        if left and fact.data[deduction.field] == deduction.value:
            whole, times = self.deductions[deduction.name]
            self.deductions[deduction.name] = whole + left * fact.times, times + fact.times

    def role(self) -> str:
        """Return as what the seller began; without that fact, who hands parcels over is a supplier."""
        is_supplier = self.times[HANDED_OVER] or self.times["screening.decided"]
        return self.began_as or ("supplier" if is_supplier else "creator")


def _part(name: str, share: int, known: _Known, market: Market) -> tuple[Part, int]:
    """Return a part and its points in hundredths; a measure of which nothing is known has a newcomer's points."""
    points, shares, weighs = 0, 0, 0
    inputs: dict[str, int] = {}
    for measure in (m for m in MEASURES if m.part == name):
        evidence = known.measures[measure.name]
        bad, total = evidence.bad_and_total()
        expected = rate_ppm(bad, total, market.rates_ppm[measure.name], measure.prior_facts)
        points += _points(measure, expected, market, total) * measure.share
        shares += measure.share
        weighs += total
        if total:
            inputs |= _inputs(evidence, expected, market)
    off = _deductions(name, known, inputs)
    points = max(rounded(points, shares) - off, 0)
    value = rounded(points, POINT) if share and inputs else None
    return Part(name, value, share, rounded(weighs, FULL // 1000), inputs if share else {}), points


def _points(measure: Measure, expected_ppm: int, market: Market, total: int) -> int:
    """Return hundredths of a point: 70 at the market's rate, 100 at none, half of 70 at twice; less a newcomer's margin."""
    usual = max(market.rates_ppm[measure.name], measure.floor_ppm)
    if expected_ppm <= usual:
        points = BEST - rounded((BEST - LIKE_THE_MARKET) * expected_ppm, usual)
    else:
        points = rounded(LIKE_THE_MARKET * usual, expected_ppm)
    return max(points - rounded(NEWCOMER_MARGIN * NEWCOMER_FACTS * FULL, NEWCOMER_FACTS * FULL + total), 0)


def _inputs(evidence: Evidence, expected_ppm: int, market: Market) -> dict[str, int]:
    """Return the numbers behind a measure: facts that still count, bad ones, buyers, those of no weight."""
    name = evidence.measure.name
    said = {
        "facts": evidence.facts,
        "bad": evidence.bad,
        "buyers": evidence.buyers,
        "unweighed": evidence.unweighed,
        "expected_ppm": expected_ppm,
        "market_ppm": market.rates_ppm[name],
    }
    return {f"{name}_{what}": number for what, number in said.items()}


def _deductions(part: str, known: _Known, inputs: dict[str, int]) -> int:
    """Return hundredths of points to take off; note in `inputs` how many facts did it."""
    off = 0
    for deduction in (d for d in DEDUCTIONS if d.part == part):
        left, times = known.deductions[deduction.name]
        if times:
            inputs[deduction.name] = times
            off += min(rounded(deduction.points * left, FULL), deduction.max_points)
    return off
