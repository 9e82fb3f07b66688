"""Servers on loopback that answer as told, and a network in which public-looking names lead to them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from renmai.kit.http import (
    Limits,
    Response,
    fetch,
)
from renmai.kit.outgoing import dial_address

PUBLIC = "93.184.215.14"
OTHER = "142.250.185.78"
MIB = 1024 * 1024
Answer = Callable[[socket.socket, bytes], None]


class Server:
    """A TCP server on loopback that reads one request per connection, remembers it, and answers as told."""

    def __init__(self, answer: Answer | bytes, tls: ssl.SSLContext | None = None) -> None:
        self._answer = answer
        self._tls = tls
        self.requests: list[bytes] = []
        self.names: list[str | None] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        with plain, suppress(OSError):
            plain.settimeout(5)
            if self._tls is None:
                self._talk(plain)
                return
            with self._tls.wrap_socket(plain, server_side=True) as secure:
                self._talk(secure)

    def _talk(self, connection: socket.socket) -> None:
        request = read_request(connection)
        self.requests.append(request)
        if isinstance(self._answer, bytes):
            connection.sendall(self._answer)
        else:
            self._answer(connection, request)

    def wait(self, seconds: float) -> bool:
        """Sleep, and return whether the server goes on."""
        return not self._stopped.wait(seconds)


def received(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the client left")
    return data


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += received(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    wanted = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        wanted = int(value) if name.lower() == b"content-length" else wanted
    while len(body) < wanted:
        body += received(connection)
    return head + b"\r\n\r\n" + body


def http(body: bytes = b"", *, status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}"] + [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def moved(location: str, status: str = "302 Found") -> bytes:
    return http(status=status, location=location)


class Names:
    """A resolver that answers from a table, in turn, and counts how often it was asked."""

    def __init__(self, **table: list[list[str]]) -> None:
        self._table = {name.replace("_", "."): list(answers) for name, answers in table.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self._table:
            raise socket.gaierror("no such name")
        answers = self._table[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Wires:
    """Dials: a public-looking address leads to one of our servers; what was dialled is remembered."""

    def __init__(self, **servers: Server) -> None:
        self._servers = servers
        self.dialled: list[tuple[str, int]] = []

    def __call__(self, address: str, port: int, seconds_max: float) -> socket.socket:
        self.dialled.append((address, port))
        server = self._servers.get("a" + address.replace(".", "_"))
        if server is None:
            raise ConnectionRefusedError(address)
        return dial_address("127.0.0.1", server.port, seconds_max)


def origin(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


DEFAULT = Limits()


def get(server: Server, path: str = "/", *, limits: Limits = DEFAULT) -> Response:
    return fetch(origin(server) + path, allow=frozenset({origin(server)}), limits=limits)


def header(request: bytes, name: str) -> str | None:
    for line in request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.decode().lower() == name:
            return value.decode().strip()
    return None
