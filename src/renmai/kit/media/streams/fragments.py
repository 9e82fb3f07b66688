"""A fragment of a film: checked sample by sample, and moved in time for a clip."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from renmai.kit.media.streams import FRAGMENT_BYTES_MAX, FRAGMENT_MS_MAX, Fragment, Head, NotAStream, Track
from renmai.kit.media.streams.head import Box, boxes

SAMPLES_MAX = 2_000  # of a track in a fragment: ten seconds of 120 pictures a second, and more than that of sound
CLOCK_SECONDS_MAX = 1 << 40  # a film's clock may begin anywhere, but what nobody can count in milliseconds is none
PASSED_OVER = frozenset({b"styp", b"sidx", b"prft", b"free", b"skip", b"mfra"})
# Flags of `tfhd` and `trun` that say which numbers follow (ISO/IEC 14496-12, 8.8.7 and 8.8.8).
BASE_IS_MOOF, BASE_OFFSET, ENTRY_INDEX, TICKS, BYTES, FLAGS = 0x20000, 0x1, 0x2, 0x8, 0x10, 0x20
RUN_OFFSET, RUN_FIRST_FLAGS = 0x1, 0x4
RUN_TICKS, RUN_BYTES, RUN_FLAGS, RUN_COMPOSED = 0x100, 0x200, 0x400, 0x800
NOT_WHOLE = 0x10000  # sample_is_non_sync_sample


@dataclass(slots=True)
class _Run:
    """What the samples of one track in a fragment are together."""

    track: Track
    starts: int
    ticks: int = 0
    whole: bool = False
    samples: int = 0


def read_fragment(head: Head, data: bytes) -> Fragment:
    """Return a fragment of the film that `head` begins: every sample inside, times within limits. Errors: NotAStream."""
    if len(data) > FRAGMENT_BYTES_MAX:
        raise NotAStream(why="fragment size")
    try:
        return _fragment(head, data)
    except (struct.error, IndexError):
        raise NotAStream(why="cut short") from None


def _fragment(head: Head, data: bytes) -> Fragment:
    parts = [box for box in boxes(data) if box.kind not in PASSED_OVER]
    if [box.kind for box in parts] != [b"moof", b"mdat"] or parts[0].end != parts[1].start:
        raise NotAStream(why="fragment parts")
    moof, mdat = parts
    runs: dict[int, _Run] = {}
    for box in boxes(data, moof.body, moof.end):
        if box.kind == b"traf":
            run = _traf(head, data, box, (moof.start, mdat))
            if run.track.id in runs:
                raise NotAStream(why="track twice")
            runs[run.track.id] = run
        elif box.kind != b"mfhd":
            raise NotAStream(why=box.kind.decode("latin-1"))
    films = [run for run in runs.values() if run.track.film and run.samples]
    if len(films) != 1:
        raise NotAStream(why="no picture")
    film = films[0]
    length = film.ticks * 1000 // film.track.scale
    if not 0 < length <= FRAGMENT_MS_MAX or any(
        r.ticks * 1000 // r.track.scale > FRAGMENT_MS_MAX for r in runs.values()
    ):
        raise NotAStream(why="fragment time")
    if film.starts // film.track.scale > CLOCK_SECONDS_MAX:
        raise NotAStream(why="fragment time")
    return Fragment(data[moof.start : mdat.end], film.starts * 1000 // film.track.scale, length, film.whole)


def _traf(head: Head, data: bytes, traf: Box, where: tuple[int, Box]) -> _Run:
    inside = list(boxes(data, traf.body, traf.end))
    if [box.kind for box in inside[:2]] != [b"tfhd", b"tfdt"] or any(box.kind != b"trun" for box in inside[2:]):
        raise NotAStream(why="traf")
    track, defaults = _track_of(head, data, inside[0])
    run = _Run(track, read_time(data, inside[1]))
    for box in inside[2:]:
        _samples(data, box, run, defaults, where)
    return run


def _track_of(head: Head, data: bytes, tfhd: Box) -> tuple[Track, tuple[int, int, int]]:
    """Return the track, and ticks, bytes and flags of a sample that says nothing."""
    flags, track_id = struct.unpack_from(">II", data, tfhd.body)
    flags &= 0xFFFFFF
    track = head.tracks.get(track_id)
    if track is None or not flags & BASE_IS_MOOF or flags & BASE_OFFSET:
        raise NotAStream(why="tfhd")
    at = tfhd.body + 8
    if flags & ENTRY_INDEX:
        at += 4
    numbers = [track.sample_ticks, track.sample_bytes, track.sample_flags]
    for place, bit in enumerate((TICKS, BYTES, FLAGS)):
        if flags & bit:
            (numbers[place],) = struct.unpack_from(">I", data, at)
            at += 4
    return track, (numbers[0], numbers[1], numbers[2])


def read_time(data: bytes, tfdt: Box) -> int:
    """Return when a track of a fragment begins, in its ticks: what its `tfdt` says."""
    (time,) = struct.unpack_from(">Q" if data[tfdt.body] else ">I", data, tfdt.body + 4)
    return int(time)


def _samples(data: bytes, trun: Box, run: _Run, defaults: tuple[int, int, int], where: tuple[int, Box]) -> None:
    """Add the samples of a `trun` to a run; each lies within the fragment's data."""
    flags, count = struct.unpack_from(">II", data, trun.body)
    if not flags & RUN_OFFSET or not 0 < count <= SAMPLES_MAX - run.samples:
        raise NotAStream(why="trun")
    (offset,) = struct.unpack_from(">i", data, trun.body + 8)
    at = trun.body + 12
    first = None
    if flags & RUN_FIRST_FLAGS:
        (first,) = struct.unpack_from(">I", data, at)
        at += 4
    if at + count * 4 * (flags & (RUN_TICKS | RUN_BYTES | RUN_FLAGS | RUN_COMPOSED)).bit_count() > trun.end:
        raise NotAStream(why="trun")
    base, mdat = where
    start = size = 0
    for number, (ticks, length, sample) in enumerate(_rows(data, at, flags, count, defaults)):
        if run.samples == 0 and number == 0:
            run.whole = not (sample if first is None else first) & NOT_WHOLE
        run.ticks += ticks
        size += length
    start = base + offset
    if start < mdat.body or start + size > mdat.end:
        raise NotAStream(why="sample outside")
    run.samples += count


