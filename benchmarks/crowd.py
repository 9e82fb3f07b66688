"""A crowd of viewers for load: web sockets of a live room by the thousand in one process, and nothing but what is needed."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import resource
import struct
import time
from collections.abc import Callable
from typing import cast
from uuid import UUID

OPENING_AT_ONCE = 100
TEXT, PING, PONG = 1, 9, 10


def raise_limits() -> None:
    """Allow this process and its children as many open files as the system lets it have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Viewer(asyncio.Protocol):
    """One viewer: says hello with a pass (or none), hands each text that comes to `heard` with the time it came."""

    def __init__(self, show_id: UUID, origin: str, pass_: str, heard: Callable[[Viewer, bytes, float], None]) -> None:
        self.show_id, self.origin, self.pass_, self.heard = show_id, origin, pass_, heard
        self.transport: asyncio.Transport | None = None
        self.open = self.closed = False
        self.data = b""
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the web socket."""
        self.transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET /live/{self.show_id}/room HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nOrigin: {self.origin}\r\n\r\n".encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        """Fail whoever waits."""
        self.closed = True
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed"))

    def data_received(self, data: bytes) -> None:
        """Read the answer to the request, then frames."""
        now = time.perf_counter()
        self.data += data
        if not self.open:
            head, found, rest = self.data.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self.open, self.data = True, rest
            self.say({"kind": "hello", "pass": self.pass_})
        while (found_frame := self._frame()) is not None:
            kind, frame = found_frame
            if kind == PING:
                self._write(PONG, frame)
                continue
            if not self.ready.done():
                self.ready.set_result(None)
            self.heard(self, frame, now)

    def _frame(self) -> tuple[int, bytes] | None:
        if len(self.data) < 2:
            return None
        kind = self.data[0] & 0x0F
        length, at = self.data[1] & 0x7F, 2
        if length == 126:
            length, at = int.from_bytes(self.data[2:4]), 4
        elif length == 127:
            length, at = int.from_bytes(self.data[2:10]), 10
        if len(self.data) < at + length:
            return None
        frame, self.data = self.data[at : at + length], self.data[at + length :]
        return kind, frame

    def say(self, message: dict[str, object]) -> None:
        """Send a text, masked with zeros as a client may."""
        self._write(TEXT, json.dumps(message).encode())

    def _write(self, kind: int, body: bytes) -> None:
        size = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + struct.pack(">H", len(body))
        assert self.transport is not None
        self.transport.write(bytes([0x80 | kind]) + size + bytes(4) + body)


async def seat_crowd(
    port: int, show_id: UUID, origin: str, passes: list[str], heard: Callable[[Viewer, bytes, float], None]
) -> list[Viewer]:
    """Open a line for each of `passes`, some at a time, and wait until each was told how the room stands."""
    loop, seated = asyncio.get_running_loop(), []
    for start in range(0, len(passes), OPENING_AT_ONCE):
        some = await asyncio.gather(
            *(
                loop.create_connection(lambda p=p: Viewer(show_id, origin, p, heard), "127.0.0.1", port)  # type: ignore[misc]
                for p in passes[start : start + OPENING_AT_ONCE]
            )
        )
        await asyncio.wait_for(asyncio.gather(*(viewer.ready for _, viewer in some)), 60)
        seated += [viewer for _, viewer in some]
    return seated
