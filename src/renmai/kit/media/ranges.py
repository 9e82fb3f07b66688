"""A part of a file, as players ask for it (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from renmai.kit.problems import DomainError

ASKED = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
CHUNK_BYTES = 256 * 1024


class RangeOutside(DomainError):
    """A part that the file does not have. `bytes_size` is how long it is."""

    code = "media.range_outside"
    status = 416
    message = "The file ends before that part."


def byte_range(header: str, bytes_size: int) -> tuple[int, int] | None:
    """Return first and last byte asked for; None for the whole: nothing asked, several parts, or not understood.

    Errors: RangeOutside.
    """
    found = ASKED.fullmatch(header.replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        first, last = bytes_size - int(found[2]), bytes_size - 1
        first = max(first, 0) if int(found[2]) else bytes_size
    else:
        first, last = int(found[1]), min(int(found[2] or bytes_size), bytes_size - 1)
        if found[2] and int(found[2]) < first:
            return None
    if first >= bytes_size:
        raise RangeOutside(bytes_size=bytes_size)
    return first, last


def read_range(content: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    """Yield the bytes from `first` to `last`, in chunks; the file is closed at the end."""
    with content:
        content.seek(first)
        left = last + 1 - first
        while left > 0 and (chunk := content.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
