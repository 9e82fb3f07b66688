"""Clips as files: who may see one, what it is made of, and its bytes, any part of them, without writing it anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from renmai.kit.media.streams.cutting import first_ticks, head_of_run
from renmai.kit.media.streams.fragments import moved
from renmai.kit.media.streams.head import read_head
from renmai.kit.problems import NotFound
from renmai.places.streams.store import read_fragment_file

# A clip is seen by everyone until it or its show is hidden, the replay is closed, or what it shows is recalled.
CLIP_SHOWN = """
c.shown and s.state = 'ended' and s.replay_open and s.hidden_at is null and sh.open and sh.hidden_at is null
and p.state <> 'recalled'
"""
CLIP_TABLES = """
places_clip c join places_show s on s.id = c.show_id join places_shop sh on sh.id = s.shop_id
join places_segment g on g.id = c.segment_id join places_pick k on k.id = g.pick_id
join goods_product p on p.id = k.product_id
"""
CLIP_FILE = f"""
select c.show_id, t.number, t.head, f.number, f.sha256, f.bytes_size, f.starts_ms, f.milliseconds, f.whole
from {CLIP_TABLES} join places_take t on t.id = c.take_id
join places_fragment f on f.take_id = t.id and f.number between c.first and c.last and not f.covered
where c.id = %s and c.show_id = %s and {CLIP_SHOWN} order by f.number
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A fragment of a clip; `at` is where its bytes begin in the clip's file."""

    number: int
    sha256: bytes
    at: int
    bytes_size: int


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A clip as a file. `back`: by track, how many ticks its fragments move to begin at zero; `etag` names its content."""

    show_id: UUID
    take: int
    head: bytes
    back: Mapping[int, int]
    parts: Sequence[Part]
    etag: str

    @property
    def bytes_size(self) -> int:
        """Return how long the file is."""
        return self.parts[-1].at + self.parts[-1].bytes_size


def clip_file(rows: Sequence[Sequence[Any]]) -> ClipFile:
    """Return rows of CLIP_FILE as a file; reads the first fragment for its times. Errors: NotFound."""
    if not rows:
        raise NotFound()
    show_id, take, data = rows[0][:3]
    film = read_head(bytes(data))
    head = head_of_run(film, [(row[5], length, row[8]) for row, length in zip(rows, _lengths(rows), strict=True)])
    parts, at = [], len(head)
    for row in rows:
        parts.append(Part(row[3], bytes(row[4]), at, row[5]))
        at += row[5]
    try:
        first = read_fragment_file(show_id, take, parts[0].number, parts[0].sha256)
    except FileNotFoundError:
        raise NotFound() from None
    digest = hashlib.sha256(head + b"".join(part.sha256 for part in parts)).hexdigest()
    return ClipFile(show_id, take, head, first_ticks(film, first), parts, f'"{digest[:32]}"')


def _lengths(rows: Sequence[Sequence[Any]]) -> list[int]:
    """Return how long each fragment plays: until the next begins, so that rounding does not add up."""
    starts = [row[6] for row in rows] + [rows[-1][6] + rows[-1][7]]
    return [max(1, after - begins) for begins, after in pairwise(starts)]


def read_clip(file: ClipFile, first: int, last: int) -> Iterator[bytes]:
    """Yield the bytes of a clip from `first` to `last`, a fragment at a time. Errors: FileNotFoundError."""
    if first < len(file.head):
        yield file.head[first : last + 1]
    for part in file.parts:
        if part.at + part.bytes_size <= first or part.at > last:
            continue
        data = moved(read_fragment_file(file.show_id, file.take, part.number, part.sha256), file.back)
        yield data[max(0, first - part.at) : last + 1 - part.at]
