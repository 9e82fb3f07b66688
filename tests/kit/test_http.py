"""The outgoing client against real servers on loopback, most of which mean harm."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

import pytest

from renmai.kit.http import (
    BlockedAddress,
    FetchFailed,
    Limits,
    Network,
    OutgoingError,
    Response,
    TimedOut,
    TooLarge,
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


def http(body: bytes = b"", *, status: str = "200 OK", length: bool = True, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}"] + [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}"] if length else []
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


# --- plain calls ---------------------------------------------------------------------------------------------------


def test_an_answer_comes_back_whole() -> None:
    with Server(http(b"hello", content_type="text/plain", x_two="a")) as server:
        response = get(server, "/a?b=c")
    assert (response.status, response.body, response.url) == (200, b"hello", origin(server) + "/a?b=c")
    assert response.headers == {"content-type": "text/plain", "x-two": "a"}
    assert server.requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert header(server.requests[0], "host") == f"127.0.0.1:{server.port}"


def test_a_body_and_headers_are_sent() -> None:
    with Server(http(status="202 Accepted")) as server:
        response = fetch(
            origin(server),
            method="post",
            body=b"{}",
            headers={"Renmai-Signature": "s"},
            allow=frozenset({origin(server)}),
        )
    assert response.status == 202
    assert server.requests[0].startswith(b"POST / HTTP/1.1\r\n")
    assert server.requests[0].endswith(b"\r\n\r\n{}")
    assert header(server.requests[0], "renmai-signature") == "s"
    assert header(server.requests[0], "content-length") == "2"


def test_an_error_status_is_an_answer() -> None:
    with Server(http(b"gone", status="410 Gone")) as server:
        assert get(server).status == 410


def test_a_gzip_answer_is_unpacked_and_its_headers_say_so_no_more() -> None:
    with Server(http(gzip.compress(b"x" * 5000), content_encoding="gzip")) as server:
        response = get(server)
    assert (response.body, response.headers) == (b"x" * 5000, {})


def test_a_chunked_answer_without_length_is_read() -> None:
    body = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with Server(body) as server:
        assert get(server).body == b"abcde"


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "Accept-Encoding"])
def test_headers_of_the_framing_are_not_the_callers(name: str) -> None:
    with Server(http()) as server:
        with pytest.raises(ValueError, match="only the client sets"):
            fetch(origin(server), headers={name: "x"}, allow=frozenset({origin(server)}))
        assert server.requests == []


def test_a_header_cannot_smuggle_a_line() -> None:
    with Server(http()) as server:
        with pytest.raises(FetchFailed):
            fetch(origin(server), headers={"x-a": "b\r\nHost: evil"}, allow=frozenset({origin(server)}))
        assert server.requests == []


def test_a_proxy_from_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(http(b"proxy")) as proxy, Server(http(b"direct")) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, origin(proxy))
        assert get(server).body == b"direct"
        assert proxy.requests == []


# --- addresses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/latest/meta-data/",
        "http://localhost/",
        "http://LOCALHOST./",
        "https://10.0.0.1/",
        "ftp://93.184.215.14/",
        "file:///etc/passwd",
        "gopher://93.184.215.14/",
        "http://93.184.215.14:22/",
        "http://93.184.215.14:6379/",
        "http://user:word@93.184.215.14/",
        "http://93.184.215.14@127.0.0.1/",
        "http:///nothing",
        "//93.184.215.14/",
        "not an address",
        "http://[::1",
        "http://a\r\nb/",
        "http://93.184.215.14:99999/",
        "",
    ],
)
def test_hostile_addresses_are_refused_before_any_connection(url: str) -> None:
    wires = Wires()
    with pytest.raises(OutgoingError) as refusal:
        fetch(url, network=Network(dial=wires))
    assert wires.dialled == []
    assert isinstance(refusal.value, BlockedAddress | FetchFailed)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00:ec2::254", "::ffff:8.8.8.8"]
)
def test_a_name_with_one_private_address_among_public_ones_is_refused(address: str) -> None:
    wires = Wires()
    names = Names(mixed_example=[[PUBLIC, address]])
    with pytest.raises(BlockedAddress) as refusal:
        fetch("http://mixed.example/", network=Network(names, wires))
    assert refusal.value.problem()["detail"] == "The address mixed.example may not be called from here."
    assert wires.dialled == []


def test_a_rebinding_name_is_asked_once_and_the_checked_address_is_dialled() -> None:
    names = Names(rebind_example=[[PUBLIC], ["127.0.0.1"]])
    with Server(http(b"public")) as server:
        wires = Wires(a93_184_215_14=server)
        response = fetch("http://rebind.example/a", network=Network(names, wires))
    assert (response.body, response.url) == (b"public", "http://rebind.example/a")
    assert (names.asked, wires.dialled) == (["rebind.example"], [(PUBLIC, 80)])
    assert header(server.requests[0], "host") == "rebind.example"


def test_a_redirect_to_the_same_name_is_checked_again() -> None:
    names = Names(rebind_example=[[PUBLIC], ["127.0.0.1"]])
    with Server(moved("/again")) as server:
        wires = Wires(a93_184_215_14=server)
        with pytest.raises(BlockedAddress):
            fetch("http://rebind.example/", network=Network(names, wires))
    assert wires.dialled == [(PUBLIC, 80)]


def test_the_next_public_address_is_tried_when_the_first_refuses() -> None:
    names = Names(two_example=[[OTHER, PUBLIC]])
    with Server(http(b"ok")) as server:
        wires = Wires(a93_184_215_14=server)
        assert fetch("http://two.example:8080/", network=Network(names, wires)).body == b"ok"
    assert wires.dialled == [(OTHER, 8080), (PUBLIC, 8080)]


def test_unknown_names_and_closed_ports_fail_plainly() -> None:
    with pytest.raises(FetchFailed, match="its name is not known"):
        fetch("http://missing.example/", network=Network(Names(), Wires()))
    with pytest.raises(FetchFailed, match="it does not answer"):
        fetch("http://closed.example/", network=Network(Names(closed_example=[[PUBLIC]]), Wires()))


def test_an_allowed_origin_is_exact() -> None:
    with Server(http(b"ok")) as server:
        near = {
            f"http://127.0.0.1:{server.port + 1}",
            f"https://127.0.0.1:{server.port}",
            f"http://localhost:{server.port}",
        }
        with pytest.raises(BlockedAddress):
            fetch(origin(server), allow=frozenset(near))
        assert server.requests == []
        assert fetch(origin(server), allow=frozenset({origin(server) + "/"})).body == b"ok"


# --- redirects -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "//127.0.0.1/",
        "file:///etc/passwd",
        "http://user:word@93.184.215.14/",
        "http://93.184.215.14:22/",
        "http://[",
    ],
)
def test_a_redirect_to_a_hostile_address_is_refused(location: str) -> None:
    with Server(moved(location)) as server:
        wires = Wires(a93_184_215_14=server)
        with pytest.raises(BlockedAddress):
            fetch(f"http://{PUBLIC}/", network=Network(dial=wires))
    assert wires.dialled == [(PUBLIC, 80)]


def test_another_site_cannot_redirect_into_an_allowed_origin() -> None:
    with Server(http(b"inner")) as inner, Server(moved(origin(inner))) as outer:
        wires = Wires(a93_184_215_14=outer)
        with pytest.raises(BlockedAddress):
            fetch(f"http://{PUBLIC}/", allow=frozenset({origin(inner)}), network=Network(dial=wires))
        assert inner.requests == []


def test_an_allowed_origin_may_redirect_within_itself() -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(http(b"end") if b" /end " in request else moved("/end"))

    with Server(answer) as server:
        response = get(server)
    assert (response.body, response.url) == (b"end", origin(server) + "/end")


def test_secrets_stay_with_their_origin() -> None:
    secret = {"Authorization": "Bearer t", "Renmai-Signature": "s", "Cookie": "c=1", "X-Any": "x", "Accept": "image/*"}
    with Server(http(b"there")) as there, Server(moved(f"http://{OTHER}/next")) as here:
        wires = Wires(a93_184_215_14=here, a142_250_185_78=there)
        assert fetch(f"http://{PUBLIC}/", headers=secret, network=Network(dial=wires)).body == b"there"
    assert header(here.requests[0], "authorization") == "Bearer t"
    for name in ("authorization", "renmai-signature", "cookie", "x-any"):
        assert header(there.requests[0], name) is None
    assert header(there.requests[0], "accept") == "image/*"
    assert header(there.requests[0], "host") == OTHER


def test_secrets_go_on_within_their_origin() -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(http(b"end") if b" /end " in request else moved("/end", "307 Temporary Redirect"))

    with Server(answer) as server:
        fetch(
            origin(server), method="PUT", body=b"b", headers={"Authorization": "t"}, allow=frozenset({origin(server)})
        )
    assert server.requests[1].startswith(b"PUT /end ")
    assert server.requests[1].endswith(b"\r\n\r\nb")
    assert header(server.requests[1], "authorization") == "t"


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "303 See Other"])
def test_a_redirected_post_becomes_a_get_without_body(status: str) -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(http(b"end") if b" /end " in request else moved("/end", status))

    with Server(answer) as server:
        fetch(
            origin(server), method="POST", body=b"b", headers={"Content-Type": "a/b"}, allow=frozenset({origin(server)})
        )
    assert server.requests[1].startswith(b"GET /end ")
    assert (header(server.requests[1], "content-type"), header(server.requests[1], "content-length")) == (None, None)


def test_a_body_is_not_carried_to_another_origin() -> None:
    with Server(http()) as there, Server(moved(f"http://{OTHER}/", "307 Temporary Redirect")) as here:
        wires = Wires(a93_184_215_14=here, a142_250_185_78=there)
        with pytest.raises(FetchFailed, match="what was sent"):
            fetch(f"http://{PUBLIC}/", method="POST", body=b"b", network=Network(dial=wires))
        assert there.requests == []


def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        left = int(request.split()[1][1:])
        connection.sendall(moved(f"/{left - 1}") if left else http(b"end"))

    with Server(answer) as server:
        assert get(server, "/3").body == b"end"
        assert len(server.requests) == 4
        with pytest.raises(FetchFailed, match="more than 3 redirects"):
            get(server, "/4")
        assert len(server.requests) == 8


def test_no_redirects_means_the_redirect_is_the_answer() -> None:
    with Server(http(b"see there", status="302 Found", location="/x")) as server:
        response = get(server, limits=Limits(redirects_max=0))
    assert (response.status, response.headers["location"], response.body) == (302, "/x", b"see there")


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
    with Server(http(bomb, content_encoding="gzip")) as server, pytest.raises(TooLarge) as refusal:
        get(server, limits=Limits(bytes_max=MIB))
    assert refusal.value.problem()["code"] == "outgoing.too_large"
    assert refusal.value.params == {"bytes_max": MIB}


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "unknown"])
def test_packings_nobody_asked_for_are_refused(encoding: str) -> None:
    body = gzip.compress(gzip.compress(b"x"))
    with Server(http(body, content_encoding=encoding)) as server, pytest.raises(FetchFailed, match="nobody asked for"):
        get(server)


@pytest.mark.parametrize("body", [gzip.compress(b"x" * 999)[:-4], b"not gzip", gzip.compress(b"x") + b"more"])
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


# --- TLS -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A certificate of our own for shop.example, made anew for each run."""
    program = shutil.which("openssl")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("openssl is missing")
        pytest.skip("needs the openssl program to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    chain, key = folder / "chain.pem", folder / "key.pem"
    subprocess.run(
        [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        + ["-subj", "/CN=shop.example", "-addext", "subjectAltName=DNS:shop.example"]
        + ["-keyout", str(key), "-out", str(chain)],
        check=True,
        capture_output=True,
    )
    yield chain, key


def secure_server(certificate: tuple[Path, Path], answer: bytes, stack: ExitStack) -> tuple[Server, list[str]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    asked: list[str] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    return stack.enter_context(Server(answer, context)), asked


def test_tls_is_verified_for_the_name_although_an_address_is_dialled(certificate: tuple[Path, Path]) -> None:
    names = Names(shop_example=[[PUBLIC]], wrong_example=[[PUBLIC]])
    with ExitStack() as stack:
        server, asked = secure_server(certificate, http(b"secret"), stack)
        wires = Wires(a93_184_215_14=server)
        trusted = Network(names, wires, lambda: ssl.create_default_context(cafile=certificate[0]))
        assert fetch("https://shop.example/", network=trusted).body == b"secret"
        assert (asked, wires.dialled) == (["shop.example"], [(PUBLIC, 443)])
        with pytest.raises(FetchFailed, match="no secure connection"):
            fetch("https://wrong.example/", network=trusted)
        with pytest.raises(FetchFailed, match="no secure connection"):
            fetch("https://shop.example/", network=Network(names, wires))
        assert len(server.requests) == 1


def test_a_redirect_does_not_leave_tls(certificate: tuple[Path, Path]) -> None:
    names = Names(shop_example=[[PUBLIC]])
    with ExitStack() as stack:
        server, _ = secure_server(certificate, moved("http://shop.example/"), stack)
        wires = Wires(a93_184_215_14=server)
        trusted = Network(names, wires, lambda: ssl.create_default_context(cafile=certificate[0]))
        with pytest.raises(FetchFailed, match="not secure"):
            fetch("https://shop.example/", network=trusted)
    assert wires.dialled == [(PUBLIC, 443)]
