"""A client that never gives up: the same request with the same key, until the house answers it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import orjson

ANSWER_SECONDS_MAX = 15.0
"""How long one try may take. The house itself says Busy after 30 s; a proof has less patience."""
GIVE_UP_SECONDS = 120.0
TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


class NoAnswer(Exception):
    """The house did not answer in time, however often it was asked."""


class Journal:
    """What was asked and what was answered, on disk, a JSON object a line; written before the question goes out."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - closed by close()

    def write(self, **row: Any) -> None:
        """Append a line."""
        self._file.write(orjson.dumps(row) + b"\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Wire:
    """A keep-alive connection to one port of the loopback, made again whenever it is lost."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Send one request, once. Errors: OSError, EOFError, TimeoutError, ValueError when there is no whole answer."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                if self._streams is None:
                    self._streams = await asyncio.open_connection("127.0.0.1", self.port)
                return await _exchange(*self._streams, method, path, headers, body)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Let go of the connection."""
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()
            with contextlib.suppress(OSError):
                await streams[1].wait_closed()


async def _exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
) -> tuple[int, bytes]:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(
        f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body
    )
    await writer.drain()
    status = int((await reader.readuntil(b"\n")).split()[1])
    length, chunked = 0, False
    while (line := (await reader.readuntil(b"\n")).strip().lower()) != b"":
        name, _, value = line.partition(b":")
        length = int(value) if name == b"content-length" else length
        chunked = chunked or (name == b"transfer-encoding" and value.strip() == b"chunked")
    return status, await (_chunks(reader) if chunked else reader.readexactly(length))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    whole = b""
    while length := int(await reader.readuntil(b"\n"), 16):
        whole += (await reader.readexactly(length + 2))[:-2]
    await reader.readuntil(b"\n")
    return whole


class Caller:
    """Asks until it is answered, and writes both into the journal."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.tries = 0
        self.faults = 0
        self.unanswered = 0

    async def ask(
        self,
        wire: Wire,
        method: str,
        path: str,
        *,
        what: str,
        body: Any,
        headers: Callable[[bytes], Mapping[str, str]],
        key: str = "",
        told: Mapping[str, Any],
    ) -> tuple[int, Any]:
        """Return (status, answer). `told` goes into the journal with the question. Errors: NoAnswer."""
        key, raw = key or uuid4().hex, orjson.dumps(body)
        self.journal.write(asked=what, key=key, **told)
        deadline, wait = time.monotonic() + GIVE_UP_SECONDS, 0.05
        while time.monotonic() < deadline:
            self.tries += 1
            with contextlib.suppress(OSError, EOFError, TimeoutError, ValueError, IndexError):
                status, content = await wire.ask(method, path, {**headers(raw), "idempotency-key": key}, raw)
                if status not in TRY_AGAIN:
                    answer = orjson.loads(content)
                    self.journal.write(answered=what, key=key, status=status, answer=answer, **told)
                    return status, answer
                self.faults += status == 500
            await asyncio.sleep(wait)
            wait = min(wait * 1.7, 1.0)
        self.unanswered += 1
        raise NoAnswer(f"{what} {key}")
