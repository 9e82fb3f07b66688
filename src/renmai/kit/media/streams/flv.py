"""A recording in FLV as it grows: pictures in H.264 and sound in AAC, tag by tag. Pure; nothing is decoded.

Source: Adobe, Video File Format Specification, version 10.1, annex E. What RTMP servers write holds nothing else.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from renmai.kit.media.streams import FRAGMENT_BYTES_MAX, NotAStream

TAG_BYTES, BACK_BYTES, START_BYTES = 11, 4, 13
SOUND, PICTURE, SCRIPT = 8, 9, 18
H264, AAC = 7, 10
ENHANCED = 0x80  # the first bit of a picture in a codec that FLV did not know: HEVC, AV1, VP9
WHOLE = 1
SETUP, PART, END = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Setup:
    """How pictures (an AVCDecoderConfigurationRecord) or sounds (an AudioSpecificConfig) are to be decoded."""

    film: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: when it is decoded, how much later it is shown (milliseconds), whether it needs no other."""

    at_ms: int
    later_ms: int
    whole: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Sound:
    """One frame of sound, and when it is heard (milliseconds)."""

    at_ms: int
    data: bytes


Part = Setup | Picture | Sound


class Recording:
    """Reads a recording from its start, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._begun = False

    def feed(self, data: bytes) -> list[Part]:
        """Return the parts that are now whole. Errors: NotAStream, with the reason."""
        self._held += data
        parts: list[Part] = []
        at = self._start()
        while self._begun and (size := self._size(at)):
            part = _part(self._held, at, size)
            parts += [part] if part is not None else []
            at += TAG_BYTES + size + BACK_BYTES
        del self._held[:at]
        return parts

    def _start(self) -> int:
        """Return how long the file's own head is, if it is still to be passed over."""
        if self._begun or len(self._held) < START_BYTES:
            return 0
        if self._held[:4] != b"FLV\x01" or self._held[5:START_BYTES] != struct.pack(">II", 9, 0):
            raise NotAStream(why="not FLV")
        self._begun = True
        return START_BYTES

    def _size(self, at: int) -> int:
        """Return how many bytes the tag at a place holds, 0 while it is not all there."""
        if len(self._held) - at < TAG_BYTES:
            return 0
        size = int.from_bytes(self._held[at + 1 : at + 4])
        end = at + TAG_BYTES + size
        if self._held[at] not in (SOUND, PICTURE, SCRIPT) or not 0 < size <= FRAGMENT_BYTES_MAX:
            raise NotAStream(why="tag")
        if len(self._held) < end + BACK_BYTES:
            return 0
        if int.from_bytes(self._held[end : end + BACK_BYTES]) != TAG_BYTES + size:
            raise NotAStream(why="tag size")
        return size


def _part(held: bytearray, at: int, size: int) -> Part | None:
    kind = held[at]
    at_ms = int.from_bytes(held[at + 4 : at + 7]) | held[at + 7] << 24
    body = bytes(held[at + TAG_BYTES : at + TAG_BYTES + size])
    if kind == PICTURE:
        return _picture(body, at_ms)
    return _sound(body, at_ms) if kind == SOUND else None


def _picture(body: bytes, at_ms: int) -> Part | None:
    if body[0] & ENHANCED or body[0] & 0x0F != H264:
        raise NotAStream(why="picture codec")
    if len(body) < 5:
        raise NotAStream(why="picture")
    if body[1] == SETUP:
        return Setup(True, body[5:])
    if body[1] != PART or len(body) == 5:
        return None
    later = int.from_bytes(body[2:5], signed=True)
    return Picture(at_ms, later, body[0] >> 4 == WHOLE, body[5:])


def _sound(body: bytes, at_ms: int) -> Part | None:
    if body[0] >> 4 != AAC:
        raise NotAStream(why="sound codec")
    if len(body) < 2:
        raise NotAStream(why="sound")
    if body[1] == SETUP:
        return Setup(False, body[2:])
    return Sound(at_ms, body[2:]) if len(body) > 2 else None
