"""What a file really is, and how a picture becomes safe: pure functions from bytes to bytes.

Formats are told by content, never by name. SVG is refused (it is a program), HEIC and TIFF too (too much decoder).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from uuid import UUID

from PIL import Image

from renmai.kit.media.video import MP4, VIDEO_BYTES_MAX, WEBM, NotAVideo
from renmai.kit.media.video.boxes import clean_mp4
from renmai.kit.media.video.webm import clean_webm
from renmai.kit.problems import DomainError

BYTES_MAX = 10 * 1024 * 1024
PIXELS_MAX = 40_000_000
JPEG_SCANS_MAX = 100
NAME_MAX = 120
PICTURE_SIZES_PX = (320, 800, 1600)
DOCUMENT_SIZES_PX = (800, 2400)  # a page at 200 dots an inch is 2,339 high: still readable
WEBP = "image/webp"
PDF = "application/pdf"
# What is stored as one file and served whole.
WHOLE = {PDF: "document.pdf", MP4: "video.mp4", WEBM: "video.webm"}
_QUALITY = 82
# What undoes each EXIF orientation (Exif 2.32, tag 0x0112); the last four swap width and height.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = frozenset({_TURNS[5], _TURNS[6], _TURNS[7], _TURNS[8]})
_PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_DOCUMENT_FORMATS = ("PDF", "JPEG", "PNG")
_PDF_END_BYTES = 2048


class MediaTooLarge(DomainError):
    """More bytes than a file may have."""

    code = "media.too_large"
    status = 413
    message = "The file is larger than {bytes_max} bytes."


class NotAPicture(DomainError):
    """By its content not a whole JPEG, PNG, WebP or GIF, whatever its name says."""

    code = "media.not_a_picture"
    status = 415
    message = "This is not a whole JPEG, PNG, WebP or GIF picture."


class TooManyPixels(DomainError):
    """A picture that would fill the memory when unpacked."""

    code = "media.too_many_pixels"
    status = 422
    message = "The picture has more than {pixels_max} pixels."


class NotADocument(DomainError):
    """By its content not a whole PDF, JPEG or PNG."""

    code = "media.not_a_document"
    status = 415
    message = "This is not a whole PDF, JPEG or PNG file."


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file ready to store: its hash as it came, upright pixels (None for a PDF), and the bytes of each file name."""

    sha256: str
    content_type: str
    width: int | None
    height: int | None
    files: dict[str, bytes]


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal: the name under which it is stored."""
    return sha256(data).hexdigest()


def sniff(data: bytes) -> str | None:
    """Return JPEG, PNG, WEBP, GIF or PDF by the first bytes, or None."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    return "PDF" if data.startswith(b"%PDF-") else None


def prepare_picture(data: bytes) -> Prepared:
    """Return `data` as WebP in each of PICTURE_SIZES_PX (longest side, never enlarged).

    Raises MediaTooLarge, NotAPicture, TooManyPixels.
    """
    return _encoded(data, _PICTURE_FORMATS, PICTURE_SIZES_PX)


def prepare_document(data: bytes) -> Prepared:
    """Return a PDF as it is, or a JPEG or PNG as WebP in each of DOCUMENT_SIZES_PX.

    Raises MediaTooLarge, NotADocument, NotAPicture (a broken JPEG or PNG), TooManyPixels.
    """
    _check_bytes(data)
    found = sniff(data)
    if found not in _DOCUMENT_FORMATS:
        raise NotADocument()
    if found != "PDF":
        return _encoded(data, _DOCUMENT_FORMATS, DOCUMENT_SIZES_PX)
    if b"%%EOF" not in data[-_PDF_END_BYTES:]:
        raise NotADocument()
    return Prepared(digest(data), PDF, None, None, {file_name(PDF, None): data})


def prepare_video(data: bytes) -> Prepared:
    """Return an MP4, MOV or WebM as a clean MP4 or WebM.

    Raises MediaTooLarge, NotAVideo, VideoTooLong, VideoHevc, VideoInPieces.
    """
    if len(data) > VIDEO_BYTES_MAX:
        raise MediaTooLarge(bytes_max=VIDEO_BYTES_MAX)
    if data[4:8] == b"ftyp":
        film = clean_mp4(data)
    elif data.startswith(b"\x1a\x45\xdf\xa3"):
        film = clean_webm(data)
    else:
        raise NotAVideo(why="format")
    files = {file_name(film.content_type, None): film.data}
    return Prepared(digest(data), film.content_type, film.width, film.height, files)


def file_name(content_type: str, size_px: int | None) -> str:
    """Return the name of one stored file: `800.webp`, or `document.pdf`, `video.mp4` without a size."""
    return WHOLE[content_type] if content_type in WHOLE and size_px is None else f"{size_px}.webp"


