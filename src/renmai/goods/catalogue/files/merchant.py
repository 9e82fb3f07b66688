"""Google Merchant's product data, from XML or a tab-separated file: items of one item_group_id are one product.

What a feed says of a product that we know otherwise: `cost_of_goods_sold` is the supply price (a feed without it needs
a run with a supply share, `supply_bps` of the price); `price` is the suggested price, `sale_price` is passed over;
colour, size, material and pattern are the options; an item that is in stock without saying how many has 0.
Items of one group stand together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from renmai.goods.catalogue.files import cells
from renmai.goods.catalogue.files.draft import (
    Faults,
    Options,
    Seen,
    Taken,
    product,
    read_head,
    read_image,
    read_variant,
)
from renmai.goods.catalogue.files.feed import FeedItem
from renmai.goods.catalogue.files.rows import (
    BadRow,
    EmptyFile,
    Fault,
    FileLimits,
    FileTooLarge,
    ImageRow,
    MissingColumns,
    ProductRow,
    Refused,
    TableRow,
    VariantRow,
    bad_row,
    counted,
)
from renmai.kit.money import BPS

TITLES = {
    "handle": "item_group_id", "title": "title", "body": "description", "vendor": "brand", "category": "product_type",
    "sku": "id", "barcode": "gtin", "grams": "shipping_weight", "stock": "quantity", "price": "price",
    "supply_price": "cost_of_goods_sold", "image_src": "image_link", "option1_value": "color",
}  # fmt: skip
OPTIONS = {"color": "Colour", "size": "Size", "material": "Material", "pattern": "Pattern"}
QUANTITIES = ("quantity", "sell_on_google_quantity", "inventory")
NEEDED = ("id", "title", "price")
LISTS = frozenset({"additional_image_link", "additional image link"})
CODE = re.compile(r"(?:([A-Za-z]{3})\s*)?([^A-Za-z]*?)(?:\s*([A-Za-z]{3}))?")
WEIGHT = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(g|kg)", re.IGNORECASE | re.ASCII)
UNUSED = re.compile(r"[^\w-]+")
CATEGORY_PARTS = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the whole feed. `supply_bps` is the share of a price that is the supply price where none is said."""

    name: str
    currency: str
    limits: FileLimits
    supply_bps: int | None


@dataclass(slots=True)
class _Group:
    handle: str
    items: list[FeedItem] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def is_feed_header(titles: tuple[str, ...]) -> bool:
    """Return whether a table's titles are those of a Google Merchant file."""
    named = {_attribute(title) for title in titles}
    return set(NEEDED) <= named and "handle" not in named and bool(named & {"link", "image_link", "availability"})


def items_of_table(rows: Iterator[TableRow], *, name: str, limits: FileLimits) -> Iterator[FeedItem | BadRow]:
    """Yield the items of a tab-separated file, whose first row has the attributes' names."""
    rows = counted(rows, limits, name)
    header = next(rows, None)
    if header is None:
        raise EmptyFile(name=name)
    names = [_attribute(title) for title in header.cells]
    if missing := [title for title in NEEDED if title not in names]:
        raise MissingColumns(name=name, columns=", ".join(missing))
    for row in rows:
        if row.fault:
            yield bad_row(row.number, [row.fault], None)
            continue
        values: dict[str, list[str]] = {}
        for title, cell in zip(names, row.cells, strict=False):
            if cell.strip():
                parts = cell.split(",") if title in LISTS else [cell]
                values.setdefault(title, []).extend(part.strip() for part in parts if part.strip())
        yield FeedItem(row.number, values)


def _attribute(title: str) -> str:
    return "_".join(title.lower().removeprefix("g:").split())


def read_merchant(items: Iterator[FeedItem | BadRow], terms: Terms) -> Iterator[ProductRow | BadRow]:
    """Yield the products and bad rows of a feed's items; a row's number is the item's place. Errors: UnreadableFile."""
    seen = Seen()
    group: _Group | None = None
    count = 0
    for item in items:
        count += 1
        if count > terms.limits.rows_max:
            raise FileTooLarge(name=terms.name, why=f"it has more than {terms.limits.rows_max:,} items.")
        if isinstance(item, BadRow):
            yield item
            continue
        handle, faults = _handle(item)
        if handle is None:
            yield bad_row(item.number, faults, None)
        elif group and group.handle == handle and len(group.items) < terms.limits.product_rows_max:
            group.items.append(item)
        elif group and group.handle == handle:
            yield BadRow(item.number, None, "product.too_many_rows", "The product has too many rows.", handle)
        else:
            if group:
                yield from _product(group, seen, terms)
            group = _Group(handle, [item])
    if group:
        yield from _product(group, seen, terms)
    if not count:
        raise EmptyFile(name=terms.name)


def _handle(item: FeedItem) -> tuple[str | None, list[Fault]]:
    faults = Faults(_column)
    for texts in item.values.values():
        if wrong := cells.unsound("".join(texts)):
            faults.found.append(Fault(None, *wrong))
    if item.too_long:
        faults.add(item.too_long, "cell.too_long", "the value is too long.")
    if not _text(item, "id"):
        faults.add("sku", "sku.missing", "the item has no id.")
    given = _text(item, "item_group_id") or _text(item, "id")
    handle = faults.take("handle", cells.handle, UNUSED.sub("-", given).strip("-")) if given else None
    return (None if faults.found else handle), faults.found


