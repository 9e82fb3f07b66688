"""The score, version 1: a pure function of public facts (docs/score.md says it in words and in maths).

The house, an audit on another machine and a passport call the same two functions and get the same integers:

    market = market_of(every fact of the log, on)
    score = score_of(the facts of one subject, market=market, on=day)

Facts are mappings in the shape of the log's leaves, in any order; facts of days after `on` do not exist yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from renmai.trust.scores.evidence import Fact, Seen, bad_and_total, decayed, rate_ppm, rounded, seen
from renmai.trust.scores.market import Market, market_of, market_of_counted
from renmai.trust.scores.measures import (
    BEST,
    DEDUCTIONS,
    FULL,
    GROWING_BELOW,
    HALF_LIVES,
    HANDED_OVER,
    LIKE_THE_MARKET,
    MEASURES,
    NEWCOMER_FACTS,
    NEWCOMER_MARGIN,
    PARTS,
    POINT,
    SHARES,
    VERSION,
    Measure,
)

__all__ = ["VERSION", "Market", "Part", "Score", "expected_late_ppm", "market_of", "market_of_counted", "score_of"]

LATE = next(measure for measure in MEASURES if measure.name == "late")
KINDS_COUNTED = frozenset(kind for m in MEASURES for kind in m.kinds | m.bad.keys()) | {d.kind for d in DEDUCTIONS}
ByKind = Mapping[str, Sequence[Seen]]


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
    by_kind: dict[str, list[Seen]] = defaultdict(list)
    for fact in seen(facts, on):
        by_kind[fact.kind].append(fact)
    role, parts, whole = _role(by_kind), [], 0
    for name in PARTS:
        part, points = _part(name, SHARES[role][name], by_kind, market)
        parts.append(part)
        whole += points * part.share
    counted = sum(len(by_kind[kind]) for kind in KINDS_COUNTED if kind in by_kind)
    return Score(VERSION, role, on, rounded(whole, 100 * POINT), counted < GROWING_BELOW, tuple(parts))


def expected_late_ppm(facts: Iterable[Fact], *, market: Market, on: date) -> int:
    """Return how probable it is, in millionths, that this seller hands a parcel over late: what the part rests on.

    Measured on real orders by `benchmarks/score_olist.py`.
    """
    bad, total = bad_and_total(LATE, [fact for fact in seen(facts, on) if fact.kind == HANDED_OVER])
    return rate_ppm(bad, total, market.rates_ppm[LATE.name], LATE.prior_facts)


def _role(by_kind: ByKind) -> str:
    """Return as what the seller began; without that fact, who hands parcels over is a supplier."""
    for fact in by_kind.get("seller.began", ()):
        return str(fact.data["role"])
    return "supplier" if HANDED_OVER in by_kind or "screening.decided" in by_kind else "creator"


def _part(name: str, share: int, by_kind: ByKind, market: Market) -> tuple[Part, int]:
    """Return a part and its points in hundredths; a measure of which nothing is known has a newcomer's points."""
    points, shares, evidence = 0, 0, 0
    inputs: dict[str, int] = {}
    for measure in (m for m in MEASURES if m.part == name):
        facts = [fact for kind in measure.kinds | measure.bad.keys() for fact in by_kind.get(kind, ())]
        bad, total = bad_and_total(measure, facts)
        expected = rate_ppm(bad, total, market.rates_ppm[measure.name], measure.prior_facts)
        points += _points(measure, expected, market, total) * measure.share
        shares += measure.share
        evidence += total
        if total:
            inputs |= _inputs(measure, facts, expected, market)
    off = _deductions(name, by_kind, inputs)
    points = max(rounded(points, shares) - off, 0)
    value = rounded(points, POINT) if share and inputs else None
    return Part(name, value, share, rounded(evidence, FULL // 1000), inputs if share else {}), points


def _points(measure: Measure, expected_ppm: int, market: Market, total: int) -> int:
    """Return hundredths of a point: 70 at the market's rate, 100 at none, half of 70 at twice; less a newcomer's margin."""
    usual = max(market.rates_ppm[measure.name], measure.floor_ppm)
    if expected_ppm <= usual:
        points = BEST - rounded((BEST - LIKE_THE_MARKET) * expected_ppm, usual)
    else:
        points = rounded(LIKE_THE_MARKET * usual, expected_ppm)
    return max(points - rounded(NEWCOMER_MARGIN * NEWCOMER_FACTS * FULL, NEWCOMER_FACTS * FULL + total), 0)


def _inputs(measure: Measure, facts: Sequence[Seen], expected_ppm: int, market: Market) -> dict[str, int]:
    """Return the numbers behind a measure: facts that still count, bad ones, buyers, those of no weight."""
    window = HALF_LIVES * measure.half_life_days
    recent = [fact for fact in facts if fact.age_days < window]
    bad = [grade(fact.data) > 1 for fact in recent if (grade := measure.bad.get(fact.kind))]
    said = {
        "facts": sum(fact.kind in measure.kinds for fact in recent),
        "bad": sum(bad),
        "buyers": len({fact.buyer for fact in recent}),
        "unweighed": sum(fact.percent == 0 for fact in recent),
        "expected_ppm": expected_ppm,
        "market_ppm": market.rates_ppm[measure.name],
    }
    return {f"{measure.name}_{name}": number for name, number in said.items()}


def _deductions(part: str, by_kind: ByKind, inputs: dict[str, int]) -> int:
    """Return hundredths of points to take off; note in `inputs` how many facts did it."""
    off = 0
    for deduction in (d for d in DEDUCTIONS if d.part == part):
        counting = [fact for fact in by_kind.get(deduction.kind, ()) if fact.data[deduction.field] == deduction.value]
        left = [decayed(fact.age_days, deduction.half_life_days) for fact in counting]
        if any(left):
            inputs[deduction.name] = sum(1 for one in left if one)
            off += min(rounded(deduction.points * sum(left), FULL), deduction.max_points)
    return off
