"""The engines that take film in, behind one protocol: may this camera send, it began, it ended, where the film is seen.

A further engine is another class with these four and an entry in ENGINES. One that serves its film by itself answers
`playback` with its own addresses and keeps nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from renmai.places.live.models import Show
from renmai.places.streams.actions import begin_take
from renmai.places.streams.engines import Playback, authorise, camera_left, playback_of
from renmai.places.streams.models import Camera, Take


class Engine(Protocol):
    """What takes film in. `name` is that of its cameras (`Camera.engine`)."""

    @property
    def name(self) -> str: ...

    def authorise(self, key: str) -> Camera:
        """Return the camera that a key is of, if it may send now. Errors: CameraRefused."""

    def started(self, *, key: str, head: bytes, now: datetime) -> Take:
        """Film began, or goes on after a break. Errors: CameraRefused, NotAStream, TooManyTakes."""

    def ended(self, *, camera_id: UUID, now: datetime, trouble: str = "") -> None:
        """The camera went away, or was sent away for a trouble of `rules.TROUBLES`."""

    def playback(self, show: Show) -> Playback:
        """Return where the film of a show is to be seen."""


@dataclass(frozen=True, slots=True)
class HouseEngine:
    """An engine whose film goes fragment by fragment into the house's own store, and is seen from there."""

    name: str

    def authorise(self, key: str) -> Camera:
        """Return the camera that a key is of, if it may send now. Errors: CameraRefused."""
        return authorise(engine=self.name, key=key)

    def started(self, *, key: str, head: bytes, now: datetime) -> Take:
        """Begin a take. Errors: CameraRefused, NotAStream, TooManyTakes."""
        return begin_take(engine=self.name, key=key, head=head, now=now)

    def ended(self, *, camera_id: UUID, now: datetime, trouble: str = "") -> None:
        """Note that a camera went away. Again changes nothing."""
        camera_left(camera_id=camera_id, now=now, trouble=trouble)

    def playback(self, show: Show) -> Playback:
        """Return where the film of a show is to be seen, below the address of `fast`."""
        return playback_of(show)


BROWSER, RTMP = HouseEngine("browser"), HouseEngine("rtmp")
ENGINES: Mapping[str, Engine] = {engine.name: engine for engine in (BROWSER, RTMP)}
