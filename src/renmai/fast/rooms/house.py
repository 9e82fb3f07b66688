"""All rooms of this process: opened with their first viewer, kept up by one loop, closed with their last.

What happens in a room is a row (places/talk). The loop asks for the last number of every room that has viewers here, a few
times a second and by one statement, so that any number of processes tell the same, and none needs another's memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from renmai.fast.claims.counter import Counter
from renmai.fast.pool import Readers
from renmai.fast.rooms.door import Door
from renmai.fast.rooms.messages import written
from renmai.fast.rooms.paces import PacesOfPeople
from renmai.fast.rooms.room import Room
from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.kit.problems import Busy, NotFound
from renmai.places.live.counts import SEEN, VIEWED
from renmai.places.live.models import ShowState
from renmai.places.talk.queries import HEADS, LAST, LIKE, LINES, OUT, PRESENT, ROOM, SHOWN, VIEWERS, line_of, room_of
from renmai.places.talk.rules import LINES_MAX
from renmai.trade.promotions.queries import DROPS_OF_SHOW, drop_of

log = logging.getLogger("renmai.rooms")
LOOK_SECONDS = 0.2
COUNT_SECONDS = 2.0
PRESENT_SECONDS = 3 * COUNT_SECONDS
LAST_SAID = 40


class Rooms:
    """The rooms that have viewers here. `readers` reads and writes the little that is counted, `counter` takes claims."""

    def __init__(self, readers: Readers, counter: Counter) -> None:
        self.readers = readers
        self.counter = counter
        self.door = Door()
        self.process_id = new_id()
        self._rooms: dict[UUID, Room] = {}
        self.paces = PacesOfPeople()
        self._opening: dict[UUID, asyncio.Task[Room]] = {}
        self._loop: asyncio.Task[None] | None = None
        self._look_now = asyncio.Event()

    @contextlib.asynccontextmanager
    async def inside(self, show_id: UUID, person_id: UUID | None) -> AsyncIterator[Room]:
        """Be a viewer of a room for the time of a block. Errors: NotFound, Busy."""
        opened = self._rooms.get(show_id) or await self._opened(show_id)
        room = self._rooms.setdefault(show_id, opened)
        room.require(person_id)
        room.viewers += 1
        room.people.update([person_id] if person_id else [])
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._keep_up())
        try:
            yield room
        finally:
            room.viewers -= 1
            if person_id:
                room.leave(person_id)
            if room.viewers == 0 and self._rooms.get(show_id) is room:
                del self._rooms[show_id]

    def look(self) -> None:
        """Look at once: something was just written here."""
        self._look_now.set()

    async def lines_after(self, room: Room, after: int) -> list[dict[str, Any]]:
        """Return the line of a room after a number, oldest first, at most LINES_MAX; after 0 the last words only."""
        if after and room.seen - after <= LINES_MAX:
            rows = await self.readers.rows(LINES, (room.show_id, after, LINES_MAX))
        else:
            rows = list(reversed(await self.readers.rows(LAST, (room.show_id, LAST_SAID))))
        return [line_of(row, orjson.loads) for row in rows]

    async def _opened(self, show_id: UUID) -> Room:
        """Return a room as it stands; thousands who come at once ask the database once. Errors: NotFound, Busy."""
        opening = self._opening.get(show_id)
        if opening is None:
            opening = self._opening[show_id] = asyncio.create_task(self._open(show_id))
            opening.add_done_callback(lambda _: self._opening.pop(show_id, None))
        return await asyncio.shield(opening)

    async def _open(self, show_id: UUID) -> Room:
        state = await self._state(show_id)
        if state is None:
            raise NotFound()
        return Room(show_id, state)

    async def _state(self, show_id: UUID) -> dict[str, Any] | None:
        rows = await self.readers.rows(ROOM, (show_id,))
        if not rows:
            return None
        drops = await self.readers.rows(DROPS_OF_SHOW, (show_id, clock.now()))
        return room_of(rows[0]) | {"drops": [drop_of(row) for row in drops], "viewers": 0}

    async def _keep_up(self) -> None:
        counted = 0.0
        while self._rooms:
            try:
                await self._look(list(self._rooms.values()))
                if time.monotonic() - counted >= COUNT_SECONDS:
                    counted = time.monotonic()
                    await self._clear(list(self._rooms.values()))
                    await self._count(list(self._rooms.values()))
            except Busy:
                log.warning("rooms wait for the database")
            except Exception:
                log.exception("rooms could not be kept up")
            self._look_now.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._look_now.wait(), LOOK_SECONDS)

    async def _look(self, rooms: list[Room]) -> None:
        """Tell each room what its line has that was not told here."""
        last = {row[0]: row for row in await self.readers.rows(HEADS, ([room.show_id for room in rooms],))}
        for room in rooms:
            _, number, likes = last.get(room.show_id, (None, 0, 0))
            room.state["likes"] = likes
            if number > room.seen:
                await self._tell_new(room)

    async def _tell_new(self, room: Room) -> None:
        rows = await self.readers.rows(LINES, (room.show_id, room.seen, LINES_MAX))
        lines = [line_of(row, orjson.loads) for row in rows]
        if not lines:
            room.seen = max(room.seen, int(room.state["number"]))
            return
        room.seen = int(lines[-1]["number"])
        if any(line["kind"] != "said" for line in lines):
            state = await self._state(room.show_id)
            room.state = (state or room.state) | {"viewers": room.state["viewers"]}
            room.tell(written("state", **room.state))
        room.state["number"] = room.seen
        room.tell(written("lines", lines=lines))

    async def _clear(self, rooms: list[Room]) -> None:
        """Note which shows are shown to nobody any more, and who may be in a room no longer; the next frame tells them."""
        shown = {row[0] for row in await self.readers.rows(SHOWN, ([room.show_id for room in rooms],))}
        for room in rooms:
            room.gone = room.show_id not in shown
            asked = (list(room.people), room.show_id)
            room.out = frozenset(row[0] for row in await self.readers.rows(OUT, asked)) if room.people else frozenset()

    async def _count(self, rooms: list[Room]) -> None:
        """Say how many watch here, add likes, and tell the sums of all processes."""
        now = clock.now()
        ids = [room.show_id for room in rooms]
        await self._do(PRESENT, (self.process_id, now, ids, [room.viewers for room in rooms]))
        liked = [(room, room.likes) for room in rooms if room.likes]
        if liked:
            for room, count in liked:
                room.likes -= count
            await self._do(LIKE, ([room.show_id for room, _ in liked], [count for _, count in liked]))
        seen = dict(await self.readers.rows(VIEWERS, (ids, now - timedelta(seconds=PRESENT_SECONDS))))
        for room in rooms:
            room.state["viewers"] = seen.get(room.show_id, room.viewers)
            drops = await self.readers.rows(DROPS_OF_SHOW, (room.show_id, now)) if room.state["drops"] else []
            room.state["drops"] = [drop_of(row) for row in drops]
            await self._note(room, now)
            counts = {name: room.state[name] for name in ("viewers", "likes", "drops")}
            room.tell(written("counts", now=now, **counts))

    async def _note(self, room: Room, now: datetime) -> None:
        """Write for the report who came, the most viewers of a minute, and who looked at which goods; only what is new."""
        if room.state["state"] != ShowState.LIVE:
            return
        minute, viewers = int(now.timestamp()) // 60, int(room.state["viewers"])
        most = max(viewers, room.noted[1]) if minute == room.noted[0] else viewers
        if room.came or (minute, most) != room.noted:
            came, room.came, room.noted = room.came, 0, (minute, most)
            await self._do(SEEN, (room.show_id, now, most, came))
        if room.views:
            views, room.views = room.views, {}
            await self._do(VIEWED, (list(views), list(views.values()), room.show_id))

    async def _do(self, sql: str, params: tuple[Any, ...]) -> None:
        await self.readers.rows(f"{sql} returning 1", params)
