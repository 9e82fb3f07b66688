"""Identifiers: UUIDv7, made by the application so that PostgreSQL 15 will do and no sequence is a business key."""

from __future__ import annotations

import os
import secrets
import threading
import time
import uuid
from datetime import datetime

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_VERSION_AND_VARIANT = (7 << 76) | (2 << 62)


class _Source:
    """Monotonic UUIDv7 within a process (RFC 9562 section 6.2, method 2: the random part counts up)."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._lock = threading.Lock()
        self._last_ms = 0
        self._tail = 0

    def next(self) -> uuid.UUID:
        with self._lock:
            now_ms = time.time_ns() // 1_000_000
            if now_ms > self._last_ms:
                self._last_ms = now_ms
                self._tail = int.from_bytes(os.urandom(10), "big") & ((1 << 73) - 1)
            else:
                self._tail += 1 + (os.urandom(1)[0] << 4)
            tail = self._tail
            ms = self._last_ms
        rand_a, rand_b = (tail >> 62) & 0xFFF, tail & ((1 << 62) - 1)
        return uuid.UUID(int=(ms << 80) | _VERSION_AND_VARIANT | (rand_a << 64) | rand_b)


_source = _Source()
# A forked child that counted on from its parent's tail could make the parent's next identifiers.
os.register_at_fork(after_in_child=_source.reset)


def new_id() -> uuid.UUID:
    """Return a new UUIDv7: sorts by time of making, monotonic within this process."""
    return _source.next()


def first_id(at: datetime) -> uuid.UUID:
    """Return what is below every identifier made at `at` or later, so that an index by identifier finds the newest."""
    return uuid.UUID(int=int(at.timestamp() * 1000) << 80)


def new_secret(nbytes: int = 32) -> str:
    """Return an unguessable URL-safe secret of `nbytes` random bytes."""
    return secrets.token_urlsafe(nbytes)


def new_code(digits: int = 6) -> str:
    """Return a random code of decimal `digits`, leading zeros kept."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def short_number(value: uuid.UUID) -> str:
    """Return twelve letters and digits a person can read out, from the random part of `value` (not unique by itself)."""
    bits = value.int & ((1 << 60) - 1)
    return "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(55, -1, -5))
