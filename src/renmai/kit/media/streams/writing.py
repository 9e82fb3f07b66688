"""Write the head and the fragments of a film (ISO/IEC 14496-12) from pictures in H.264 and sound in AAC. Pure."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from renmai.kit.media.streams.setups import picture_size, sound_form

FILM_TRACK, SOUND_TRACK = 1, 2
FILM_SCALE = 1000  # an encoder's clock counts milliseconds
FRAME_TICKS = 1024  # samples in a frame of AAC
AS_IT_IS = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)  # a matrix that turns nothing
WHOLE_FLAGS, OTHER_FLAGS = 0x02000000, 0x01010000
BASE_IS_MOOF = 0x20000
RUN_OF_FILM, RUN_OF_SOUND = 0x01000F01, 0x00000201  # version and flags: which numbers each sample has


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture or a frame of sound as it lies in a fragment; times in ticks of its track."""

    ticks: int
    later: int
    whole: bool
    data: bytes


def box(kind: bytes, *parts: bytes) -> bytes:
    """Return a box."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full(kind: bytes, *parts: bytes, said: int = 0) -> bytes:
    """Return a box with version and flags."""
    return box(kind, struct.pack(">I", said), *parts)


def film_head(avcc: bytes, sound: bytes | None) -> bytes:
    """Return the head of a film, from the setups of its pictures and its sound. Errors: NotAStream."""
    width, height = picture_size(avcc)
    tracks = _trak(FILM_TRACK, FILM_SCALE, b"vide", _film_entry(avcc, width, height), (width, height))
    extends = _trex(FILM_TRACK)
    if sound is not None:
        tracks += _trak(SOUND_TRACK, sound_form(sound).rate, b"soun", _sound_entry(sound), (0, 0))
        extends += _trex(SOUND_TRACK)
    mvhd = full(b"mvhd", struct.pack(">IIIIIH", 0, 0, FILM_SCALE, 0, 0x10000, 0x100), bytes(10), AS_IT_IS, bytes(24),
                struct.pack(">I", SOUND_TRACK + 1))  # fmt: skip
    return box(b"ftyp", b"iso6", bytes(4), b"iso6mp41") + box(b"moov", mvhd, tracks, box(b"mvex", extends))


def _trex(track: int) -> bytes:
    return full(b"trex", struct.pack(">IIIII", track, 1, 0, 0, 0))


def _trak(track: int, scale: int, kind: bytes, entry: bytes, size: tuple[int, int]) -> bytes:
    film = kind == b"vide"
    tkhd = full(b"tkhd", struct.pack(">IIIII", 0, 0, track, 0, 0), bytes(8), struct.pack(">HHHH", 0, 0, 0 if film else 0x100, 0),
                AS_IT_IS, struct.pack(">II", size[0] << 16, size[1] << 16), said=3)  # fmt: skip
    media = full(b"vmhd", bytes(8), said=1) if film else full(b"smhd", bytes(4))
    here = box(b"dinf", full(b"dref", struct.pack(">I", 1), full(b"url ", said=1)))
    stbl = box(b"stbl", full(b"stsd", struct.pack(">I", 1), entry), full(b"stts", bytes(4)), full(b"stsc", bytes(4)),
               full(b"stsz", bytes(8)), full(b"stco", bytes(4)))  # fmt: skip
    mdhd = full(b"mdhd", struct.pack(">IIIIHH", 0, 0, scale, 0, 0x55C4, 0))
    hdlr = full(b"hdlr", bytes(4), kind, bytes(13))
    return box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, box(b"minf", media, here, stbl)))


def _film_entry(avcc: bytes, width: int, height: int) -> bytes:
    form = struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 0x480000, 0x480000, 0, 1, 24, -1)
    return box(b"avc1", form, box(b"avcC", avcc))


def _sound_entry(setup: bytes) -> bytes:
    form = sound_form(setup)
    entry = struct.pack(">6xH8xHHIHH", 1, form.channels, 16, 0, form.rate if form.rate < 1 << 16 else 0, 0)
    # Descriptors of ISO/IEC 14496-1: of the stream, of its decoder (MPEG-4 audio), of that one's setup, of the layer below.
    decoder = _descriptor(4, struct.pack(">BB11x", 0x40, 0x15), _descriptor(5, setup))
    return box(b"mp4a", entry, full(b"esds", _descriptor(3, bytes(3), decoder, _descriptor(6, b"\x02"))))


def _descriptor(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    steps = [size >> 21 & 0x7F | 0x80, size >> 14 & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size & 0x7F]
    return bytes([tag, *steps]) + body


def film_fragment(number: int, film: tuple[int, Sequence[Sample]], sound: tuple[int, Sequence[Sample]]) -> bytes:
    """Return a fragment: for pictures and sounds each, when the first is decoded (ticks) and all of them."""
    runs = [(FILM_TRACK, RUN_OF_FILM, *film), (SOUND_TRACK, RUN_OF_SOUND, *sound)]
    offset, moof = 0, b""
    for _ in range(2):  # once to learn how long it becomes, which its offsets say
        trafs, offset = b"", len(moof) + 8
        for track, said, starts, samples in runs:
            if samples:
                trafs += _traf(track, said, starts, samples, offset)
                offset += sum(len(sample.data) for sample in samples)
        moof = box(b"moof", full(b"mfhd", struct.pack(">I", number)), trafs)
    return moof + box(b"mdat", *(sample.data for _, _, _, samples in runs for sample in samples))


def _traf(track: int, said: int, starts: int, samples: Sequence[Sample], offset: int) -> bytes:
    if said == RUN_OF_FILM:
        tfhd = full(b"tfhd", struct.pack(">I", track), said=BASE_IS_MOOF)
        rows = [struct.pack(">IIIi", each.ticks, len(each.data), WHOLE_FLAGS if each.whole else OTHER_FLAGS, each.later)
                for each in samples]  # fmt: skip
    else:
        tfhd = full(b"tfhd", struct.pack(">III", track, FRAME_TICKS, WHOLE_FLAGS), said=BASE_IS_MOOF | 0x28)
        rows = [struct.pack(">I", len(each.data)) for each in samples]
    tfdt = full(b"tfdt", struct.pack(">Q", starts), said=0x01000000)
    return box(b"traf", tfhd, tfdt, full(b"trun", struct.pack(">Ii", len(samples), offset), *rows, said=said))
