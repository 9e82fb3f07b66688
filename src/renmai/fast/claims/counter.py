"""The counter at which claims are made: one's own are queued here, those of other owners are handed over and waited for."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from uuid import UUID

import orjson
from django.conf import settings

from renmai.fast.claims.keeper import Keeper
from renmai.fast.claims.link import OPEN_SECONDS, Link
from renmai.fast.claims.wire import LINE_BYTES_MAX, Asked, Moved, answer_of, line_of, proof, proves, read_asked
from renmai.kit import clock
from renmai.kit.db import TRANSIENT
from renmai.kit.problems import Busy, DomainError
from renmai.trade.promotions.claim_lane import claim_lane
from renmai.trade.promotions.claim_rules import Claim, Kept

log = logging.getLogger("renmai.claims")
PAUSE_SECONDS = 0.05
OWNER_SECONDS = 10.0
"""So long a claim looks for an owner that answers. Then it goes to the lane from here: exact, if not in order."""
SHUNNED_SECONDS = 10.0
"""So long nobody waits again for an owner that did not answer: it may be stopped, and hold its locks all the same."""
TEND_SECONDS = 1.0


class Counter:
    """Where the viewers of this process claim. Opened with the first claim."""

    def __init__(self) -> None:
        self._keeper: Keeper | None = None
        self._server: asyncio.Server | None = None
        self._tending: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._finding: dict[UUID, asyncio.Task[str]] = {}
        self._owners: dict[UUID, str] = {}
        self._links: dict[str, asyncio.Task[Link]] = {}
        self._shunned: dict[str, float] = {}
        self._answering: set[asyncio.Task[None]] = set()

    async def claim(self, drop_id: UUID, buyer_id: UUID, quantity: int) -> Kept:
        """Claim units of a drop, in the order of its owner. What the owner did not answer before it died is asked again of
        the next, which gives the same answer: units are kept once for a buyer. Errors: ClaimRefused, NotFound, Invalid, Busy.
        """
        keeper = self._keeper or await self._open()
        if not keeper.holds(drop_id):
            try:
                async with asyncio.timeout(OWNER_SECONDS):
                    kept = await self._ask_owner(keeper, drop_id, buyer_id, quantity)
            except TimeoutError:
                kept = None
                self._shun(self._owners.pop(drop_id, ""))
            if kept is not None:
                return kept
        return await self.decide(drop_id, buyer_id, quantity)

    async def decide(self, drop_id: UUID, buyer_id: UUID, quantity: int) -> Kept:
        """Claim without asking whose the drop is: exact, in the order in which claims come to the lane. Errors: as claim."""
        return await claim_lane.asubmit(Claim(drop_id, buyer_id, quantity, clock.now()))

    async def _ask_owner(self, keeper: Keeper, drop_id: UUID, buyer_id: UUID, quantity: int) -> Kept | None:
        """Return what the drop's owner answers; None where that is this process, or one that does not answer just now."""
        while not keeper.holds(drop_id):
            try:
                address = self._owners.get(drop_id) or await self._find(keeper, drop_id)
                if self._shunned.get(address, 0.0) > time.monotonic():
                    return None
                if address != keeper.address:
                    return await (await self._link(address)).ask(drop_id, buyer_id, quantity)
            except (ConnectionError, Moved, *TRANSIENT) as failure:
                address = self._owners.pop(drop_id, "")
                if isinstance(failure.__cause__, TimeoutError):
                    self._shun(address)
                await asyncio.sleep(PAUSE_SECONDS)
        return None

    def _shun(self, address: str) -> None:
        if address:
            log.warning("the owner of a drop does not answer")
            self._shunned[address] = time.monotonic() + SHUNNED_SECONDS

    async def _find(self, keeper: Keeper, drop_id: UUID) -> str:
        """Return whose a drop is; thousands who ask at once ask the database once. Errors: ConnectionError: nobody's yet."""
        finding = self._finding.get(drop_id)
        if finding is None:
            finding = self._finding[drop_id] = asyncio.create_task(keeper.find(drop_id))
            finding.add_done_callback(lambda _: self._finding.pop(drop_id, None))
        address = await asyncio.shield(finding)
        if not address:
            raise ConnectionError("nobody owns it just now")
        if address != keeper.address:
            self._owners[drop_id] = address
        return address

    async def _link(self, address: str) -> Link:
        opening = self._links.get(address)
        if opening is None or (opening.done() and (opening.exception() or opening.result().ended)):
            opening = self._links[address] = asyncio.create_task(Link.open(address, settings.SECRET_KEY))
        return await asyncio.shield(opening)

    async def _open(self) -> Keeper:
        async with self._opening:
            if self._keeper is None:
                self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LINE_BYTES_MAX)
                host, port = self._server.sockets[0].getsockname()
                self._keeper = Keeper(f"{host}:{port}")
                self._tending = asyncio.create_task(self._tend(self._keeper))
        return self._keeper

    async def _tend(self, keeper: Keeper) -> None:
        while True:
            await asyncio.sleep(TEND_SECONDS)
            await keeper.tend()
            self._shunned = {each: until for each, until in self._shunned.items() if until > time.monotonic()}
            for address, opening in list(self._links.items()):
                if opening.done() and (opening.exception() or opening.result().ended):
                    del self._links[address]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear another process of this house: prove who both are, then queue its claims in the order in which they come."""
        asker = Asker(writer)
        try:
            if await self._admitted(reader, writer):
                while line := await reader.readline():
                    for asked in read_asked(line):
                        task = asyncio.create_task(self._answer(asker, asked))
                        self._answering.add(task)
                        task.add_done_callback(self._answering.discard)
        except (OSError, ValueError, KeyError, TypeError):
            log.warning("a line for claims ended oddly")
        finally:
            writer.close()

    async def _admitted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        async with asyncio.timeout(OPEN_SECONDS):
            asked, nonce = orjson.loads(await reader.readline()), secrets.token_hex(16)
            writer.write(line_of({"nonce": nonce, "proof": proof(settings.SECRET_KEY, "owner", str(asked["nonce"]))}))
            return proves(settings.SECRET_KEY, "asker", nonce, orjson.loads(await reader.readline())["proof"])

    async def _answer(self, asker: Asker, asked: Asked) -> None:
        ref, drop_id, buyer_id, quantity = asked
        outcome: Kept | Exception = Moved()
        if self._keeper is not None and self._keeper.holds(drop_id):
            try:
                outcome = await claim_lane.asubmit(Claim(drop_id, buyer_id, quantity, clock.now()))
            except DomainError as refusal:
                outcome = refusal
            except Exception:
                log.exception("a claim could not be decided")
                outcome = Busy()
        asker.tell(answer_of(ref, outcome))

    async def close(self) -> None:
        """Answer what is under way, let go of all drops, and end."""
        if self._server is not None:
            self._server.close()
        if self._answering:
            await asyncio.wait(self._answering, timeout=5)
        for opening in self._links.values():
            if opening.done() and not opening.exception():
                await opening.result().close()
        if self._tending is not None:
            self._tending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._tending
        if self._keeper is not None:
            await self._keeper.close()


class Asker:
    """Another process that asked: its answers go back many in a line."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._unsent: list[list[object]] = []

    def tell(self, answer: list[object]) -> None:
        """Send an answer with the others that come in this round of the loop."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._send)
        self._unsent.append(answer)

    def _send(self) -> None:
        answers, self._unsent = self._unsent, []
        if not self._writer.is_closing():
            self._writer.write(line_of(answers))
