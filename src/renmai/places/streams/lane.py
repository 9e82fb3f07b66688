"""The film lane: fragments of every camera of the house, in their places, many in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from renmai.kit.lane import Lane
from renmai.kit.media.streams import NotAStream
from renmai.kit.problems import DomainError, NotFound

BEHIND = timedelta(milliseconds=1500)
"""A fragment that began so long before it came may have been filmed behind the curtain that opened meanwhile."""
CLOCK_MS_MAX = 86_400_000
"""A day: no show is on as long, so a film whose clock says so lies."""
TAKES = """
select t.show_id, t.number, t.id, t.last_number, t.begins_ms, t.clock_ms, s.state, s.began_at, s.covered_at, s.uncovered_at
from unnest(%s::uuid[], %s::int[]) as w (i, n)
join places_take t on t.show_id = w.i and t.number = w.n
join places_show s on s.id = t.show_id
order by t.id for update of t
"""
KNOWN = """
select f.take_id, f.number, f.sha256 from unnest(%s::uuid[], %s::int[]) as w (t, n)
join places_fragment f on f.take_id = w.t and f.number = w.n
"""
ADD = """
insert into places_fragment (take_id, number, starts_ms, milliseconds, whole, bytes_size, sha256, covered, came_at)
select * from unnest(%s::uuid[], %s::int[], %s::int[], %s::int[], %s::bool[], %s::int[], %s::bytea[], %s::bool[], %s::timestamptz[])
"""
MOVE = """
update places_take t set last_number = greatest(t.last_number, w.last), begins_ms = w.begins, clock_ms = w.clock
from unnest(%s::uuid[], %s::int[], %s::int[], %s::bigint[]) as w (id, last, begins, clock) where t.id = w.id
"""


class FragmentElse(DomainError):
    """Another fragment has that number already."""

    code = "film.number_taken"
    status = 409
    message = "Another piece of film has this number."


class FilmClosed(DomainError):
    """The show is not on (any more)."""

    code = "film.closed"
    status = 409
    message = "This show is not on."


@dataclass(frozen=True, slots=True)
class Keep:
    """A fragment that is checked and written as a file; times in milliseconds of the film's own clock.

    `late_ms`: how much longer than a browser's it may have been on its way since it was filmed.
    """

    show_id: UUID
    take: int
    number: int
    clock_ms: int
    milliseconds: int
    whole: bool
    bytes_size: int
    sha256: bytes
    now: datetime
    late_ms: int = 0


@dataclass(slots=True)
class _Take:
    id: UUID
    last: int
    begins_ms: int
    clock_ms: int
    state: str
    began_at: datetime
    covered_at: datetime | None
    uncovered_at: datetime | None


def film_batch(cursor: Any, intents: Sequence[Keep]) -> Sequence[int | Exception]:
    """Put a batch of fragments in their places; where each begins on its show's clock, or a refusal, in order.

    The same fragment again is no error; another one with its number is.
    """
    takes = _read(cursor, intents)
    known = _known(cursor, intents, takes)
    outcomes: list[int | Exception] = []
    rows: list[tuple[_Take, Keep, int]] = []
    for intent in intents:
        try:
            outcomes.append(_place(intent, takes, known, rows))
        except DomainError as refusal:
            outcomes.append(refusal)
    _write(cursor, rows)
    return outcomes


def _read(cursor: Any, intents: Sequence[Keep]) -> dict[tuple[UUID, int], _Take]:
    wanted = sorted({(intent.show_id, intent.take) for intent in intents})
    cursor.execute(TAKES, ([show_id for show_id, _ in wanted], [number for _, number in wanted]))
    return {(row[0], row[1]): _Take(*row[2:]) for row in cursor.fetchall()}


def _known(cursor: Any, intents: Sequence[Keep], takes: dict[tuple[UUID, int], _Take]) -> dict[tuple[UUID, int], bytes]:
    asked = [(takes[i.show_id, i.take].id, i.number) for i in intents if (i.show_id, i.take) in takes]
    cursor.execute(KNOWN, ([take for take, _ in asked], [number for _, number in asked]))
    return {(take, number): bytes(digest) for take, number, digest in cursor.fetchall()}


def _place(
    intent: Keep,
    takes: dict[tuple[UUID, int], _Take],
    known: dict[tuple[UUID, int], bytes],
    rows: list[tuple[_Take, Keep, int]],
) -> int:
    take = takes.get((intent.show_id, intent.take))
    if take is None:
        raise NotFound()
    before = known.get((take.id, intent.number))
    if before is not None and before != intent.sha256:
        raise FragmentElse()
    if before is None and take.state != "live":
        raise FilmClosed()
    if take.last == 0 and before is None:
        begun = intent.now - timedelta(milliseconds=intent.milliseconds)
        take.begins_ms = max(0, round((begun - take.began_at).total_seconds() * 1000))
        take.clock_ms = intent.clock_ms
    starts = take.begins_ms + max(0, intent.clock_ms - take.clock_ms)
    if starts > CLOCK_MS_MAX:
        raise NotAStream(why="fragment time")
    if before is None:
        take.last = max(take.last, intent.number)
        known[take.id, intent.number] = intent.sha256
        rows.append((take, intent, starts))
    return starts


def _covered(take: _Take, intent: Keep) -> bool:
    if take.covered_at is not None:
        return True
    begun = intent.now - timedelta(milliseconds=intent.milliseconds + intent.late_ms) - BEHIND
    return take.uncovered_at is not None and begun < take.uncovered_at


def _write(cursor: Any, rows: Sequence[tuple[_Take, Keep, int]]) -> None:
    if not rows:
        return
    cursor.execute(
        ADD,
        (
            [take.id for take, _, _ in rows], [keep.number for _, keep, _ in rows], [starts for _, _, starts in rows],
            [keep.milliseconds for _, keep, _ in rows], [keep.whole for _, keep, _ in rows],
            [keep.bytes_size for _, keep, _ in rows], [keep.sha256 for _, keep, _ in rows],
            [_covered(take, keep) for take, keep, _ in rows], [keep.now for _, keep, _ in rows],
        ),
    )  # fmt: skip
    takes = list({take.id: take for take, _, _ in rows}.values())
    cursor.execute(
        MOVE,
        ([t.id for t in takes], [t.last for t in takes], [t.begins_ms for t in takes], [t.clock_ms for t in takes]),
    )


film_lane: Lane[Keep, int] = Lane("film", film_batch)
