"""Live film: fragments of MP4 (ISO/IEC 14496-12, section 8.8), checked one by one and handed on as they are.

A camera sends a head (`ftyp` and `moov`) and then fragments (`moof` and `mdat`), each of which plays after the head alone
if it begins with a whole picture. Nothing is transcoded: what is stored holds nothing but those boxes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from renmai.kit.problems import DomainError

HEAD_BYTES_MAX = 64 * 1024
FRAGMENT_BYTES_MAX = 8 * 1024 * 1024
FRAGMENT_MS_MAX = 10_000
SIDE_PX_MAX = 4096


class NotAStream(DomainError):
    """Not the head or a fragment of a film that can be played: `why` is a word for whoever debugs the camera."""

    code = "media.not_a_stream"
    status = 415
    message = "This is not a part of a fragmented MP4 film (H.264 with AAC or Opus)."


@dataclass(frozen=True, slots=True)
class Track:
    """One track of a film: `scale` ticks are a second; the defaults hold for samples whose fragment says nothing."""

    id: int
    film: bool
    scale: int
    sample_ticks: int
    sample_bytes: int
    sample_flags: int


@dataclass(frozen=True, slots=True)
class Head:
    """How a film begins. `codecs` as a browser asks for them (RFC 6381), `data` without dates and names."""

    data: bytes
    codecs: str
    width: int
    height: int
    tracks: Mapping[int, Track]


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of film. Times in milliseconds of the film's own clock; `whole`: it begins with a whole picture."""

    data: bytes
    starts_ms: int
    milliseconds: int
    whole: bool
