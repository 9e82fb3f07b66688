"""Any table, from CSV or XLSX, row by row: for files that are no product files."""

from __future__ import annotations

from collections.abc import Iterator
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import BinaryIO

from renmai.goods.catalogue.files.rows import FileLimits, TableRow, UnknownEncoding, counted
from renmai.goods.catalogue.files.sniff import take_in
from renmai.goods.catalogue.files.text import find_encoding, first_line, read_records
from renmai.goods.catalogue.files.xlsx import read_sheet

DELIMITERS = (",", ";", "\t")


def read_rows(stream: BinaryIO, *, name: str, limits: FileLimits) -> Iterator[TableRow]:
    """Yield the rows of a table that are not blank, the header first; the delimiter is the header's most frequent one.

    A row that cannot be read has its `fault`. Errors: UnreadableFile and its kinds, at the first step or a later one.
    """
    with TemporaryFile() as copy:
        if take_in(stream, copy, name, limits) == "sheet":
            yield from counted(read_sheet(copy, name, limits), limits, name)
            return
        text = TextIOWrapper(copy, encoding=find_encoding(copy, name), newline="")
        try:
            line = first_line(text, limits.record_chars_max)
            if "\x00" in line:
                raise UnknownEncoding(name=name)
            delimiter = max(DELIMITERS, key=line.count)
            yield from counted(read_records(text, delimiter, limits), limits, name)
        finally:
            text.detach()
