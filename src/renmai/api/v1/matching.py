"""Matching as operators see it: twelve weeks of counts, nobody in them."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Router

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer
from renmai.kit.problems import Forbidden
from renmai.matching.measures.queries import ListMeasure, read_overview

router = Router(tags=["Matching"])


class PushWeekAnswer(Answer):
    """The pushes told in the week that began on `week` (a Monday), and what has become of them."""

    week: date
    told: int
    looked: int
    sampled: int
    picked: int
    declined: int
    sold_pieces: int
    sold_minor: int


class ListWeekAnswer(Answer):
    """How often a list was shown in a week, how many things in it, and its viewers of each day, added up."""

    week: date
    showings: int
    things: int
    viewer_days: int


class SpreadWeekAnswer(Answer):
    """How a week's showings of a list were spread over all that were there (`known`); `small` sell little, `new` came lately."""

    week: date
    known: int
    seen: int
    showings: int
    gini_bps: int
    small: int
    small_showings: int
    new: int
    new_showings: int


class ListMeasureAnswer(Answer):
    """A list (home, for_you, centre, inbox, also) over the weeks; `outcomes`: what was done, by kind of signal."""

    name: str
    outcomes: dict[str, int]
    amount_minor: int
    weeks: list[ListWeekAnswer]
    spreads: list[SpreadWeekAnswer]


class MatchingAnswer(Answer):
    """The last twelve weeks, the latest last."""

    pushes: list[PushWeekAnswer]
    lists: list[ListMeasureAnswer]


@operation(router, "GET", "/matching", audience="operator", answer=MatchingAnswer, problems=(Forbidden,))
def read_matching(request: Call) -> dict[str, Any]:
    """Tell what matching did in the last twelve weeks: pushes and what came of them, and each list."""
    overview = read_overview(request.actor, now=request.now)
    return {
        "pushes": [_named(week, PushWeekAnswer) for week in overview.pushes],
        "lists": [_measure(one) for one in overview.lists],
    }


def _measure(one: ListMeasure) -> dict[str, Any]:
    return {
        "name": one.name,
        "outcomes": dict(one.outcomes),
        "amount_minor": one.amount_minor,
        "weeks": [_named(week, ListWeekAnswer) for week in one.weeks],
        "spreads": [_named(spread, SpreadWeekAnswer) for spread in one.spreads],
    }


def _named(row: object, shape: type[Answer]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in shape.model_fields}
