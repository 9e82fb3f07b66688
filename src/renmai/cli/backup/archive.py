"""The file of a backup: a zip of stored parts with a manifest at its end that names each part with its SHA-256.

    manifest.json      format, version, when, migrations, server, counts, and every part: bytes and sha256
    database.dump      pg_dump's custom format (compressed by itself)
    media/...          uploads, as they lie in RENMAI_HOME/media
    credit.key         what signs the credit log, when there is one
    credit-tokens.key  what makes buyers' tokens in it, when there is one
    witness.key        what cosigns other houses' logs, when this house has done so

It is written beside its final name and appears whole; only its owner may read it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import orjson

from renmai.cli.backup.aside import sync_folder

FORMAT = 1
MANIFEST, DATABASE, MEDIA, KEY = "manifest.json", "database.dump", "media/", "credit.key"
TOKENS_KEY, WITNESS_KEY = "credit-tokens.key", "witness.key"
KEYS = (KEY, TOKENS_KEY, WITNESS_KEY)
DRAFT = ".renmai-part"
PIECE = 2**20
MANIFEST_BYTES_MAX = 512 * 2**20
# Uploads by their content, and film by show, take and number (places/streams/store.py).
MEDIA_NAME = re.compile(
    r"media/((private/)?[0-9a-f]{2}/[0-9a-f]{64}/[0-9A-Za-z_.-]{1,80}|live/[0-9a-f]{2}/[0-9a-f]{32}/[0-9]{1,6}/[0-9]{6}-[0-9a-f]{16}\.m4s)"
)
FILM = MEDIA + "live/"
# A fixed time in every entry: what a file says about itself is in the manifest.
EPOCH = (2000, 1, 1, 0, 0, 0)


class BrokenArchive(Exception):
    """The file is no backup, or not whole; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Part:
    """What the manifest says of one part."""

    bytes: int
    sha256: str


class Writer:
    """A backup that is being written; `finish` gives it its name, leaving without takes it away."""

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise BrokenArchive(f"{path} is there already: give another name.")
        if not path.parent.is_dir():
            raise BrokenArchive(f"There is no folder {path.parent}.")
        _forget_drafts(path.parent)
        self.path = path
        self._draft = path.with_name(f".{path.name}.{os.getpid()}{DRAFT}")
        self._file = os.fdopen(os.open(self._draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.parts: dict[str, Part] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._draft.unlink(missing_ok=True)  # first: on a full disk closing fails
        for each in (self._zip, self._file):
            with suppress(OSError, ValueError):
                each.close()

    def add(self, name: str, pieces: Iterator[bytes]) -> None:
        """Add one part out of `pieces`, never holding more than one of them."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(zipfile.ZipInfo(name, EPOCH), "w", force_zip64=True) as entry:
            for piece in pieces:
                entry.write(piece)
                digest.update(piece)
                size += len(piece)
        self.parts[name] = Part(size, digest.hexdigest())

    def finish(self, about: dict[str, Any]) -> None:
        """Write the manifest, make all of it durable, and give the file its name."""
        parts = {name: {"bytes": part.bytes, "sha256": part.sha256} for name, part in sorted(self.parts.items())}
        manifest = orjson.dumps({"format": FORMAT, **about, "parts": parts}, option=orjson.OPT_INDENT_2)
        self._zip.writestr(zipfile.ZipInfo(MANIFEST, EPOCH), manifest)
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        _name(self._draft, self.path)
        sync_folder(self.path.parent)


def _name(draft: Path, path: Path) -> None:
    """Give a file its name, unless another has it. Errors: FileExistsError."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # sticks and shares that know no links
        if path.exists():
            raise FileExistsError(f"{path} is there already") from None
        draft.rename(path)


def _forget_drafts(folder: Path) -> None:
    """Delete what backups that were killed left in a folder; one that is being written is locked."""
    for draft in folder.glob(f".*{DRAFT}"):
        with suppress(OSError), draft.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink()


class Reader:
    """A backup that is read. Errors of every method: BrokenArchive."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise BrokenArchive(f"{path} cannot be read: {in_words(error)}.") from None
        try:
            self._zip, self.manifest = self._opened(path)
            self.parts = self._checked_parts()
        except BrokenArchive:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def _opened(self, path: Path) -> tuple[zipfile.ZipFile, dict[str, Any]]:
        try:
            opened = zipfile.ZipFile(self._file)
            info = opened.getinfo(MANIFEST)
            if info.file_size > MANIFEST_BYTES_MAX:
                raise BrokenArchive("Its manifest is too large.")
            return opened, orjson.loads(opened.read(info))
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, NotImplementedError) as error:
            raise BrokenArchive(f"{path} is not a backup of Renmai, or not whole ({type(error).__name__}).") from None

    def _checked_parts(self) -> dict[str, Part]:
        if not isinstance(self.manifest, dict) or self.manifest.get("format") != FORMAT:
            raise BrokenArchive("It was made by a Renmai that writes another format.")
        try:
            parts = {name: Part(int(p["bytes"]), str(p["sha256"])) for name, p in self.manifest["parts"].items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            raise BrokenArchive("Its manifest does not name its parts.") from None
        held = [info.filename for info in self._zip.infolist()]
        if sorted(held) != sorted([MANIFEST, *parts]) or DATABASE not in parts:
            raise BrokenArchive("It does not hold the parts that its manifest names.")
        for name in parts:
            if name not in (DATABASE, *KEYS) and not MEDIA_NAME.fullmatch(name):
                raise BrokenArchive(f"It holds a part that no backup has: {name[:80]!r}.")
        return parts

    def verify(self) -> None:
        """Read every part and compare its length and SHA-256 with the manifest."""
        for name in self.parts:
            self.copy(name, lambda _piece: None)

    def copy(self, name: str, take: Callable[[bytes], Any]) -> None:
        """Hand a part over piece by piece; refuse at its end if it is not what the manifest says."""
        part, digest, size = self.parts[name], hashlib.sha256(), 0
        try:
            with self._zip.open(name) as entry:
                for piece in pieces_of(entry):
                    size += len(piece)
                    if size > part.bytes:
                        break
                    digest.update(piece)
                    take(piece)
        except (OSError, zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
            if isinstance(error, BrokenPipeError):
                raise
            raise BrokenArchive(f"{name} cannot be read ({type(error).__name__}).") from None
        if size != part.bytes or digest.hexdigest() != part.sha256:
            raise BrokenArchive(f"{name} is not what was written: its checksum differs.")

    def media_names(self) -> list[str]:
        """Return the parts that are uploads, in order."""
        return media_of(self.parts)


def media_of(parts: Iterable[str]) -> list[str]:
    """Return which parts are uploads, in order."""
    return sorted(name for name in parts if name.startswith(MEDIA))


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield what is left of a file in pieces of a MB."""
    while piece := file.read(PIECE):
        yield piece


def in_words(fault: Exception) -> str:
    """Return what the system says of a fault, without numbers and names of its own."""
    return (isinstance(fault, OSError) and fault.strerror) or str(fault).strip()
