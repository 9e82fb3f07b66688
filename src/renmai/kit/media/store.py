"""Files on disk, named by content: `<root>/<aa>/<sha256>/<name>`, private ones below `<root>/private`.

Private files have a tree of their own, so that a web server told to serve the public one cannot reach them.
A file appears whole or not at all, and is never changed afterwards.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

# Pictures that were drawn and can be drawn again, below the root.
DRAWN = "posters"


def media_folder(root: Path, sha256: str, *, private: bool) -> Path:
    """Return the folder of one content."""
    return (root / "private" if private else root) / sha256[:2] / sha256


def has_files(folder: Path, names: Iterable[str]) -> bool:
    """Return whether all of `names` are there."""
    return all((folder / name).is_file() for name in names)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write each file that is not there yet: whole, on disk before this returns, safe against others doing the same."""
    missing = {name: data for name, data in files.items() if not (folder / name).is_file()}
    if not missing:
        os.utime(folder)  # what is asked for again is not old
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in missing.items():
        _write_whole(folder, name, data)
    for changed in (folder, folder.parent, folder.parent.parent):
        _sync_folder(changed)


def remove_folder(folder: Path) -> None:
    """Remove one content with all its files; nothing to do when it is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.parent.is_dir():
        _sync_folder(folder.parent)


def _write_whole(folder: Path, name: str, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Make new names durable; a system that cannot open folders (Windows) needs no such step."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
