"""WebM (RFC 8794, RFC 9559 and the WebM guidelines): the elements of a file, and a copy that holds only what a player needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from renmai.kit.media.video import WEBM, Film, NotAVideo, checked_film

ELEMENTS_MAX = 60_000
NUMBER_BYTES_MAX = 8  # RFC 8794, 7.2
HEAD, SEGMENT, SEEK, INFO, TRACKS, CLUSTER, CUES = (
    0x1A45DFA3, 0x18538067, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B,
)  # fmt: skip
TRACK, VIDEO, AUDIO, CODEC, NUMBER, TYPE, WIDTH, HEIGHT = 0xAE, 0xE0, 0xE1, 0x86, 0xD7, 0x83, 0xB0, 0xBA
DOCTYPE, SCALE, TIME, SIMPLE, GROUP, BLOCK, LENGTH, VOID = 0x4282, 0x2AD7B1, 0xE7, 0xA3, 0xA0, 0xA1, 0x9B, 0xEC
NUMBERS = frozenset({SCALE, TIME, NUMBER, TYPE, WIDTH, HEIGHT})
LEVEL_ONE = frozenset({SEEK, INFO, TRACKS, CLUSTER, CUES, 0x1254C367, 0x1043A770, 0x1941A469})
# What is copied whole below each parent: numbers, codecs, sizes, colours, samples. No names, dates, tags or files.
LEAVES: dict[int, frozenset[int]] = {
    HEAD: frozenset({0x4286, 0x42F7, 0x42F2, 0x42F3, DOCTYPE, 0x4287, 0x4285}),
    SEGMENT: frozenset({SEEK, CUES}),
    INFO: frozenset({SCALE, 0x4489, 0x4D80, 0x5741}),
    TRACK: frozenset(
        {NUMBER, 0x73C5, TYPE, 0xB9, 0x88, 0x55AA, 0x9C, 0x23E383, 0x22B59C, CODEC, 0x63A2, 0x56AA, 0x56BB}
    ),
    VIDEO: frozenset({WIDTH, HEIGHT, 0x54B0, 0x54BA, 0x54B2, 0x9A, 0x53C0, 0x55B0, 0x54AA, 0x54BB, 0x54CC, 0x54DD}),
    AUDIO: frozenset({0xB5, 0x78B5, 0x9F, 0x6264}),
    CLUSTER: frozenset({TIME, SIMPLE, 0xA7, 0xAB}),
    GROUP: frozenset({BLOCK, LENGTH, 0xFB, 0x75A2}),
}
INTO: dict[int, frozenset[int]] = {
    SEGMENT: frozenset({INFO, TRACKS, CLUSTER}),
    TRACKS: frozenset({TRACK}),
    TRACK: frozenset({VIDEO, AUDIO}),
    CLUSTER: frozenset({GROUP}),
}
ENCODED = 0x6D80  # samples packed or locked in some way of their own
FILMS, SOUNDS = frozenset({b"V_VP8", b"V_VP9", b"V_AV1"}), frozenset({b"A_OPUS", b"A_VORBIS"})


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its kind, where it begins, where its body begins, where it ends."""

    kind: int
    start: int
    body: int
    end: int


@dataclass(slots=True)
class Copy:
    """A file on its way into a clean one of the same length, and what was read on the way."""

    data: bytes
    out: bytearray
    seen: int = 0
    scale: int = 1_000_000
    cluster: int = 0
    last: int = 0
    tracks: list[dict[int, bytes]] = field(default_factory=list)
    blocks: set[int] = field(default_factory=set)

    def elements(self, start: int, end: int, parent: int = 0) -> Iterator[Element]:
        """Yield the elements between two places, which they fill exactly. Errors: NotAVideo."""
        while start < end:
            self.seen += 1
            kind, at, _ = self.number(start, end, marker=True)
            size, body, open_ended = self.number(at, end)
            stop = self._stop(kind, body, end) if open_ended else body + size
            if stop > end or self.seen > ELEMENTS_MAX:
                raise NotAVideo(why="element")
            yield Element(kind, start, body, stop)
            start = stop

    def number(self, at: int, end: int, *, marker: bool = False) -> tuple[int, int, bool]:
        """Return a number of variable length, the place after it, and whether it stands for "unknown". Errors: NotAVideo."""
        first = self.data[at] if at < end else 0
        width = 9 - first.bit_length()
        if not first or width > (4 if marker else 8) or at + width > end:
            raise NotAVideo(why="number")
        whole = int.from_bytes(self.data[at : at + width])
        bare = whole & ((1 << 7 * width) - 1)
        return (whole if marker else bare), at + width, bare == (1 << 7 * width) - 1

    def _stop(self, kind: int, body: int, end: int) -> int:
        """Return where an element of unknown size ends: a segment with the file, a cluster before the next of its rank."""
        if kind == SEGMENT:
            return end
        if kind != CLUSTER:
            raise NotAVideo(why="open element")
        at = body
        while at < end:
            self.seen += 1
            inner, after, _ = self.number(at, end, marker=True)
            if inner in LEVEL_ONE or self.seen > ELEMENTS_MAX:
                break
            size, after, open_ended = self.number(after, end)
            if open_ended:
                raise NotAVideo(why="open element")
            at = after + size
        return at

    def take(self, start: int, end: int) -> None:
        """Copy bytes to where they stood."""
        self.out[start:end] = self.data[start:end]

    def empty(self, element: Element) -> None:
        """Leave a Void element where one stood."""
        whole = element.end - element.start
        width = 1 if whole < 128 else 8
        size = (whole - 1 - width) | 1 << 7 * width
        self.out[element.start : element.start + 1 + width] = bytes([VOID]) + size.to_bytes(width)


