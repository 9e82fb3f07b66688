"""Film through `fast`: a camera's head and fragments in, playlists and the same fragments out."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.db import close_old_connections

from renmai.api.v1.contract import bearer
from renmai.fast.calls import Answer, Call, answer_json
from renmai.fast.kept import Kept
from renmai.fast.pool import Readers
from renmai.kit.media.streams import FRAGMENT_BYTES_MAX, HEAD_BYTES_MAX, Head
from renmai.kit.media.streams.head import read_head
from renmai.kit.problems import NotFound
from renmai.places.streams.actions import FRAGMENTS_MAX, checked_fragment, keep_intent
from renmai.places.streams.lane import film_lane
from renmai.places.streams.models import Take
from renmai.places.streams.playlist import NEWEST_MAX, playlist, recording
from renmai.places.streams.queries import HEAD, NEWEST, ONE, WHOLE, reel_of
from renmai.places.streams.registry import BROWSER
from renmai.places.streams.rules import Piece
from renmai.places.streams.space import require_room
from renmai.places.streams.store import read_fragment_file

FILM, PLAYLIST = "video/mp4", "application/vnd.apple.mpegurl"
Value = TypeVar("Value")
HELD_BYTES_MAX = 64 * 1024 * 1024
A_MINUTE = {"cache-control": "public, max-age=60"}  # no longer: film that is taken down is soon gone from caches too
NOW_ONLY = {"cache-control": "no-cache"}


class Films:
    """The film this process takes in and hands out; what many watch at once is read from disk once."""

    def __init__(self, readers: Readers) -> None:
        self.readers = readers
        self.cameras: Kept[UUID] = Kept(seconds=5, most=1_000)
        self.heads: Kept[tuple[Head, bytes]] = Kept(seconds=3600, most=200)
        self.lists: Kept[str] = Kept(seconds=0.2, most=1_000)
        self.wholes: Kept[str] = Kept(seconds=5, most=50)
        self._held: OrderedDict[tuple[UUID, int, int], bytes] = OrderedDict()
        self._bytes = 0

    async def begin(self, call: Call) -> Answer:
        """POST /live/{show_id}/takes: a head; the answer names the take."""
        await self._admit(call, _place(call)[0])
        key, data = bearer(call.headers.get("authorization")), await call.body(HEAD_BYTES_MAX)
        take = await asyncio.to_thread(_begin, key, data, call)
        return answer_json({"take": take.number, "codecs": take.codecs}, status=201)

    async def keep(self, call: Call) -> Answer:
        """PUT /live/{show_id}/takes/{take}/fragments/{number}: a piece of film; again with the same one is no error."""
        show_id, take, number = _place(call)
        await self._admit(call, show_id)
        data = await call.body(FRAGMENT_BYTES_MAX)
        head, _ = await self._head(show_id, take)
        film, sha256 = await asyncio.to_thread(
            checked_fragment, head, data
        )  # thousands of samples: nobody waits for it
        intent = await asyncio.to_thread(
            keep_intent, show_id=show_id, take=take, number=number, film=film, sha256=sha256, now=call.now
        )
        starts = await film_lane.asubmit(intent)
        self._hold((show_id, take, number), film.data)
        return answer_json({"starts_ms": starts, "milliseconds": film.milliseconds, "whole": film.whole}, status=201)

    async def head(self, call: Call) -> Answer:
        """GET /live/{show_id}/takes/{take}/head.mp4."""
        show_id, take, _ = _place(call)
        rows = await self.readers.rows(HEAD, (show_id, take))
        if not rows:
            raise NotFound()
        return Answer(bytes(rows[0][0]), type=FILM, headers=A_MINUTE)

    async def fragment(self, call: Call) -> Answer:
        """GET /live/{show_id}/takes/{take}/fragments/{number}: nothing of what was filmed behind the curtain."""
        show_id, take, number = _place(call)
        rows = await self.readers.rows(ONE, (show_id, take, number))
        if not rows or rows[0][1]:
            raise NotFound()
        data = self._held.get((show_id, take, number))
        if data is None:
            try:
                data = await asyncio.to_thread(read_fragment_file, show_id, take, number, bytes(rows[0][0]))
            except FileNotFoundError:
                raise NotFound() from None
            self._hold((show_id, take, number), data)
        return Answer(data, type=FILM, headers=A_MINUTE)

    async def playlist(self, call: Call) -> Answer:
        """GET /live/{show_id}/film.m3u8: the newest film, or all of it once the show is over, for players that know HLS."""
        show_id, _, _ = _place(call)
        text = self.lists.get(show_id) or self.wholes.get(show_id)
        if text is None:
            reel = reel_of(await self.readers.rows(NEWEST, (show_id, NEWEST_MAX)))
            text = await self._whole(show_id) if reel.over else playlist(reel)
            (self.wholes if reel.over else self.lists).put(show_id, text)
        return Answer(text.encode(), type=PLAYLIST, headers=NOW_ONLY)

    async def _whole(self, show_id: UUID) -> str:
        """Return the playlist of a recording. Errors: NotFound where all of it is covered."""
        rows = await self.readers.rows(WHOLE, (show_id, FRAGMENTS_MAX))
        if not rows:
            raise NotFound()
        return await asyncio.to_thread(recording, [Piece(*row[:6]) for row in rows], rows[0][6])

    async def _admit(self, call: Call, show_id: UUID) -> None:
        """Errors: CameraRefused, SignInNeeded, NotFound for another show's camera."""
        key = bearer(call.headers.get("authorization"))
        known = self.cameras.get(key)
        if known is None:
            known = await asyncio.to_thread(_show_of, key)
            self.cameras.put(key, known)
        if known != show_id:
            raise NotFound()

    async def _head(self, show_id: UUID, take: int) -> tuple[Head, bytes]:
        name = f"{show_id} {take}"
        kept = self.heads.get(name)
        if kept is None:
            data = await asyncio.to_thread(_head_of, show_id, take)
            kept = (read_head(data), data)
            self.heads.put(name, kept)
        return kept

    def _hold(self, place: tuple[UUID, int, int], data: bytes) -> None:
        """Keep the newest film in memory, so that thousands who watch read the disk once."""
        if place in self._held:
            return
        self._held[place] = data
        self._bytes += len(data)
        while self._bytes > HELD_BYTES_MAX:
            _, dropped = self._held.popitem(last=False)
            self._bytes -= len(dropped)


def _place(call: Call) -> tuple[UUID, int, int]:
    """Return show, take and fragment of a path; 0 where it names none. Errors: NotFound."""
    try:
        return (
            UUID(call.names["show_id"]),
            int(call.names.get("take", 0)),
            int(call.names.get("number", "0").removesuffix(".m4s")),
        )
    except ValueError:
        raise NotFound() from None


def _begin(key: str, data: bytes, call: Call) -> Take:
    return _in_thread(lambda: BROWSER.started(key=key, now=call.now, head=data))


def _show_of(key: str) -> UUID:
    def admitted() -> UUID:
        show_id = BROWSER.authorise(key).show_id
        require_room(show_id)
        return show_id

    return _in_thread(admitted)


def _head_of(show_id: UUID, take: int) -> bytes:
    def read() -> bytes:
        found = Take.objects.filter(show_id=show_id, number=take).values_list("head", flat=True).first()
        if found is None:
            raise NotFound()
        return bytes(found)

    return _in_thread(read)


def _in_thread(do: Callable[[], Value]) -> Value:
    close_old_connections()
    try:
        return do()
    finally:
        close_old_connections()
