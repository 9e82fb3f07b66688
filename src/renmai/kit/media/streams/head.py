"""The head of a fragmented film: its tracks, their codecs, and a copy without dates and names."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from renmai.kit.media.streams import HEAD_BYTES_MAX, SIDE_PX_MAX, Head, NotAStream, Track

BOXES_MAX = 200
# What is kept below each parent. Anything else has no use for a player and is refused or left out (`LEFT_OUT`).
KEPT: dict[bytes, frozenset[bytes]] = {
    b"moov": frozenset({b"mvhd", b"trak", b"mvex"}),
    b"trak": frozenset({b"tkhd", b"mdia", b"edts"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset({b"stsd", b"stts", b"stsc", b"stsz", b"stco"}),
    b"mvex": frozenset({b"trex", b"mehd"}),
}
ENTRY_BYTES = {b"avc1": 78, b"avc3": 78, b"mp4a": 28, b"Opus": 28}  # of a sample entry, before the boxes in it
ENTRY_BOXES = frozenset({b"avcC", b"colr", b"pasp", b"btrt", b"esds", b"dOps"})
IN_THIS_FILE = struct.pack(">III4sI", 0, 1, 12, b"url ", 1)  # the only data reference: this file


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its kind, where its body begins and where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes between two places, which they fill exactly. Errors: NotAStream."""
    end = len(data) if end is None else end
    seen = 0
    while start < end:
        seen += 1
        if end - start < 8 or seen > BOXES_MAX:
            raise NotAStream(why="boxes")
        size, kind = struct.unpack_from(">I4s", data, start)
        if size < 8 or start + size > end:
            raise NotAStream(why="box size")
        yield Box(kind, start, start + 8, start + size)
        start += size


def read_head(data: bytes) -> Head:
    """Return the head of a film: one H.264 track, at most one of AAC or Opus. Errors: NotAStream."""
    if len(data) > HEAD_BYTES_MAX:
        raise NotAStream(why="head size")
    try:
        return _head(data)
    except (struct.error, IndexError):
        raise NotAStream(why="cut short") from None


def _head(data: bytes) -> Head:
    top = [box for box in boxes(data) if box.kind not in (b"free", b"skip")]
    if [box.kind for box in top] != [b"ftyp", b"moov"]:
        raise NotAStream(why="head parts")
    ftyp, moov = top
    defaults = {}
    for trex in _below(data, moov, b"mvex", b"trex"):
        track_id, _, ticks, size, flags = struct.unpack_from(">IIIII", data, trex.body + 4)
        defaults[track_id] = (ticks, size, flags)
    tracks, codecs, sizes = {}, [], []
    for trak in _below(data, moov, b"trak"):
        track, codec, size = _track(data, trak, defaults)
        tracks[track.id] = track
        codecs.append((not track.film, codec))
        sizes += [size] if track.film else []
    kinds = sorted(track.film for track in tracks.values())
    if kinds not in ([True], [False, True]) or len(codecs) != len(tracks):
        raise NotAStream(why="tracks")
    width, height = sizes[0]
    if not (0 < width <= SIDE_PX_MAX and 0 < height <= SIDE_PX_MAX):
        raise NotAStream(why="size")
    clean = data[ftyp.start : ftyp.end] + _copy(data, moov)
    return Head(clean, ",".join(codec for _, codec in sorted(codecs)), width, height, tracks)


def _below(data: bytes, box: Box, *path: bytes) -> list[Box]:
    """Return the boxes of a kind below, the first of each kind on the way."""
    found = [box]
    for kind in path:
        found = [each for each in boxes(data, found[0].body, found[0].end) if each.kind == kind] if found else []
    return found


def _only(data: bytes, box: Box, *path: bytes) -> Box:
    found = _below(data, box, *path)
    if len(found) != 1:
        raise NotAStream(why=path[-1].decode("latin-1"))
    return found[0]


