"""The film that goes round: its head, its fragments of a second, and the fragment of any second of an endless showing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from renmai.kit.media.streams import Fragment, Head
from renmai.kit.media.streams.fragments import moved, read_fragment
from renmai.kit.media.streams.head import boxes, read_head

FILM = Path(__file__).with_name("film.mp4")
COVER = FILM.with_name("film.webp")


@dataclass(frozen=True, slots=True)
class Reel:
    """A film that goes round. `rounds` is how long one round is, in milliseconds."""

    head: Head
    pieces: tuple[Fragment, ...]
    rounds: int

    def piece(self, number: int) -> bytes:
        """Return the piece with a number from 0 on, in its place on a clock that begins with piece 0 and never ends."""
        turns, place = divmod(number, len(self.pieces))
        later = {track.id: -turns * self.rounds * track.scale // 1000 for track in self.head.tracks.values()}
        return moved(self.pieces[place].data, later)


@cache
def reel() -> Reel:
    """Return the demo's film. Errors: NotAStream where it is no film that a camera could send."""
    data = FILM.read_bytes()
    parts = list(boxes(data))
    first = next(part.start for part in parts if part.kind == b"moof")
    head = read_head(data[:first])
    films = [data[part.start : after.end] for part, after in pairwise(parts) if part.kind == b"moof"]
    pieces = tuple(read_fragment(head, film) for film in films)
    return Reel(head, pieces, pieces[-1].starts_ms + pieces[-1].milliseconds)
