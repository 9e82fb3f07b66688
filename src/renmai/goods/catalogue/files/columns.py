"""Shopify's column titles, old template and new, and ours beside them: which title means which field.

Titles compare without regard to case and space. Old: "Handle, Title, Body (HTML), ... Variant Price"; new, since 2024:
"Title, URL handle, Description, ... Price". Columns not named here (SEO, tax, markets, metafields) are passed over;
so are both compare-at prices. Shopify's own exports leave the stock column out when a shop has several locations.
"""

from __future__ import annotations

from collections.abc import Sequence

from renmai.goods.catalogue.files.rows import MissingColumns, RepeatedColumn

TITLES: dict[str, tuple[str, ...]] = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    "title_zh": ("Title (zh)",),
    "body": ("Body (HTML)", "Description", "Body"),
    "body_zh": ("Body (zh)", "Description (zh)"),
    "vendor": ("Vendor",),
    "category": ("Product Category",),
    "type": ("Type",),
    "tags": ("Tags",),
    "commission": ("Commission %",),
    "service": ("Service Fee %",),
    "option1_name": ("Option1 Name",),
    "option1_value": ("Option1 Value",),
    "option2_name": ("Option2 Name",),
    "option2_value": ("Option2 Value",),
    "option3_name": ("Option3 Name",),
    "option3_value": ("Option3 Value",),
    "sku": ("Variant SKU", "SKU"),
    "barcode": ("Variant Barcode", "Barcode"),
    "grams": ("Variant Grams", "Weight value (grams)"),
    "stock": ("Variant Inventory Qty", "Inventory quantity"),
    "price": ("Variant Price", "Price"),
    "supply_price": ("Cost per item",),
    "floor_price": ("Floor Price",),
    "image_src": ("Image Src", "Product image URL"),
    "image_position": ("Image Position",),
    "image_alt": ("Image Alt Text",),
}
REQUIRED = ("handle", "title", "price", "supply_price")
FIELDS = {title.casefold(): field for field, titles in TITLES.items() for title in titles}


class Columns:
    """Where each field is in a row of this file."""

    def __init__(self, header: Sequence[str], name: str) -> None:
        """Errors: MissingColumns, RepeatedColumn."""
        self.width = len(header)
        self.places: dict[str, int] = {}
        self.titles: dict[str, str] = {}
        for place, title in enumerate(header):
            field = field_of(title)
            if field in self.places:
                raise RepeatedColumn(name=name, column=title.strip())
            if field:
                self.places[field], self.titles[field] = place, title.strip()
        missing = [TITLES[field][0] for field in REQUIRED if field not in self.places]
        if missing:
            raise MissingColumns(name=name, columns=", ".join(missing))

    def title(self, field: str) -> str:
        """Return the column's title as this file writes it (ours, if the file lacks the column)."""
        return self.titles.get(field, TITLES[field][0])

    def cell(self, cells: Sequence[str], field: str) -> str:
        """Return the stripped cell of `field`; "" where the column or the cell is not there."""
        place = self.places.get(field, len(cells))
        return cells[place].strip() if place < len(cells) else ""


def field_of(title: str) -> str | None:
    """Return the field a column's title means, or None."""
    return FIELDS.get(" ".join(title.split()).casefold())


def known(header: Sequence[str]) -> int:
    """Return how many titles are known: the delimiter that gives the most is the file's."""
    return sum(field_of(title) is not None for title in header)
