"""XLSX to rows. The zip and every XML part in it are checked before openpyxl sees them; then rows stream."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO
from xml.parsers import expat

from renmai.goods.catalogue.files.rows import (
    ROWS_OF_A_SHEET,
    DangerousFile,
    EncryptedFile,
    Fault,
    FileLimits,
    TableRow,
    UnreadableFile,
)
from renmai.goods.catalogue.files.text import CHUNK_BYTES, checked

CELLS_OF_A_ROW_ELEMENTS_MAX = 100_000
TEXT_CHARS_MAX = 16_000_000
DEPTH_MAX = 64
SMALL_PART_BYTES = 1_000_000
ENCRYPTED_FLAG = 0x1
BEFORE_XML = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"})


def read_sheet(stream: BinaryIO, name: str, limits: FileLimits) -> Iterator[TableRow]:
    """Yield the rows of the first sheet as text. A formula reads as the value Excel last saw.

    Errors: UnreadableFile and its kinds (a zip bomb, an entity, a password, a broken part).
    """
    _check_zip(stream, name, limits)
    try:
        yield from _rows(stream, name, limits)
    except (UnreadableFile, MemoryError, GeneratorExit):
        raise
    except Exception as broken:  # openpyxl answers a broken part with whatever Python raises there
        raise UnreadableFile(name=name, why="it is not a whole XLSX workbook.") from broken


def _rows(stream: BinaryIO, name: str, limits: FileLimits) -> Iterator[TableRow]:
    from openpyxl import load_workbook  # every process knows this file, and few ever read a workbook

    stream.seek(0)
    book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    try:
        if not book.worksheets:
            raise UnreadableFile(name=name, why="it has no sheet.")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        before: tuple[Any, ...] | None = None
        for number, cells in enumerate(sheet.iter_rows(max_col=limits.columns_max + 1), start=1):
            # Rows that are not in the file come as one and the same empty tuple: a million of them cost little.
            yield TableRow(number, ()) if cells is before else _row(number, cells, limits)
            before = cells
    finally:
        book.close()


def _row(number: int, cells: tuple[Any, ...], limits: FileLimits) -> TableRow:
    texts: list[str] = []
    fault: Fault | None = None
    for cell in cells[: _width(cells)]:
        text, wrong = _text(cell)
        texts.append(text)
        fault = fault or wrong
    while texts and not texts[-1]:
        texts.pop()
    row = checked(TableRow(number, tuple(texts)), limits)
    return TableRow(number, row.cells, fault) if fault and not row.fault else row


def _width(cells: tuple[Any, ...]) -> int:
    """Return the width without the empty cells at the end."""
    from openpyxl.cell.read_only import EMPTY_CELL

    width = len(cells)
    while width and cells[width - 1] is EMPTY_CELL:
        width -= 1
    return width


def _text(cell: Any) -> tuple[str, Fault | None]:
    """Return the cell as a person sees it: 15 digits of a number, as Excel keeps."""
    value = cell.value
    if value is None:
        return "", None
    if cell.data_type == "e" or (isinstance(value, str) and value in ERRORS):
        return "", Fault(None, "cell.error", f"A cell of this row holds the error {value}.")
    if isinstance(value, date | datetime | time | timedelta):
        return "", Fault(None, "cell.date", "A cell of this row was turned into a date. Format it as text.")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE", None
    if isinstance(value, float):
        return _number(value), None
    return str(value)[: 10**8], None


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 10**15 else format(value, ".15g")


def _check_zip(stream: BinaryIO, name: str, limits: FileLimits) -> None:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            _check_directory(archive.infolist(), name, limits)
            for part in archive.infolist():
                _check_part(archive, part, name, limits)
    except (UnreadableFile, MemoryError):
        raise
    except Exception as broken:  # zipfile, zlib, bz2 and lzma each have errors of their own
        raise UnreadableFile(name=name, why="it is not a whole XLSX workbook.") from broken


def _check_directory(parts: list[zipfile.ZipInfo], name: str, limits: FileLimits) -> None:
    if any(part.flag_bits & ENCRYPTED_FLAG for part in parts):
        raise EncryptedFile(name=name)
    if len(parts) > limits.parts_max:
        raise DangerousFile(name=name, why=f"it has more than {limits.parts_max} parts.")
    if len({part.filename for part in parts}) != len(parts):
        raise DangerousFile(name=name, why="two of its parts have the same name.")
    if any(part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for part in parts):
        raise DangerousFile(name=name, why="it is compressed in a way XLSX does not use.")
    if sum(part.file_size for part in parts) > limits.unzipped_bytes_max:
        raise DangerousFile(name=name, why=f"it unpacks to more than {limits.unzipped_bytes_max:,} bytes.")
    for part in parts:
        _check_size(part, name, limits)


def _check_size(part: zipfile.ZipInfo, name: str, limits: FileLimits) -> None:
    """A sheet streams, so only the other parts, which openpyxl holds whole, have the small limit."""
    big = part.file_size > SMALL_PART_BYTES
    if big and part.file_size > part.compress_size * limits.unzipped_ratio_max:
        raise DangerousFile(
            name=name, why=f"a part of it unpacks to more than {limits.unzipped_ratio_max} times its size."
        )
    is_sheet = part.filename.startswith("xl/worksheets/")
    if part.filename.endswith((".xml", ".rels")) and not is_sheet and part.file_size > limits.unzipped_part_bytes_max:
        raise DangerousFile(name=name, why=f"a part of it has more than {limits.unzipped_part_bytes_max:,} bytes.")


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str, limits: FileLimits) -> None:
    """Read an XML part, whatever it is called, once without keeping anything.

    zipfile stops at the size the directory states, so no lie grows. Unsound XML is left to openpyxl: it reads no
    further than this did, and only if it needs the part.
    """
    guard = _Guard(name, limits)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = guard.refuse_declarations
    parser.EntityDeclHandler = guard.refuse_declarations
    parser.StartElementHandler = guard.start
    parser.EndElementHandler = guard.end
    parser.CharacterDataHandler = guard.text
    with archive.open(part) as content, suppress(expat.ExpatError):
        chunk = content.read(CHUNK_BYTES)
        if chunk.lstrip(BEFORE_XML)[:1] != b"<":
            return
        while chunk:
            parser.Parse(chunk, False)
            chunk = content.read(CHUNK_BYTES)


class _Guard:
    """Counts what an XML tree would hold in memory; openpyxl empties a row once it is read, and nothing else."""

    def __init__(self, name: str, limits: FileLimits) -> None:
        self.name = name
        self.outside_max = limits.xml_elements_max + ROWS_OF_A_SHEET
        self.depth = self.outside = self.inside = self.chars = 0
        self.row_depth = 0

    def refuse_declarations(self, *_: Any) -> None:
        raise DangerousFile(name=self.name, why="it declares XML entities or a document type.")

    def start(self, tag: str, _: dict[str, str]) -> None:
        self.depth += 1
        self.chars = 0
        if self.row_depth:
            self.inside += 1
        else:
            self.outside += 1
            if tag == "row" or tag.endswith(":row"):
                self.row_depth, self.inside = self.depth, 0
        if self.depth > DEPTH_MAX or self.inside > CELLS_OF_A_ROW_ELEMENTS_MAX or self.outside > self.outside_max:
            raise DangerousFile(name=self.name, why="its XML has too many elements.")

    def end(self, _: str) -> None:
        if self.depth == self.row_depth:
            self.row_depth = 0
        self.depth -= 1
        self.chars = 0

    def text(self, data: str) -> None:
        self.chars += len(data)
        if self.chars > TEXT_CHARS_MAX:
            raise DangerousFile(name=self.name, why="a single text in it is far too long.")
