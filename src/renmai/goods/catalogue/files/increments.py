"""Incremental files: the stock or the prices of variants that are there already, by SKU; CSV, XLSX or JSON lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from renmai.goods.catalogue.files import cells
from renmai.goods.catalogue.files.draft import NAME_CHARS_MAX, SKU_CHARS_MAX, Faults
from renmai.goods.catalogue.files.rows import (
    BadRow,
    EmptyFile,
    Fault,
    FileLimits,
    MissingColumns,
    PriceLine,
    RepeatedColumn,
    StockLine,
    TableRow,
    UnreadableFile,
    bad_row,
    counted,
)

TITLES: dict[str, tuple[str, ...]] = {
    "sku": ("SKU", "Variant SKU", "SKU code", "Item SKU", "商品编码", "规格编码", "货号"),
    "stock": (
        "Stock",
        "Quantity",
        "Qty",
        "Variant Inventory Qty",
        "Inventory quantity",
        "Available",
        "库存",
        "库存数量",
    ),
    "warehouse": ("Warehouse", "Warehouse name", "Location", "仓库"),
    "supply_price": ("Supply price", "Cost per item", "Cost", "供货价"),
    "price": ("Price", "Variant Price", "Suggested price", "售价", "建议零售价"),
    "floor_price": ("Floor price", "Lowest price", "最低价", "最低售价"),
}
PRICES = ("supply_price", "price", "floor_price")
FIELDS = {title.casefold(): name for name, titles in TITLES.items() for title in titles}


@dataclass(slots=True)
class _Table:
    """Where each field is, and which (SKU, warehouse) the file used already."""

    kind: str
    currency: str
    places: dict[str, int]
    titles: dict[str, str]
    seen: set[tuple[str, str]] = field(default_factory=set)

    def cell(self, row: Sequence[str], name: str) -> str:
        place = self.places.get(name, len(row))
        return row[place].strip() if place < len(row) else ""

    def title(self, name: str) -> str:
        return self.titles.get(name, TITLES.get(name, (name,))[0])


def known_increments(header: Sequence[str]) -> int:
    """Return how many titles are known: the delimiter that gives the most is the file's."""
    return sum(_field(title) is not None for title in header)


def read_increments(
    rows: Iterator[TableRow], kind: str, *, name: str, currency: str, limits: FileLimits
) -> Iterator[StockLine | PriceLine | BadRow]:
    """Yield the lines and bad rows of a table of stock or prices whose first row is the header.

    Errors: UnreadableFile and its kinds.
    """
    rows = counted(rows, limits, name)
    header = next(rows, None)
    if header is None:
        raise EmptyFile(name=name)
    if header.fault:
        raise UnreadableFile(name=name, why=f"its header cannot be read. {header.fault.reason}")
    table = _table(header.cells, kind, currency, name)
    for row in rows:
        faults = Faults(table.title, [row.fault] if row.fault else [])
        line = None if row.fault else _line(row, table, faults)
        if line is None or faults.found:
            yield bad_row(row.number, faults.found, table.cell(row.cells, "sku")[:SKU_CHARS_MAX])
        else:
            yield line


def _field(title: str) -> str | None:
    return FIELDS.get(" ".join(title.split()).casefold())


def _table(header: Sequence[str], kind: str, currency: str, name: str) -> _Table:
    table = _Table(kind, currency, {}, {})
    for place, title in enumerate(header):
        found = _field(title)
        if found in table.places:
            raise RepeatedColumn(name=name, column=title.strip())
        if found:
            table.places[found], table.titles[found] = place, title.strip()
    needed = ["sku", *(["stock"] if kind == "stock" else [])]
    missing = [TITLES[field][0] for field in needed if field not in table.places]
    if kind == "prices" and not any(field in table.places for field in PRICES):
        missing.append(TITLES["price"][0])
    if missing:
        raise MissingColumns(name=name, columns=", ".join(missing))
    return table


def _line(row: TableRow, table: _Table, faults: Faults) -> StockLine | PriceLine | None:
    if wrong := cells.unsound("".join(row.cells)):
        faults.found.append(Fault(None, *wrong))
        return None
    sku = faults.line("sku", table.cell(row.cells, "sku"), SKU_CHARS_MAX)
    warehouse = faults.line("warehouse", table.cell(row.cells, "warehouse"), NAME_CHARS_MAX)
    if not sku:
        faults.add("sku", "sku.missing", "the row names no variant.")
    elif (sku, warehouse) in table.seen or (sku, "" if warehouse else "*") in table.seen:
        faults.add("sku", "sku.repeated", f'"{sku}" was used by an earlier row of this file.')
    table.seen |= {(sku, warehouse), (sku, "*" if warehouse else "")}
    return _stock(row, sku, warehouse, table, faults) if table.kind == "stock" else _prices(row, sku, table, faults)


def _stock(row: TableRow, sku: str, warehouse: str, table: _Table, faults: Faults) -> StockLine | None:
    text = table.cell(row.cells, "stock")
    if not text:
        faults.add("stock", "stock.missing", "the row does not say how many there are. Write 0 for none.")
        return None
    count = faults.take("stock", cells.stock, text)
    return None if count is None else StockLine(row.number, sku, count, warehouse)


def _prices(row: TableRow, sku: str, table: _Table, faults: Faults) -> PriceLine | None:
    found: dict[str, int | None] = {}
    for name in PRICES:
        text = table.cell(row.cells, name)
        found[name] = faults.take(name, lambda typed: cells.price(typed, table.currency), text) if text else None
    if not faults.found and all(price is None for price in found.values()):
        faults.add("price", "price.missing", "the row has no price.")
    return PriceLine(row.number, sku, found["supply_price"], found["price"], found["floor_price"])


def json_row(number: int, value: dict[str, object]) -> TableRow:
    """Return one JSON object of a file of lines as a row of a table with all columns (`JSON_HEADER`)."""
    cells_found = []
    for name in TITLES:
        told = value.get(name)
        if told is not None and (isinstance(told, bool | list | dict)):
            return TableRow(number, (), Fault(name, "json.type", f"{name}: give a text or a number."))
        cells_found.append("" if told is None else str(told))
    return TableRow(number, tuple(cells_found))


JSON_HEADER = tuple(titles[0] for titles in TITLES.values())
