"""An encoder's recording becomes a head and fragments: in place, in time, without a break that is not there."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.kit.media.streams import FRAGMENT_BYTES_MAX, Fragment, Head, NotAStream
from renmai.kit.media.streams.flv import Picture, Recording, Setup, Sound
from renmai.kit.media.streams.fragments import read_fragment
from renmai.kit.media.streams.head import read_head
from renmai.kit.media.streams.packing import Packer
from renmai.kit.media.streams.setups import SoundForm, picture_size, sound_form
from tests.kit.encoded import AAC_LC, START, avcc, picture, setups, sound, tag

Film = list[Head | Fragment]


def packed(data: bytes, *, step: int = 1000, start: bytes = START) -> Film:
    """What comes of a recording that is read in steps, as the house checks it."""
    recording, packer, film = Recording(), Packer(), []
    head: Head | None = None
    whole = start + data
    ready = []
    for at in range(0, len(whole), step):
        for part in recording.feed(whole[at : at + step]):
            ready += packer.feed(part)
    for each in [*ready, *packer.close()]:
        if each.head:
            head = read_head(each.data)
        film.append(head if each.head else read_fragment(head, each.data))  # type: ignore[arg-type]
    return film  # type: ignore[return-value]


def second(starts: int, *, every: int = 40, whole_every: int = 1000, length: int = 1000) -> bytes:
    """Pictures and sound of a second."""
    pictures = [(at, picture(at, whole=at % whole_every == 0)) for at in range(starts, starts + length, every)]
    sounds = [(at, sound(at)) for at in range(starts, starts + length, 23)]
    return b"".join(data for _, data in sorted(pictures + sounds))


def told(film: Film) -> list[Any]:
    """The heads by their codecs, the fragments by their times."""
    return [each.codecs if isinstance(each, Head) else (each.starts_ms, each.milliseconds, each.whole) for each in film]


@pytest.mark.parametrize(
    ("setup", "size"),
    [(avcc(), (640, 360)), (avcc(crop=None), (640, 368)), (avcc(profile=100, wide=120, high=68), (1920, 1080)),
     (avcc(profile=100, wide=45, high=18, crop=None, frames=False), (720, 576)),
     (avcc(profile=110, scaling=True), (640, 360)), (avcc(profile=244, chroma=3, scaling=True, crop=(1, 1, 0, 8)), (638, 360)),
     (avcc(order=0), (640, 360)), (avcc(order=1), (640, 360))],
    ids=range(8),
)  # fmt: skip
def test_the_size_of_a_picture_is_in_its_setup(setup: bytes, size: tuple[int, int]) -> None:
    assert picture_size(setup) == size


@pytest.mark.parametrize(
    ("setup", "form"),
    [(AAC_LC, SoundForm(44_100, 2)), (bytes([0x11, 0x88]), SoundForm(48_000, 1)),
     (bytes([0x17, 0x80, 0x3E, 0x80, 0x10]), SoundForm(32_000, 2))],
    ids=range(3),
)  # fmt: skip
def test_rate_and_channels_of_sound_are_in_its_setup(setup: bytes, form: SoundForm) -> None:
    assert sound_form(setup) == form


@pytest.mark.parametrize(
    "setup",
    [b"", b"\x12", bytes([0x2A, 0x10]), bytes([0x12, 0x14]), bytes([0x12, 0]), bytes([0x16, 0x90])],
    ids=range(6),
)
def test_other_sound_is_refused(setup: bytes) -> None:
    with pytest.raises(NotAStream):
        sound_form(setup)


def test_pictures_and_sound_become_fragments_that_begin_whole() -> None:
    film = packed(setups() + b"".join(second(at) for at in (0, 1000, 2000)))
    assert told(film) == ["avc1.42001e,mp4a.40.2", (0, 1000, True), (1000, 1000, True), (2000, 1000, True)]
    assert packed(setups() + b"".join(second(at) for at in (0, 1000, 2000)), step=7) == film
    silent = b"".join(picture(at, whole=at % 1000 == 0) for at in range(0, 2000, 40))
    assert told(packed(setups(heard=b"") + silent)) == ["avc1.42001e", (0, 1000, True), (1000, 1000, True)]


def test_whole_pictures_far_apart_are_waited_for_no_longer_than_a_little() -> None:
    film = packed(setups() + b"".join(second(at, whole_every=5000) for at in range(0, 6000, 1000)))
    lengths = [(0, 1200, True), (1200, 1200, False), (2400, 1200, False), (3600, 1200, False), (4800, 200, False)]
    assert told(film)[1:6] == lengths and told(film)[6] == (5000, 1000, True)


def test_pictures_shown_later_than_decoded_keep_their_places() -> None:
    shown = [(0, 80, True), (40, 160, False), (80, 40, False), (120, -40, False)]
    data = setups(heard=b"") + b"".join(picture(at, later_ms=later, whole=whole) for at, later, whole in shown)
    _, fragment = packed(data)
    assert isinstance(fragment, Fragment) and (fragment.starts_ms, fragment.milliseconds) == (0, 160)
    laters = [struct.unpack(">i", fragment.data[at : at + 4])[0] for at in range(100, 164, 16)]
    assert laters == [80, 160, 40, -40]


def test_a_clock_that_rounds_or_repeats_makes_no_break() -> None:
    thirtieths = [round(number * 1001 / 30) for number in range(60)]
    data = b"".join(picture(at, whole=number % 30 == 0) for number, at in enumerate(thirtieths))
    assert told(packed(setups(heard=b"") + data))[1:] == [(0, 1001, True), (1001, 1002, True)]
    twice = b"".join(picture(at // 2 * 2, whole=at == 0) for at in range(10))
    assert told(packed(setups(heard=b"") + twice))[1:] == [(0, 10, True)]


@pytest.mark.parametrize("comes_back", [9_000, 500], ids=["later", "earlier"])
def test_a_clock_that_jumps_begins_a_film_of_its_own(comes_back: int) -> None:
    before, after = second(0) + second(1000), second(comes_back, whole_every=comes_back)
    heads = [each for each in told(packed(setups() + before + after)) if isinstance(each, str)]
    assert len(heads) == 2 and told(packed(setups() + before + after))[-1] == (comes_back, 1000, True)


def test_other_setups_begin_a_film_of_their_own() -> None:
    other = setups(avcc(wide=20, high=12, crop=None))
    film = packed(setups() + second(0) + setups() + second(1000) + other + second(2000))
    assert [(each.width, each.height) for each in film if isinstance(each, Head)] == [(640, 360), (320, 192)]
    late = packed(setups(heard=b"") + second(0) + second(1000) + setups() + second(2000))
    assert [each for each in told(late) if isinstance(each, str)] == ["avc1.42001e", "avc1.42001e,mp4a.40.2"]


def test_nothing_begins_before_a_whole_picture() -> None:
    film = packed(setups() + second(40, length=960) + second(1000))
    assert told(film)[1:] == [(1000, 1000, True)]
    assert packed(setups() + second(40, length=960)) == []


@pytest.mark.parametrize(
    ("data", "why"),
    [(tag(9, 0, b"\x90hvc1" + bytes(8)), "picture codec"), (tag(9, 0, b"\x12\0"), "picture codec"),
     (tag(8, 0, b"\x2f\0\0"), "sound codec"), (tag(9, 0, b"\x17\1"), "picture"), (tag(8, 0, b"\xaf"), "sound"),
     (setups(b"\1"), "picture setup"), (setups(avcc(wide=300)), "size"), (setups(heard=b"\x2b\x92"), "sound codec"),
     (tag(7, 0, b"x"), "tag"), (tag(9, 0, b""), "tag"), (tag(18, 0, b"x")[:-1] + b"\0", "tag size"),
     (tag(8, 0, b"\xaf\0" + AAC_LC) + b"".join(sound(at) for at in range(0, 6000, 23)), "no picture"),
     (setups() + b"".join(picture(at, whole=at == 0, data=bytes(900_000)) for at in range(10)), "too much for a second")],
    ids=range(13),
)  # fmt: skip
def test_what_cannot_be_played_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(NotAStream) as refused:
        packed(data, step=1 << 20)
    assert refused.value.params["why"] == why
    with pytest.raises(NotAStream):
        packed(data, start=b"GIF89a" + bytes(7))


def test_a_tag_is_never_larger_than_a_fragment() -> None:
    said = bytes([9]) + (FRAGMENT_BYTES_MAX + 1).to_bytes(3) + bytes(7)
    with pytest.raises(NotAStream):
        Recording().feed(START + said)
    assert Recording().feed(START[:5]) == []
    parts = Recording().feed(START + tag(18, 0, b"\2") + setups() + picture(0x0123_4567) + sound(7))
    assert [type(part) for part in parts] == [Setup, Setup, Picture, Sound]
    assert isinstance(parts[2], Picture) and parts[2].at_ms == 0x0123_4567


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_bytes_make_the_reader_fall_over(draw: Any) -> None:
    data = bytearray(setups(avcc(profile=100, scaling=True)) + second(0) + second(1000))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, min(len(data) - 1, 600)))] = draw.draw(st.integers(0, 255))
    data = data[: draw.draw(st.integers(0, len(data)))] if draw.draw(st.booleans()) else data
    try:
        packed(bytes(data), step=4096)
    except NotAStream:
        pass
