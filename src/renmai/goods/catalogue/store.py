"""Files that wait to be read: below the house's home, never below what is served, gone once they were brought in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from renmai.goods.catalogue.files import EmptyFile, FileLimits, FileTooLarge

FOLDER = "imports"
CHUNK_BYTES = 2**20


def keep_file(import_id: UUID, stream: BinaryIO, *, name: str, limits: FileLimits) -> tuple[str, int]:
    """Write a file whole, readable by the house alone; return its path below the home, and its bytes.

    Errors: EmptyFile, FileTooLarge; nothing is kept then.
    """
    path = f"{FOLDER}/{import_id}"
    place = _place(path)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            size = _copy(stream, file, name, limits)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        drop_file(path)
        raise
    return path, size


def _copy(stream: BinaryIO, file: BinaryIO, name: str, limits: FileLimits) -> int:
    size = 0
    while chunk := stream.read(CHUNK_BYTES):
        size += len(chunk)
        if size > limits.bytes_max:
            raise FileTooLarge(name=name, why=f"it has more than {limits.bytes_max:,} bytes.")
        file.write(chunk)
    if not size:
        raise EmptyFile(name=name)
    return size


def open_file(path: str) -> BinaryIO:
    """Open a kept file. Errors: OSError."""
    return _place(path).open("rb")


def drop_file(path: str) -> None:
    """Delete a kept file; it may be gone."""
    if path:
        _place(path).unlink(missing_ok=True)


def _place(path: str) -> Path:
    home: Path = settings.CONFIG.home
    return home / path
