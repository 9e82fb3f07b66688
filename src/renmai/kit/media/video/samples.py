"""The tables of an MP4 track: where its samples lie in the file, and how long they take (ISO/IEC 14496-12, 8.6 and 8.7)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from itertools import pairwise

from renmai.kit.media.video import NotAVideo

SAMPLES_MAX = 20_000  # a minute of 120 pictures a second and more, or of sound
Range = tuple[int, int]


def _rows(table: bytes, width: int) -> list[tuple[int, ...]]:
    """Return the rows of a table with its count of rows before them. Errors: NotAVideo."""
    (count,) = struct.unpack_from(">I", table, 4)
    if count > SAMPLES_MAX or len(table) < 8 + count * width * 4:
        raise NotAVideo(why="table")
    return [struct.unpack_from(f">{width}I", table, 8 + at * width * 4) for at in range(count)]


def ticks(tables: Mapping[bytes, bytes]) -> int:
    """Return how long the samples take together, in the track's own time. Errors: NotAVideo."""
    return sum(count * each for count, each in _rows(_table(tables, b"stts"), 2))


def sample_ranges(tables: Mapping[bytes, bytes]) -> list[Range]:
    """Return where each chunk of samples begins and ends in the file. Errors: NotAVideo."""
    sizes = _sizes(_table(tables, b"stsz"))
    starts = _chunks(tables)
    ranges: list[Range] = []
    taken = 0
    for number, count in enumerate(_counts(_rows(_table(tables, b"stsc"), 3), len(starts))):
        size = sum(sizes[taken : taken + count])
        ranges.append((starts[number], starts[number] + size))
        taken += count
    if taken != len(sizes):
        raise NotAVideo(why="samples")
    return ranges


def _table(tables: Mapping[bytes, bytes], kind: bytes) -> bytes:
    if kind not in tables:
        raise NotAVideo(why=kind.decode("latin-1"))
    return tables[kind]


def _sizes(table: bytes) -> list[int]:
    same, count = struct.unpack_from(">II", table, 4)
    if count > SAMPLES_MAX or (not same and len(table) < 12 + count * 4):
        raise NotAVideo(why="sizes")
    return [same] * count if same else list(struct.unpack_from(f">{count}I", table, 12))


def _chunks(tables: Mapping[bytes, bytes]) -> list[int]:
    if b"co64" in tables:
        return [(high << 32) + low for high, low in _rows(tables[b"co64"], 2)]
    return [start for (start,) in _rows(_table(tables, b"stco"), 1)]


def _counts(runs: list[tuple[int, ...]], chunks: int) -> list[int]:
    """Return how many samples each chunk has: a run says from which chunk (from 1) on there are so many. Errors: NotAVideo."""
    firsts = [first for first, _, _ in runs]
    if chunks and (not firsts or firsts[0] != 1) or any(b <= a for a, b in pairwise(firsts)):
        raise NotAVideo(why="chunks")
    counts: list[int] = []
    for (first, each, _), following in zip(runs, [*firsts[1:], chunks + 1], strict=True):
        counts += [each] * max(0, min(following, chunks + 1) - first)
    return counts
