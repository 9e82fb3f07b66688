"""CSV that a spreadsheet opens without running anything: UTF-8 with a byte order mark, formulas made harmless."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
ROWS_PER_CHUNK = 200


def escape_formula(text: str) -> str:
    """Return `text`, with an apostrophe before it if a spreadsheet could take it for a formula.

    The characters are OWASP's (CSV Injection), full-width forms and leading spaces included; a plain signed number
    ("-12.50") is no formula and stays as it is.
    """
    if NUMBER.fullmatch(text) or not text.lstrip(" \u3000\u00a0").startswith(FORMULA_STARTS):
        return text
    return "'" + text


def write_csv(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Yield a CSV file in pieces (RFC 4180, CRLF). None is an empty cell; every text is escaped, numbers are not."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    for count, row in enumerate(rows, start=1):
        writer.writerow(["" if cell is None else escape_formula(str(cell)) for cell in row])
        if count % ROWS_PER_CHUNK == 0:
            yield _drained(buffer)
    yield _drained(buffer)


def _drained(buffer: StringIO) -> bytes:
    piece = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return piece
