"""The advisory locks of this process: which drops are its own, and whose the others are."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from typing import Any
from uuid import UUID

import psycopg

from renmai.kit.db import TRANSIENT, connection_params

log = logging.getLogger("renmai.claims")
DROPS = 0x64726F70
"""The class of these locks (the first of an advisory lock's two numbers)."""
NAME = "renmai-claims "
IDLE_SECONDS = 60.0
TRY = "select pg_try_advisory_lock(%s, %s)"
FREE = "select pg_advisory_unlock(%s, %s)"
# Whoever holds a lock says its address in its connection's name: it is known exactly as long as the lock is held.
HOLDER = """
select a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid = %s::bigint::oid and l.objid = %s::bigint::oid
  and l.database = (select oid from pg_database where datname = current_database())
"""


def lock_number(drop_id: UUID) -> int:
    """Return the second number of a drop's lock; two drops that share one have one owner, which harms nobody."""
    return int.from_bytes(hashlib.sha256(drop_id.bytes).digest()[:4]) & 0x7FFFFFFF


class Keeper:
    """One connection that lives as long as the process, for the locks of the drops that this process owns."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._held: dict[UUID, float] = {}
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._guard = asyncio.Lock()

    def holds(self, drop_id: UUID) -> bool:
        """Return whether the drop is this process's own, which then counts as used now."""
        if drop_id not in self._held:
            return False
        self._held[drop_id] = time.monotonic()
        return True

    async def find(self, drop_id: UUID) -> str:
        """Make the drop one's own where nobody owns it; return the owner's address ("": nobody, just now).

        Errors: those of a connection that fails.
        """
        async with self._guard:
            if drop_id in self._held:
                return self.address
            try:
                return await self._find(drop_id)
            except TRANSIENT:
                await self._lose()
                raise

    async def _find(self, drop_id: UUID) -> str:
        connection = await self._open()
        place = (DROPS, lock_number(drop_id))
        row = await (await connection.execute(TRY, place)).fetchone()
        if row is not None and row[0]:
            self._held[drop_id] = time.monotonic()
            log.info("this process owns a drop now", extra={"drop_id": str(drop_id)})
            return self.address
        holder = await (await connection.execute(HOLDER, place)).fetchone()
        return str(holder[0]).removeprefix(NAME) if holder is not None else ""

    async def tend(self) -> None:
        """Notice a connection that was lost, and let go of drops that nobody claims any more."""
        async with self._guard:
            if self._connection is None:
                return
            idle = [drop for drop, used in self._held.items() if used < time.monotonic() - IDLE_SECONDS]
            try:
                await self._connection.execute("select 1")
                for drop_id in idle:
                    del self._held[drop_id]
                    await self._connection.execute(FREE, (DROPS, lock_number(drop_id)))
            except TRANSIENT:
                await self._lose()

    async def close(self) -> None:
        """Let go of everything."""
        async with self._guard:
            await self._lose()

    async def _open(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._held.clear()
            self._connection = await psycopg.AsyncConnection.connect(
                **connection_params(), application_name=f"{NAME}{self.address}", autocommit=True
            )
        return self._connection

    async def _lose(self) -> None:
        self._held.clear()
        if self._connection is not None:
            await self._connection.close()
        self._connection = None