def file_names(content_type: str, *, document: bool) -> list[str]:
    """Return the names of all files stored for one upload."""
    if content_type in WHOLE:
        return [WHOLE[content_type]]
    return [file_name(content_type, size) for size in (DOCUMENT_SIZES_PX if document else PICTURE_SIZES_PX)]


def media_url(media_id: UUID, size: int | None = None) -> str:
    """Return the path under which pages show a picture (`size` as its longest side in px), a PDF or a video (no size)."""
    return f"/media/{media_id}" if size is None else f"/media/{media_id}/{size}"


def clean_name(name: str) -> str:
    """Return a name to show and to offer for download: no folders, no control or direction marks, at most 120."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    spaced = "".join(" " if char.isspace() else char for char in last)
    seen = "".join(char for char in spaced if not unicodedata.category(char).startswith("C") and char not in '<>:"|?*')
    whole = " ".join(seen.split()).strip(". ")
    stem, dot, ending = whole.rpartition(".")
    if len(whole) > NAME_MAX and dot and len(ending) <= 10:
        whole = stem[: NAME_MAX - len(ending) - 1] + dot + ending
    return whole[:NAME_MAX] or "file"


def download_name(name: str, content_type: str) -> str:
    """Return `name` with the ending of what is really served, so that no system opens it as something else."""
    stem = name.rpartition(".")[0] or name
    return stem + (".pdf" if content_type == PDF else ".webp")


def _check_bytes(data: bytes) -> None:
    if len(data) > BYTES_MAX:
        raise MediaTooLarge(bytes_max=BYTES_MAX)


def _encoded(data: bytes, formats: Sequence[str], sizes_px: Sequence[int]) -> Prepared:
    _check_bytes(data)
    found = sniff(data)
    if found is None or found not in formats:
        raise NotAPicture()
    try:
        picture, upright = _decode(data, found, max(sizes_px))
        files = {file_name(WEBP, size): encoded for size, encoded in _renderings(picture, sizes_px).items()}
    except DomainError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels(pixels_max=PIXELS_MAX) from None
    except Exception:  # noqa: BLE001 - a decoder fed hostile bytes may raise anything at all
        raise NotAPicture() from None
    return Prepared(digest(data), WEBP, *upright, files)


def _decode(data: bytes, found: str, longest_px: int) -> tuple[Image.Image, tuple[int, int]]:
    """Return the first frame upright and bare, and its upright size before any shrinking.

    The header says the size, so too many pixels are refused before one is unpacked. A progressive JPEG may ask for
    thousands of passes over all its pixels: an honest one has about ten.
    """
    if found == "JPEG" and data.count(b"\xff\xda") > JPEG_SCANS_MAX:
        raise NotAPicture()
    picture: Image.Image = Image.open(BytesIO(data), formats=[found])
    width, height = picture.size
    if width * height > PIXELS_MAX:
        raise TooManyPixels(pixels_max=PIXELS_MAX)
    picture.draft("RGB", (longest_px, longest_px))
    picture.load()  # before EXIF is asked for, which would load and hide what is wrong with the pixels
    turn = _TURNS.get(_orientation(picture))
    bare = _plain_mode(picture if turn is None else picture.transpose(turn))
    bare.info.clear()  # older Pillow carries the colour profile over by itself
    return bare, (height, width) if turn in _SIDEWAYS else (width, height)


def _orientation(picture: Image.Image) -> int:
    """Return the EXIF orientation, 1 (upright) when there is none or the EXIF is broken: cameras do write such."""
    try:
        return int(picture.getexif().get(0x0112, 1))
    except Exception:  # noqa: BLE001 - any parse error in data that is thrown away next
        return 1


def _plain_mode(picture: Image.Image) -> Image.Image:
    """Return `picture` as RGB, or RGBA where it is see-through; 16-bit greys are scaled, not clipped."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda grey: grey / 256).convert("L").convert("RGB")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _renderings(picture: Image.Image, sizes_px: Sequence[int]) -> dict[int, bytes]:
    """Return WebP bytes per longest side, largest first so that each is made from the one before."""
    made: dict[int, bytes] = {}
    smaller = picture
    for size in sorted(sizes_px, reverse=True):
        if made and max(smaller.size) <= size:
            made[size] = next(reversed(made.values()))
            continue
        smaller = smaller.copy()
        smaller.thumbnail((size, size), Image.Resampling.LANCZOS)
        buffer = BytesIO()
        smaller.save(buffer, "WEBP", quality=_QUALITY, method=4)
        made[size] = buffer.getvalue()
    return made
