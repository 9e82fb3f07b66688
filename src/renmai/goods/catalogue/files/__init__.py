"""Suppliers' files: Shopify's product CSV (both templates), the same columns in XLSX, JSON lines, Google Merchant feeds
(RSS, Atom, tab-separated); and incremental files of stock and of prices.

Pure readers: no database, no network. Memory is bounded by `FileLimits`, not by the file: rows stream, and only one
product, the handles and the SKU codes are held. Nothing is written; running a file again gives the same rows again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from tempfile import TemporaryFile
from typing import BinaryIO, TypeVar

from renmai.goods.catalogue.files.feed import declared_encoding, read_items
from renmai.goods.catalogue.files.increments import JSON_HEADER, json_row, known_increments, read_increments
from renmai.goods.catalogue.files.jsonl import read_json_lines, read_objects
from renmai.goods.catalogue.files.merchant import Terms, is_feed_header, items_of_table, read_merchant
from renmai.goods.catalogue.files.rows import (
    BadRow,
    DangerousFile,
    EmptyFile,
    EncryptedFile,
    Fault,
    FileLimits,
    FileTooLarge,
    ImageRow,
    MissingColumns,
    NotJsonLines,
    OldExcelFile,
    PriceLine,
    ProductRow,
    RepeatedColumn,
    StockLine,
    TableRow,
    UnknownEncoding,
    UnreadableFile,
    VariantRow,
)
from renmai.goods.catalogue.files.shopify import read_csv, read_table, rows_of
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
    "Place",
    "PriceLine",
    "ProductRow",
    "RepeatedColumn",
    "StockLine",
    "UnknownEncoding",
    "UnreadableFile",
    "VariantRow",
    "read_increment_file",
    "read_products",
    "read_rows",
]

T = TypeVar("T")

DEFAULT_LIMITS = FileLimits()


@dataclass(slots=True)
class Place:
    """How far a reading is, in bytes of the file: for a progress bar, not exact."""

    bytes_size: int = 0
    bytes_done: int = 0


def read_products(
    stream: BinaryIO,
    *,
    name: str,
    limits: FileLimits = DEFAULT_LIMITS,
    currency: str = "CNY",
    supply_bps: int | None = None,
    place: Place | None = None,
) -> Iterator[ProductRow | BadRow]:
    """Yield every good product and every bad row of a supplier's file, in the order of the file.

    Args: `stream` at its start, not closed here; `name` only for messages, the content decides the format;
    `currency` (ISO 4217) of all prices, which says how many decimals a price may have; `supply_bps`, the share of a
    price that is the supply price where a Google Merchant feed does not say what an item costs.

    Errors: UnreadableFile and its kinds (code file.*), at the first step or at a later one, when what is wrong with
    the file as a whole shows only there (more rows than allowed, a broken sheet). Nothing else is raised.
    """
    terms = Terms(name, currency, limits, supply_bps)
    with TemporaryFile() as copy:
        if take_in(stream, copy, name, limits) == "sheet":
            rows = _of_table(read_sheet(copy, name, limits), terms)
        else:
            rows = _of_text(copy, terms)
        yield from _placed(rows, copy, place)


def read_increment_file(
    stream: BinaryIO,
    kind: str,
    *,
    name: str,
    limits: FileLimits = DEFAULT_LIMITS,
    currency: str = "CNY",
    place: Place | None = None,
) -> Iterator[StockLine | PriceLine | BadRow]:
    """Yield every line and every bad row of a file of `kind` "stock" or "prices". As `read_products` otherwise."""
    with TemporaryFile() as copy:
        if take_in(stream, copy, name, limits) == "sheet":
            rows = read_sheet(copy, name, limits)
        else:
            rows = _table_of_text(copy, name, limits)
        yield from _placed(read_increments(rows, kind, name=name, currency=currency, limits=limits), copy, place)


def _placed(rows: Iterator[T], copy: BinaryIO, place: Place | None) -> Iterator[T]:
    if place is None:
        yield from rows
        return
    place.bytes_size = os.fstat(copy.fileno()).st_size
    for row in rows:
        place.bytes_done = min(copy.tell(), place.bytes_size)
        yield row


def _of_table(rows: Iterator[TableRow], terms: Terms) -> Iterator[ProductRow | BadRow]:
    """Read a sheet as what its titles say it is: Shopify's, or Google Merchant's."""
    first = next((row for row in rows if not row.is_blank), None)
    if first is None:
        raise EmptyFile(name=terms.name)
    rows = chain([first], rows)
    if is_feed_header(first.cells):
        return read_merchant(items_of_table(rows, name=terms.name, limits=terms.limits), terms)
    return read_table(rows, False, name=terms.name, currency=terms.currency, limits=terms.limits)


def _of_text(stream: BinaryIO, terms: Terms) -> Iterator[ProductRow | BadRow]:
    encoding, start = _text_start(stream, terms.name)
    if start.startswith("<"):
        return read_merchant(read_items(stream, encoding, name=terms.name, limits=terms.limits), terms)
    if start.startswith("{"):
        return read_json_lines(stream, encoding, name=terms.name, currency=terms.currency, limits=terms.limits)
    line = start.partition("\n")[0].rstrip("\r")
    if "\t" in line and is_feed_header(tuple(line.split("\t"))):
        rows = rows_of(stream, encoding, terms.limits, delimiter="\t")
        return read_merchant(items_of_table(rows, name=terms.name, limits=terms.limits), terms)
    return read_csv(stream, encoding, name=terms.name, currency=terms.currency, limits=terms.limits)


def _table_of_text(stream: BinaryIO, name: str, limits: FileLimits) -> Iterator[TableRow]:
    encoding, start = _text_start(stream, name)
    if start.startswith("<"):
        raise UnreadableFile(name=name, why="stock and prices come as CSV, XLSX or JSON lines.")
    if not start.startswith("{"):
        yield from rows_of(stream, encoding, limits, known=known_increments)
        return
    yield TableRow(0, JSON_HEADER)
    for number, value in read_objects(stream, encoding, limits):
        if isinstance(value, BadRow):
            yield TableRow(number, (), Fault(None, value.code, value.reason))
        else:
            yield json_row(number, value)


def _text_start(stream: BinaryIO, name: str) -> tuple[str, str]:
    """Return the encoding and the first characters that are not blank. Errors: UnknownEncoding, NotJsonLines."""
    encoding = declared_encoding(stream.read(PEEK_BYTES)) or find_encoding(stream, name)
    stream.seek(0)
    start = stream.read(PEEK_BYTES).decode(encoding, "ignore").lstrip("\ufeff \t\r\n")
    stream.seek(0)
    if start.startswith("["):
        raise NotJsonLines(name=name)
    if "\x00" in start.partition("\n")[0]:
        raise UnknownEncoding(name=name)
    return encoding, start
