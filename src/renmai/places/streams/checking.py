"""Is all film on disk what its rows say, and nothing else? For `renmai check`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from renmai.places.streams.models import Fragment
from renmai.places.streams.store import folder, name

ROWS = 2_000


@dataclass(frozen=True, slots=True)
class FilmFault:
    """A file of film that is missing, too short or long, not what was kept, or known to no row; where it lies."""

    what: str
    path: str

    def as_json(self) -> dict[str, str]:
        """Return the object of the command line."""
        return {"name": "film_stored", "subject_id": self.path, "detail": self.what}

    def sentence(self) -> str:
        """Return what is wrong, for people."""
        return f"film_stored: a file of film is what its row says; {self.path}: {self.what}"


def check_films(*, whole: bool) -> Iterator[FilmFault]:
    """Yield what is wrong. Lengths are always compared, contents where `whole`: that reads all film."""
    known: set[Path] = set()
    rows = Fragment.objects.order_by("take_id", "number").values_list(
        "take__show_id", "take__number", "number", "sha256", "bytes_size"
    )
    for show_id, take, number, sha256, size in rows.iterator(chunk_size=ROWS):
        path = _place(show_id, take, number, bytes(sha256))
        known.add(path)
        fault = _fault(path, bytes(sha256), size, whole=whole)
        if fault:
            yield FilmFault(fault, _short(path))
    for path in sorted((Path(settings.MEDIA_ROOT) / "live").glob("*/*/*/*.m4s")):
        if path not in known:
            yield FilmFault("known to no row", _short(path))


def _place(show_id: UUID, take: int, number: int, sha256: bytes) -> Path:
    return folder(show_id, take) / name(number, sha256)


def _fault(path: Path, sha256: bytes, size: int, *, whole: bool) -> str:
    if not path.is_file():
        return "missing"
    if path.stat().st_size != size:
        return "not as long as it was"
    if whole and hashlib.sha256(path.read_bytes()).digest() != sha256:
        return "not what was kept"
    return ""


def _short(path: Path) -> str:
    return path.relative_to(settings.MEDIA_ROOT).as_posix()
