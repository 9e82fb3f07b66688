"""The outgoing client against servers that send too much, or too slowly, or nonsense."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable

import pytest

from renmai.kit.http import (
    FetchFailed,
    Limits,
    Network,
    TimedOut,
    TooLarge,
    fetch,
)
from tests.kit.loopback import MIB, PUBLIC, Server, Wires, get, http, moved

# --- size ----------------------------------------------------------------------------------------------------------


def test_the_limit_is_to_the_byte() -> None:
    with Server(http(b"x" * 1000)) as server:
        assert get(server, limits=Limits(bytes_max=1000)).body == b"x" * 1000
        with pytest.raises(TooLarge):
            get(server, limits=Limits(bytes_max=999))
    packed = gzip.compress(b"x" * 1000)
    with Server(http(packed, content_encoding="gzip")) as server:
        assert get(server, limits=Limits(bytes_max=1000)).body == b"x" * 1000
        with pytest.raises(TooLarge):
            get(server, limits=Limits(bytes_max=999))


def test_a_declared_size_is_refused_before_it_is_sent() -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        connection.recv(1)

    with Server(answer) as server, pytest.raises(TooLarge):
        get(server, limits=Limits(seconds_max=3))


@pytest.mark.parametrize("framing", ["", "Transfer-Encoding: chunked\r\n"])
def test_an_endless_body_is_cut_at_the_limit(framing: str) -> None:
    sent = 0

    def answer(connection: socket.socket, request: bytes) -> None:
        nonlocal sent
        block = b"x" * 65536
        connection.sendall(f"HTTP/1.1 200 OK\r\n{framing}\r\n".encode())
        while True:
            connection.sendall(b"10000\r\n" + block + b"\r\n" if framing else block)
            sent += len(block)

    with Server(answer) as server, pytest.raises(TooLarge):
        get(server, limits=Limits(bytes_max=MIB))
    assert sent < 32 * MIB


def test_endless_headers_and_endless_chunk_comments_end() -> None:
    def headers(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-Y: " + b"y" * 1000 + b"\r\n")

    def comments(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"1;" + b"c" * 5000 + b"\r\nx\r\n")

    def information(connection: socket.socket, request: bytes) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    for answer in (headers, comments, information):
        with Server(answer) as server, pytest.raises((TooLarge, FetchFailed)):
            get(server, limits=Limits(bytes_max=MIB))


def test_a_gzip_bomb_is_never_unpacked() -> None:
    bomb = gzip.compress(bytes(200 * MIB), 9)
    assert len(bomb) < MIB
    tracemalloc.start()
    with Server(http(bomb, content_encoding="gzip")) as server, pytest.raises(TooLarge) as refusal:
        get(server, limits=Limits(bytes_max=MIB))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 8 * MIB
    assert refusal.value.problem()["code"] == "outgoing.too_large"
    assert refusal.value.params == {"bytes_max": MIB}


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "unknown"])
def test_packings_nobody_asked_for_are_refused(encoding: str) -> None:
    body = gzip.compress(gzip.compress(b"x"))
    with Server(http(body, content_encoding=encoding)) as server, pytest.raises(FetchFailed, match="nobody asked for"):
        get(server)


DAMAGED = {"cut": gzip.compress(b"x" * 999)[:-4], "other": b"not gzip", "more": gzip.compress(b"x") + b"more"}


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED)
def test_damaged_gzip_fails(body: bytes) -> None:
    with Server(http(body, content_encoding="gzip")) as server, pytest.raises(FetchFailed, match="damaged"):
        get(server)


def test_a_body_cut_short_fails() -> None:
    with Server(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") as server, pytest.raises(FetchFailed):
        get(server)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 two OK\r\n\r\n", b"\x00" * 100])
def test_what_is_not_http_fails(answer: bytes) -> None:
    with Server(answer) as server, pytest.raises(FetchFailed):
        get(server)


# --- time ----------------------------------------------------------------------------------------------------------


def timed(call: Callable[[], object]) -> float:
    begun = time.monotonic()
    with pytest.raises(TimedOut):
        call()
    return time.monotonic() - begun


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
def test_a_server_that_drips_hits_the_deadline_of_the_whole_call(head: bytes) -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(head)
        while server.wait(0.05):
            connection.sendall(b"y")

    with Server(answer) as server:
        assert timed(lambda: get(server, limits=Limits(seconds_max=0.6))) < 1.5


def test_a_silent_server_and_slow_redirects_hit_it_too() -> None:
    def silent(connection: socket.socket, request: bytes) -> None:
        connection.recv(1)

    def slow(connection: socket.socket, request: bytes) -> None:
        if server.wait(0.4):
            connection.sendall(moved("/again"))

    for answer in (silent, slow):
        with Server(answer) as server:
            assert timed(lambda: get(server, limits=Limits(seconds_max=0.6))) < 1.5


def test_a_server_that_does_not_read_hits_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
        body = bytes(32 * MIB)
        took = timed(
            lambda: fetch(here, method="POST", body=body, allow=frozenset({here}), limits=Limits(seconds_max=0.6))
        )
    assert took < 1.5


def test_a_slow_resolver_hits_it() -> None:
    woken = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        woken.wait(5)
        return [PUBLIC]

    limits = Limits(seconds_max=0.3)
    assert timed(lambda: fetch("http://slow.example/", limits=limits, network=Network(slow, Wires()))) < 1.5
    woken.set()


def test_a_tls_handshake_that_never_answers_hits_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = f"https://127.0.0.1:{listener.getsockname()[1]}"
        assert timed(lambda: fetch(here, allow=frozenset({here}), limits=Limits(seconds_max=0.5))) < 1.5
