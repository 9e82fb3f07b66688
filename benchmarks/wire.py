"""A small HTTP/1.1 client for load: one keep-alive connection, one request at a time, nothing but what is needed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import cast
from urllib.request import urlopen

from renmai.cli.serve import children
from renmai.config import config

STARTS_SECONDS = 90.0  # on a busy machine


class Wire(asyncio.Protocol):
    """One connection. `ask` sends a request and returns (status, body)."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self.data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Fail whoever waits."""
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(ConnectionError("closed"))

    def data_received(self, data: bytes) -> None:
        """Collect an answer; hand it over when whole."""
        self.data += data
        head = self.data.find(b"\r\n\r\n")
        if head < 0:
            return
        start = self.data.find(b"content-length: ")
        length = int(self.data[start + 16 : self.data.find(b"\r\n", start)])
        if len(self.data) >= head + 4 + length and self.waiting is not None:
            status, body = int(self.data[9:12]), self.data[head + 4 : head + 4 + length]
            self.data = b""
            self.waiting.set_result((status, body))

    async def ask(self, method: str, path: str, headers: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a request and return its answer."""
        assert self.transport is not None
        self.waiting = asyncio.get_running_loop().create_future()
        self.transport.write(
            f"{method} {path} HTTP/1.1\r\nhost: bench\r\n{headers}content-length: {len(body)}\r\n\r\n".encode() + body
        )
        return await self.waiting


async def open_wire(port: int) -> Wire:
    """Return a connection to the loopback."""
    _, wire = await asyncio.get_running_loop().create_connection(Wire, "127.0.0.1", port)
    return wire


@contextlib.contextmanager
def serving(name: str) -> Iterator[int]:
    """Run one kind of child of `renmai serve` ("fast" or "web"); yield its port."""
    child = next(child for child in children() if child.name == name)
    port = config().port + (1 if name == "fast" else 0)
    if _answers(port):
        raise RuntimeError(f"somebody else listens on {port}: choose another PORT")
    process = subprocess.Popen(child.argv, env={**os.environ, **(child.env or {})}, stderr=sys.stderr)
    try:
        end = time.monotonic() + STARTS_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{name} does not answer on {port}")
            time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STARTS_SECONDS)


def _answers(port: int) -> bool:
    try:
        urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).read()
    except OSError:
        return False
    return True
