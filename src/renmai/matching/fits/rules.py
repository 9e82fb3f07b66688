"""Whether a new model may serve. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

RULES_VERSION = 1
"""Of all that makes a model out of signals: what is read, how it is weighed, the engine's parameters. Another one, another number."""

TOP = 20
"""Recall and NDCG look at the first so many."""
HELD_MIN = 20
"""From fewer people's held-out signals nothing is concluded."""
HELD_MAX = 5_000
"""More tell little more and take longer."""
FEW = 3
"""Who has so many products or fewer, without the held-out one, is of the guard slice."""
TOLERANCE = 0.002
"""Better by more than this of NDCG is better; less than this may be chance."""
GUARD_TOLERANCE = 0.01
"""So much lower NDCG on the guard slice is borne."""

REASONS: Final = MappingProxyType({
    "first": "It is the first, and better than what is most popular.",
    "better": "It is better than the one that served.",
    "grew": "It is not worse than the one that served, and knows more signals.",
    "restored": "It was restored.",
    "too_few": "Too few new signals could be held out to compare by.",
    "popular": "What is most popular does as well.",
    "lower": "It is worse than the one that serves.",
    "guard": "It is worse for people with few signals.",
    "same": "It is no better than the one that serves, and knows nothing new.",
    "cut_off": "The worker that fitted it was cut off.",
})  # fmt: skip
"""Code -> why a model serves or does not, as the command line says it."""
SERVES = frozenset({"first", "better", "grew"})


@dataclass(frozen=True, slots=True)
class Figures:
    """Of `people` with a held-out signal each: mean recall and NDCG at 20."""

    people: int
    recall: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class Compared:
    """A new model and what it is compared with, on all held-out signals and on those of people with few."""

    new: Figures
    base: Figures
    few_new: Figures
    few_base: Figures


def decide(compared: Compared, *, first: bool, grew: bool) -> str:
    """Return the reason why a new model serves (one of `SERVES`) or is refused.

    The first one is compared with popularity, and has to be better. Each later one is compared with the one that serves: it must
    not be lower, must be better beyond the tolerance or have grown, and must not be worse on the guard slice beyond its own.
    """
    new, base = compared.new, compared.base
    if new.people < HELD_MIN:
        return "too_few"
    if first:
        return "first" if new.ndcg > base.ndcg else "popular"
    if new.ndcg < base.ndcg:
        return "lower"
    if compared.few_new.people >= HELD_MIN and compared.few_new.ndcg < compared.few_base.ndcg - GUARD_TOLERANCE:
        return "guard"
    if new.ndcg > base.ndcg + TOLERANCE:
        return "better"
    return "grew" if grew else "same"
