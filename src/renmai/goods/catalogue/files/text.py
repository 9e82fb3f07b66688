"""Bytes to text and text to rows, a little at a time: which encoding, which delimiter, where a record ends."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from io import TextIOWrapper
from typing import BinaryIO, Literal

from renmai.goods.catalogue.files.rows import Fault, FileLimits, TableRow, UnknownEncoding

CHUNK_BYTES = 65_536
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
INSIDE_QUOTES = re.compile(r'(?:[^"]++|"")*+')

Place = Literal["start", "plain", "quoted", "quote"]


def find_encoding(stream: BinaryIO, name: str) -> str:
    """Return the encoding the whole stream decodes in; the stream is left at its start.

    A byte order mark decides; without one UTF-8 is tried, then GB18030. Errors: UnknownEncoding.
    """
    stream.seek(0)
    start = stream.read(4)
    marked = [encoding for bom, encoding in BOMS if start.startswith(bom)]
    for encoding in marked or ["utf-8", "gb18030"]:
        if _decodes(stream, encoding):
            stream.seek(0)
            return encoding
    raise UnknownEncoding(name=name)


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    stream.seek(0)
    try:
        while chunk := stream.read(CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def first_line(text: TextIOWrapper, chars_max: int) -> str:
    """Return the first line that is not blank (cut at `chars_max`) and go back to the start."""
    line = ""
    while piece := text.readline(chars_max):
        if piece.strip():
            line = piece
            break
    text.seek(0)
    return line


def split_line(line: str, delimiter: str) -> tuple[str, ...]:
    """Return the cells of one record, as the csv module reads them. Errors: csv.Error."""
    return tuple(next(csv.reader([line], delimiter=delimiter), []))


def read_records(text: TextIOWrapper, delimiter: str, limits: FileLimits) -> Iterator[TableRow]:
    """Yield every record with its number (1-based, a blank line counts, a cell of many lines is one record).

    A record over the limits comes as a fault, and only its beginning is ever held in memory.
    """
    number = 0
    while True:
        record, place, size = _next_record(text, delimiter, limits.record_chars_max)
        if not size:
            return
        number += 1
        yield _row(number, record, place, size, delimiter, limits)


def _next_record(text: TextIOWrapper, delimiter: str, chars_max: int) -> tuple[str, Place, int]:
    """Return the record's text (cut once it is too long), where it ended, and its full size."""
    place: Place = "start"
    kept: list[str] = []
    size = 0
    while line := text.readline(chars_max):
        if size < chars_max:
            kept.append(line)
        size += len(line)
        place = _scan(line, delimiter, place)
        if line.endswith(("\n", "\r")) and place != "quoted":
            break
    return "".join(kept), place, size


def _row(number: int, record: str, place: Place, size: int, delimiter: str, limits: FileLimits) -> TableRow:
    if size > limits.record_chars_max:
        return TableRow(
            number, (), Fault(None, "row.too_long", f"The row has {size:,} characters, too many to be read.")
        )
    if place == "quoted":
        reason = "A quotation mark opened in this row is never closed, so nothing after it can be read."
        return TableRow(number, (), Fault(None, "row.quote_open", reason))
    try:
        cells = split_line(record, delimiter)
    except csv.Error:
        return TableRow(number, (), Fault(None, "row.unreadable", "The row cannot be split into cells."))
    return checked(TableRow(number, cells), limits)


def checked(row: TableRow, limits: FileLimits) -> TableRow:
    """Return the row, or the same row with the fault that it has too many cells or one that is too long."""
    if len(row.cells) > limits.columns_max:
        reason = f"The row has more than {limits.columns_max} cells."
        return TableRow(row.number, row.cells[: limits.columns_max], Fault(None, "row.too_many_cells", reason))
    longest = max(map(len, row.cells), default=0)
    if longest > limits.cell_chars_max:
        reason = f"A cell of this row has {longest:,} characters, more than {limits.cell_chars_max:,}."
        kept = tuple(cell if len(cell) <= limits.cell_chars_max else "" for cell in row.cells)
        return TableRow(row.number, kept, Fault(None, "cell.too_long", reason))
    return row


def _scan(line: str, delimiter: str, place: Place) -> Place:
    """Return where in a cell the end of `line` is. A quote opens only at the start of a cell, as in the csv module."""
    if place != "quoted" and '"' not in line:
        return "plain" if not line.endswith(delimiter) else "start"
    at = 0
    while at < len(line):
        at, place = _step(line, at, delimiter, place)
    return place


def _step(line: str, at: int, delimiter: str, place: Place) -> tuple[int, Place]:
    if place == "start":
        return (at + 1, "quoted") if line[at] == '"' else (at, "plain")
    if place == "plain":
        found = line.find(delimiter + '"', at)
        return (found + 1, "start") if found >= 0 else (len(line), "start" if line.endswith(delimiter) else "plain")
    if place == "quoted":
        match = INSIDE_QUOTES.match(line, at)
        end = match.end() if match else at
        return (end, "quoted") if end == len(line) else (end + 1, "quote")
    return (at + 1, "quoted") if line[at] == '"' else (at, "plain")
