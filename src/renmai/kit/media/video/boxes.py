"""MP4 (ISO/IEC 14496-12) and QuickTime: the boxes of a file, and a copy that is an MP4 with only what a player needs."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from renmai.kit.media.video import MP4, Film, NotAVideo, VideoHevc, VideoInPieces, checked_film
from renmai.kit.media.video.quicktime import (
    QUICKTIME,
    SELF_REFERENCES,
    SOUND_ENTRY_BYTES,
    plain_brands,
    plain_handler,
    plain_sound,
)
from renmai.kit.media.video.samples import Range, sample_ranges, ticks

BRANDS = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", QUICKTIME}
)
BOXES_MAX = 2000
# What is copied whole, and what is looked into, below each parent. Whatever else stands there becomes free space.
LEAVES: dict[bytes, frozenset[bytes]] = {
    b"moov": frozenset({b"mvhd"}),
    b"trak": frozenset({b"tkhd"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr"}),
    b"minf": frozenset({b"vmhd", b"smhd"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset(
        {b"stsd", b"stts", b"ctts", b"cslg", b"stss", b"stsz", b"stsc", b"stco", b"co64", b"sgpd", b"sbgp", b"sdtp"}
    ),
}
INTO: dict[bytes, frozenset[bytes]] = {
    b"moov": frozenset({b"trak"}),
    b"trak": frozenset({b"edts", b"mdia"}),
    b"mdia": frozenset({b"minf"}),
    b"minf": frozenset({b"dinf", b"stbl"}),
}
FILM_ENTRY_BYTES = 78  # before the boxes in it
COMPRESSOR = (42, 74)  # where a film's entry names what made it
FILMS, SOUNDS, HEVC = frozenset({b"avc1", b"avc3"}), frozenset({b"mp4a"}), frozenset({b"hvc1", b"hev1"})
CODEC_BOXES = frozenset({b"avcC", b"colr", b"pasp", b"btrt", b"esds"})
AAC = frozenset({0x40, 0x66, 0x67, 0x68})


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its kind, where it begins, where its body begins, where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


@dataclass(slots=True)
class Copy:
    """A file on its way into a clean one of the same length, empty at first."""

    data: bytes
    out: bytearray
    seen: int = 0
    ranges: list[Range] = field(default_factory=list)

    def take(self, start: int, end: int) -> None:
        """Copy bytes to where they stood."""
        self.out[start:end] = self.data[start:end]

    def empty(self, box: Box) -> None:
        """Leave free space where a box stood."""
        self.take(box.start, box.body)
        self.out[box.start + 4 : box.start + 8] = b"free"

    def boxes(self, start: int, end: int) -> Iterator[Box]:
        """Yield the boxes between two places, which they fill: up to QuickTime's four empty bytes. Errors: NotAVideo."""
        while start < end:
            if end - start == 4 and not any(self.data[start:end]):
                return
            self.seen += 1
            if end - start < 8 or self.seen > BOXES_MAX:
                raise NotAVideo(why="boxes")
            size, kind = struct.unpack_from(">I4s", self.data, start)
            body = start + 8
            if size == 1 and end - start >= 16:
                (size,) = struct.unpack_from(">Q", self.data, body)
                body += 8
            if start + size > end or start + size < body:
                raise NotAVideo(why="box size")
            yield Box(kind, start, body, start + size)
            start += size

    def one(self, box: Box, *path: bytes) -> Box:
        """Return the only box of a kind below, step by step. Errors: NotAVideo."""
        for kind in path:
            found = [each for each in self.boxes(box.body, box.end) if each.kind == kind]
            if len(found) != 1:
                raise NotAVideo(why=kind.decode("latin-1"))
            box = found[0]
        return box

    def body_of(self, box: Box) -> bytes:
        """Return what is in a box."""
        return self.data[box.body : box.end]