def _rows(
    data: bytes, at: int, flags: int, count: int, defaults: tuple[int, int, int]
) -> Iterator[tuple[int, int, int]]:
    """Yield ticks, bytes and flags of each sample."""
    said = [bool(flags & bit) for bit in (RUN_TICKS, RUN_BYTES, RUN_FLAGS, RUN_COMPOSED)]
    width = sum(said)
    for number in range(count):
        row = list(struct.unpack_from(f">{width}I", data, at + number * width * 4))
        values = [row.pop(0) if said[place] else defaults[place] for place in range(3)]
        yield values[0], values[1], values[2]


def moved(data: bytes, ticks: Mapping[int, int]) -> bytes:
    """Return a checked fragment that plays earlier: by track id, how many ticks are taken off (never below zero)."""
    out = bytearray(data)
    moof = next(boxes(data))
    for traf in boxes(data, moof.body, moof.end):
        if traf.kind != b"traf":
            continue
        tfhd, tfdt = list(boxes(data, traf.body, traf.end))[:2]
        (track_id,) = struct.unpack_from(">I", data, tfhd.body + 4)
        form = ">Q" if data[tfdt.body] else ">I"
        struct.pack_into(form, out, tfdt.body + 4, max(0, read_time(data, tfdt) - ticks.get(track_id, 0)))
    return bytes(out)
