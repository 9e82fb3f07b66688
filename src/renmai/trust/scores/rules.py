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

from renmai.trust.scores.evidence import Fact, bad_and_total, decayed, mass, rounded
from renmai.trust.scores.measures import (
    BEST,
    DEDUCTIONS,
    FULL,
    GROWING_BELOW,
    HALF_LIVES,
    LIKE_THE_MARKET,
    MARKET_PRIOR_FACTS,
    MEASURES,
    NEWCOMER_MARGIN,
    PARTS,
    POINT,
    SHARES,
    VERSION,
    Measure,
)

__all__ = ["VERSION", "Market", "Part", "Score", "market_of", "role_of", "score_of"]

BY_NAME = {measure.name: measure for measure in MEASURES}
KINDS_COUNTED = frozenset(kind for m in MEASURES for kind in m.kinds | m.bad.keys()) | {d.kind for d in DEDUCTIONS}


@dataclass(frozen=True, slots=True)
class Market:
    """What is usual on a day: measure -> rate of bad outcomes among all sellers, in millionths."""

    version: int
    on: date
    rates_ppm: Mapping[str, int]


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


def market_of(facts: Iterable[Fact], on: date) -> Market:
    """Return the market on `on` out of the facts of every seller."""
    by_kind = _by_kind(facts)
    rates = {}
    for measure in MEASURES:
        bad, total = bad_and_total(measure, _of_measure(measure, by_kind), on, damped=False)
        rates[measure.name] = rate_ppm(bad, total, measure.default_ppm, MARKET_PRIOR_FACTS)
    return Market(VERSION, on, rates)


def rate_ppm(bad: int, total: int, prior_ppm: int, prior_facts: int) -> int:
    """Return the expected rate in millionths: the evidence, shrunk to `prior_ppm` as if so many facts had shown that."""
    return rounded(bad * 1_000_000 + prior_facts * FULL * prior_ppm, total + prior_facts * FULL)


def role_of(facts: Iterable[Fact]) -> str:
    """Return "supplier" or "creator", as the seller began; without that fact, who hands parcels over is a supplier."""
    kinds = set()
    for fact in facts:
        if fact["kind"] == "seller.began":
            return str(fact["data"]["role"])
        kinds.add(fact["kind"])
    return "supplier" if "parcel.handed_over" in kinds or "screening.decided" in kinds else "creator"


def score_of(facts: Iterable[Fact], *, market: Market, on: date) -> Score:
    """Return the score on `on` of the one subject whose facts these are."""
    known = [fact for fact in facts if date.fromisoformat(fact["day"]) <= on]
    by_kind, role = _by_kind(known), role_of(known)
    parts, whole = [], 0
    for name in PARTS:
        part, points = _part(name, SHARES[role][name], by_kind, market, on)
        parts.append(part)
        whole += points * part.share
    counted = sum(1 for fact in known if fact["kind"] in KINDS_COUNTED)
    return Score(VERSION, role, on, rounded(whole, 100 * POINT), counted < GROWING_BELOW, tuple(parts))


def _by_kind(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_kind[fact["kind"]].append(fact)
    return by_kind


def _of_measure(measure: Measure, by_kind: Mapping[str, Sequence[Fact]]) -> list[Fact]:
    return [fact for kind in measure.kinds | measure.bad.keys() for fact in by_kind.get(kind, ())]


def _part(name: str, share: int, by_kind: Mapping[str, Sequence[Fact]], market: Market, on: date) -> tuple[Part, int]:
    """Return a part and its points in hundredths; one of which nothing is known has a newcomer's points."""
    weighed, weights, new, shares, evidence = 0, 0, 0, 0, 0
    inputs: dict[str, int] = {}
    for measure in (m for m in MEASURES if m.part == name):
        facts = _of_measure(measure, by_kind)
        bad, total = bad_and_total(measure, facts, on, damped=True)
        expected = rate_ppm(bad, total, market.rates_ppm[measure.name], measure.prior_facts)
        new, shares = (
            new + _points(measure, market.rates_ppm[measure.name], market, 0) * measure.share,
            shares + measure.share,
        )
        if total:
            weighed, weights = (
                weighed + _points(measure, expected, market, total) * measure.share,
                weights + measure.share,
            )
            evidence += total
            inputs |= _inputs(measure, facts, expected, market, on)
    off = _deductions(name, by_kind, on, inputs)
    known = bool(weights or off)
    points = max((rounded(weighed, weights) if weights else rounded(new, shares)) - off, 0)
    value = rounded(points, POINT) if known and share else None
    return Part(name, value, share, rounded(evidence, FULL // 1000), inputs if share else {}), points


def _points(measure: Measure, expected_ppm: int, market: Market, total: int) -> int:
    """Return hundredths of a point: 70 at the market's rate, 100 at none, half of 70 at twice; less a newcomer's margin."""
    usual = max(market.rates_ppm[measure.name], measure.floor_ppm)
    if expected_ppm <= usual:
        points = BEST - rounded((BEST - LIKE_THE_MARKET) * expected_ppm, usual)
    else:
        points = rounded(LIKE_THE_MARKET * usual, expected_ppm)
    prior = measure.prior_facts * FULL
    return max(points - rounded(NEWCOMER_MARGIN * prior, prior + total), 0)


def _inputs(measure: Measure, facts: Sequence[Fact], expected_ppm: int, market: Market, on: date) -> dict[str, int]:
    """Return the numbers behind a measure: facts of the window, bad ones, buyers, those that count for nothing."""
    said = {"facts": 0, "bad": 0, "unweighed": 0}
    buyers = set()
    for fact in facts:
        if (on - date.fromisoformat(fact["day"])).days >= HALF_LIVES * measure.half_life_days:
            continue
        said["facts"] += fact["kind"] in measure.kinds
        grade = measure.bad.get(fact["kind"])
        said["bad"] += grade is not None and grade(fact["data"]) > 1
        said["unweighed"] += mass(fact, on, measure.half_life_days) == 0
        buyers.add(fact.get("buyer"))
    said |= {"buyers": len(buyers), "expected_ppm": expected_ppm, "market_ppm": market.rates_ppm[measure.name]}
    return {f"{measure.name}_{name}": number for name, number in said.items()}


def _deductions(part: str, by_kind: Mapping[str, Sequence[Fact]], on: date, inputs: dict[str, int]) -> int:
    """Return hundredths of points to take off; note in `inputs` how many facts did it."""
    off = 0
    for deduction in (d for d in DEDUCTIONS if d.part == part):
        left = [
            decayed((on - date.fromisoformat(fact["day"])).days, deduction.half_life_days)
            for fact in by_kind.get(deduction.kind, ())
            if deduction.counts(fact["data"])
        ]
        if any(left):
            inputs[deduction.name] = sum(1 for one in left if one)
            off += min(rounded(deduction.points * sum(left), FULL), deduction.max_points)
    return off
