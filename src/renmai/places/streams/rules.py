"""Which fragments make a clip, and how a player is told of a film. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CLIP_MS_MIN = 2_000
CLIP_BEFORE_MS = 1_000
"""A clip begins so much before "explaining" was pressed: people press late."""

TROUBLES = {
    "not FLV": "unreadable",
    "tag": "unreadable",
    "tag size": "unreadable",
    "picture codec": "picture_codec",
    "sound codec": "sound_codec",
    "sound setup": "sound_codec",
    "no picture": "no_picture",
    "size": "size",
    "too much for a second": "too_much",
}
"""What keeps an encoder's film from being taken in (the reader's reason) -> what its people are told of; else `unreadable`."""
FAR_APART = "far_apart"
"""The one trouble that refuses nothing: whole pictures are so far apart that who comes waits long for the first."""
FAR_APART_MS = 4_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A fragment in its place on the clock of the show."""

    take: int
    number: int
    starts_ms: int
    milliseconds: int
    whole: bool
    covered: bool = False

    @property
    def ends_ms(self) -> int:
        """Return where it ends."""
        return self.starts_ms + self.milliseconds


def runs_of(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Yield runs that play without a break: of one take, number after number, uncovered, the first a whole picture."""
    run: list[Piece] = []
    for piece in pieces:
        goes_on = bool(run) and piece.take == run[-1].take and piece.number == run[-1].number + 1
        if run and (piece.covered or not goes_on):
            yield run
            run = []
        if not piece.covered and (run or piece.whole):
            run.append(piece)
    if run:
        yield run


def clips_of(pieces: Sequence[Piece], begins_ms: int, ends_ms: int) -> list[list[Piece]]:
    """Return the runs that show a span of the show, each from a whole picture on; none shorter than CLIP_MS_MIN."""
    clips = []
    for run in runs_of(pieces):
        inside = [piece for piece in run if piece.ends_ms > begins_ms - CLIP_BEFORE_MS and piece.starts_ms < ends_ms]
        if not inside:
            continue
        first = next(p for p in reversed(run) if p.whole and p.number <= inside[0].number)
        clip = [piece for piece in run if first.number <= piece.number <= inside[-1].number]
        if clip[-1].ends_ms - clip[0].starts_ms >= CLIP_MS_MIN:
            clips.append(clip)
    return clips
