"""The outgoing client against real servers on loopback: addresses, redirects, TLS."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from renmai.kit.http import (
    BlockedAddress,
    FetchFailed,
    Limits,
    Network,
    OutgoingError,
    fetch,
)
from tests.kit.loopback import OTHER, PUBLIC, Names, Server, Wires, get, header, http, moved, origin

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
