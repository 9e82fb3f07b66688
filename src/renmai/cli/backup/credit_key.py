"""The key of the credit log in a backup: without it a restored log could never sign again.

It is as secret as the rest of the file, and never written over another key.
"""

from __future__ import annotations

from pathlib import Path

from renmai.cli.backup.archive import KEY, Reader, Writer
from renmai.cli.house import HouseClosed
from renmai.trust.log.keys import place_file


def add_key(writer: Writer, path: Path) -> None:
    """Add the key to a backup, when the house has one."""
    if path.exists():
        writer.add(KEY, iter([path.read_bytes()]))


def check_key(reader: Reader, path: Path) -> None:
    """Refuse to restore where another log's key lies. Errors: HouseClosed, BrokenArchive."""
    if KEY in reader.parts and path.exists() and path.read_bytes() != _read(reader):
        raise HouseClosed(
            f"{path} is the key of another credit log than the backup's: move it to a safe place first, "
            "and what lies beside it as .signed too"
        )


def bring_key(reader: Reader, path: Path) -> None:
    """Put the key of a backup in its place, unless it is there. Errors: BrokenArchive."""
    if KEY in reader.parts and not path.exists():
        place_file(path, _read(reader).decode(), replace=False)


def _read(reader: Reader) -> bytes:
    pieces: list[bytes] = []
    reader.copy(KEY, pieces.append)
    return b"".join(pieces)
