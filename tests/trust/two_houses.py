"""A second house: a copy of the test's database, a home and a key of its own, pages and API served by a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from django.db import connection, connections
from psycopg import sql

from renmai.kit.ids import new_id
from renmai.kit.lane import stop_lanes
from tests.proof.house import free_port

SERVER = (
    "import sys; from wsgiref.simple_server import make_server; from renmai.web.wsgi import application\n"
    "from threading import Event; from renmai.cli.worker import start_sweeps; from renmai.wiring import SWEEPS\n"
    "[start_sweeps(Event(), {name: SWEEPS[name]}, ()) for name in sys.argv[2:]]\n"
    "make_server('127.0.0.1', int(sys.argv[1]), application).serve_forever()\n"
)


def database_url(name: str) -> str:
    """Return the address of a database on the tests' server."""
    told = connection.settings_dict
    return f"postgresql://{told['USER']}:{told['PASSWORD']}@/{name}?host={told['HOST']}&port={told['PORT']}"


@contextmanager
def copied() -> Iterator[str]:
    """Copy the test's database as it is now; yield the copy's name."""
    name, source = f"copy_{new_id().hex}", str(connection.settings_dict["NAME"])
    stop_lanes()
    connections.close_all()
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
            (source,),
        )
        server.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(source)))
        try:
            yield name
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


class House:
    """A house that is served, and works at these sweeps; `address` is that of its pages."""

    def __init__(
        self, database: str, home: Path, *sweeps: str, port: int | None = None, more: Mapping[str, str] | None = None
    ) -> None:
        port = port or free_port()
        self.address = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(port), *sweeps],
            env={
                **os.environ, "DATABASE_URL": database_url(database), "RENMAI_HOME": str(home), "PUBLIC_URL": self.address,
                "SECRET_KEY": "of both houses", "LOG_LEVEL": "ERROR", **(more or {}),
            },
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._client = httpx.Client(base_url=self.address, trust_env=False, timeout=30)

    def wait(self) -> None:
        """Wait until it answers."""
        for _ in range(600):
            try:
                self._client.get("/favicon.ico")
            except httpx.TransportError:
                assert self._process.poll() is None
                time.sleep(0.1)
            else:
                return
        raise TimeoutError("the house does not answer")

    def get(self, path: str, token: str = "") -> httpx.Response:
        return self._client.get(path, headers={"Authorization": f"Bearer {token}"} if token else {})

    def post(self, path: str, token: str, body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": new_id().hex}
        return self._client.post(f"/api/v1{path}", headers=headers, json=body)

    def end(self) -> None:
        """End its process."""
        self._client.close()
        self._process.terminate()
        self._process.wait(10)
