"""Drawn posters on disk, by what stands on them: the same is drawn once. Bounded; any of them may go at any time."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import astuple
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore

from django.conf import settings

from renmai.kit.media.store import DRAWN as FOLDER
from renmai.kit.media.store import write_files
from renmai.kit.problems import Busy
from renmai.web.posters.draw import DRAWN, Poster, draw

KEPT_MAX = 20  # in each of 256 folders: some 400 MB at most
# A quarter of a second of one core each: a crowd waits for two at a time, and not for long.
_DRAWING = BoundedSemaphore(2)
WAIT_SECONDS_MAX = 8


def key_of(poster: Poster) -> str:
    """Return the name of a poster by its content: another word, price or picture is another poster."""
    return sha256(repr((DRAWN, _without_bytes(astuple(poster)))).encode()).hexdigest()


def _without_bytes(value: object) -> object:
    if isinstance(value, bytes):
        return sha256(value).hexdigest()
    return [_without_bytes(each) for each in value] if isinstance(value, tuple | list) else value


def drawn(poster: Poster) -> tuple[str, bytes]:
    """Return a poster's key and the WebP: as it was drawn before, or drawn now. Errors: Busy."""
    key = key_of(poster)
    folder = Path(settings.MEDIA_ROOT) / FOLDER / key[:2]
    path = folder / f"{key}.webp"
    with suppress(OSError):
        return key, path.read_bytes()
    if not _DRAWING.acquire(timeout=WAIT_SECONDS_MAX):
        raise Busy()
    try:
        with suppress(OSError):  # another may have drawn the same meanwhile
            return key, path.read_bytes()
        data = draw(poster)
        write_files(folder, {path.name: data})
    finally:
        _DRAWING.release()
    _forget_oldest(folder)
    return key, data


def _forget_oldest(folder: Path) -> None:
    with suppress(OSError):
        files = sorted(
            (entry.stat().st_mtime, entry.path) for entry in os.scandir(folder) if entry.name.endswith(".webp")
        )
        for _, path in files[:-KEPT_MAX]:
            Path(path).unlink(missing_ok=True)
