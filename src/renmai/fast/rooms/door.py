"""The door of the rooms: which pages may open a line, and how many lines an address may have.

Who calls from this very machine is not counted: it is a proxy of ours that was not named in TRUSTED_PROXIES, and behind it
stands everybody.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address

from renmai.config import config
from renmai.fast.calls import Scope
from renmai.kit.addresses import caller_of


class Door:
    """Counts the open lines of each address in this process. The address is kept for that, and as long as that, only."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @contextlib.contextmanager
    def open(self, scope: Scope) -> Iterator[bool]:
        """Count a line for the time of a block; yield whether it may open at all."""
        address = _caller(scope)
        may = _own_origin(scope) and (_is_here(address) or self._open[address] < config().lines_per_address)
        self._open[address] += may
        try:
            yield may
        finally:
            self._open[address] -= may
            if not self._open[address]:
                del self._open[address]


def _caller(scope: Scope) -> str:
    trusted = frozenset(filter(None, map(str.strip, config().trusted_proxies.split(","))))
    peer = str((scope.get("client") or ("",))[0])
    return caller_of(peer, _header(scope, b"x-forwarded-for"), trusted) if trusted else peer


def _is_here(address: str) -> bool:
    with contextlib.suppress(ValueError):
        return ip_address(address).is_loopback
    return False


def _own_origin(scope: Scope) -> bool:
    """Return whether the page that opens the line is of this house: browsers open web sockets to anybody.

    An app that is no page sends no origin; it speaks with a pass like everyone else.
    """
    return _header(scope, b"origin") in {"", config().pages_origin}


def _header(scope: Scope, name: bytes) -> str:
    """Return a header; one that comes several times as one, as HTTP says, so that two origins are none of ours."""
    return ", ".join(value.decode("latin-1") for found, value in scope["headers"] if found == name)
