"""The only way out: every call to another server goes through `fetch`.

What it promises, whoever wrote the address: the name is resolved once per hop and the connection goes to an address
that was checked (so a second DNS answer changes nothing); only http and https, only the public internet, only usual
ports; every redirect is checked again; size and time are limited as a whole; no proxy from the environment.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import httpcore
import httpx

from renmai.kit.addresses import is_public
from renmai.kit.outgoing import (
    BlockedAddress,
    Deadline,
    FetchFailed,
    Limits,
    Network,
    OutgoingError,
    PinnedBackend,
    TimedOut,
    TooLarge,
    resolve_within,
)

__all__ = [
    "BlockedAddress",
    "FetchFailed",
    "Limits",
    "Network",
    "OutgoingError",
    "Response",
    "TimedOut",
    "TooLarge",
    "fetch",
]

PORTS = frozenset({80, 443, 8080, 8443})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FRAMING = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "expect", "upgrade"}
)
# What may follow a redirect to another origin. A list of what may, because a signature's header can have any name.
_ANYWHERE = frozenset({"accept", "accept-language", "user-agent"})
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_UNPACKED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Response:
    """What came back: header names in lower case, the body unpacked, the address that answered after redirects."""

    status: int
    headers: dict[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class _Call:
    url: httpx.URL
    method: str
    body: bytes | None
    headers: dict[str, str]
    exempt: bool


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] = _NO_HEADERS,
    limits: Limits = Limits(),  # noqa: B008 - frozen, so one shared default is safe
    allow: frozenset[str] = frozenset(),
    network: Network = Network(),  # noqa: B008 - immutable as well
) -> Response:
    """Call `url` and return the answer, whatever its status.

    `allow` holds exact origins ("http://127.0.0.1:8000") that may be private and on any port: the platform's own
    services. Another site cannot redirect into them. `network` is for tests.
    Raises BlockedAddress, TooLarge, TimedOut, FetchFailed (all OutgoingError); ValueError for a header that is not the
    caller's to set.
    """
    if refused := _FRAMING.intersection(name.lower() for name in headers):
        raise ValueError(f"headers that only the client sets: {sorted(refused)}")
    deadline = Deadline(limits.seconds_max)
    allowed = frozenset(_origin(_parse(entry)) for entry in allow)
    target = _parse(url)
    named = {"user-agent": "renmai"} | {name.lower(): value for name, value in headers.items()}
    call = _Call(target, method.upper(), body, named, _origin(target) in allowed)
    for _ in range(limits.redirects_max + 1):
        response = _exchange(call, limits, deadline, network)
        if limits.redirects_max == 0 or not _is_redirect(response.status, response.headers):
            return response
        call = _follow(call, response, allowed)
    raise FetchFailed(reason=f"more than {limits.redirects_max} redirects")


def _parse(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise BlockedAddress(host="given") from None
    odd_host = not parsed.host or b"%" in parsed.raw_host
    if parsed.scheme not in _DEFAULT_PORTS or odd_host or parsed.userinfo:
        raise BlockedAddress(host=parsed.host or "given")
    return parsed


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _port(url: httpx.URL) -> int:
    return url.port or _DEFAULT_PORTS[url.scheme]


def _checked_addresses(call: _Call, deadline: Deadline, network: Network) -> list[str]:
    """Return every address of the host; one that is not public refuses them all, or an attacker could mix them."""
    if not call.exempt and _port(call.url) not in PORTS:
        raise BlockedAddress(host=call.url.host)
    addresses = resolve_within(network, call.url.raw_host.decode("ascii"), _port(call.url), deadline)
    if not call.exempt and not all(is_public(address) for address in addresses):
        raise BlockedAddress(host=call.url.host)
    return addresses


def _exchange(call: _Call, limits: Limits, deadline: Deadline, network: Network) -> Response:
    """Make one request on a connection of its own and return the answer; the body of a redirect is not read."""
    addresses = _checked_addresses(call, deadline, network)
    backend = PinnedBackend(addresses, network.dial, deadline, limits)
    secure = network.tls() if call.url.scheme == "https" else None
    try:
        with (
            httpcore.ConnectionPool(ssl_context=secure, network_backend=backend, max_connections=1) as pool,
            pool.stream(call.method, _wire_url(call.url), headers=_wire_headers(call), content=call.body) as answer,
        ):
            headers = _read_headers(answer.headers)
            skip = limits.redirects_max > 0 and _is_redirect(answer.status, headers)
            body = b"" if skip else _read_body(answer.iter_stream(), headers, limits.bytes_max)
    except httpcore.TimeoutException:
        raise deadline.passed() from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise FetchFailed(reason=_reason(error)) from error
    kept = {name: value for name, value in headers.items() if name not in _UNPACKED}
    return Response(answer.status, kept, body, str(call.url))


def _reason(error: Exception) -> str:
    if isinstance(error, httpcore.ConnectError):
        return "it does not answer" if "address" in str(error) else "no secure connection"
    return "it broke off" if isinstance(error, httpcore.NetworkError) else "its answer is not HTTP"


def _wire_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=_port(url), target=url.raw_path)


def _wire_headers(call: _Call) -> list[tuple[bytes, bytes]]:
    own = {"host": call.url.netloc.decode("ascii"), "accept-encoding": "gzip", "connection": "close"}
    if call.body is not None:
        own["content-length"] = str(len(call.body))
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in (own | call.headers).items()]


def _read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _read_body(chunks: Iterator[bytes], headers: Mapping[str, str], bytes_max: int) -> bytes:
    """Return the unpacked body. Raises TooLarge as soon as it is known, before anything large is in memory."""
    declared = headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and len(declared) < 20 and int(declared) > bytes_max:
        raise TooLarge(bytes_max=bytes_max)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"gzip", "x-gzip"}:
        return _gunzip(chunks, bytes_max)
    if encoding not in {"", "identity"}:
        raise FetchFailed(reason="its answer is packed in a way nobody asked for")
    return _gather(chunks, bytes_max, lambda chunk, room: chunk)


def _gather(chunks: Iterator[bytes], bytes_max: int, unpack: Callable[[bytes, int], bytes]) -> bytes:
    """Return all chunks after `unpack(chunk, room)`, which gives at most `room` bytes more than fit when it can."""
    body = bytearray()
    for chunk in chunks:
        body += unpack(chunk, bytes_max - len(body) + 1)
        if len(body) > bytes_max:
            raise TooLarge(bytes_max=bytes_max)
    return bytes(body)


def _gunzip(chunks: Iterator[bytes], bytes_max: int) -> bytes:
    """Return the one gzip member in `chunks`, never unpacking more than one byte beyond the limit (a gzip bomb)."""
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    packed_bytes = 0

    def unpack(chunk: bytes, room: int) -> bytes:
        nonlocal packed_bytes
        packed_bytes += len(chunk)
        if packed_bytes > bytes_max:
            raise TooLarge(bytes_max=bytes_max)
        return unpacker.decompress(chunk, room)

    try:
        body = _gather(chunks, bytes_max, unpack)
    except zlib.error:
        raise FetchFailed(reason="its answer is damaged") from None
    if packed_bytes and (not unpacker.eof or unpacker.unused_data):
        raise FetchFailed(reason="its answer is damaged")
    return body


def _is_redirect(status: int, headers: Mapping[str, str]) -> bool:
    return status in _REDIRECTS and "location" in headers


def _follow(call: _Call, response: Response, allowed: frozenset[str]) -> _Call:
    """Return the call a redirect asks for (RFC 9110 section 15.4), with less in its hands when it leaves the origin.

    Raises BlockedAddress for a bad address, and FetchFailed when it would leave https or carry a body elsewhere.
    """
    try:
        joined = str(call.url.join(response.headers["location"]).copy_with(fragment=None))
    except (httpx.InvalidURL, ValueError):
        raise BlockedAddress(host="given") from None
    target = _parse(joined)
    turns_get = response.status == 303 or (response.status in {301, 302} and call.method == "POST")
    moved = replace(call, url=target)
    if turns_get and call.method != "HEAD":
        kept = {name: value for name, value in call.headers.items() if name != "content-type"}
        moved = replace(moved, method="GET", body=None, headers=kept)
    return moved if _origin(target) == _origin(call.url) else _leave(call, moved, allowed)


def _leave(call: _Call, moved: _Call, allowed: frozenset[str]) -> _Call:
    if (call.url.scheme, moved.url.scheme) == ("https", "http"):
        raise FetchFailed(reason="it redirects to a connection that is not secure")
    if moved.body is not None:
        raise FetchFailed(reason="it redirects what was sent to another server")
    kept = {name: value for name, value in moved.headers.items() if name in _ANYWHERE}
    return replace(moved, headers=kept, exempt=call.exempt and _origin(moved.url) in allowed)
