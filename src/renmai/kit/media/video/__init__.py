"""Short videos, told by content and copied piece by piece: nothing is transcoded, and nothing unknown survives.

A player needs few parts of a file. Those are copied to where they stood; all the rest - places, dates, device names,
second tracks, bytes that no sample names - becomes empty space of the same length, so that no offset inside moves.
"""

from __future__ import annotations

from dataclasses import dataclass

from renmai.kit.problems import DomainError

SECONDS_MAX = 60
VIDEO_BYTES_MAX = 50 * 1024 * 1024
SIDE_PX_MAX = 4096
MP4, WEBM = "video/mp4", "video/webm"


class NotAVideo(DomainError):
    """By its content not a whole MP4 or MOV (H.264 and AAC) or WebM. `why` is a word for whoever debugs it."""

    code = "media.not_a_video"
    status = 415
    message = "This is not a whole MP4 or MOV video (H.264 and AAC) or WebM video."


class VideoHevc(DomainError):
    """A film that phones save space with and that many browsers cannot play."""

    code = "media.video_hevc"
    status = 415
    message = (
        "This video is HEVC (H.265), which many browsers cannot play. Export it as H.264; an iPhone records that"
        " with Settings, Camera, Formats, Most Compatible."
    )


class VideoInPieces(DomainError):
    """Fragments, as live streams and some recorders write them: no table says where the samples are."""

    code = "media.video_in_pieces"
    status = 415
    message = "This video is in fragments, as streams and screen recorders write them. Export it as an ordinary MP4."


class VideoTooLong(DomainError):
    """It plays longer than a short video may."""

    code = "media.video_too_long"
    status = 422
    message = "The video is longer than {seconds_max} seconds."


@dataclass(frozen=True, slots=True)
class Film:
    """A video that is safe to hand out: its bytes, how long it plays, and its size as it is shown."""

    content_type: str
    data: bytes
    milliseconds: int
    width: int
    height: int


def checked_film(film: Film) -> Film:
    """Return `film` if it may be that long and large. Errors: VideoTooLong, NotAVideo."""
    if film.milliseconds > SECONDS_MAX * 1000 + 500:  # the last picture may stand a little longer
        raise VideoTooLong(seconds_max=SECONDS_MAX)
    if not (0 < film.width <= SIDE_PX_MAX and 0 < film.height <= SIDE_PX_MAX and film.milliseconds > 0):
        raise NotAVideo(why="size")
    return film