def _track(data: bytes, trak: Box, defaults: dict[int, tuple[int, int, int]]) -> tuple[Track, str, tuple[int, int]]:
    tkhd, mdhd = _only(data, trak, b"tkhd"), _only(data, trak, b"mdia", b"mdhd")
    (track_id,) = struct.unpack_from(">I", data, tkhd.body + (20 if data[tkhd.body] else 12))
    (scale,) = struct.unpack_from(">I", data, mdhd.body + (20 if data[mdhd.body] else 12))
    hdlr = _only(data, trak, b"mdia", b"hdlr")
    kind = data[hdlr.body + 8 : hdlr.body + 12]
    dref = _only(data, trak, b"mdia", b"minf", b"dinf", b"dref")
    if kind not in (b"vide", b"soun") or scale == 0 or track_id not in defaults:
        raise NotAStream(why="track")
    said = data[dref.body : dref.end]
    if said[:8] != IN_THIS_FILE[:8] or said[12:20] != IN_THIS_FILE[12:] or said[20:].strip(b"\0"):
        raise NotAStream(why="reference")
    stsd = _only(data, trak, b"mdia", b"minf", b"stbl", b"stsd")
    codec, size = _codec(data, stsd, film=kind == b"vide")
    return Track(track_id, kind == b"vide", scale, *defaults[track_id]), codec, size


def _codec(data: bytes, stsd: Box, *, film: bool) -> tuple[str, tuple[int, int]]:
    """Return the codec's name and the picture's size of the only sample entry."""
    entries = list(boxes(data, stsd.body + 8, stsd.end))
    if len(entries) != 1 or entries[0].kind not in ENTRY_BYTES or film != entries[0].kind.startswith(b"avc"):
        raise NotAStream(why="codec")
    entry = entries[0]
    inside = {box.kind: box for box in boxes(data, entry.body + ENTRY_BYTES[entry.kind], entry.end)}
    if film:
        if b"avcC" not in inside:
            raise NotAStream(why="avcC")
        profile = data[inside[b"avcC"].body + 1 : inside[b"avcC"].body + 4]
        width, height = struct.unpack_from(">HH", data, entry.body + 24)
        return f"{entry.kind.decode()}.{profile.hex()}", (int(width), int(height))
    if entry.kind == b"Opus" and b"dOps" in inside:
        return "opus", (0, 0)
    if entry.kind == b"mp4a" and b"esds" in inside:
        return "mp4a.40.2", (0, 0)
    raise NotAStream(why="sound")


def _copy(data: bytes, box: Box) -> bytes:
    """Return a box with what a player needs of it: no names, no dates, no data of users."""
    if box.kind in KEPT:
        inside = b"".join(_copy(data, each) for each in boxes(data, box.body, box.end) if each.kind in KEPT[box.kind])
    elif box.kind == b"stsd":
        entry = next(boxes(data, box.body + 8, box.end))
        inside = data[box.body : box.body + 8] + _entry(data, entry)
    elif box.kind == b"dref":
        inside = IN_THIS_FILE
    elif box.kind == b"hdlr":
        inside = data[box.body : box.body + 24] + b"\0"
    else:
        inside = data[box.body : box.end]
        if box.kind in (b"mvhd", b"tkhd", b"mdhd"):
            dates = 16 if inside[0] else 8
            inside = inside[:4] + bytes(dates) + inside[4 + dates :]
    return struct.pack(">I4s", len(inside) + 8, box.kind) + inside


def _entry(data: bytes, entry: Box) -> bytes:
    first = entry.body + ENTRY_BYTES[entry.kind]
    settings = data[entry.body : first]
    if entry.kind.startswith(b"avc"):
        settings = settings[:42] + bytes(32) + settings[74:]  # the name of the program that made it
    kept = b"".join(data[box.start : box.end] for box in boxes(data, first, entry.end) if box.kind in ENTRY_BOXES)
    return struct.pack(">I4s", 8 + len(settings) + len(kept), entry.kind) + settings + kept