def clean_webm(data: bytes) -> Film:
    """Return a WebM as a clean copy: one film, at most one sound, in the codecs of WebM. Errors: NotAVideo, VideoTooLong."""
    copy = Copy(data, bytearray(len(data)))
    top = list(copy.elements(0, len(data)))
    if [element.kind for element in top] != [HEAD, SEGMENT]:
        raise NotAVideo(why="parts")
    head = {each.kind: data[each.body : each.end] for each in copy.elements(top[0].body, top[0].end)}
    if head.get(DOCTYPE) != b"webm":
        raise NotAVideo(why="doctype")
    for element in top:
        _branch(copy, element)
    width, height = _size(copy)
    return checked_film(Film(WEBM, bytes(copy.out), copy.last * copy.scale // 1_000_000, width, height))


def _branch(copy: Copy, parent: Element) -> None:
    """Copy what a player needs of an element and of those below it."""
    copy.take(parent.start, parent.body)
    if parent.kind == TRACK:
        copy.tracks.append({})
    for element in copy.elements(parent.body, parent.end):
        if element.kind == ENCODED:
            raise NotAVideo(why="encoded")
        if element.kind in LEAVES.get(parent.kind, ()):
            copy.take(element.start, element.end)
            _note(copy, element, copy.data[element.body : element.end])
        elif element.kind in INTO.get(parent.kind, ()):
            _branch(copy, element)
        else:
            copy.empty(element)


def _note(copy: Copy, element: Element, body: bytes) -> None:
    """Remember what says how long the film is and what is in it. Errors: NotAVideo."""
    kind = element.kind
    if kind in NUMBERS and len(body) > NUMBER_BYTES_MAX:
        raise NotAVideo(why="number")
    if kind == SCALE:
        copy.scale = int.from_bytes(body)
    elif kind == TIME:
        copy.cluster = int.from_bytes(body)
    elif kind in (SIMPLE, BLOCK):
        track, at, _ = copy.number(element.body, element.end)
        copy.blocks.add(track)
        moment = int.from_bytes(copy.data[at : at + 2], signed=True)
        copy.last = max(copy.last, copy.cluster + moment + 1)
    elif copy.tracks and kind in (NUMBER, TYPE, CODEC, WIDTH, HEIGHT):
        copy.tracks[-1][kind] = body


def _size(copy: Copy) -> tuple[int, int]:
    """Return width and height of the film after checking its tracks. Errors: NotAVideo."""
    films = [track for track in copy.tracks if track.get(CODEC) in FILMS and track.get(TYPE) == b"\x01"]
    sounds = [track for track in copy.tracks if track.get(CODEC) in SOUNDS and track.get(TYPE) == b"\x02"]
    numbers = {int.from_bytes(track.get(NUMBER, b"")) for track in copy.tracks}
    if len(films) != 1 or len(sounds) > 1 or len(copy.tracks) != len(films) + len(sounds):
        raise NotAVideo(why="tracks")
    if not copy.blocks or not copy.blocks <= numbers:
        raise NotAVideo(why="blocks")
    return int.from_bytes(films[0].get(WIDTH, b"")), int.from_bytes(films[0].get(HEIGHT, b""))
