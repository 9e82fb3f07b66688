"""Pages that explain the house: how cases work, with the table and the times in force."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from renmai.people.standing.queries import list_platform_terms
from renmai.trade.care.rules import ANY, CASE_ENDS, CASE_STATES, EVENT_SIDES, TIMERS, TRIES_MAX, TURNS
from renmai.web.buyer.help_words import DID
from renmai.web.desks.case_words import KINDS, SIDES, STATES, case_pill, word
from renmai.web.doors import Request, door


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a state: who does what, in which cases, and where it leads."""

    who: str
    what: str
    only: str
    leads: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A state of a case: whose answer it waits for, how long, and the ways out of it."""

    name: str
    pill: str
    waits_for: str
    time: str
    ways: list[Way]
    ends: bool


@door("public")
def cases(request: Request) -> HttpResponse:
    """Show in words what may happen to a case, who does it and by when: the table that the house itself follows."""
    lengths = {name: value for name, value, _unit, _meaning in list_platform_terms()}
    stops = [_stop(state, lengths) for state in STATES]
    context = {
        "stops": [stop for stop in stops if not stop.ends],
        "ends": [stop for stop in stops if stop.ends],
        "tries": TRIES_MAX,
        "care_days": lengths["care_days"],
    }
    return render(request, "buyer/help_cases.html", context)


def _stop(state: str, lengths: dict[str, int]) -> Stop:
    sides = TURNS.get(state, ())
    return Stop(
        name=str(STATES[state][1]),
        pill=case_pill(state),
        waits_for=str(SIDES[sides[0]][0]) if sides else "",
        time=_time(state, lengths),
        ways=_ways(state),
        ends=state in CASE_ENDS,
    )


def _time(state: str, lengths: dict[str, int]) -> str:
    if state not in TIMERS:
        return ""
    term, unit, _whose = TIMERS[state]
    length = lengths[term]
    if unit == "hours":
        return ngettext("%(n)d hour", "%(n)d hours", length) % {"n": length}
    return ngettext("%(n)d day", "%(n)d days", length) % {"n": length}


def _ways(state: str) -> list[Way]:
    """Return the ways out of a state; one that leads to the same place for several kinds of case is told once."""
    found: dict[tuple[str, str], list[str]] = {}
    for (at, event, remedy), after in CASE_STATES.items():
        if at == state and event not in {"moot", "recall"}:
            found.setdefault((event, after), []).append(remedy)
    return [
        Way(
            who="" if event == "time" else _(", ").join(str(SIDES[side][0]) for side in EVENT_SIDES[event]),
            what=word(DID, event),
            only="" if remedies in ([ANY], list(KINDS)) else _(", ").join(word(KINDS, r) for r in remedies),
            leads=str(STATES[after][1]),
        )
        for (event, after), remedies in found.items()
    ]
