"""`fast` in a process of its own, as `renmai serve` starts it, on the tests' database; and a plain HTTP client for it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode
from urllib.request import urlopen

import pytest
from django.utils.datastructures import CaseInsensitiveMapping

from renmai.cli.serve import children
from renmai.config import config
from renmai.kit.db import connection_params
from tests.api.desk import Answered, Caller
from tests.proof.house import free_port

ORIGIN = "http://pages.example:8000"


@dataclass
class Told:
    """An answer of `fast`, read like one of the API."""

    status_code: int
    headers: CaseInsensitiveMapping[str]
    content: bytes
    streaming: bool = False

    def json(self) -> Any:
        """The JSON."""
        return json.loads(self.content)


@dataclass
class Fast:
    """A running `fast`."""

    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    def call(
        self, method: str, path: str, body: Any = None, *, token: str = "", key: str | None = "", **headers: str
    ) -> Answered:
        """Call a path with a JSON body (or raw bytes); every header by its name with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["authorization"] = f"Bearer {token}"
        if key:
            sent["idempotency-key"] = key
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, content, {"content-type": "application/json", **sent})
            response = line.getresponse()
            found = CaseInsensitiveMapping(dict(response.getheaders()))
            return Answered(Told(response.status, found, response.read()))
        finally:
            line.close()

    def stop(self) -> tuple[int, float]:
        """SIGTERM; return the exit code and how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30), time.monotonic() - began


@contextlib.contextmanager
def serving_fast(log: Path | None = None, *, origin: str = ORIGIN) -> Iterator[Fast]:
    """Run `fast` for the time of a block, for the pages of `origin`; with a `log`, all that it logs goes there."""
    fast = _started(log, origin)
    try:
        yield fast
    finally:
        if fast.process.poll() is None:
            fast.stop()


def _started(log: Path | None, origin: str, tries: int = 3) -> Fast:
    """Start it; on another port where somebody was quicker to take the one that was free."""
    fast = _start(free_port(), log, origin)
    if _answers(fast):
        return fast
    if fast.process.poll() is None:
        fast.stop()
        raise TimeoutError("fast does not answer")
    if tries == 1:
        raise RuntimeError("fast does not start")
    return _started(log, origin, tries - 1)


def _start(port: int, log: Path | None, origin: str) -> Fast:
    names = ("host", "port", "user", "password", "dbname")
    known = {name: value for name, value in connection_params().items() if name in names}
    env = {
        "PORT": str(port),
        "PUBLIC_URL": origin,
        "LOG_LEVEL": "DEBUG" if log else "ERROR",
        "DATABASE_URL": f"postgresql:///?{urlencode(known)}",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        config.cache_clear()
        (child,) = [child for child in children() if child.name == "fast"]
        with log.open("wb") if log else contextlib.nullcontext() as output:
            process = subprocess.Popen(
                child.argv, env={**os.environ, **(child.env or {})}, stdout=output, stderr=output
            )
    config.cache_clear()
    return Fast(port + 1, process)


def _answers(fast: Fast) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and fast.process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", fast.port), 1):
            urlopen(f"http://127.0.0.1:{fast.port}/readyz", timeout=5).close()
            return True
        time.sleep(0.05)
    return False


class Both:
    """The same call at both doors, with keys of their own unless one is given."""

    def __init__(self, fast: Fast, token: str = "") -> None:
        self.fast, self.token, self.count = fast, token, 0
        self.api = Caller(token)

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = "") -> tuple[Answered, Answered]:
        """The answers of `fast` and of the API."""
        self.count += 1
        keys = [f"both-{door}-{self.count:06d}" if key == "" else key for door in ("fast", "api")]
        raw = {"raw": body} if isinstance(body, bytes) else {"body": body}
        quick = self.fast.call(
            method, f"/api/v1{path}", body, token=self.token, key=keys[0] if method != "GET" else None
        )
        plain, _, query = path.partition("?")
        return quick, self.api.call(method, plain, key=keys[1], query=dict(parse_qsl(query)), **raw)


def shape(value: Any) -> Any:
    """What a JSON value is made of: names and types, whatever the values."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__
