"""Shopify's product table, from CSV or XLSX: rows with one handle are one product.

The first row carries the product and its first variant; further rows carry a further variant, a further picture, or
both. Option names stand in the first row only.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from io import TextIOWrapper
from typing import BinaryIO

from renmai.goods.catalogue.files import cells
from renmai.goods.catalogue.files.columns import Columns, known
from renmai.goods.catalogue.files.draft import (
    Faults,
    Head,
    Seen,
    Taken,
    product,
    read_head,
    read_image,
    read_options,
    read_variant,
)
from renmai.goods.catalogue.files.rows import (
    BadRow,
    EmptyFile,
    Fault,
    FileLimits,
    ImageRow,
    ProductRow,
    Refused,
    TableRow,
    UnreadableFile,
    bad_row,
    counted,
)
from renmai.goods.catalogue.files.text import first_line, read_records, split_line

DELIMITERS = (",", ";", "\t")
HEAD = ("title", "title_zh", "body", "body_zh", "vendor", "category", "type", "commission", "service")
VARIANT = ("sku", "barcode", "grams", "stock", "price", "supply_price", "floor_price")
OPTION_NAMES = ("option1_name", "option2_name", "option3_name")
OPTION_VALUES = ("option1_value", "option2_value", "option3_value")
MAKES_A_VARIANT = ("sku", "barcode", "price", "supply_price", "floor_price", *OPTION_VALUES)
FURTHER = (*VARIANT, *OPTION_NAMES, *OPTION_VALUES, "image_src", "image_position", "image_alt")
POSITION_LAST = 10**6


@dataclass(frozen=True, slots=True)
class Table:
    """One file being read."""

    name: str
    columns: Columns
    currency: str
    limits: FileLimits
    seen: Seen


@dataclass(slots=True)
class Group:
    """The rows of one product, and what has become of them."""

    handle: str
    rows: list[TableRow]
    taken: Taken
    images: list[tuple[int, ImageRow]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def read_csv(
    stream: BinaryIO, encoding: str, *, name: str, currency: str, limits: FileLimits
) -> Iterator[ProductRow | BadRow]:
    """Yield the products and bad rows of a CSV; the delimiter is whichever makes the header known."""
    yield from read_table(rows_of(stream, encoding, limits), True, name=name, currency=currency, limits=limits)


def rows_of(
    stream: BinaryIO,
    encoding: str,
    limits: FileLimits,
    *,
    known: Callable[[Sequence[str]], int] = known,
    delimiter: str | None = None,
) -> Iterator[TableRow]:
    """Yield the rows of a CSV; without a `delimiter` it is the one that gives the header the most `known` titles."""
    text = TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        line = first_line(text, limits.record_chars_max)
        chosen = delimiter or max(DELIMITERS, key=lambda mark: _known(line, mark, known))
        yield from read_records(text, chosen, limits)
    finally:
        with suppress(ValueError):  # the file was closed first: whoever reads stopped midway
            text.detach()


def _known(line: str, delimiter: str, known: Callable[[Sequence[str]], int]) -> int:
    try:
        return known(split_line(line, delimiter))
    except csv.Error:
        return 0


def read_table(
    rows: Iterator[TableRow], exact_width: bool, *, name: str, currency: str, limits: FileLimits
) -> Iterator[ProductRow | BadRow]:
    """Yield the products and bad rows of a table whose first row that is not blank is the header.

    With `exact_width` a row with fewer cells than the header is bad (a comma or quote is missing); sheets leave empty
    cells at the end out. Errors: UnreadableFile and its kinds.
    """
    rows = counted(rows, limits, name)
    header = next(rows, None)
    if header is None:
        raise EmptyFile(name=name)
    if header.fault:
        raise UnreadableFile(name=name, why=f"its header cannot be read. {header.fault.reason}")
    table = Table(name, Columns(header.cells, name), currency, limits, Seen())
    for item in _groups((_sound(row, table, exact_width) for row in rows), table):
        if isinstance(item, BadRow):
            yield item
        else:
            yield from _product(item, table)


def _sound(row: TableRow, table: Table, exact_width: bool) -> TableRow:
    """Return the row, with a fault if its width or its characters are wrong."""
    width = table.columns.width
    if row.fault:
        return row
    if any(cell.strip() for cell in row.cells[width:]) or (exact_width and len(row.cells) < width):
        reason = f"The row has {len(row.cells)} cells and the header {width}: a separator or a quotation mark is amiss."
        return replace(row, fault=Fault(None, "row.ragged", reason))
    wrong = cells.unsound("".join(row.cells))
    return replace(row, fault=Fault(None, *wrong)) if wrong else row


def _groups(rows: Iterator[TableRow], table: Table) -> Iterator[Group | BadRow]:
    """Yield neighbouring rows of one handle as a group; a row that belongs to no product comes as a bad row at once."""
    group: Group | None = None
    for row in rows:
        faults = Faults(table.columns.title, [row.fault] if row.fault else [])
        handle = faults.take("handle", cells.handle, table.columns.cell(row.cells, "handle"))
        if handle is None:
            yield bad_row(row.number, faults.found, None)
        elif group and handle == group.handle:
            if len(group.rows) >= table.limits.product_rows_max:
                yield _named(row, handle, "product.too_many_rows", "The product has too many rows.")
            else:
                group.rows.append(_slim(row, table))
        else:
            if group:
                yield group
            group = Group(handle, [row], Taken(table.seen))
    if group:
        yield group


def _slim(row: TableRow, table: Table) -> TableRow:
    """Return a further row with only what a further row is asked for: a product's rows wait for its last one."""
    kept = {table.columns.places[name] for name in FURTHER if name in table.columns.places}
    return replace(row, cells=tuple(cell if place in kept else "" for place, cell in enumerate(row.cells)))


