"""What a show may be, where it may stand, and what must be answered before it begins. Pure.

The points of the checklist follow the measures for live-stream commerce (SAMR and CAC, order 117, in force 2026-02-01):
article 30 (review before the show), 32 (price claims), 34 and 37 (made by a machine), 35 (a recommendation is advertising).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson

from renmai.kit.fields import Text
from renmai.kit.problems import DomainError

SEGMENTS_MAX, PEOPLE_MAX = 60, 20
MINUTES_MAX = 720
AHEAD_DAYS_MAX = 180
EARLY_MINUTES = 60
"""How long before its planned time a show may begin."""
LATE_MINUTES = 120
"""How long after its planned time a show that did not begin is still listed as to come."""
KEPT_YEARS = 3
SHOW: dict[str, Text] = {"title": Text(80, required=True), "about": Text(1000, lines=True)}
SEGMENT: dict[str, Text] = {"hook": Text(120), "gift": Text(120), "talking_points": Text(1000, lines=True)}

SHOW_STATES: dict[tuple[str, str], str] = {
    ("draft", "announce"): "planned",
    ("draft", "cancel"): "cancelled",
    ("draft", "begin"): "live",
    ("planned", "change"): "planned",
    ("planned", "begin"): "live",
    ("planned", "cancel"): "cancelled",
    ("live", "end"): "ended",
}


class ShowNotNow(DomainError):
    """The state of the show does not allow this."""

    code = "show.not_now"
    status = 409
    message = "This cannot be done with the show as it stands."


class BadShow(DomainError):
    """A plan that cannot be: its time, length or run-of-show."""

    code = "show.bad"
    status = 422
    message = "This show cannot be planned so: {why}."


class ChecklistOpen(DomainError):
    """Points of the checklist have no answer, or one from before the run-of-show was changed."""

    code = "show.checklist_open"
    status = 409
    message = "Please go through the checklist first: {left} points are open."


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the checklist: its meaning, and whether it is about the goods (then a change of them reopens it)."""

    name: str
    meaning: str
    of_goods: bool = False


POINTS: tuple[Point, ...] = (
    Point("who", "Everyone in the picture knows that they are filmed, and nobody is a minor."),
    Point("place", "Nothing in the picture shows private papers, screens or places of others."),
    Point("advertising", "I say that I am paid when I recommend these goods; it counts as advertising."),
    Point("machine", "A voice, face or picture that a machine made is labelled as such for the whole show."),
    Point("goods", "I have held each of these goods or read its papers, and promise nothing that they do not do.", True),
    Point("prices", "Each price I compare with was really asked for, and each drop has the stock I say.", True),
    Point("health", "I claim no healing; food, cosmetics and toys are shown with their licence or report.", True),
    Point("help", "Buyers are told who answers when something is wrong, and how to send goods back."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planned:
    """A segment as planned, in its place; times in minutes, the show price in minor units."""

    pick_id: UUID
    minutes: int
    sku_id: UUID | None = None
    show_price_minor: int | None = None
    set_aside: int = 0


def next_show_state(state: str, event: str) -> str:
    """Return the state after `event`. Errors: ShowNotNow."""
    try:
        return SHOW_STATES[state, event]
    except KeyError:
        raise ShowNotNow(state=state) from None


def check_plan(*, starts_at: datetime, minutes: int, now: datetime) -> None:
    """Errors: BadShow where a show lies in the past, too far ahead, or lasts too long."""
    if not 1 <= minutes <= MINUTES_MAX:
        raise BadShow(why=f"it lasts from 1 to {MINUTES_MAX} minutes")
    if not now - timedelta(minutes=5) <= starts_at <= now + timedelta(days=AHEAD_DAYS_MAX):
        raise BadShow(why=f"it begins within the next {AHEAD_DAYS_MAX} days")


def is_time_to_begin(starts_at: datetime, now: datetime) -> bool:
    """Return whether a planned show may begin: from EARLY_MINUTES before its time."""
    return now >= starts_at - timedelta(minutes=EARLY_MINUTES)


def check_run(run: Sequence[Planned]) -> None:
    """Errors: BadShow where there are too many segments, one has no time, or a show price has no stock set aside."""
    if len(run) > SEGMENTS_MAX:
        raise BadShow(why=f"at most {SEGMENTS_MAX} segments")
    for segment in run:
        if not 1 <= segment.minutes <= MINUTES_MAX:
            raise BadShow(why="each segment needs its minutes")
        if (segment.show_price_minor is None) != (segment.set_aside == 0):
            raise BadShow(why="a show price needs stock set aside, and the other way round")
        if segment.show_price_minor is not None and segment.sku_id is None:
            raise BadShow(why="a show price is of one variant")


def about(point: Point, run: Iterable[Planned]) -> bytes:
    """Return the hash of what an answer to a point is about: the goods and prices of the run-of-show, or nothing."""
    rows = [(s.pick_id, s.sku_id, s.show_price_minor, s.set_aside) for s in run] if point.of_goods else []
    return hashlib.sha256(orjson.dumps([point.name, sorted(map(str, rows))])).digest()


def open_points(answers: Mapping[str, bytes], run: Sequence[Planned]) -> list[str]:
    """Return the points without an answer that still counts. `answers`: point -> hash of what its answer was about."""
    return [point.name for point in POINTS if answers.get(point.name) != about(point, run)]


def kept_until(ended: date) -> date:
    """Return until when film and words of a show are kept at least: three years (SAMR order 117 article 16)."""
    if (ended.month, ended.day) == (2, 29):
        return date(ended.year + KEPT_YEARS, 3, 1)
    return ended.replace(year=ended.year + KEPT_YEARS)
