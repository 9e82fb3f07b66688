"""Live film made by hand, box by box: a head, and fragments of a second each."""

from __future__ import annotations

import struct

from tests.kit.films import ESDS, box, full, numbers

SCALE = 1000
OPUS = full("dOps", bytes(7))


def _trak(track_id: int, film: bool, entry: bytes, more: bytes) -> bytes:
    stbl = box("stbl", full("stsd", numbers(1), entry), *(full(kind, numbers(0)) for kind in ("stts", "stsc")),
               full("stsz", numbers(0, 0)), full("stco", numbers(0)))  # fmt: skip
    dinf = box("dinf", full("dref", numbers(1), full("url ", b"\0", flags=1)))
    mdia = box(
        "mdia",
        full("mdhd", numbers(3_000_000_000, 3_000_000_000, SCALE, 0), bytes(4)),
        full("hdlr", bytes(4), b"vide" if film else b"soun", bytes(12), b"Lin's phone\0"),
        box("minf", full("vmhd" if film else "smhd", bytes(8)), dinf, stbl),
    )
    tkhd = full("tkhd", numbers(3_000_000_000, 3_000_000_000, track_id, 0, 0), bytes(60))
    return box("trak", tkhd, mdia, more)


def head(
    *,
    width: int = 640,
    height: int = 360,
    codec: str = "avc1",
    sound: str = "Opus",
    more: bytes = b"",
    in_trak: bytes = b"",
) -> bytes:
    """The head of a film: H.264 as track 1, sound ("Opus", "mp4a" or "") as track 2, with a place in its user data."""
    size = struct.pack(">HH", width, height)
    film = box(codec, bytes(6), b"\0\1", bytes(16), size, bytes(14), b"\x09Lin's app", bytes(22), bytes(4),
               box("avcC", b"\x01\x42\x00\x1f"))  # fmt: skip
    tracks, extends = _trak(1, True, film, in_trak), full("trex", numbers(1, 1, 0, 0, 0))
    if sound:
        inside = OPUS if sound == "Opus" else box("esds", ESDS)
        tracks += _trak(2, False, box(sound, bytes(6), b"\0\1", bytes(20), inside), b"")
        extends += full("trex", numbers(2, 1, 0, 0, 0))
    mvhd = full("mvhd", numbers(3_000_000_000, 3_000_000_000, SCALE, 0), bytes(80))
    place = box("udta", box("\xa9xyz", b"\0\x12\x15\xc7+30.2741+120.1551/"))
    return box("ftyp", b"isom", bytes(4), b"isom") + box("moov", mvhd, tracks, box("mvex", extends), place) + more


def fragment(
    second: int,
    *,
    whole: bool = True,
    pictures: int = 4,
    milliseconds: int = 1000,
    sound: bool = True,
    data: bytes = b"\x01",
    track: int = 1,
    base: int = 0x20000,
    offset: int | None = None,
    before: bytes = b"",
    in_moof: bytes = b"",
) -> bytes:
    """A piece of film from a second on: `pictures` samples of 10 bytes each, made of `data`."""
    film, tune = data * 10 * pictures, b"\x77" * 20 if sound else b""

    def build(start: int) -> bytes:
        first = 0x2000000 if whole else 0x1010000
        rows = b"".join(numbers(milliseconds // pictures, 10) for _ in range(pictures))
        at = start if offset is None else offset
        run = full("trun", numbers(pictures), struct.pack(">i", at), numbers(first), rows, flags=0x305)
        traf = box("traf", full("tfhd", numbers(track, 0x1010000), flags=base | 0x20),
                   full("tfdt", struct.pack(">Q", second * SCALE), version=1), run)  # fmt: skip
        if sound:
            beep = full(
                "trun", numbers(1), struct.pack(">i", start + len(film)), numbers(milliseconds, 20), flags=0x301
            )
            traf += box("traf", full("tfhd", numbers(2), flags=0x20000), full("tfdt", numbers(second * SCALE)), beep)
        return box("moof", full("mfhd", numbers(second + 1)), traf, in_moof)

    return before + build(len(build(0)) + 8) + box("mdat", film, tune)
