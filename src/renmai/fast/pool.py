"""A few asynchronous connections for the hottest reads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg

from renmai.kit.db import TRANSIENT, connection_params
from renmai.kit.problems import Busy

READERS = 3  # of each kind: more only take the processor from one another, and the slowest answers become slower
READ_SECONDS_MAX = 10.0


class Readers:
    """Autocommitting connections, opened when first needed, replaced when they die.

    `planned_once`: a statement is planned once, whatever its parameters. PostgreSQL by itself plans each run anew where it
    does not know how many rows `limit` will let through, which for a page of the pool takes longer than to read it.
    """

    def __init__(self, *, planned_once: bool = False) -> None:
        self._options = " -c plan_cache_mode=force_generic_plan" if planned_once else ""
        self._idle: asyncio.LifoQueue[psycopg.AsyncConnection[Any] | None] = asyncio.LifoQueue()
        for _ in range(READERS):
            self._idle.put_nowait(None)

    async def rows(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the rows of a read. A connection that died is tried once more.

        Errors: Busy after ten seconds, or when the database is out of reach.
        """
        try:
            async with asyncio.timeout(READ_SECONDS_MAX):
                try:
                    return await self._rows(sql, params)
                except TRANSIENT:
                    return await self._rows(sql, params)
        except (TimeoutError, *TRANSIENT):
            raise Busy() from None

    async def _rows(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        connection = await self._idle.get()
        try:
            if connection is None or connection.closed:
                connection = await self._open()
            cursor = await connection.execute(sql, params)
            return await cursor.fetchall()
        except BaseException:
            if connection is not None:
                await connection.close()
            connection = None
            raise
        finally:
            self._idle.put_nowait(connection)

    async def _open(self) -> psycopg.AsyncConnection[Any]:
        params = connection_params()
        params["options"] += self._options
        connection: psycopg.AsyncConnection[Any] = await psycopg.AsyncConnection.connect(
            **params, application_name="renmai-fast-read", autocommit=True
        )
        connection.prepare_threshold = 1
        return connection

    async def close(self) -> None:
        """Close what is open."""
        while not self._idle.empty():
            connection = self._idle.get_nowait()
            if connection is not None:
                await connection.close()
