"""A room in this process: its viewers, and a ring of the newest frames that each of them reads at its own pace."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from renmai.kit.problems import NotFound
from renmai.places.talk.rules import RemovedFromRoom

RING = 256
"""How many frames a slow viewer may be behind before its line is closed; it comes again and catches up."""

VIEWS_MAX = 100
"""Of how many segments looks are counted between two writings: more than a show has."""

SendText = Callable[[str], Awaitable[None]]


class TooSlow(Exception):
    """A viewer is further behind than the ring reaches."""


class Room:
    """A show's room. `seen` is the number of the line's last entry that was told here, `likes` what is not written yet.

    `came` and `views` (by segment) are not written yet either; `noted` is the minute and the most viewers written last.
    `people` have lines here, `out` of them are who may be here no longer; `gone`: the house shows the show to nobody.
    """

    __slots__ = (
        "came",
        "changed",
        "count",
        "gone",
        "likes",
        "noted",
        "out",
        "people",
        "ring",
        "seen",
        "show_id",
        "state",
        "viewers",
        "views",
        "watchers",
    )

    def __init__(self, show_id: UUID, state: dict[str, Any]) -> None:
        self.show_id = show_id
        self.state = state
        self.seen = int(state["number"])
        self.viewers = 0
        self.watchers = 0
        self.likes = 0
        self.came = 0
        self.views: dict[UUID, int] = {}
        self.noted = (0, 0)
        self.gone = False
        self.people: Counter[UUID] = Counter()
        self.out: frozenset[UUID] = frozenset()
        self.count = 0
        self.ring: list[str] = [""] * RING
        self.changed = asyncio.Event()

    def leave(self, person_id: UUID) -> None:
        """One line less of somebody."""
        self.people[person_id] -= 1
        if not self.people[person_id]:
            del self.people[person_id]

    def require(self, person_id: UUID | None) -> None:
        """Errors: NotFound where the show is shown to nobody, RemovedFromRoom for who was taken out of it."""
        if self.gone:
            raise NotFound()
        if person_id in self.out:
            raise RemovedFromRoom()

    def has_drop(self, drop_id: UUID) -> bool:
        """Return whether a drop is one of this show, to come or on."""
        return any(drop["id"] == drop_id for drop in self.state["drops"])

    def look_at(self, segment_id: UUID) -> None:
        """Count a look at goods; a viewer who makes ids up fills no memory."""
        if len(self.views) < VIEWS_MAX or segment_id in self.views:
            self.views[segment_id] = self.views.get(segment_id, 0) + 1

    def tell(self, frame: str) -> None:
        """Let every viewer here read a frame; waits for nobody."""
        self.ring[self.count % RING] = frame
        self.count += 1
        before, self.changed = self.changed, asyncio.Event()
        before.set()

    async def read_on(self, send: SendText, place: int) -> None:
        """Send every frame after `place` (what `count` was) to one viewer, until cancelled. Errors: TooSlow."""
        while True:
            while place < self.count:
                if self.count - place > RING:
                    raise TooSlow()
                frame = self.ring[place % RING]
                place += 1
                await send(frame)
            await self.changed.wait()
