"""Pictures and sounds as an encoder sends them, packed into a head and fragments of about a second. Pure.

A fragment begins where a whole picture is, if one comes in time; with pictures further apart it is cut in between, and a
player can begin at the next one that is whole. What cannot follow without a break (other setups, a clock that jumps)
begins a new film, with a head of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from renmai.kit.media.streams import FRAGMENT_BYTES_MAX, NotAStream
from renmai.kit.media.streams.flv import Part, Picture, Setup, Sound
from renmai.kit.media.streams.setups import sound_form
from renmai.kit.media.streams.writing import FRAME_TICKS, Sample, film_fragment, film_head

CUT_MS, CUT_LATE_MS = 900, 1_200
"""From when on a whole picture begins a fragment, and when one is cut without."""
JUMP_MS = 2_000
"""A clock that goes on so much later has jumped: an encoder lost its pictures or its way."""
DEAF_MS = 5_000
"""So long sound may come before the first picture."""
DRIFT_MS = 100
"""Sound plays on frame after frame; so far from what the encoder's clock says it is put right."""
ROOM_BYTES = 128 * 1024  # what the boxes around a fragment's samples may take


@dataclass(frozen=True, slots=True)
class Packed:
    """A head, which begins a new film, or a fragment of the film begun last."""

    head: bool
    data: bytes


class Packer:
    """Packs one encoder's film. For one thread."""

    def __init__(self) -> None:
        self.gap_ms = 0  # between the last two whole pictures
        self._film: bytes | None = None
        self._sound: bytes | None = None
        self._fresh = True  # a head comes before the next fragment
        self._pictures: list[Picture] = []
        self._sounds: list[Sound] = []
        self._bytes = self._number = 0
        self._heard: int | None = None  # where sound ended, in samples
        self._whole_ms: int | None = None
        self._deaf_ms: int | None = None

    def feed(self, part: Part) -> list[Packed]:
        """Take a part; return what is ready. Errors: NotAStream for a film that nobody could play, with the reason."""
        if isinstance(part, Setup):
            return self._set_up(part)
        if isinstance(part, Sound):
            return self._hear(part)
        return self._see(part)

    def close(self) -> list[Packed]:
        """Return what is left: the film goes on with a head of its own, if at all."""
        return self._break()

    def _set_up(self, part: Setup) -> list[Packed]:
        if part.data == (self._film if part.film else self._sound):
            return []
        left = self._break() if self._film is not None and not (self._fresh and not part.film) else []
        if part.film:
            self._film = part.data
            film_head(part.data, None)  # refuses at once what cannot be played
        else:
            sound_form(part.data)
            self._sound = part.data
        return left

    def _hear(self, part: Sound) -> list[Packed]:
        if self._deaf_ms is None:
            self._deaf_ms = part.at_ms
        if self._film is None and part.at_ms - self._deaf_ms > DEAF_MS:
            raise NotAStream(why="no picture")
        if self._sound is None or not self._pictures or part.at_ms < self._pictures[0].at_ms - DRIFT_MS:
            return []
        left = self._break() if part.at_ms - self._pictures[-1].at_ms > JUMP_MS else []
        if self._pictures:
            self._hold(part)
        return left

    def _see(self, part: Picture) -> list[Packed]:
        if self._film is None:
            return []
        left: list[Packed] = []
        if self._pictures:
            last = self._pictures[-1].at_ms
            if last - 1 <= part.at_ms <= last:  # two pictures in one millisecond of a clock that rounds
                part = Picture(last + 1, part.later_ms, part.whole, part.data)
            if not 0 < part.at_ms - last <= JUMP_MS:
                left = self._break()
            elif self._is_full(part):
                left = self._cut(part.at_ms)
        if self._pictures or part.whole or not self._fresh:
            self._hold(part)
        return left

    def _is_full(self, part: Picture) -> bool:
        first = self._pictures[0]
        length = part.at_ms - first.at_ms
        return length >= CUT_LATE_MS or part.whole and (length >= CUT_MS or not first.whole)

    def _hold(self, part: Picture | Sound) -> None:
        self._bytes += len(part.data)
        if self._bytes > FRAGMENT_BYTES_MAX - ROOM_BYTES:
            raise NotAStream(why="too much for a second")
        if isinstance(part, Sound):
            self._sounds.append(part)
            return
        self._pictures.append(part)
        if part.whole:
            self.gap_ms = part.at_ms - self._whole_ms if self._whole_ms is not None else 0
            self._whole_ms = part.at_ms

    def _break(self) -> list[Packed]:
        """Cut what is held, and begin anew with the next whole picture."""
        left: list[Packed] = []
        if self._pictures:
            usual = self._pictures[-1].at_ms - self._pictures[-2].at_ms if len(self._pictures) > 1 else 40
            left = self._cut(self._pictures[-1].at_ms + usual)
        self._fresh, self._whole_ms = True, None
        return left

    def _cut(self, ends_ms: int) -> list[Packed]:
        """Return the fragment of what is held, which ends where the next picture begins; before the first, the head."""
        ready: list[Packed] = []
        if self._fresh and self._film is not None:
            ready.append(Packed(True, film_head(self._film, self._sound)))
            self._number, self._fresh, self._heard = 0, False, None
        self._number += 1
        starts = self._pictures[0].at_ms
        ends = [picture.at_ms for picture in self._pictures[1:]] + [ends_ms]
        film = [Sample(end - each.at_ms, each.later_ms, each.whole, each.data)
                for each, end in zip(self._pictures, ends, strict=True)]  # fmt: skip
        sound = [Sample(FRAME_TICKS, 0, True, each.data) for each in self._sounds]
        ready.append(Packed(False, film_fragment(self._number, (starts, film), (self._sound_starts(), sound))))
        self._pictures, self._sounds, self._bytes = [], [], 0
        return ready

    def _sound_starts(self) -> int:
        """Return where the held sound begins, in samples: right after the last, unless the clock says otherwise by far."""
        if self._sound is None or not self._sounds:
            return 0
        rate = sound_form(self._sound).rate
        said = self._sounds[0].at_ms * rate // 1000
        before = said if self._heard is None else self._heard
        starts = said if abs(said - before) * 1000 > DRIFT_MS * rate else before
        self._heard = starts + FRAME_TICKS * len(self._sounds)
        return starts
