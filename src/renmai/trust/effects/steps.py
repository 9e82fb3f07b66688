"""From what a seller's terms are to what they are to be: which effects begin, are announced, or end now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from renmai.trust.effects.rules import Wanted, is_worse

# state, event -> state. An effect is announced, or begins at once; what ended stays for the record.
EFFECT_STATES: Mapping[tuple[str, str], str] = {
    ("announced", "begin"): "in_force",
    ("announced", "withdraw"): "withdrawn",
    ("announced", "finish"): "ended",
    ("in_force", "end"): "ended",
}
EFFECT_ENDS = frozenset({"withdrawn", "ended"})
USUAL = "usual"
"""The cause of an announcement that says a better term ends, and the house's own comes back."""


@dataclass(frozen=True, slots=True)
class Held:
    """An effect that stands: its value and cause, and when it begins (announced) or began (in force)."""

    value: int
    cause: str
    begins_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do to the effect of a term. `begin` makes a new one, or begins the one announced (`announced`).

    `finish` is for an announced end: it came, and nothing is in its place.
    """

    do: Literal["begin", "announce", "withdraw", "finish", "end"]
    term: str
    value: int
    cause: str
    at: datetime
    announced: bool = False


def steps_for(
    term: str, *, now: datetime, usual: int, want: Wanted | None, held: Held | None, announced: Held | None,
    notice: timedelta, at_once: bool = False,
) -> list[Step]:  # fmt: skip
    """Return what is to be done now for one term, in order.

    Better holds at once. Worse is announced `notice` ahead and begins when that is over; hard facts, and a newcomer's
    first terms (`at_once`), hold at once. Asking twice at one moment does nothing the second time.
    """
    goal = want.value if want else usual
    cause = want.cause if want else USUAL
    stands = held.value if held else usual
    drop = [Step("withdraw", term, announced.value, announced.cause, now)] if announced else []
    if goal == stands:
        # The same value for another reason is another effect: who reads why must not read an old one.
        renamed = held is not None and want is not None and held.cause != want.cause
        return drop + (_replace(term, now, goal, cause, held) if renamed else [])
    if not is_worse(term, goal, stands) or (want and want.is_grave) or at_once or not notice:
        return drop + _replace(term, now, goal, cause, held)
    if announced is None:
        return [Step("announce", term, goal, cause, now + notice)]
    if is_worse(term, announced.value, goal):
        # What was announced would be harder than what is asked now: the milder one comes, no later than was said.
        return [*drop, Step("announce", term, goal, cause, max(now, announced.begins_at))]
    if announced.begins_at <= now:
        do: Literal["begin", "finish"] = "finish" if announced.cause == USUAL else "begin"
        return [*_ended(term, now, held), Step(do, term, announced.value, announced.cause, now, announced=True)]
    return []


def _ended(term: str, now: datetime, held: Held | None) -> list[Step]:
    return [Step("end", term, held.value, held.cause, now)] if held else []


def _replace(term: str, now: datetime, value: int, cause: str, held: Held | None) -> list[Step]:
    """End what stands and begin what is asked; back to usual only ends."""
    return _ended(term, now, held) + ([Step("begin", term, value, cause, now)] if cause != USUAL else [])
