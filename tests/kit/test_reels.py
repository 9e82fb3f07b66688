"""Live film: heads and fragments are checked sample by sample; names, dates and places stay behind."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.kit.media.streams import NotAStream
from renmai.kit.media.streams.fragments import moved, read_fragment
from renmai.kit.media.streams.head import read_head
from tests.kit.films import box
from tests.kit.reels import fragment, head


@pytest.mark.parametrize(
    ("sound", "codecs"), [("Opus", "avc1.42001f,opus"), ("mp4a", "avc1.42001f,mp4a.40.2"), ("", "avc1.42001f")]
)
def test_a_head_names_its_codecs_and_loses_names_dates_and_places(sound: str, codecs: str) -> None:
    data = head(sound=sound)
    read = read_head(data)
    assert (read.codecs, read.width, read.height) == (codecs, 640, 360)
    assert {track.id: track.film for track in read.tracks.values()} == ({1: True, 2: False} if sound else {1: True})
    secrets = (b"Lin's phone", b"Lin's app", b"30.2741", (3_000_000_000).to_bytes(4))
    assert all(secret in data for secret in secrets) and not any(secret in read.data for secret in secrets)
    assert read_head(read.data) == read


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a" + bytes(40), head(codec="hvc1"), head(width=0), head(height=5000), head(sound="fLaC"), head()[:-9],
     head() + head(), head(more=box("moof", bytes(8))), head(in_trak=bytes(3)), head() + bytes(70_000)],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_head_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(NotAStream):
        read_head(data)


def test_a_fragment_says_when_it_plays_and_whether_it_begins_whole() -> None:
    first = read_head(head())
    piece = read_fragment(first, fragment(7))
    assert (piece.starts_ms, piece.milliseconds, piece.whole) == (7000, 1000, True)
    assert not read_fragment(first, fragment(8, whole=False)).whole
    with_index = fragment(7, before=box("styp", b"msdh", bytes(4)) + box("sidx", bytes(20)))
    assert read_fragment(first, with_index).data == piece.data  # what only an index says is left behind


@pytest.mark.parametrize(
    "data",
    [b"", fragment(0)[:-1], fragment(0) + fragment(1), fragment(0, track=9), fragment(0, base=0), fragment(0, base=0x20001),
     fragment(0, offset=0), fragment(0, offset=10_000), fragment(0, offset=-20), fragment(0, milliseconds=11_000),
     fragment(0, milliseconds=0), fragment(0, pictures=2500), fragment(0, in_moof=box("uuid", bytes(16))),
     fragment(0, before=box("mdat", b"x"))],
    ids=range(14),
)  # fmt: skip
def test_what_is_no_fragment_of_the_film_is_refused(data: bytes) -> None:
    with pytest.raises(NotAStream):
        read_fragment(read_head(head()), data)


def test_a_fragment_moves_in_time_and_changes_nothing_else() -> None:
    first, data = read_head(head()), fragment(7)
    earlier = moved(data, {1: 5000, 2: 5000})
    assert read_fragment(first, earlier).starts_ms == 2000 and moved(earlier, {}) == earlier
    assert sum(a != b for a, b in zip(data, earlier, strict=True)) <= 4
    assert read_fragment(first, moved(data, {1: 99_000})).starts_ms == 0


@settings(max_examples=300)
@given(st.data())
def test_no_bytes_make_the_reader_fall_over(draw: Any) -> None:
    data = bytearray(draw.draw(st.sampled_from([head(), fragment(3)])))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    data = data[: draw.draw(st.integers(0, len(data)))] if draw.draw(st.booleans()) else data
    for read in (lambda: read_head(bytes(data)), lambda: read_fragment(read_head(head()), bytes(data))):
        try:
            read()
        except NotAStream:
            pass


def test_a_clock_that_nobody_can_count_is_no_time() -> None:
    first, data = read_head(head()), bytearray(fragment(0, sound=False))
    at = data.index(b"tfdt") + 8
    struct.pack_into(">Q", data, at, 1000 << 40)
    assert read_fragment(first, bytes(data)).starts_ms == 1000 << 40
    struct.pack_into(">Q", data, at, 1000 << 41)
    with pytest.raises(NotAStream):
        read_fragment(first, bytes(data))


def test_samples_are_counted_within_their_own_list() -> None:
    data, first = bytearray(fragment(3)), read_head(head())
    at = data.index(b"trun") + 8  # its count of samples, after version and flags
    assert struct.unpack_from(">I", data, at) == (4,)
    struct.pack_into(">I", data, at, 6)
    with pytest.raises(NotAStream):
        read_fragment(first, bytes(data))
