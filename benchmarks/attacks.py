"""What money buys in rank: attacks on the score, played on Olist's real orders, with its defences and without them.

The world is every parcel of the tables on a day, and its sellers' places among each other by score. An attack adds facts
to one seller at a time, and is paid for. Without the defences every fact counts in full whoever is behind it, however
often they bought, and a complaint counts when it is made.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.olist import read_parcels
from benchmarks.score_olist import find_olist
from renmai.trust.facts.weights import BuyerSignals, weight_bucket
from renmai.trust.scores import evidence
from renmai.trust.scores.market import Market, market_from, tally_of
from renmai.trust.scores.measures import NEWCOMER_MARGIN, POINT
from renmai.trust.scores.rules import score_of

ON = date(2018, 1, 1)
SPREAD_DAYS = 30
TARGETS = 25
PARCELS_MIN = 10

# What an attack costs, in BRL. The price of what a seller buys from himself comes back to him, less the platform's fee.
PRICE, FEE_PERCENT, FREIGHT = 50, 5, 15
ORDER = PRICE * FEE_PERCENT / 100 + FREIGHT
ACCOUNT = 30
ELSEWHERE = 2 * (PRICE + FREIGHT)
RIVAL_ORDER = PRICE + FREIGHT

CARELESS = weight_bucket(BuyerSignals(paid=True, shares_with_buyer=True))
FRESH = weight_bucket(BuyerSignals(paid=True))
PATIENT = weight_bucket(BuyerSignals(paid=True, account_days=30, other_sellers=2))

Facts = list[dict[str, Any]]
_numbers = count()


@dataclass(slots=True)
class World:
    """Facts by seller, the market, and the values of sellers with at least ten parcels, in order."""

    facts: dict[str, Facts]
    market: Market
    values: list[int]
    is_defended: bool

    def value(self, facts: Iterable[dict[str, Any]]) -> int:
        """Return the value of a seller with these facts."""
        with nullcontext() if self.is_defended else _without_limits():
            return score_of(facts, market=self.market, on=ON).value

    def place(self, value: int) -> float:
        """Return the percent of sellers that stand below a value; those that stand level count half."""
        return 50 * (bisect_left(self.values, value) + bisect_right(self.values, value)) / len(self.values)


@contextmanager
def _without_limits() -> Iterator[None]:
    """Let one buyer and one week count for as much as they like."""
    kept = evidence.OF_A_BUYER, evidence.OF_A_WEEK
    evidence.OF_A_BUYER = evidence.OF_A_WEEK = 10**15
    try:
        yield
    finally:
        evidence.OF_A_BUYER, evidence.OF_A_WEEK = kept


@dataclass(frozen=True, slots=True)
class Result:
    """An attack, played on each target: what it cost, and points and percent of rank it moved, with defences and without."""

    attack: str
    cost: float
    points: float
    points_undefended: float
    rank: float
    rank_undefended: float
    rank_for_1000: float
    rank_for_1000_undefended: float


def world_of(facts: dict[str, Facts], *, is_defended: bool) -> World:
    """Return the world in which these are all the facts."""
    market = market_from(tally_of((fact, 1) for some in facts.values() for fact in some), ON)
    world = World(facts, market, [], is_defended)
    world.values = sorted(world.value(some) for some in facts.values() if _parcels(some) >= PARCELS_MIN)
    return world


def real_facts(folder: Path) -> dict[str, Facts]:
    """Return seller -> facts of all parcels handed over before the day."""
    facts: dict[str, Facts] = defaultdict(list)
    for parcel in read_parcels(folder):
        facts[parcel.seller] += [fact for fact in parcel.facts() if fact["day"] < ON.isoformat()]
    return {seller: some for seller, some in facts.items() if some}


def undefended(facts: Iterable[dict[str, Any]]) -> Facts:
    """Return facts as they would be without defences: in full, each by a buyer of its own, every complaint right."""
    found = []
    for fact in facts:
        data = {"upheld": True} if fact["kind"] == "case.closed" else fact["data"]
        found.append(fact | {"buyer": f"u{next(_numbers)}", "weight": 3, "data": data})
    return found


def bought(accounts: int, orders_each: int, weight: int, *, stars: int = 5, days: int = SPREAD_DAYS) -> Facts:
    """Return the facts of orders of so many accounts, spread evenly: handed over in time and reviewed."""
    buyers, found = [f"a{next(_numbers)}" for _ in range(accounts)], []
    for order in range(accounts * orders_each):
        day = ON - timedelta(days=1 + order * days // (accounts * orders_each))
        behind = {"buyer": buyers[order % accounts], "weight": weight, "day": day.isoformat()}
        data = {"in_time": True, "days_late": 0, "days_allowed": 3}
        found.append(behind | {"kind": "parcel.handed_over", "data": data})
        found.append(behind | {"kind": "review.verified", "data": {"score": stars}})
    return found


def complaints(number: int) -> Facts:
    """Return as many complaints of a rival's accounts, each dismissed."""
    days = [(ON - timedelta(days=1 + n * SPREAD_DAYS // number)).isoformat() for n in range(number)]
    case = {"kind": "case.closed", "weight": FRESH, "data": {"upheld": False}}
    return [case | {"buyer": f"r{next(_numbers)}", "day": day} for day in days]


def play(
    name: str, worlds: tuple[World, World], targets: Sequence[str], cost: float, defended: Facts, naive: Facts
) -> Result:
    """Add the facts of an attack to each target, in either world, and return what it moved on average."""
    moved = []
    for world, added in zip(worlds, (defended, undefended(naive)), strict=True):
        before = [world.value(world.facts[seller]) for seller in targets]
        after = [world.value([*world.facts[seller], *added]) for seller in targets]
        points = sum(b - a for a, b in zip(before, after, strict=True)) / len(targets)
        rank = sum(world.place(b) - world.place(a) for a, b in zip(before, after, strict=True)) / len(targets)
        moved.append((points, rank))
    (points, rank), (points_naive, rank_naive) = moved
    per = 1000 / cost
    figures = (cost, points, points_naive, rank, rank_naive, rank * per, rank_naive * per)
    return Result(name, *(round(figure, 1) for figure in figures))


def brushing(worlds: tuple[World, World], targets: Sequence[str], budget: float) -> list[Result]:
    """Play a seller who buys from himself with `budget`, in four ways; without defences his own account will do."""
    naive = bought(1, int(budget / ORDER), 3)

    def ring(name: str, each: int, weight: int, account: float) -> Result:
        accounts = int(budget / (account + each * ORDER))
        return play(name, worlds, targets, budget, bought(accounts, each, weight), naive)

    return [
        # They stand under one token: as one buyer.
        play(
            "brushing, accounts that share a device",
            worlds,
            targets,
            budget,
            bought(1, int(budget / ORDER), CARELESS),
            naive,
        ),
        play(
            "brushing, one account", worlds, targets, budget, bought(1, int((budget - ACCOUNT) / ORDER), FRESH), naive
        ),
        ring("brushing, separate accounts, one order each", 1, FRESH, ACCOUNT),
        ring("brushing, separate accounts, six orders each", 6, FRESH, ACCOUNT),
        ring("brushing, accounts of a month that bought elsewhere too", 3, PATIENT, ACCOUNT + ELSEWHERE),
    ]


def sybils(worlds: tuple[World, World], targets: Sequence[str], number: int) -> list[Result]:
    """Play raters who bought nothing: without defences whoever has an account rates. Who has to buy is a brusher."""
    ratings = [fact for fact in bought(number, 1, 3) if fact["kind"] == "review.verified"]
    return [play("sybil raters who bought nothing", worlds, targets, number * ACCOUNT, [], ratings)]


def slander(worlds: tuple[World, World], targets: Sequence[str], number: int) -> list[Result]:
    """Play a rival: complaints without reason, and reviews of one star, for which he has to buy."""
    cost = number * (ACCOUNT + RIVAL_ORDER)
    ratings = [fact for fact in bought(number * 3, 1, 3, stars=1) if fact["kind"] == "review.verified"]
    return [
        play("slander, complaints that are dismissed", worlds, targets, cost, complaints(number), complaints(number)),
        play("slander, reviews of one star", worlds, targets, cost, bought(number, 1, FRESH, stars=1), ratings),
    ]


def whitewashing(worlds: tuple[World, World]) -> dict[str, float]:
    """Return for what percent of sellers it pays to begin again, by points, with the newcomer's margin and without."""
    world = worlds[0]
    new, margin = (
        world.value([{"kind": "seller.began", "day": "2017-12-31", "data": {"role": "supplier"}}]),
        NEWCOMER_MARGIN,
    )
    without = new + margin // POINT
    values = world.values
    middle = values[len(values) // 2]
    needed = next(n for n in range(1, 500) if world.value(bought(n, 1, FRESH)) >= middle)
    return {
        "newcomer": new,
        "newcomer_without_margin": without,
        "pays_percent": round(100 * sum(value < new for value in values) / len(values), 1),
        "pays_percent_without_margin": round(100 * sum(value < without for value in values) / len(values), 1),
        "rank_of_newcomer": round(world.place(new), 1),
        "rank_of_newcomer_without_margin": round(world.place(without), 1),
        "middle": middle,
        "good_parcels_to_the_middle": needed,
        "cost_of_them_if_bought": round(needed * (ACCOUNT + ORDER), 1),
    }


def make_worlds(folder: Path) -> tuple[World, World]:
    """Return the world with its defences and the one without."""
    facts = real_facts(folder)
    naive = {seller: undefended(some) for seller, some in facts.items()}
    return world_of(facts, is_defended=True), world_of(naive, is_defended=False)


def choose(world: World, keep: Callable[[float], bool]) -> list[str]:
    """Return some sellers of at least ten parcels whose place fits."""
    fit = sorted(
        seller
        for seller, facts in world.facts.items()
        if _parcels(facts) >= PARCELS_MIN and keep(world.place(world.value(facts)))
    )
    return Random(1).sample(fit, min(TARGETS, len(fit)))


def _parcels(facts: Iterable[dict[str, Any]]) -> int:
    return sum(fact["kind"] == "parcel.handed_over" for fact in facts)


def play_all(folder: Path, *, budget: float = 500) -> dict[str, Any]:
    """Play every attack; return the rows as plain values."""
    worlds = make_worlds(folder)
    bad, good = choose(worlds[0], lambda place: place < 30), choose(worlds[0], lambda place: place > 70)
    rows = [*brushing(worlds, bad, budget), *sybils(worlds, bad, 20), *slander(worlds, good, 10)]
    return {
        "sellers": len(worlds[0].values),
        "rows": [asdict(row) for row in rows],
        "whitewashing": whitewashing(worlds),
    }


if __name__ == "__main__":
    olist = find_olist()
    print("RENMAI_DATA has no olist" if olist is None else json.dumps(play_all(olist), indent=1))
