"""A local HTTP server that a stand-in answers through, and that can be told to fail."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Call:
    """A request as it came in; header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def target(self) -> str:
        """Return the path with its query, as it is signed."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def form(self) -> dict[str, str]:
        """Return the fields of the body."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def asked(self) -> dict[str, str]:
        """Return the fields of the query."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200) -> Reply:
    """Return a reply of JSON."""
    return Reply(json.dumps(value, ensure_ascii=False).encode(), status, {"Content-Type": "application/json"})


class StandIn:
    """What the stand-ins have in common: an address, the calls that came, and faults to come.

    `faults` is used up front to back, one per call: "silent" acts and answers nothing in time, "broken" acts and breaks
    off, a number answers with that status and acts not, None answers as usual.
    """

    def __init__(self) -> None:
        self.origin = ""
        self.calls: list[Call] = []
        self.faults: list[str | int | None] = []

    def answer(self, call: Call) -> Reply:
        """Act and answer."""
        raise NotImplementedError

    def named(self, part: str) -> list[Call]:
        """Return the calls whose path holds `part`."""
        return [call for call in self.calls if part in call.path]

    def take(self, call: Call) -> Reply | None:
        """Act on a call unless a fault is due; None breaks the connection off."""
        self.calls.append(call)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, int):
            return Reply(b"{}", fault)
        reply = self.answer(call)
        if fault == "silent":
            time.sleep(1.5)
        return None if fault else reply


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = stand_in.take(Call(self.command, parts.path, parts.query, headers, self.rfile.read(length)))
            if reply is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = _do

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing."""

    return Handler


@contextmanager
def serving(make: Callable[[], StandIn]) -> Iterator[Any]:
    """Serve a stand-in on a free port of this machine; yield it."""
    stand_in = make()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stand_in))
    stand_in.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
