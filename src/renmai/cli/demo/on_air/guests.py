"""The demo's people in the room: each on a web socket of their own, talking, liking, and claiming what is dropped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from renmai.kit import clock
from renmai.kit.access import Actor, require_person
from renmai.places.talk.passes import make_pass

log = logging.getLogger("renmai.demo")


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody of the demo, with an address to which parcels go."""

    actor: Actor
    name: str
    address_id: UUID


@dataclass
class Seat:
    """One guest's line. `hears` is called with each frame; `state` is how the room stood last."""

    guest: Guest
    show_id: UUID
    fast: str
    origin: str
    hears: Callable[[Seat, dict[str, Any]], None]
    line: ClientConnection | None = None
    state: dict[str, Any] = field(default_factory=dict)

    async def sit(self) -> None:
        """Stay in the room until cancelled; a line that breaks is opened again."""
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                await self._sit()
            self.line = None
            await asyncio.sleep(random.uniform(2, 5))

    async def _sit(self) -> None:
        address = f"{self.fast.replace('http', 'ws', 1)}/live/{self.show_id}/room"
        async with connect(address, origin=self.origin, open_timeout=10) as line:  # type: ignore[arg-type]
            ticket = make_pass(
                show_id=self.show_id, person_id=require_person(self.guest.actor), name=self.guest.name, keeps_order=False,
                now=clock.now(),
            )  # fmt: skip
            await line.send(json.dumps({"kind": "hello", "pass": ticket, "after": 0}))
            self.line = line
            async for frame in line:
                told = json.loads(frame)
                if told["kind"] in ("state", "counts"):
                    self.state |= told
                self.hears(self, told)

    async def tell(self, kind: str, **fields: Any) -> None:
        """Say, like or claim; a line that is away says nothing."""
        if self.line is not None:
            with contextlib.suppress(OSError, WebSocketException):
                await self.line.send(json.dumps({"kind": kind, **fields}))
