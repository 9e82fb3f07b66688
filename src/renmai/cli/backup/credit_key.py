"""The keys of credit in a backup: without the log's a restored log could never sign again, without that of the tokens every
returning buyer would look like a new one, and a witness without its own is none that any policy names.

They are as secret as the rest of the file, and never written over another key.
"""

from __future__ import annotations

from pathlib import Path

from renmai.cli.backup.archive import KEY, TOKENS_KEY, WITNESS_KEY, Reader, Writer
from renmai.cli.house import HouseClosed
from renmai.config import config
from renmai.trust.log.keys import place_file


def paths() -> dict[str, Path]:
    """Return name in a backup -> where the house has that key."""
    return {KEY: config().credit_key, TOKENS_KEY: config().tokens_key, WITNESS_KEY: config().credit_witness_key}


def add_key(writer: Writer, path: Path, name: str = KEY) -> None:
    """Add a key to a backup, when the house has one."""
    if path.exists():
        writer.add(name, iter([path.read_bytes()]))


def check_key(reader: Reader, path: Path, name: str = KEY) -> None:
    """Refuse to restore where another log's, or another witness's, key lies. Errors: HouseClosed, BrokenArchive."""
    if name in reader.parts and path.exists() and path.read_bytes() != _read(reader, name):
        of = "witness" if name == WITNESS_KEY else "credit log"
        beside = ", and what lies beside it as .signed too" if name == KEY else ""
        raise HouseClosed(f"{path} is the key of another {of} than the backup's: move it to a safe place first{beside}")


def bring_key(reader: Reader, path: Path, name: str = KEY) -> None:
    """Put a key of a backup in its place, unless it is there. Errors: BrokenArchive."""
    if name in reader.parts and not path.exists():
        place_file(path, _read(reader, name).decode(), replace=False)


def _read(reader: Reader, name: str) -> bytes:
    pieces: list[bytes] = []
    reader.copy(name, pieces.append)
    return b"".join(pieces)
