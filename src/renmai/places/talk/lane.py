"""The line of a room: words of many people and what happens, numbered without gaps, many in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from renmai.kit.lane import Lane
from renmai.kit.problems import DomainError
from renmai.places.talk.rules import SAID, Line, RoomClosed, Silenced, checked_words

HEADS = """
with w as (select distinct i from unnest(%s::uuid[]) as u (i)),
made as (
  insert into places_roomhead (show_id, last_number, likes)
  select s.id, 0, 0 from w join places_show s on s.id = w.i and s.state = 'live' order by s.id
  on conflict (show_id) do nothing
)
select 1
"""
LOCK = """
select h.show_id, h.last_number, s.state from places_roomhead h join places_show s on s.id = h.show_id
where h.show_id = any(%s) order by h.show_id for update of h
"""
SILENT = """
select show_id, person_id from places_silence
where show_id = any(%s) and person_id = any(%s) and lifted_at is null and (until is null or until > %s)
"""
ADD = """
insert into places_roomline (show_id, number, kind, person_id, words, data, at)
select * from unnest(%s::uuid[], %s::bigint[], %s::text[], %s::uuid[], %s::text[], %s::jsonb[], %s::timestamptz[])
"""
MOVE = """
update places_roomhead h set last_number = w.last from unnest(%s::uuid[], %s::bigint[]) as w (id, last) where h.show_id = w.id
"""


def talk_batch(cursor: Any, lines: Sequence[Line]) -> Sequence[int | Exception]:
    """Add lines to their rooms in the cursor's transaction; the number of each in its room, or a refusal, in order."""
    heads = _lock(cursor, {line.show_id for line in lines})
    silent = _silent(cursor, lines)
    outcomes: list[int | Exception] = []
    rows: list[tuple[Line, int, str]] = []
    for line in lines:
        try:
            outcomes.append(_place(line, heads, silent, rows))
        except DomainError as refusal:
            outcomes.append(refusal)
    _write(cursor, rows, heads)
    return outcomes


def _lock(cursor: Any, show_ids: Iterable[UUID]) -> dict[UUID, tuple[int, str]]:
    wanted = sorted(show_ids)
    cursor.execute(HEADS, (wanted,))
    cursor.execute(LOCK, (wanted,))
    return {show_id: (last, state) for show_id, last, state in cursor.fetchall()}


def _silent(cursor: Any, lines: Sequence[Line]) -> set[tuple[UUID, UUID]]:
    said = [line for line in lines if line.kind == SAID]
    if not said:
        return set()
    people = [line.person_id for line in said]
    cursor.execute(SILENT, ([line.show_id for line in said], people, max(line.at for line in said)))
    return set(cursor.fetchall())


def _place(
    line: Line, heads: dict[UUID, tuple[int, str]], silent: set[tuple[UUID, UUID]], rows: list[tuple[Line, int, str]]
) -> int:
    """Give a line its number. Only what happened may be added to a room whose show is over."""
    last, state = heads.get(line.show_id, (0, ""))
    if not state or (line.kind == SAID and state != "live"):
        raise RoomClosed()
    if line.kind == SAID and line.person_id is not None and (line.show_id, line.person_id) in silent:
        raise Silenced()
    words = checked_words(line.words) if line.kind == SAID else line.words
    heads[line.show_id] = (last + 1, state)
    rows.append((line, last + 1, words))
    return last + 1


def _write(cursor: Any, rows: Sequence[tuple[Line, int, str]], heads: Mapping[UUID, tuple[int, str]]) -> None:
    if not rows:
        return
    cursor.execute(
        ADD,
        (
            [line.show_id for line, _, _ in rows], [number for _, number, _ in rows], [line.kind for line, _, _ in rows],
            [line.person_id for line, _, _ in rows], [words for _, _, words in rows],
            [orjson.dumps(dict(line.data) | ({"name": line.name} if line.name else {}), default=str).decode() for line, _, _ in rows],
            [line.at for line, _, _ in rows],
        ),
    )  # fmt: skip
    moved = sorted({line.show_id for line, _, _ in rows})
    cursor.execute(MOVE, (moved, [heads[show_id][0] for show_id in moved]))


def add_lines(cursor: Any, lines: Sequence[Line]) -> None:
    """Add what happened to its rooms in the caller's transaction (a `within` reaction); shows without a room are passed over."""
    by_show: dict[UUID, list[Line]] = defaultdict(list)
    for line in lines:
        by_show[line.show_id].append(line)
    heads = _lock(cursor, by_show)
    rows: list[tuple[Line, int, str]] = []
    for line in lines:
        if line.show_id in heads:
            _place(line, heads, set(), rows)
    _write(cursor, rows, heads)


def said(*, show_id: UUID, person_id: UUID, name: str, words: str, now: datetime) -> Line:
    """Return the lane's intent for words of a person."""
    return Line(show_id, SAID, now, person_id, name, words)


talk_lane: Lane[Line, int] = Lane("talk", talk_batch, batch_max=512)
