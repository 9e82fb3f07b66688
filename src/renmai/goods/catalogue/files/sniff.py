"""What a file is, by its content; never by its name."""

from __future__ import annotations

from typing import BinaryIO, Literal

from renmai.goods.catalogue.files.rows import EmptyFile, EncryptedFile, FileLimits, FileTooLarge, OldExcelFile
from renmai.goods.catalogue.files.text import CHUNK_BYTES

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PASSWORD_MARK = "EncryptedPackage".encode("utf-16-le")
PEEK_BYTES = 4_096


def take_in(stream: BinaryIO, copy: BinaryIO, name: str, limits: FileLimits) -> Literal["sheet", "text"]:
    """Copy `stream`, which may come from a socket, and return what it is; `copy` is left at its start.

    A file is read twice: which encoding, then the rows. Errors: FileTooLarge, EmptyFile, EncryptedFile, OldExcelFile.
    """
    _copy(stream, copy, name, limits)
    start = copy.read(PEEK_BYTES)
    if not start:
        raise EmptyFile(name=name)
    if start.startswith(OLE_START):
        raise (EncryptedFile(name=name) if _contains(copy, PASSWORD_MARK) else OldExcelFile(name=name))
    copy.seek(0)
    return "sheet" if start.startswith(ZIP_STARTS) else "text"


def _copy(stream: BinaryIO, copy: BinaryIO, name: str, limits: FileLimits) -> None:
    size = 0
    while chunk := stream.read(CHUNK_BYTES):
        size += len(chunk)
        if size > limits.bytes_max:
            raise FileTooLarge(name=name, why=f"it has more than {limits.bytes_max:,} bytes.")
        copy.write(chunk)
    copy.seek(0)


def _contains(stream: BinaryIO, mark: bytes) -> bool:
    stream.seek(0)
    tail = b""
    while chunk := stream.read(CHUNK_BYTES):
        if mark in tail + chunk:
            return True
        tail = chunk[-len(mark) :]
    return False
