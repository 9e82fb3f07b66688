"""Where film lies: one file a fragment, below the house's media, by show, take and number."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

from renmai.kit.media.store import write_files


def folder(show_id: UUID, take: int | None = None) -> Path:
    """Return the folder of a show's film, or of one take."""
    place = Path(settings.MEDIA_ROOT) / "live" / show_id.hex[-2:] / show_id.hex
    return place if take is None else place / str(take)


def name(number: int, sha256: bytes) -> str:
    """Return the name of a fragment's file; what it holds is part of it, so that no other content can take its place."""
    return f"{number:06d}-{sha256.hex()[:16]}.m4s"


def write_fragment(show_id: UUID, take: int, number: int, sha256: bytes, data: bytes) -> None:
    """Write a fragment whole or not at all; before its row: a file without a row harms nobody."""
    write_files(folder(show_id, take), {name(number, sha256): data})


def read_fragment_file(show_id: UUID, take: int, number: int, sha256: bytes) -> bytes:
    """Return a fragment's bytes. Errors: FileNotFoundError."""
    return (folder(show_id, take) / name(number, sha256)).read_bytes()


def read_fragments(show_id: UUID, take: int, pieces: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    """Yield fragments (number, hash) one after the other, so that a long clip is never held whole."""
    for number, sha256 in pieces:
        yield read_fragment_file(show_id, take, number, sha256)


def delete_film(show_id: UUID) -> None:
    """Delete all film of a show; where there is none is no error."""
    shutil.rmtree(folder(show_id), ignore_errors=True)