def clean_mp4(data: bytes) -> Film:
    """Return an MP4 or MOV as a clean MP4: one H.264 track, at most one of AAC, every sample inside.

    Errors: NotAVideo, VideoTooLong, VideoHevc, VideoInPieces.
    """
    copy = Copy(data, bytearray(len(data)))
    try:
        return _clean(copy)
    except (struct.error, IndexError):
        raise NotAVideo(why="cut short") from None


def _clean(copy: Copy) -> Film:
    top = list(copy.boxes(0, len(copy.data)))
    moovs = [box for box in top if box.kind == b"moov"]
    if any(box.kind == b"moof" for box in top):
        raise VideoInPieces()
    if len(moovs) != 1 or top[0].kind != b"ftyp":
        raise NotAVideo(why="parts")
    brands = copy.body_of(top[0])
    if not BRANDS & {brands[at : at + 4] for at in (0, *range(8, len(brands), 4))}:
        raise NotAVideo(why="brand")
    copy.take(top[0].start, top[0].body)
    copy.out[top[0].body : top[0].end] = plain_brands(brands)
    film = _movie(copy, moovs[0])
    for box in top[1:]:
        if box.kind == b"mdat":
            copy.take(box.start, box.body)
        elif box.kind != b"moov":
            copy.empty(box)
    inside = [(box.body, box.end) for box in top if box.kind == b"mdat"]
    for start, end in copy.ranges:
        if not any(first <= start <= end <= last for first, last in inside):
            raise NotAVideo(why="sample outside")
        copy.take(start, end)
    return checked_film(Film(MP4, bytes(copy.out), *film))


def _movie(copy: Copy, moov: Box) -> tuple[int, int, int]:
    """Copy the head of the film; return milliseconds, width and height."""
    tracks = [box for box in copy.boxes(moov.body, moov.end) if box.kind == b"trak"]
    kinds = {box.start: copy.body_of(copy.one(box, b"mdia", b"hdlr"))[8:12] for box in tracks}
    films = [box for box in tracks if kinds[box.start] == b"vide"]
    sounds = [box for box in tracks if kinds[box.start] == b"soun"]
    if any(box.kind == b"mvex" for box in copy.boxes(moov.body, moov.end)):
        raise VideoInPieces()
    if len(sounds) > 1:  # some phones record the room beside the plain sound
        sounds = [box for box in sounds if _entry(copy, box).kind in SOUNDS]
    if len(films) != 1 or len(sounds) > 1:
        raise NotAVideo(why="tracks")
    copy.take(moov.start, moov.body)
    for box in copy.boxes(moov.body, moov.end):
        if box.kind == b"mvhd":
            copy.take(box.start, box.end)
            _without_dates(copy, box)
        elif box in films or box in sounds:
            _branch(copy, box)
        else:
            copy.empty(box)
    times = [_track(copy, films[0], FILMS), *(_track(copy, box, SOUNDS) for box in sounds)]
    return max(times), *_shown_size(copy, films[0])


def _branch(copy: Copy, parent: Box) -> None:
    """Copy what a player needs of a box and of those below it."""
    copy.take(parent.start, parent.body)
    for box in copy.boxes(parent.body, parent.end):
        if box.kind in LEAVES.get(parent.kind, ()):
            copy.take(box.start, box.end)
            if box.kind in (b"tkhd", b"mdhd"):
                _without_dates(copy, box)
            elif box.kind == b"hdlr":
                copy.out[box.body : box.end] = plain_handler(copy.body_of(box))
        elif box.kind in INTO.get(parent.kind, ()):
            _branch(copy, box)
        else:
            copy.empty(box)


def _without_dates(copy: Copy, box: Box) -> None:
    """Empty when it was made and changed: version 0 has two numbers of 4 bytes there, version 1 two of 8."""
    length = 16 if copy.data[box.body] else 8
    copy.out[box.body + 4 : box.body + 4 + length] = bytes(length)


