"""A room in this process: its viewers, and a ring of the newest frames that each of them reads at its own pace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

RING = 256
"""How many frames a slow viewer may be behind before its line is closed; it comes again and catches up."""

SendText = Callable[[str], Awaitable[None]]


class TooSlow(Exception):
    """A viewer is further behind than the ring reaches."""


class Room:
    """A show's room. `seen` is the number of the line's last entry that was told here, `likes` what is not written yet."""

    __slots__ = ("changed", "count", "likes", "ring", "seen", "show_id", "state", "viewers", "watchers")

    def __init__(self, show_id: UUID, state: dict[str, Any]) -> None:
        self.show_id = show_id
        self.state = state
        self.seen = int(state["number"])
        self.viewers = 0
        self.watchers = 0
        self.likes = 0
        self.count = 0
        self.ring: list[str] = [""] * RING
        self.changed = asyncio.Event()

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
