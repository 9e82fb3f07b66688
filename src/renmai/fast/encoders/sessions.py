"""Who sends: one session for each encoder that was let in, from its first packet to its last fragment in the store."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from django.db import DatabaseError, close_old_connections

from renmai.fast.encoders.recordings import grown, remove
from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.kit.media.streams import Head, NotAStream
from renmai.kit.media.streams.flv import Recording
from renmai.kit.media.streams.head import read_head
from renmai.kit.media.streams.packing import Packed, Packer
from renmai.kit.problems import Busy, DomainError
from renmai.places.streams.actions import checked_fragment, keep_intent
from renmai.places.streams.engines import CameraRefused, note_trouble
from renmai.places.streams.lane import film_lane
from renmai.places.streams.models import Camera
from renmai.places.streams.registry import RTMP
from renmai.places.streams.rules import FAR_APART, FAR_APART_MS, TROUBLES

log = logging.getLogger("renmai.encoders")
Value = TypeVar("Value")

SILENT_SECONDS = 15.0
"""The server says every two seconds that an encoder is there; after so long without a word it, or the server, is gone."""
BUSY_TRIES, BUSY_SECONDS = 50, 0.2
ENCODER_MS = 2_000
"""So long an encoder may hold a picture before it sends it at all; what it sends later than that shows by its clock."""


class Session:
    """One encoder's film. `shut`: it is sent away when the server asks next."""

    def __init__(self, key: str, camera: Camera, folder: Path) -> None:
        self.key, self.camera_id, self.show_id = key, camera.id, camera.show_id
        self.name = new_id().hex
        self.path = folder / f"{self.name}.flv"
        self.shut = self.done = False
        self.trouble = ""
        self.heard = time.monotonic()
        self._packer = Packer()
        self._head: Head | None = None
        self._take = self._number = 0
        self._prompt_ms: float | None = None  # the film's clock behind ours, at its best

    def over(self) -> bool:
        """Return whether nothing more will come."""
        return self.done or self.shut or time.monotonic() - self.heard > SILENT_SECONDS

    async def follow(self) -> None:
        """Bring the recording into the store as it grows, until it is over or cannot be played."""
        try:
            recording = Recording()
            async for data in grown(self.path, self.over):
                for part in recording.feed(data):
                    await self._keep(self._packer.feed(part))
            await self._keep(self._packer.close())
        except NotAStream as refusal:
            self.trouble = TROUBLES.get(refusal.params["why"], "unreadable")
        except DomainError as refusal:
            log.info("encoder sent away", extra={"code": refusal.code})
        finally:
            self.shut = True
            remove(self.path)

    async def _keep(self, packed: list[Packed]) -> None:
        for each in packed:
            if each.head:
                await self._begin(each.data)
            else:
                await self._add(each.data)

    async def _begin(self, data: bytes) -> None:
        self._head = read_head(data)
        take = await in_thread(lambda: RTMP.started(key=self.key, head=data, now=clock.now()))
        self._take, self._number, self._prompt_ms = take.number, 0, None

    async def _add(self, data: bytes) -> None:
        if self._head is None:
            return
        self._number += 1
        film, sha256 = checked_fragment(self._head, data)
        intent = await asyncio.to_thread(
            keep_intent,
            show_id=self.show_id, take=self._take, number=self._number, film=film, sha256=sha256, now=clock.now(),
            late_ms=self._late_ms(film.starts_ms + film.milliseconds),
        )  # fmt: skip
        for left in reversed(range(BUSY_TRIES)):
            try:
                await film_lane.asubmit(intent)
                break
            except Busy:
                if not left:
                    raise
                await asyncio.sleep(BUSY_SECONDS)
        await self._advise()

    def _late_ms(self, ends_ms: int) -> int:
        """Return how late film comes at most: behind a curtain that opened meanwhile it must not be seen.

        An encoder on a bad line holds back seconds of film; then its clock falls behind ours.
        """
        behind = time.monotonic() * 1000 - ends_ms
        self._prompt_ms = behind if self._prompt_ms is None else min(behind, self._prompt_ms)
        return round(behind - self._prompt_ms) + ENCODER_MS

    async def _advise(self) -> None:
        trouble = FAR_APART if self._packer.gap_ms > FAR_APART_MS else ""
        if trouble != self.trouble:
            self.trouble = trouble
            await in_thread(lambda: note_trouble(camera_id=self.camera_id, trouble=trouble))


class Sessions:
    """The encoders that send now. By the server's number of a connection; for one event loop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, Session] = {}
        self._newest: dict[UUID, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def publish(self, client: str, key: str) -> str:
        """Let an encoder in, in place of another with its key; return the name for its recording. Errors: CameraRefused."""
        camera = await in_thread(lambda: RTMP.authorise(key))
        session = Session(key, camera, self.folder)
        before = self._newest.get(camera.id)
        if before is not None:
            before.shut = True
        self._newest[camera.id] = self._known[client] = session
        task = asyncio.create_task(self._follow(session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return session.name

    async def update(self, client: str, key: str) -> bool:
        """Return whether an encoder may go on: its show is on, its key is not revoked, its film can be played."""
        session = self._session(client, key)
        if session is None or session.shut:
            return False
        session.heard = time.monotonic()
        try:
            await in_thread(lambda: RTMP.authorise(key))
        except CameraRefused:
            session.shut = True
        except DatabaseError:  # a database that is away for a moment ends no show
            log.warning("the database did not answer")
        return not session.shut

    def done(self, client: str, key: str) -> None:
        """An encoder has gone; its last film is still read."""
        session = self._session(client, key)
        if session is not None:
            session.done = True
            del self._known[client]

    async def close(self) -> None:
        """Send everyone away; return when what came is in the store."""
        for session in self._newest.values():
            session.shut = True
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _session(self, client: str, key: str) -> Session | None:
        session = self._known.get(client)
        return session if session is not None and hmac.compare_digest(session.key.encode(), key.encode()) else None

    async def _follow(self, session: Session) -> None:
        try:
            await session.follow()
        except Exception:
            log.exception("an encoder's film broke off")
        if self._newest.get(session.camera_id) is session:
            del self._newest[session.camera_id]
            trouble = session.trouble
            await in_thread(lambda: RTMP.ended(camera_id=session.camera_id, now=clock.now(), trouble=trouble))


async def in_thread(do: Callable[[], Value]) -> Value:
    """Run what asks the database in a thread."""

    def run() -> Value:
        close_old_connections()
        try:
            return do()
        finally:
            close_old_connections()

    return await asyncio.to_thread(run)