def _named(row: TableRow, handle: str, code: str, reason: str) -> BadRow:
    return BadRow(row.number, None, code, reason, handle)


def _product(group: Group, table: Table) -> Iterator[ProductRow | BadRow]:
    handle, first = group.handle, group.rows[0]
    if handle in table.seen.handles:
        reason = f'The handle "{handle}" was used by earlier rows. Rows of one product must stand together.'
        yield from (_named(row, handle, "product.handle_again", reason) for row in group.rows)
        return
    table.seen.handles.add(handle)
    head = _head(group, table)
    if head:
        _read_rows(group, table)
    if head and not group.taken.variants and not group.bad:
        group.bad.append(
            _named(first, handle, "product.no_variants", "The product has no variant: no row has a price.")
        )
    if head and group.taken.variants:
        images = [image for _, image in sorted(group.images, key=lambda placed: placed[0])]
        yield product(handle, head, group.taken.keep(), images, group.numbers)
    else:
        _name_the_rest(group)
    yield from sorted(group.bad, key=lambda bad: bad.row_number)


def _name_the_rest(group: Group) -> None:
    """Name every row of a refused product that is not named yet."""
    named = {bad.row_number for bad in group.bad}
    reason = f'The product "{group.handle}" was refused, see row {min(named)}.'
    group.bad += [_named(row, group.handle, "product.refused", reason) for row in group.rows if row.number not in named]


def _head(group: Group, table: Table) -> Head | None:
    first = group.rows[0]
    faults = Faults(table.columns.title, [first.fault] if first.fault else [])
    head = None
    if not first.fault:
        texts = {name: table.columns.cell(first.cells, name) for name in HEAD}
        head = read_head(texts, table.columns.cell(first.cells, "tags").split(","), faults)
    if faults.found:
        group.bad.append(bad_row(first.number, faults.found, group.handle))
        return None
    return head


def _read_rows(group: Group, table: Table) -> None:
    names = [table.columns.cell(group.rows[0].cells, name) for name in OPTION_NAMES]
    for row in group.rows:
        faults = Faults(table.columns.title, [row.fault] if row.fault else [])
        if not row.fault:
            went_in = _read_row(row, names, group, table, faults)
            if went_in:
                group.numbers.append(row.number)
        if faults.found:
            group.bad.append(bad_row(row.number, faults.found, group.handle))


def _read_row(row: TableRow, names: list[str], group: Group, table: Table, faults: Faults) -> bool:
    """Take the row's variant and picture; return whether the row had a part in the product."""
    is_first = row is group.rows[0]
    has_variant = any(table.columns.cell(row.cells, name) for name in MAKES_A_VARIANT)
    has_image = bool(table.columns.cell(row.cells, "image_src"))
    if not (has_variant or has_image or is_first):
        faults.found.append(Fault(None, "row.nothing", "The row has neither a variant nor a picture."))
        return False
    took_variant = has_variant and _take_variant(row, names, group, table, faults)
    took_image = has_image and _take_image(row, group, table, faults)
    return took_variant or took_image or is_first


def _take_variant(row: TableRow, names: list[str], group: Group, table: Table, faults: Faults) -> bool:
    own_names = [table.columns.cell(row.cells, name) for name in OPTION_NAMES]
    if any(own and own != name for own, name in zip(own_names, names, strict=True)):
        faults.add("option1_name", "options.name_differs", "the names of options differ from the product's first row.")
        return False
    before = len(faults.found)
    options = read_options(names, [table.columns.cell(row.cells, name) for name in OPTION_VALUES], faults)
    texts = {name: table.columns.cell(row.cells, name) for name in VARIANT}
    variant = read_variant(row.number, group.handle, texts, options, table.currency, faults)
    if variant is None or len(faults.found) > before:
        return False
    return group.taken.add(variant, faults)


def _take_image(row: TableRow, group: Group, table: Table, faults: Faults) -> bool:
    if len(group.images) >= table.limits.images_max:
        faults.add("image_src", "image.too_many", f"a product has at most {table.limits.images_max} pictures.")
        return False
    src, alt = (table.columns.cell(row.cells, name) for name in ("image_src", "image_alt"))
    image = read_image(row.number, src, alt, faults)
    if image is None:
        return False
    group.images.append((_position(table.columns.cell(row.cells, "image_position")), image))
    return True


def _position(text: str) -> int:
    """Return where the picture stands; one without a sound position comes after the others, in the order of rows."""
    try:
        return cells.stock(text) or POSITION_LAST
    except Refused:
        return POSITION_LAST
