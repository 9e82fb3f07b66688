"""An attacker who has only the log and wants to know which sellers' leaves are of one buyer, and how well he does.

He claims pairs of leaves of two sellers, of one kind and one day, that share something more. `truth` (leaf -> buyer, order),
which he has not, says how many claims are right. Chance is to claim all pairs of that kind on that day: kind and day are in
every leaf. Days are compared one by one, as on a quiet day every claim is right more often.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from math import sqrt
from uuid import UUID

from renmai.trust.facts.rules import Fact

Truth = Mapping[int, tuple[UUID, UUID]]
Leaves = Sequence[tuple[int, Fact]]


@dataclass(frozen=True, slots=True)
class Linked:
    """How many pairs of leaves of two sellers were claimed, how many of them are one buyer's, of two orders or of one.

    `expected`: how many of two orders chance would have found with as many claims on the same days.
    """

    claims: int
    of_two_orders: int
    of_one_order: int
    expected: float = 0.0

    def precision_ppm(self) -> int:
        """Return how many of a million claims find two orders of one buyer."""
        return self.of_two_orders * 1_000_000 // max(1, self.claims)

    def beats_chance(self) -> bool:
        """Return whether it is right more often than chance explains, by more than four standard deviations and four."""
        return self.of_two_orders > self.expected + 4 * sqrt(self.expected) + 4


Stratum = tuple[date, str]
Chance = Mapping[Stratum, Linked]


def by_chance(leaves: Leaves, truth: Truth) -> dict[Stratum, Linked]:
    """Return day and kind -> how it is to claim every pair of leaves of two sellers."""
    groups: dict[Stratum, list[tuple[str, UUID, UUID]]] = defaultdict(list)
    for index, fact in leaves:
        if index in truth:
            groups[fact.day, fact.kind].append((fact.subject, *truth[index]))
    return {stratum: _counted(group, 0.0) for stratum, group in groups.items()}


def by_sharing(leaves: Leaves, truth: Truth, chance: Chance, key: Callable[[Fact], Hashable]) -> Linked:
    """Claim every pair of leaves of two sellers, of one day and kind, that have `key` in common."""
    groups: dict[tuple[Stratum, Hashable], list[tuple[str, UUID, UUID]]] = defaultdict(list)
    for index, fact in leaves:
        if index in truth:
            groups[(fact.day, fact.kind), key(fact)].append((fact.subject, *truth[index]))
    return total(_counted(group, _rate(chance[stratum])) for (stratum, _), group in groups.items())


def _rate(chance: Linked) -> float:
    return chance.of_two_orders / max(1, chance.claims)


def _counted(group: Sequence[tuple[str, UUID, UUID]], rate: float) -> Linked:
    """Count the pairs of a group without walking all of them: all pairs less those of one seller."""
    claims = _pairs(len(group)) - sum(_pairs(n) for n in Counter(subject for subject, _, _ in group).values())
    of_buyer: dict[UUID, list[tuple[str, UUID]]] = defaultdict(list)
    for subject, buyer, order in group:
        of_buyer[buyer].append((subject, order))
    same = [
        first[1] == second[1]
        for own in of_buyer.values()
        for first, second in combinations(own, 2)
        if first[0] != second[0]
    ]
    return Linked(claims, same.count(False), same.count(True), claims * rate)


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


def by_neighbourhood(leaves: Leaves, truth: Truth, chance: Chance) -> Linked:
    """Claim every two leaves of two sellers, of one day and kind, with nothing but other kinds between them in the log."""
    last: dict[str, tuple[int, Fact]] = {}
    claimed: list[Linked] = []
    for index, fact in leaves:
        before = last.get(fact.kind)
        if before is not None and {before[0], index} <= truth.keys():
            claimed += _claim(before, (index, fact), truth, chance)
        last[fact.kind] = (index, fact)
    return total(claimed)


def _claim(one: tuple[int, Fact], other: tuple[int, Fact], truth: Truth, chance: Chance) -> list[Linked]:
    if one[1].day != other[1].day or one[1].subject == other[1].subject:
        return []
    (buyer, order), (buyer2, order2) = truth[one[0]], truth[other[0]]
    two, same = buyer == buyer2 and order != order2, order == order2
    return [Linked(1, int(two), int(same), _rate(chance[one[1].day, one[1].kind]))]


def total(found: Iterable[Linked]) -> Linked:
    """Return the sum."""
    each = list(found)
    return Linked(
        sum(one.claims for one in each),
        sum(one.of_two_orders for one in each),
        sum(one.of_one_order for one in each),
        sum(one.expected for one in each),
    )


def attacks(leaves: Leaves, truth: Truth) -> tuple[Linked, dict[str, Linked]]:
    """Return chance, and what the pairs of each attack share -> how it did."""
    chance = by_chance(leaves, truth)
    shared: dict[str, Callable[[Fact], Hashable]] = {
        "token": lambda fact: fact.buyer,
        "first letter of the token": lambda fact: (fact.buyer or "")[:1],
        "weight": lambda fact: fact.weight,
        "category": lambda fact: fact.category,
        "what happened": lambda fact: str(fact.data),
        "weight, category and what happened": lambda fact: (fact.weight, fact.category, str(fact.data)),
    }
    found = {name: by_sharing(leaves, truth, chance, key) for name, key in shared.items()}
    return total(chance.values()), {**found, "neighbours": by_neighbourhood(leaves, truth, chance)}
