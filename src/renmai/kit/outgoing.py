"""The wire under `kit.http`: one deadline for everything, and sockets that open only to addresses already checked.

`kit.http` is the only caller. Nothing here knows a URL.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import httpcore
import httpx

from renmai.config import config
from renmai.kit.certificates import Papers
from renmai.kit.problems import DomainError

_READ_BYTES_MAX = 64 * 1024
_OVERHEAD_BYTES_MAX = 256 * 1024


class OutgoingError(DomainError):
    """A call to another server that could not be made or finished."""

    code = "outgoing.failed"
    status = 502
    message = "The other server could not be reached."


class BlockedAddress(OutgoingError):
    """The address is not one this installation may call: not http(s), an odd port, or not on the public internet."""

    code = "outgoing.blocked_address"
    status = 422
    message = "The address {host} may not be called from here."


class TooLarge(OutgoingError):
    """The answer is larger than allowed, as sent or once unpacked."""

    code = "outgoing.too_large"
    message = "The other server sent more than {bytes_max} bytes."


class TimedOut(OutgoingError):
    """The whole call took longer than allowed."""

    code = "outgoing.timed_out"
    status = 504
    message = "The other server took longer than {seconds_max} seconds."


class FetchFailed(OutgoingError):
    """No usable answer: name not found, refused, broken off, bad certificate, bad HTTP, too many redirects."""

    code = "outgoing.fetch_failed"
    message = "The other server could not be reached: {reason}."


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may cost, redirects included. `redirects_max=0` hands a redirect back as the answer."""

    bytes_max: int = 10 * 1024 * 1024
    seconds_max: float = 20.0
    connect_seconds_max: float = 5.0
    redirects_max: int = 3


class Deadline:
    """One moment by which everything must be done, on the monotonic clock."""

    def __init__(self, seconds_max: float) -> None:
        self.seconds_max = seconds_max
        self._ends = time.monotonic() + seconds_max

    def passed(self) -> TimedOut:
        """Return the refusal to raise."""
        return TimedOut(seconds_max=self.seconds_max)

    def remaining(self) -> float:
        """Return the seconds left (> 0), or raise TimedOut."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left


def resolve_name(host: str, port: int) -> list[str]:
    """Return the addresses of `host` as the system resolver gives them, in its order, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def dial_address(address: str, port: int, seconds_max: float) -> socket.socket:
    """Return a TCP connection to the IP literal `address`."""
    return socket.create_connection((address, port), seconds_max)


@cache
def public_tls() -> ssl.SSLContext:
    """Return the TLS settings for the public internet: chain and host name verified.

    A house with an authority of its own trusts that too, which can vouch for the local network alone: its sandbox of a
    provider is behind its own pages.
    """
    context, own = httpx.create_ssl_context(), config()
    if own.tls:
        context.load_verify_locations(Papers(own.home / "tls").authority)
    return context


class Network(NamedTuple):
    """How names become addresses, addresses become sockets, and sockets become private. Tests pass another one."""

    resolve: Callable[[str, int], Sequence[str]] = resolve_name
    dial: Callable[[str, int, float], socket.socket] = dial_address
    tls: Callable[[], ssl.SSLContext] = public_tls


def resolve_within(network: Network, host: str, port: int, deadline: Deadline) -> list[str]:
    """Return the addresses of `host`, asked for exactly once.

    The system resolver knows no timeout, so it is asked on a thread that is left behind when the deadline passes.
    Raises FetchFailed, TimedOut.
    """
    answers: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(network.resolve(host, port)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.remaining())
    except Empty:
        raise deadline.passed() from None
    if isinstance(answer, Exception) or not answer:
        raise FetchFailed(reason="its name is not known")
    return answer


class PinnedStream(httpcore.NetworkStream):
    """A socket whose every read and write ends by the deadline, and that takes in only so many bytes.

    A timeout per read would let a server drip a byte a second for ever; here the time left shrinks with each step.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, limits: Limits) -> None:
        self._sock = sock
        self._deadline = deadline
        self._limits = limits
        self._wire_bytes_left = 2 * limits.bytes_max + _OVERHEAD_BYTES_MAX

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, at most `max_bytes`; empty at the end. Raises TimedOut, TooLarge, ReadError."""
        self._sock.settimeout(self._deadline.remaining())
        try:
            data = self._sock.recv(min(max_bytes, _READ_BYTES_MAX))
        except TimeoutError:
            raise self._deadline.passed() from None
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        self._wire_bytes_left -= len(data)
        if self._wire_bytes_left < 0:
            raise TooLarge(bytes_max=self._limits.bytes_max)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`. Raises TimedOut, httpcore.WriteError."""
        rest = memoryview(buffer)
        while rest:
            self._sock.settimeout(self._deadline.remaining())
            try:
                rest = rest[self._sock.send(rest) :]
            except TimeoutError:
                raise self._deadline.passed() from None
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return this stream under TLS, verified for `server_hostname`: the name, although an address was dialled."""
        try:
            self._sock.settimeout(self._deadline.remaining())
            wrapped = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except TimeoutError:
            self.close()
            raise self._deadline.passed() from None
        except (OSError, ValueError) as error:
            self.close()
            raise httpcore.ConnectError(str(error)) from error
        return PinnedStream(wrapped, self._deadline, self._limits)

    def get_extra_info(self, info: str) -> Any:
        """Return nothing: a connection is used once, so nobody needs to look inside."""
        return None


class PinnedBackend(httpcore.NetworkBackend):
    """Dials the given addresses in order whatever name is asked for: a second look-up never happens."""

    def __init__(self, addresses: Sequence[str], dial: Callable[[str, int, float], socket.socket],
                 deadline: Deadline, limits: Limits) -> None:  # fmt: skip
        self._addresses = addresses
        self._dial = dial
        self._deadline = deadline
        self._limits = limits

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a stream to the first address that answers. Raises TimedOut, httpcore.ConnectError."""
        for address in self._addresses:
            seconds_max = min(self._limits.connect_seconds_max, self._deadline.remaining())
            try:
                sock = self._dial(address, port, seconds_max)
            except OSError:
                continue
            return PinnedStream(sock, self._deadline, self._limits)
        self._deadline.remaining()
        raise httpcore.ConnectError("no address answers")
