"""Short videos made by hand, box by box: whole by the standards, though no camera made them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

ESDS = bytes.fromhex("0000000003 80 80 80 1b 0002 0004 80 80 80 0d 40 15 000000 00000000 0000000006 80 80 80 01 02")
WEBM_HEAD = bytes.fromhex(
    "1a45dfa3 9f 4286 81 01 42f7 81 01 42f2 81 04 42f3 81 08 4282 84 7765626d 4287 81 04 4285 81 02"
)


def box(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind.encode("latin-1")) + body


def full(kind: str, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def _track(handler: str, entry: bytes, sizes: Sequence[int], starts: Sequence[int], delta: int, extra: bytes) -> bytes:
    per_chunk = len(sizes) // len(starts)
    stbl = box(
        "stbl",
        full("stsd", numbers(1), entry),
        full("stts", numbers(1, len(sizes), delta)),
        full("stsc", numbers(1, 1, per_chunk, 1)),
        full("stsz", numbers(0, len(sizes), *sizes)),
        full("stco", numbers(len(starts), *starts)),
    )
    dref = full("dref", numbers(1), full("url ", flags=1))
    head = full("vmhd" if handler == "vide" else "smhd", bytes(8))
    mdia = box(
        "mdia",
        full("mdhd", numbers(3_000_000_000, 3_000_000_000, 1000, delta * len(sizes)), bytes(4)),
        full("hdlr", bytes(4), handler.encode(), bytes(12), b"Lin's camera\0"),
        box("minf", head, box("dinf", dref), stbl),
    )
    matrix = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    tkhd = full(
        "tkhd", numbers(3_000_000_000, 3_000_000_000, 1, 0, 0), bytes(16), matrix, numbers(640 << 16, 360 << 16)
    )
    return box("trak", tkhd, mdia, extra)


PLACE = box("udta", box("\xa9xyz", b"\0\x12\x15\xc7+30.2741+120.1551/"))


TUNE = box("mp4a", bytes(6), b"\0\1", bytes(20), box("esds", ESDS))


def mp4(
    *,
    seconds: int = 3,
    brand: bytes = b"isom",
    codec: str = "avc1",
    sound: bool = True,
    more: bytes = b"",
    in_moov: bytes = PLACE,
    data_track: bool = False,
    reference: bytes | None = None,
    tune: bytes = TUNE,
    film_more: bytes = b"",
    sounds: Sequence[bytes] = (),
) -> bytes:
    """An MP4 of `seconds` samples of film, one a second, with a place in its user data; `sounds` are further tracks' entries."""
    sizes = [10 + n for n in range(seconds)]
    payload = b"".join(bytes([n + 1]) * size for n, size in enumerate(sizes))
    beeps = b"\x77" * 5 * seconds
    secret = b"30.2741,120.1551"
    ftyp = box("ftyp", brand, bytes(4), brand)

    def build(start: int) -> bytes:
        film = box(codec, bytes(6), b"\0\1", bytes(70), box("avcC", b"\x01\x42\x00\x1e"), film_more)
        tracks = _track("vide", film, sizes, [start], 1000, PLACE)
        if sound:
            for entry in (*sounds, tune):
                tracks += _track("soun", entry, [5] * seconds, [start + len(payload)], 1000, b"")
        if data_track:
            note = box("mebx", bytes(6), b"\0\1", b"keys")
            tracks += _track("meta", note, [len(secret)], [start + len(payload) + len(beeps)], 1000, b"")
        mvhd = full("mvhd", numbers(3_000_000_000, 3_000_000_000, 1000, seconds * 1000), bytes(80))
        return box("moov", mvhd, tracks, in_moov)

    start = len(ftyp) + len(build(0)) + 8
    whole = ftyp + build(start) + box("mdat", payload, beeps, secret) + more
    return whole if reference is None else whole.replace(full("url ", flags=1), reference)


def mov(*, version: int = 1, **given: Any) -> bytes:
    """A film as an iPhone writes it: QuickTime's brand, alias, four empty bytes, and its sound's settings in a `wave`."""
    shape = struct.pack(
        ">HHIHHHHI", version, 0, 0, *{1: (2, 16, 0xFFFE, 0, 44_100 << 16), 2: (3, 16, 0xFFFE, 0, 1 << 16)}[version]
    )
    extra = {
        1: numbers(1024, 0, 0, 2),
        2: struct.pack(">IdIIIIII", 72, 48_000.0, 2, 0x7F000000, 0, 0, 0, 1024),
    }[version]
    wave = box("wave", box("frma", b"mp4a"), box("mp4a", bytes(4)), box("esds", ESDS), numbers(8, 0))
    tune = box("mp4a", bytes(6), b"\0\1", shape, extra, wave, full("chan", b"Lin's phone"))
    alias = full("alis", flags=1)
    return mp4(
        **{"brand": b"qt  ", "tune": tune, "film_more": bytes(4), "reference": alias, "data_track": True} | given
    )


def element(kind: str, *parts: bytes, open_ended: bool = False) -> bytes:
    body = b"".join(parts)
    size = b"\x01" + b"\xff" * 7 if open_ended else (len(body) | 1 << 56).to_bytes(8)
    return bytes.fromhex(kind) + size + body


def webm(
    *, seconds: int = 3, codec: bytes = b"V_VP9", more: bytes = b"", in_track: bytes = b"", open_ended: bool = False
) -> bytes:
    """A WebM of a picture a second, a cluster each, with the name of its maker in its tags."""
    info = element(
        "1549a966", element("2ad7b1", (1_000_000).to_bytes(3)), element("4461", bytes(8)), element("7ba9", b"Lin")
    )
    film = element("e0", element("b0", (640).to_bytes(2)), element("ba", (360).to_bytes(2)))
    entry = element(
        "ae", element("d7", b"\1"), element("73c5", b"\1"), element("83", b"\1"), element("86", codec), in_track, film
    )
    clusters = [
        element(
            "1f43b675",
            element("e7", (n * 1000).to_bytes(4)),
            element("a3", b"\x81\0\0\x80", bytes([n + 1]) * 20),
            open_ended=open_ended,
        )
        for n in range(seconds)
    ]
    tags = element("1254c367", element("7373", b"Hangzhou"))
    return WEBM_HEAD + element(
        "18538067", info, element("1654ae6b", entry), *clusters, tags, more, open_ended=open_ended
    )