def _track(copy: Copy, trak: Box, codecs: frozenset[bytes]) -> int:
    """Check a track and note where its samples are; return its milliseconds."""
    minf = copy.one(trak, b"mdia", b"minf")
    reference = copy.one(minf, b"dinf", b"dref")
    if copy.body_of(reference)[4:] not in SELF_REFERENCES:
        raise NotAVideo(why="reference")
    copy.out[reference.body + 12 : reference.body + 16] = b"url "
    entry = _entry(copy, trak)
    if entry.kind not in codecs:
        raise VideoHevc() if entry.kind in HEVC else NotAVideo(why="codec")
    _settings(copy, entry)
    stbl = copy.one(minf, b"stbl")
    tables = {box.kind: copy.body_of(box) for box in copy.boxes(stbl.body, stbl.end)}
    copy.ranges += sample_ranges(tables)
    head = copy.body_of(copy.one(trak, b"mdia", b"mdhd"))
    (scale,) = struct.unpack_from(">I", head, 20 if head[0] else 12)
    if scale == 0:
        raise NotAVideo(why="time")
    return ticks(tables) * 1000 // int(scale)


def _entry(copy: Copy, trak: Box) -> Box:
    """Return the one entry that says what the samples of a track are. Errors: NotAVideo."""
    stsd = copy.one(trak, b"mdia", b"minf", b"stbl", b"stsd")
    entries = list(copy.boxes(stsd.body + 8, stsd.end))
    if len(entries) != 1:
        raise NotAVideo(why="codec")
    return entries[0]


def _settings(copy: Copy, entry: Box) -> None:
    """Check what a decoder is told, and empty all else that is said there."""
    (version,) = struct.unpack_from(">H", copy.data, entry.body + 8)
    if entry.kind in FILMS:
        copy.out[entry.body + COMPRESSOR[0] : entry.body + COMPRESSOR[1]] = bytes(COMPRESSOR[1] - COMPRESSOR[0])
        if not any(box.kind == b"avcC" for box in _inside(copy, entry, FILM_ENTRY_BYTES)):
            raise NotAVideo(why="avcC")
        return
    if version not in SOUND_ENTRY_BYTES:
        raise NotAVideo(why="sound")
    inside = _inside(copy, entry, SOUND_ENTRY_BYTES[version])
    waves = [each for box in inside if box.kind == b"wave" for each in copy.boxes(box.body, box.end)]
    said = [box for box in (*inside, *waves) if box.kind == b"esds"]
    if len(said) != 1 or _sound(copy.body_of(said[0])) not in AAC:
        raise NotAVideo(why="sound")
    if version:
        made = plain_sound(copy.body_of(entry), [copy.data[box.start : box.end] for box in said])
        if made is None:
            raise NotAVideo(why="sound")
        copy.out[entry.body : entry.end] = made


def _inside(copy: Copy, entry: Box, settings_bytes: int) -> list[Box]:
    """Return the boxes of a sample entry; those that no decoder needs are emptied."""
    inside = list(copy.boxes(entry.body + settings_bytes, entry.end))
    for box in inside:
        if box.kind not in CODEC_BOXES:
            copy.out[box.start : box.end] = bytes(box.end - box.start)
            copy.empty(box)
    return inside


def _sound(esds: bytes) -> int:
    """Return the kind of sound an elementary stream descriptor names (ISO/IEC 14496-1, objectTypeIndication)."""
    at = _after_length(esds, 4, 3) + 3  # its number and flags
    return esds[_after_length(esds, at, 4)]


def _after_length(esds: bytes, at: int, tag: int) -> int:
    """Return where a descriptor's content begins. Errors: NotAVideo."""
    if esds[at] != tag:
        raise NotAVideo(why="descriptor")
    at += 1
    while esds[at] & 0x80:
        at += 1
    return at + 1


def _shown_size(copy: Copy, trak: Box) -> tuple[int, int]:
    """Return width and height as shown, a turned film turned: its matrix begins with a zero then."""
    head = copy.body_of(copy.one(trak, b"tkhd"))
    first = 52 if head[0] else 40
    (scale,) = struct.unpack_from(">i", head, first)
    width, height = struct.unpack_from(">II", head, first + 36)
    size = (width >> 16, height >> 16)
    return (size[1], size[0]) if scale == 0 else size