def _column(name: str) -> str:
    return TITLES.get(name, name)


def _text(item: FeedItem, name: str) -> str:
    return next((text for text in item.values.get(name, []) if text), "")


def _product(group: _Group, seen: Seen, terms: Terms) -> Iterator[ProductRow | BadRow]:
    handle, first = group.handle, group.items[0]
    if handle in seen.handles:
        reason = f'The group "{handle}" was used by earlier items. Items of one group must stand together.'
        yield from (BadRow(item.number, None, "product.handle_again", reason, handle) for item in group.items)
        return
    seen.handles.add(handle)
    faults = Faults(_column)
    head = read_head(_head(first), [], faults)
    if faults.found:
        yield bad_row(first.number, faults.found, handle)
        reason = f'The product "{handle}" was refused, see row {first.number}.'
        yield from (BadRow(item.number, None, "product.refused", reason, handle) for item in group.items[1:])
        return
    taken, images, numbers = Taken(seen), list[ImageRow](), list[int]()
    names = [name for name in OPTIONS if any(_text(item, name) for item in group.items)]
    for item in group.items:
        faults = Faults(_column)
        variant = _variant(item, handle, names, terms, faults)
        if variant is not None and not faults.found and taken.add(variant, faults):
            numbers.append(item.number)
        _images(item, images, terms, faults)
        if faults.found:
            group.bad.append(bad_row(item.number, faults.found, handle))
    if taken.variants:
        yield product(handle, head, taken.keep(), images, numbers)
    yield from group.bad


def _head(item: FeedItem) -> dict[str, str]:
    kinds = _text(item, "product_type") or _text(item, "google_product_category")
    path = [] if kinds.isdigit() else [part.strip() for part in kinds.split(">")]
    return {
        "title": _text(item, "title"),
        "body": _text(item, "description") or _text(item, "summary"),
        "vendor": _text(item, "brand"),
        "category": " > ".join(path[-CATEGORY_PARTS:]),
    }


def _variant(item: FeedItem, handle: str, names: list[str], terms: Terms, faults: Faults) -> VariantRow | None:
    options: Options = tuple((OPTIONS[name], text[:200]) for name in names if (text := _text(item, name)))
    price = faults.take("price", lambda text: _amount(text, terms.currency), _text(item, "price"))
    supply = _supply(item, price, terms, faults)
    if price is None or supply is None:
        return None
    texts = {
        "price": price, "supply_price": supply, "sku": _text(item, "id"), "barcode": _text(item, "gtin"),
        "stock": _stock(item), "grams": _grams(_text(item, "shipping_weight")),
    }  # fmt: skip
    return read_variant(item.number, handle, texts, options, terms.currency, faults)


def _amount(text: str, currency: str) -> str:
    """Return the number of "12.00 CNY"; one without a currency is in ours. Errors: Refused."""
    found = CODE.fullmatch(text.strip()[:60])
    if not text.strip():
        raise Refused("price.missing", "the item has no price here.")
    codes = {code.upper() for code in (found.group(1), found.group(3)) if code} if found else set()
    if found and codes - {currency, "RMB" if currency == "CNY" else currency}:
        raise Refused("price.currency", f'"{text[:40]}" is not in {currency}.')
    return found.group(2) if found else text


def _supply(item: FeedItem, price: str | None, terms: Terms, faults: Faults) -> str | None:
    """Return the supply price as text: what the item costs, else the run's share of its price."""
    if given := _text(item, "cost_of_goods_sold"):
        return faults.take("supply_price", lambda text: _amount(text, terms.currency), given)
    if terms.supply_bps is None:
        reason = "the item does not say what it costs. Add cost_of_goods_sold, or give the file a supply share."
        faults.add("supply_price", "price.supply_missing", reason)
        return None
    minor = faults.take("price", lambda text: cells.price(text, terms.currency), price) if price else None
    if minor is None:
        return None
    return cells.amount_text(max(1, minor * terms.supply_bps // BPS), terms.currency)


def _stock(item: FeedItem) -> str:
    if _text(item, "availability").lower().replace("_", " ") == "out of stock":
        return "0"
    return next((text for name in QUANTITIES if (text := _text(item, name))), "0")


def _grams(text: str) -> str:
    found = WEIGHT.fullmatch(text.strip()[:40])
    if not found:
        return ""
    number = found.group(1)
    return cells.kilograms(number) if found.group(2).lower() == "kg" else number


def _images(item: FeedItem, images: list[ImageRow], terms: Terms, faults: Faults) -> None:
    links = [text for name in ("image_link", "additional_image_link") for text in item.values.get(name, []) if text]
    for src in links:
        if any(image.src == src for image in images):
            continue
        if len(images) >= terms.limits.images_max:
            faults.add("image_src", "image.too_many", f"a product has at most {terms.limits.images_max} pictures.")
            return
        image = read_image(item.number, src, "", faults)
        if image is not None:
            images.append(image)
