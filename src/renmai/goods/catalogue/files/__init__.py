"""Suppliers' product files: Shopify's product CSV (both templates), the same columns in XLSX, and JSON lines.

Pure readers: no database, no network. Memory is bounded by `FileLimits`, not by the file: rows stream, and only one
product, the handles and the SKU codes are held. Nothing is written; running a file again gives the same rows again.
"""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import BinaryIO

from renmai.goods.catalogue.files.jsonl import read_json_lines
from renmai.goods.catalogue.files.rows import (
    BadRow,
    DangerousFile,
    EmptyFile,
    EncryptedFile,
    FileLimits,
    FileTooLarge,
    ImageRow,
    MissingColumns,
    NotJsonLines,
    OldExcelFile,
    ProductRow,
    RepeatedColumn,
    UnknownEncoding,
    UnreadableFile,
    VariantRow,
)
from renmai.goods.catalogue.files.shopify import read_csv, read_table
from renmai.goods.catalogue.files.sniff import PEEK_BYTES, take_in
from renmai.goods.catalogue.files.table import read_rows
from renmai.goods.catalogue.files.text import find_encoding
from renmai.goods.catalogue.files.xlsx import read_sheet

__all__ = [
    "BadRow",
    "DangerousFile",
    "EmptyFile",
    "EncryptedFile",
    "FileLimits",
    "FileTooLarge",
    "ImageRow",
    "MissingColumns",
    "NotJsonLines",
    "OldExcelFile",
    "ProductRow",
    "RepeatedColumn",
    "UnknownEncoding",
    "UnreadableFile",
    "VariantRow",
    "read_products",
    "read_rows",
]

DEFAULT_LIMITS = FileLimits()


def read_products(
    stream: BinaryIO, *, name: str, limits: FileLimits = DEFAULT_LIMITS, currency: str = "CNY"
) -> Iterator[ProductRow | BadRow]:
    """Yield every good product and every bad row of a supplier's file, in the order of the file.

    Args: `stream` at its start, not closed here; `name` only for messages, the content decides the format;
    `currency` (ISO 4217) of all prices, which says how many decimals a price may have.

    Errors: UnreadableFile and its kinds (code file.*), at the first step or at a later one, when what is wrong with
    the file as a whole shows only there (more rows than allowed, a broken sheet). Nothing else is raised.
    """
    with TemporaryFile() as copy:
        if take_in(stream, copy, name, limits) == "sheet":
            rows = read_sheet(copy, name, limits)
            yield from read_table(rows, False, name=name, currency=currency, limits=limits)
        else:
            yield from _read_text(copy, name, limits, currency)


def _read_text(stream: BinaryIO, name: str, limits: FileLimits, currency: str) -> Iterator[ProductRow | BadRow]:
    encoding = find_encoding(stream, name)
    start = stream.read(PEEK_BYTES).decode(encoding, "ignore").lstrip()
    stream.seek(0)
    if start.startswith("["):
        raise NotJsonLines(name=name)
    if "\x00" in start.partition("\n")[0]:
        raise UnknownEncoding(name=name)
    read = read_json_lines if start.startswith("{") else read_csv
    yield from read(stream, encoding, name=name, currency=currency, limits=limits)
