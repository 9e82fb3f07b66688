"""A line to the process that owns drops: claims go over it many at a time, and their answers come back."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import Any
from uuid import UUID

import orjson

from renmai.fast.claims.wire import CLAIMS_MAX, LINE_BYTES_MAX, Asked, line_of, proof, proves, read_answer
from renmai.trade.promotions.claim_rules import Kept

OPEN_SECONDS = 2.0


class Link:
    """An open line. Once it ends, everyone who waits for an answer is told so by ConnectionError."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._waiting: dict[int, tuple[UUID, asyncio.Future[Kept]]] = {}
        self._unsent: list[Asked] = []
        self._count = 0
        self.reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, address: str, key: str) -> Link:
        """Open a line to `address` and prove to each other that both know `key`. Errors: ConnectionError."""
        host, _, port = address.rpartition(":")
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                reader, writer = await asyncio.open_connection(host, int(port), limit=LINE_BYTES_MAX)
                nonce = secrets.token_hex(16)
                writer.write(line_of({"nonce": nonce}))
                told = orjson.loads(await reader.readline())
                if not proves(key, "owner", nonce, told["proof"]):
                    raise ConnectionError("not an owner of this house")
                writer.write(line_of({"proof": proof(key, "asker", told["nonce"])}))
        except (OSError, ValueError, KeyError, TypeError, TimeoutError) as failure:
            raise ConnectionError("the owner cannot be reached") from failure
        return cls(reader, writer)

    @property
    def ended(self) -> bool:
        """Return whether nothing can be asked any more."""
        return self.reading.done()

    async def ask(self, drop_id: UUID, buyer_id: UUID, quantity: int) -> Kept:
        """Claim through the owner. Errors: its refusals, Moved, ConnectionError when the line ends before it answered."""
        if self.ended:
            raise ConnectionError("the line has ended")
        self._count += 1
        future: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        self._waiting[self._count] = (drop_id, future)
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._send)
        number = self._count
        self._unsent.append((number, drop_id, buyer_id, quantity))
        try:
            return await future
        finally:
            self._waiting.pop(number, None)  # who waits no longer, since the owner did not answer

    def _send(self) -> None:
        """Send what came together since the loop went round last."""
        while self._unsent:
            some, self._unsent = self._unsent[:CLAIMS_MAX], self._unsent[CLAIMS_MAX:]
            self._writer.write(line_of(some))

    async def _read(self) -> None:
        try:
            while line := await self._reader.readline():
                for answer in orjson.loads(line):
                    self._settle(answer)
        except (OSError, ValueError, LookupError, TypeError):
            pass  # whatever ended it, it is over
        finally:
            self._writer.close()
            for _, future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError("the owner has gone"))
            self._waiting.clear()

    def _settle(self, answer: list[Any]) -> None:
        drop_id, future = self._waiting.pop(answer[0], (None, None))
        if drop_id is None or future is None or future.done():
            return
        outcome = read_answer(drop_id, answer)
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

    async def close(self) -> None:
        """End it."""
        self.reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.reading
