"""What comes out of a product file: products, and bad rows named by number. What can refuse the whole file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from renmai.kit.problems import DomainError

ROWS_OF_A_SHEET = 1_048_576
FAULTS_TOLD_MAX = 10


class UnreadableFile(DomainError):
    """The file as a whole is refused. May be raised by any step of the iteration, not only by the first."""

    code = "file.unreadable"
    status = 422
    message = "{name} cannot be read: {why}"


class EmptyFile(UnreadableFile):
    """Nothing in it, or only blank lines."""

    code = "file.empty"
    message = "{name} is empty."


class FileTooLarge(UnreadableFile):
    """More bytes or more rows than `FileLimits` allows."""

    code = "file.too_large"
    message = "{name} is too large: {why}"


class UnknownEncoding(UnreadableFile):
    """No encoding that is tried decodes all of it."""

    code = "file.encoding"
    message = "{name} is not text in UTF-8, UTF-16 with a byte order mark, or GB18030. Save it as UTF-8 and try again."


class MissingColumns(UnreadableFile):
    """The header lacks columns without which no product can be read."""

    code = "file.columns"
    message = "{name} lacks these columns: {columns}."


class RepeatedColumn(UnreadableFile):
    """Two columns mean the same field."""

    code = "file.column_repeated"
    message = "{name} has the column {column} twice."


class EncryptedFile(UnreadableFile):
    """A workbook with a password."""

    code = "file.encrypted"
    message = "{name} is protected by a password. Save it without one and try again."


class OldExcelFile(UnreadableFile):
    """An .xls workbook, whatever it is called."""

    code = "file.old_excel"
    message = "{name} is in the old Excel format. Save it as .xlsx or CSV and try again."


class DangerousFile(UnreadableFile):
    """A zip bomb, XML entities, or XML that would fill the memory."""

    code = "file.dangerous"
    message = "{name} is refused: {why}"


class NotJsonLines(UnreadableFile):
    """A JSON list instead of JSON lines."""

    code = "file.not_json_lines"
    message = "{name} is one JSON list. Write one product per line instead, without the outer brackets."


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Bounds of one file. Sizes in bytes or characters; the defaults hold 100,000 variants with room to spare."""

    bytes_max: int = 100_000_000
    rows_max: int = 250_000
    columns_max: int = 300
    cell_chars_max: int = 100_000
    record_chars_max: int = 1_000_000
    product_rows_max: int = 2_500
    images_max: int = 250
    parts_max: int = 1_000
    unzipped_bytes_max: int = 400_000_000
    unzipped_ratio_max: int = 150
    unzipped_part_bytes_max: int = 48_000_000
    xml_elements_max: int = 2_000_000


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One SKU. Money in minor units; `grams` is None when the file does not say; stock below zero reads as zero."""

    row_number: int
    sku_code: str
    options: tuple[tuple[str, str], ...]
    supply_price_minor: int
    suggested_price_minor: int
    floor_price_minor: int | None
    stock: int
    barcode: str
    grams: int | None


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One picture's address (http or https), in the order it is to be shown."""

    row_number: int
    src: str
    alt: str


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product with at least one variant. `row_number` is its first row, `row_numbers` all rows that went in.

    Rows count as a spreadsheet shows them (header = 1); in JSON lines they are line numbers, from 1.
    """

    row_number: int
    handle: str
    title: str
    title_zh: str
    body_text: str
    body_zh: str
    vendor: str
    category: str
    tags: tuple[str, ...]
    commission_bps: int | None
    variants: tuple[VariantRow, ...]
    images: tuple[ImageRow, ...]
    row_numbers: tuple[int, ...]
    service_bps: int | None = None


@dataclass(frozen=True, slots=True)
class StockLine:
    """How many of a variant there are from now on; with a warehouse, how many lie there."""

    row_number: int
    sku_code: str
    stock: int
    warehouse: str


@dataclass(frozen=True, slots=True)
class PriceLine:
    """The prices of a variant in minor units; None stays as it is."""

    row_number: int
    sku_code: str
    supply_price_minor: int | None
    price_minor: int | None
    floor_price_minor: int | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is left out, with the column (or JSON path) at fault where there is one, and a plain English reason.

    `code` belongs to the first fault; `reason` has a sentence for every fault found in the row.
    """

    row_number: int
    column: str | None
    code: str
    reason: str
    handle: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one row."""

    column: str | None
    code: str
    reason: str


class Refused(Exception):
    """A cell's value cannot be taken. Internal: becomes a Fault, never leaves this package."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table as text cells, or the fault that kept it from being read."""

    number: int
    cells: tuple[str, ...]
    fault: Fault | None = None

    @property
    def is_blank(self) -> bool:
        return self.fault is None and not any(cell.strip() for cell in self.cells)


def bad_row(number: int, faults: list[Fault], handle: str | None) -> BadRow:
    """Return the one BadRow of a row with one fault or more."""
    first = faults[0]
    return BadRow(
        number, first.column, first.code, " ".join(fault.reason for fault in faults[:FAULTS_TOLD_MAX]), handle or None
    )


def counted(rows: Iterator[TableRow], limits: FileLimits, name: str) -> Iterator[TableRow]:
    """Yield the rows that are not blank; more of them than `rows_max` (header not counted) refuses the file there.

    Blank rows count only up to the length Excel's sheets have. Errors: FileTooLarge.
    """
    seen = 0
    for row in rows:
        if row.number > ROWS_OF_A_SHEET:
            raise FileTooLarge(name=name, why=f"it is longer than {ROWS_OF_A_SHEET:,} rows.")
        if row.is_blank:
            continue
        seen += 1
        if seen > limits.rows_max + 1:
            raise FileTooLarge(name=name, why=f"it has more than {limits.rows_max:,} rows.")
        yield row
