"""The camera of the demo's show: the film, a second each second, through the door that every camera uses."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from uuid import UUID

import httpx

from renmai.cli.demo.on_air.reel import reel

log = logging.getLogger("renmai.demo")
FIRST_SECONDS = 150
"""How long it films when a show begins: enough that there is something to cut clips from."""
REST_SECONDS = 300
"""How long it films on after the last viewer who is not of the demo: a demo left alone must not fill the disk."""


class Camera:
    """Films a show while anybody looks. `watched` says whether somebody does."""

    def __init__(self, *, fast: str, show_id: UUID, key: str, watched: Callable[[], bool]) -> None:
        self.place = f"{fast}/live/{show_id}/takes"
        self.headers = {"authorization": f"Bearer {key}"}
        self.watched = watched
        self.until = time.monotonic() + FIRST_SECONDS

    async def film(self) -> None:
        """Film and rest, until cancelled; a door that does not answer is asked again by a new take."""
        async with httpx.AsyncClient(headers=self.headers, timeout=10) as line:
            while True:
                await self._awake()
                try:
                    await self._take(line)
                except httpx.HTTPError as error:
                    log.warning("the demo's camera begins again: %s", error)
                    await asyncio.sleep(2)

    async def _awake(self) -> None:
        while not self._wanted():
            await asyncio.sleep(0.5)

    def _wanted(self) -> bool:
        if self.watched():
            self.until = max(self.until, time.monotonic() + REST_SECONDS)
        return time.monotonic() < self.until

    async def _take(self, line: httpx.AsyncClient) -> None:
        """One take: a head, then a piece when its second is over."""
        begun = await line.post(self.place, content=reel().head.data)
        begun.raise_for_status()
        take, began, number = begun.json()["take"], time.monotonic(), 0
        while self._wanted():
            await asyncio.sleep(max(0.0, began + number + 1 - time.monotonic()))
            kept = await line.put(f"{self.place}/{take}/fragments/{number + 1}", content=reel().piece(number))
            kept.raise_for_status()
            number += 1
