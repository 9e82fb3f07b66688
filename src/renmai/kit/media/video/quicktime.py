"""QuickTime files as phones write them: what an MP4 says in another way is written the MP4's way, within the same bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence

QUICKTIME, MP4_BRAND = b"qt  ", b"mp42"
# Bytes of a sound entry before the boxes in it, by its version (QuickTime File Format, sound sample descriptions).
SOUND_ENTRY_BYTES = {0: 28, 1: 44, 2: 64}
# One entry that says "the samples are in this file": flag 1, nothing after. QuickTime calls it an alias.
SELF_REFERENCES = frozenset(struct.pack(">II4sI", 1, 12, kind, 1) for kind in (b"url ", b"alis"))


def plain_brands(ftyp: bytes) -> bytes:
    """Return the content of an `ftyp` (major, version, compatible ones) with MP4's brand in place of QuickTime's."""
    words = [ftyp[at : at + 4] for at in range(0, len(ftyp), 4)]
    return b"".join(MP4_BRAND if word == QUICKTIME and at != 1 else word for at, word in enumerate(words))


def plain_handler(hdlr: bytes) -> bytes:
    """Return the content of an `hdlr` with what it handles and no maker, type or name."""
    return hdlr[:4] + bytes(4) + hdlr[8:12] + bytes(len(hdlr) - 12)


def plain_sound(entry: bytes, esds: Sequence[bytes]) -> bytes | None:
    """Return the content of a sound entry of version 1 or 2 as one of version 0, of the same length; None: it does not fit.

    `esds` are the whole boxes of that kind found in it, of which there must be one: QuickTime hides it in a `wave`.
    """
    (version,) = struct.unpack_from(">H", entry, 8)
    channels, rate = entry[16:18], entry[24:28]
    if version == 2:
        hertz, count = struct.unpack_from(">dI", entry, 32)
        channels = struct.pack(">H", min(count, 0xFFFF))
        rate = struct.pack(">I", int(hertz) << 16 if 0 < hertz < 65_536 else 0)
    made = entry[:8] + bytes(8) + channels + struct.pack(">HI", 16, 0) + rate + b"".join(esds)
    left = len(entry) - len(made)
    if len(esds) != 1 or left < 8:
        return None
    return made + struct.pack(">I4s", left, b"free") + bytes(left - 8)
