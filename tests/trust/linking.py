"""An attacker who has only the log and wants to know which sellers' leaves are of one buyer, and how well he does.

He claims pairs of leaves of two sellers that share something public. `truth` (leaf -> buyer, order), which he has not, says
how many of his claims are right. Chance is to claim all pairs of the same day: the day is in every leaf, and two leaves of
one errand fall on one day more often than others do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import sqrt
from uuid import UUID

from renmai.trust.facts.rules import Fact

Truth = Mapping[int, tuple[UUID, UUID]]
Leaves = Sequence[tuple[int, Fact]]


@dataclass(frozen=True, slots=True)
class Linked:
    """How many pairs of leaves of two sellers were claimed, and how many of them are one buyer's: of two orders, of one."""

    claims: int
    of_two_orders: int
    of_one_order: int

    def precision_ppm(self) -> int:
        """Return how many of a million claims find two orders of one buyer."""
        return self.of_two_orders * 1_000_000 // max(1, self.claims)

    def expected(self, chance: Linked) -> float:
        """Return how many claims would be right by chance."""
        return self.claims * chance.of_two_orders / max(1, chance.claims)

    def beats(self, chance: Linked) -> bool:
        """Return whether it is right more often than chance explains, by more than four standard deviations and four."""
        expected = self.expected(chance)
        return self.of_two_orders > expected + 4 * sqrt(expected) + 4


def by_sharing(leaves: Leaves, truth: Truth, key: Callable[[Fact], Hashable]) -> Linked:
    """Claim every pair of leaves of two sellers that have `key` in common."""
    groups: dict[Hashable, list[tuple[str, UUID, UUID]]] = defaultdict(list)
    for index, fact in leaves:
        if index in truth:
            groups[key(fact)].append((fact.subject, *truth[index]))
    return _sum(map(_counted, groups.values()))


def _counted(group: Sequence[tuple[str, UUID, UUID]]) -> Linked:
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
    return Linked(claims, same.count(False), same.count(True))


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


def by_neighbourhood(leaves: Leaves, truth: Truth) -> Linked:
    """Claim every two leaves of two sellers that stand side by side in the log on one day."""
    pairs = [
        (truth[i], truth[j])
        for (i, one), (j, other) in pairwise(leaves)
        if i in truth and j in truth and one.subject != other.subject and one.day == other.day
    ]
    same = [one[1] == other[1] for one, other in pairs if one[0] == other[0]]
    return Linked(len(pairs), same.count(False), same.count(True))


def by_token(leaves: Leaves, truth: Truth, length: int) -> Linked:
    """Claim every two leaves of two sellers whose buyer tokens begin alike."""
    return by_sharing(leaves, truth, lambda fact: (fact.buyer or "")[:length])


def _sum(found: Iterable[Linked]) -> Linked:
    claims = of_two = of_one = 0
    for each in found:
        claims, of_two, of_one = claims + each.claims, of_two + each.of_two_orders, of_one + each.of_one_order
    return Linked(claims, of_two, of_one)


def attacks(leaves: Leaves, truth: Truth) -> tuple[Linked, dict[str, Linked]]:
    """Return chance, and attack -> how it did."""
    chance = by_sharing(leaves, truth, lambda fact: fact.day)
    return chance, {
        "token": by_token(leaves, truth, 22),
        "three letters of a token, and the day": by_sharing(leaves, truth, lambda f: (f.day, (f.buyer or "")[:3])),
        "neighbours": by_neighbourhood(leaves, truth),
        "day and weight": by_sharing(leaves, truth, lambda f: (f.day, f.weight)),
        "day and category": by_sharing(leaves, truth, lambda f: (f.day, f.category)),
        "day, kind, weight and category": by_sharing(leaves, truth, lambda f: (f.day, f.kind, f.weight, f.category)),
    }
