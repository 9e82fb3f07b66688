"""Read a room: how it stands, and its line after a number. As SQL, for the door that has thousands of viewers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from renmai.kit.access import Actor
from renmai.kit.problems import NotFound
from renmai.places.live.models import Show
from renmai.places.talk.models import BagEntry, LuckyBag, RoomLine, Silence
from renmai.places.talk.rules import LINES_MAX

ROOM = """
select s.state, coalesce(h.last_number, 0), coalesce(h.likes, 0), s.title, s.pinned, s.covered_at is not null,
       s.stage_segment_id, s.began_at, s.ended_at
from places_show s join places_shop sh on sh.id = s.shop_id
left join places_roomhead h on h.show_id = s.id
where s.id = %s and s.state in ('planned', 'live', 'ended') and s.hidden_at is null and sh.open and sh.hidden_at is null
"""
ROOM_COLUMNS = ("state", "number", "likes", "title", "pinned", "covered", "segment_id", "began_at", "ended_at")
SHOWN = """
select s.id from places_show s join places_shop sh on sh.id = s.shop_id
where s.id = any(%s) and s.state in ('planned', 'live', 'ended') and s.hidden_at is null and sh.open and sh.hidden_at is null
"""
# Of these people, who was taken out of the room or has no account any more.
OUT = """
select p.id from people_person p where p.id = any(%s) and (
  not p.is_active or p.erased_at is not null or exists (
    select from places_silence s where s.show_id = %s and s.person_id = p.id and s.removed and s.lifted_at is null))
"""
HEADS = "select show_id, last_number, likes from places_roomhead where show_id = any(%s)"
LINES = """
select number, kind, person_id, words, data::text, at from places_roomline
where show_id = %s and number > %s and hidden_at is null order by number limit %s
"""
LAST = """
select number, kind, person_id, words, data::text, at from places_roomline
where show_id = %s and kind = 'said' and hidden_at is null order by number desc limit %s
"""
PRESENT = """
insert into places_presence (process_id, show_id, viewers, at)
select %s, i, n, %s from unnest(%s::uuid[], %s::int[]) as w (i, n)
on conflict (process_id, show_id) do update set viewers = excluded.viewers, at = excluded.at
"""
VIEWERS = """
select show_id, sum(viewers)::int from places_presence where show_id = any(%s) and at > %s group by show_id
"""
WATCHING_SECONDS = 15
LIKE = """
update places_roomhead h set likes = h.likes + w.n from unnest(%s::uuid[], %s::bigint[]) as w (i, n) where h.show_id = w.i
"""


def viewers_of(show_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, int]:
    """Return show -> how many watch it now, through all processes; none of one that nobody watches. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(VIEWERS, (list(show_ids), now - timedelta(seconds=WATCHING_SECONDS)))
        return dict(cursor.fetchall())


def room_of(row: Sequence[Any]) -> dict[str, Any]:
    """Return a row of ROOM as the door says it."""
    return dict(zip(ROOM_COLUMNS, row, strict=True))


def line_of(row: Sequence[Any], decode: Any) -> dict[str, Any]:
    """Return a row of LINES as the door says it: number, kind, when; words with a name, or what happened."""
    number, kind, person_id, words, data, at = row
    said = {**decode(data), "number": number, "kind": kind, "at": at}
    return said | ({"words": words, "person_id": person_id} if person_id else {})


@dataclass(frozen=True, slots=True)
class BagView:
    """A lucky bag, and how one person stands to it: won is None before it is drawn, and for who did not take part."""

    bag: LuckyBag
    won: bool | None


def bag_for(actor: Actor, show_id: UUID) -> BagView | None:
    """Return the newest lucky bag of a room as the actor stands to it; two statements at most."""
    bag = LuckyBag.objects.filter(show_id=show_id).order_by("-raised_at").first()
    if bag is None or bag.drawn_at is None or actor.person_id is None:
        return BagView(bag, None) if bag else None
    won = BagEntry.objects.filter(bag=bag, person_id=actor.person_id).values_list("won", flat=True).first()
    return BagView(bag, won)


def is_removed(actor: Actor, show_id: UUID) -> bool:
    """Return whether a moderator took the actor out of the room for all of the show; one statement."""
    if actor.person_id is None:
        return False
    return Silence.objects.filter(show_id=show_id, person_id=actor.person_id, removed=True, lifted_at=None).exists()


def hosts_of(show: Show) -> list[UUID]:
    """Return who presents a show: its host and those with them; one statement."""
    return [show.host_id, *show.people.filter(part="host").values_list("person_id", flat=True)]


def said_line(show_id: UUID, number: int) -> RoomLine | None:
    """Return words that stand in a room, by their number; one statement."""
    rows = RoomLine.objects.filter(show_id=show_id, kind="said", hidden_at=None)
    return rows.filter(number=number).first() if number < 2**62 else None


def read_room(show_id: UUID, *, now: datetime) -> dict[str, Any]:
    """Return how a room stands, with who watches; two statements. Errors: NotFound where it is not open to everyone."""
    with connection.cursor() as cursor:
        cursor.execute(ROOM, (show_id,))
        row = cursor.fetchone()
    if row is None:
        raise NotFound()
    return room_of(row) | {"viewers": viewers_of([show_id], now=now).get(show_id, 0)}


def list_lines(show_id: UUID, *, after: int, limit: int = LINES_MAX) -> list[dict[str, Any]]:
    """Return what was said and happened in a room after a number, oldest first; one statement.

    Call `access_show` first: who may see the show may read this.
    """
    with connection.cursor() as cursor:
        cursor.execute(LINES, (show_id, after, min(limit, LINES_MAX + 1)))
        return [line_of(row, orjson.loads) for row in cursor.fetchall()]
