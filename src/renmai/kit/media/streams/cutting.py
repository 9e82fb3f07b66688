"""A run of fragments as one film that any player plays: a head that knows its length, an index, times from zero.

Such a film is a progressive MP4 (ISO/IEC 14496-12): `mehd` (8.8.2) says how long it is and `sidx` (8.16.3) where each
piece lies, so that a player may jump without reading all of it. No picture is decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from fractions import Fraction

from renmai.kit.media.streams import Head
from renmai.kit.media.streams.fragments import read_time
from renmai.kit.media.streams.head import Box, boxes

MS = 1000
SAP_WHOLE = 0x90000000
"""starts_with_SAP and SAP_type 1: the piece begins with a whole picture."""


def first_ticks(head: Head, data: bytes) -> Mapping[int, int]:
    """Return by track how many ticks lie before the first fragment of a film, so that its earliest sample is at zero.

    All tracks move by the same time: sound and picture stay together.
    """
    starts = {track: time for track, time in _starts(data) if track in head.tracks}
    begins = min(Fraction(time, head.tracks[track].scale) for track, time in starts.items())
    return {track.id: int(begins * track.scale) for track in head.tracks.values()}


def _starts(data: bytes) -> list[tuple[int, int]]:
    moof = next(boxes(data))
    found = []
    for traf in boxes(data, moof.body, moof.end):
        if traf.kind == b"traf":
            tfhd, tfdt = list(boxes(data, traf.body, traf.end))[:2]
            found.append((int(struct.unpack_from(">I", data, tfhd.body + 4)[0]), read_time(data, tfdt)))
    return found


def head_of_run(head: Head, pieces: Sequence[tuple[int, int, bool]]) -> bytes:
    """Return what stands before the fragments: `ftyp`, `moov` with the whole length, `sidx`.

    `pieces`: of each fragment its bytes, its milliseconds, and whether it begins with a whole picture.
    """
    ftyp, moov = list(boxes(head.data))
    milliseconds = sum(length for _, length, _ in pieces)
    return head.data[ftyp.start : ftyp.end] + _moov(head.data, moov, milliseconds) + _sidx(head, pieces)


def _moov(data: bytes, moov: Box, milliseconds: int) -> bytes:
    inside = b""
    for box in boxes(data, moov.body, moov.end):
        if box.kind == b"mvhd":
            (scale,) = struct.unpack_from(">I", data, box.body + (20 if data[box.body] else 12))
        if box.kind == b"mvex":
            kept = [each for each in boxes(data, box.body, box.end) if each.kind != b"mehd"]
            mehd = _box(b"mehd", struct.pack(">IQ", 0x01000000, milliseconds * scale // MS))
            inside += _box(b"mvex", mehd + b"".join(data[each.start : each.end] for each in kept))
        else:
            inside += data[box.start : box.end]
    return _box(b"moov", inside)


def _sidx(head: Head, pieces: Sequence[tuple[int, int, bool]]) -> bytes:
    film = next(track.id for track in head.tracks.values() if track.film)
    rows = b"".join(struct.pack(">III", size, length, SAP_WHOLE if whole else 0) for size, length, whole in pieces)
    return _box(b"sidx", struct.pack(">IIIIIHH", 0, film, MS, 0, 0, 0, len(pieces)) + rows)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body
