"""Short videos: told by content, copied without what nobody needs to know, refused when anything is off."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.kit.media.ranges import RangeOutside, byte_range
from renmai.kit.media.rules import MediaTooLarge, prepare_video
from renmai.kit.media.video import VIDEO_BYTES_MAX, NotAVideo, VideoHevc, VideoInPieces, VideoTooLong
from renmai.kit.media.video.boxes import clean_mp4
from renmai.kit.media.video.webm import clean_webm
from renmai.kit.problems import DomainError
from tests.kit.films import TUNE, box, element, full, mov, mp4, webm

SECRETS = (b"xyz", b"30.2741", b"Hangzhou", b"Lin's tags", b"keys", b"mebx")


@pytest.mark.parametrize("sound", [True, False])
def test_an_mp4_keeps_its_samples_and_loses_places_dates_and_other_tracks(sound: bool) -> None:
    data = mp4(sound=sound, data_track=True, more=box("uuid", b"Lin's tags", bytes(16)))
    film = clean_mp4(data)
    assert (film.content_type, film.milliseconds, film.width, film.height) == ("video/mp4", 3000, 640, 360)
    assert len(film.data) == len(data)
    assert all(secret in data for secret in (b"30.2741", b"mebx")) and not any(s in film.data for s in SECRETS)
    assert (3_000_000_000).to_bytes(4) not in film.data
    assert b"\1" * 10 + b"\2" * 11 + b"\3" * 12 in film.data
    assert (b"\x77" * 15 in film.data) is sound
    assert clean_mp4(film.data).data == film.data  # what is clean stays as it is


@pytest.mark.parametrize("open_ended", [True, False])
def test_a_webm_keeps_its_samples_and_loses_tags_and_names(open_ended: bool) -> None:
    data = webm(open_ended=open_ended)
    film = clean_webm(data)
    assert (film.content_type, film.milliseconds, film.width, film.height) == ("video/webm", 2001, 640, 360)
    assert len(film.data) == len(data)
    assert b"Hangzhou" in data and b"Hangzhou" not in film.data and b"Lin" not in film.data
    assert all(bytes([n]) * 20 in film.data for n in (1, 2, 3))
    assert clean_webm(film.data).data == film.data


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0\0\0\x20ftyp", b"GIF89a" + bytes(40), mp4(brand=b"heic"), mp4(codec="encv"),
        mp4(reference=full("url ", b"http://x.example/f\0")), mp4(reference=full("url ")),
        mov(tune=box("apac", bytes(60))), mp4(sounds=[TUNE]), mp4()[:-40], mp4() + b"\0\0\0\x7f", mp4() + mp4(),
        webm(codec=b"V_MPEG4/ISO/AVC"), webm(in_track=element("6d80", bytes(4))), webm(seconds=0), webm()[:-10],
        webm() + b"PK\3\4", webm(more=element("1654ae6b", element("ae", element("83", b"\x11")))),
        # A number is 8 bytes at most (RFC 8794, 7.2): working with one of megabytes would take minutes.
        webm(more=element("1549a966", element("2ad7b1", b"\1" + bytes(8)))),
    ],
    ids=range(19),
)  # fmt: skip
def test_what_is_no_whole_video_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(NotAVideo):
        prepare_video(data)


@pytest.mark.parametrize("version", [1, 2])
def test_a_phones_quicktime_film_leaves_as_an_mp4(version: int) -> None:
    data = mov(version=version, sounds=[box("apac", bytes(60))])
    assert b"qt  " in data and b"wave" in data and b"alis" in data
    film = clean_mp4(data)
    assert (film.content_type, film.milliseconds, film.width, film.height) == ("video/mp4", 3000, 640, 360)
    assert len(film.data) == len(data) and film.data[8:20] == b"mp42" + bytes(4) + b"mp42"
    for gone in (*SECRETS, b"qt  ", b"wave", b"alis", b"chan", b"apac", b"Lin's"):
        assert gone not in film.data, gone
    entry = film.data[film.data.index(b"mp4a") + 4 :]
    hertz = {1: 44_100, 2: 48_000}[version] << 16
    assert entry[:8] == bytes(6) + b"\0\1" and entry[8:16] == bytes(8)
    assert struct.unpack(">HHII", entry[16:28]) == (2, 16, 0, hertz) and entry[32:36] == b"esds"
    assert clean_mp4(film.data).data == film.data  # it is an MP4 by the standard now


def test_what_browsers_cannot_play_is_refused_by_name() -> None:
    for codec in ("hvc1", "hev1"):
        with pytest.raises(VideoHevc):
            prepare_video(mov(codec=codec))
    for data in (mp4(in_moov=box("mvex", bytes(8))), mp4(more=box("moof", bytes(8)))):
        with pytest.raises(VideoInPieces):
            prepare_video(data)


@pytest.mark.parametrize("data", [mp4(seconds=61), webm(seconds=63)])
def test_a_long_one_is_refused(data: bytes) -> None:
    with pytest.raises(VideoTooLong) as refused:
        prepare_video(data)
    assert refused.value.params == {"seconds_max": 60}


def test_a_minute_is_not_too_long_and_fifty_megabytes_are_the_limit() -> None:
    assert prepare_video(mp4(seconds=60)).content_type == "video/mp4"
    assert prepare_video(webm(seconds=60)).content_type == "video/webm"
    with pytest.raises(MediaTooLarge):
        prepare_video(bytes(VIDEO_BYTES_MAX + 1))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([mp4(), mov(), mov(version=2), webm(), webm(open_ended=True)]), st.integers(0, 2**32))
def test_a_damaged_file_is_refused_or_copied_and_never_breaks_the_house(data: bytes, seed: int) -> None:
    dice = random.Random(seed)
    broken = bytearray(data)
    for _ in range(dice.randrange(1, 6)):
        broken[dice.randrange(len(broken))] = dice.randrange(256)
    try:
        prepared = prepare_video(bytes(broken[: dice.randrange(len(broken) // 2, len(broken) + 1)]))
    except DomainError:
        return
    (kept,) = prepared.files.values()
    assert len(kept) <= len(data)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("bytes=0-9", (0, 9)), ("bytes=90-", (90, 99)), ("bytes=90-200", (90, 99)), ("bytes=-10", (90, 99)),
        ("bytes=-200", (0, 99)), ("", None), ("bytes=0-1,5-6", None), ("pages=1-2", None), ("bytes=9-5", None), ("bytes=-", None),
    ],
)  # fmt: skip
def test_which_part_is_asked_for(asked: str, found: tuple[int, int] | None) -> None:
    assert byte_range(asked, 100) == found


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-120", "bytes=-0"])
def test_a_part_that_is_not_there(asked: str) -> None:
    with pytest.raises(RangeOutside):
        byte_range(asked, 100)
