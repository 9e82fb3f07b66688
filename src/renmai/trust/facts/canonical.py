"""Canonical JSON (RFC 8785), fast: facts are written by the thousand a second. Pure.

What facts and their records hold (texts, whole numbers, yes and no, under ASCII names) orjson writes with sorted names as RFC 8785
wants it, twenty times as fast as rfc8785, which writes everything else; a property test compares the two.
"""

from __future__ import annotations

from typing import Any

import orjson
import rfc8785

_FLAT = frozenset({str, int, bool, type(None)})
_AS_RFC_8785 = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def canonical(value: dict[str, Any]) -> bytes:
    """Return the one way in which `value` is written. Errors: rfc8785.CanonicalizationError."""
    if _plain(value):
        try:
            return orjson.dumps(value, option=_AS_RFC_8785)
        except orjson.JSONEncodeError:
            pass  # a number beyond 53 bits, half of a sign: rfc8785 says what is wrong
    return rfc8785.dumps(value)


def _plain(value: dict[str, Any]) -> bool:
    for name, part in value.items():
        if type(part) not in _FLAT and not (type(part) is dict and _plain(part)):
            return False
        if not name.isascii():
            return False
    return True
