"""What was changed of a product, as its supplier and operators read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.config import config
from renmai.goods.products.history import codes_of, list_changes
from renmai.goods.products.models import Product, ProductChange
from renmai.goods.products.queries import list_categories
from renmai.trade.reports.figures import names_of
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, uuid_or_404
from renmai.web.ui.formats import format_money, format_percent

ROWS = 30
CHARS_MAX = 160
FIELDS = {
    "title": gettext_lazy("Title"),
    "title_zh": gettext_lazy("Title in Chinese"),
    "body": gettext_lazy("Description"),
    "body_zh": gettext_lazy("Description in Chinese"),
    "category": gettext_lazy("Category"),
    "category_id": gettext_lazy("Category"),
    "attributes": gettext_lazy("Attributes"),
    "brand": gettext_lazy("Brand"),
    "options": gettext_lazy("Options"),
    "options_zh": gettext_lazy("Options in Chinese"),
    "barcode": gettext_lazy("Barcode"),
    "supply_price_minor": gettext_lazy("Supply price"),
    "floor_price_minor": gettext_lazy("Lowest price"),
    "price_minor": gettext_lazy("Suggested price"),
    "supply_tiers": gettext_lazy("Supply prices by quantity"),
    "available": gettext_lazy("Can still be sold"),
    "moved": gettext_lazy("Moved between warehouses"),
    "commission_bps": gettext_lazy("Commission"),
    "service_bps": gettext_lazy("Service fee for agencies"),
    "margin_allowed": gettext_lazy("Creators may set their own price"),
    "hand_over_hours": gettext_lazy("Handed over within (hours)"),
    "excluded_channels": gettext_lazy("Not sold in"),
    "excluded_regions": gettext_lazy("Not sent to"),
    "grams": gettext_lazy("Weight with packing (g)"),
    "low_at": gettext_lazy("Tell me when so many are left"),
    "active": gettext_lazy("On sale"),
    "variant": gettext_lazy("Variant"),
    "pictures": gettext_lazy("Pictures"),
    "picture_words": gettext_lazy("What the picture shows"),
    "served_by": gettext_lazy("Served by another source"),
}
VIAS = {
    "form": gettext_lazy("by hand"),
    "api": gettext_lazy("through the API"),
    "file": gettext_lazy("by file"),
    "pull": gettext_lazy("by a scheduled file"),
    "house": gettext_lazy("by the house"),
}
CHANNELS = {
    "shop": gettext_lazy("Creators' shops"),
    "live": gettext_lazy("Live rooms"),
    "app": gettext_lazy("Other apps"),
    "store": gettext_lazy("Stores"),
}


@dataclass(frozen=True, slots=True)
class Changed:
    """One change in words."""

    what: str
    variant: str
    before: str
    after: str
    who: str
    via: str
    at: datetime


def changes_page(request: Request, product: Product) -> dict[str, Any]:
    """Return a page of changes (`changes`, `next_cursor`) in five statements. Errors: NotFound."""
    after = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    rows = list_changes(request.actor, product.id, after=after, limit=ROWS + 1)
    names = names_of(row.by_id for row in rows[:ROWS])
    codes = codes_of(product.id)
    # By hand a category is kept by its short name, by file by its id.
    categories = {key: in_language(row, "name") for row in list_categories() for key in (row.slug, str(row.id))}
    return {
        "changes": [_said(row, names, codes, categories) for row in rows[:ROWS]],
        "next_cursor": rows[ROWS - 1].id if len(rows) > ROWS else None,
    }


def _said(
    row: ProductChange, names: Mapping[Any, str], codes: Mapping[Any, str], categories: Mapping[Any, str]
) -> Changed:
    known = categories if row.field in {"category", "category_id"} else {}
    before, after = (known.get(str(value)) or said(row.field, value) for value in (row.before, row.after))
    who = names.get(row.by_id, "") if row.by_id else ""
    what = FIELDS.get(row.field)
    return Changed(
        str(what) if what else row.field.replace("_", " "), codes.get(row.sku_id, ""), before, after, who,
        str(VIAS.get(row.via, row.via)), row.at,
    )  # fmt: skip


def said(field: str, value: Any) -> str:
    """Return a value of a change as people read it; "-" for none."""
    if field in {"pictures", "brand", "served_by"}:
        return _pictures(value) if field == "pictures" else (_("set") if value else "-")
    if field == "supply_tiers" and value:
        return " · ".join(f"{quantity}+ {_money(price)}" for quantity, price in value)
    if field == "moved" and value:
        return f"{value[0] or _('Main warehouse')}{f' × {value[1]}' if len(value) > 1 else ''}"
    if field == "excluded_channels" and value:
        return ", ".join(str(CHANNELS.get(name, name)) for name in value)
    return _plain(field, value)


def _plain(field: str, value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return "-"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int):
        return (
            _money(value)
            if field.endswith("_minor")
            else format_percent(value)
            if field.endswith("_bps")
            else str(value)
        )
    if isinstance(value, Mapping):
        return " · ".join(f"{name}: {one}" for name, one in value.items())
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= CHARS_MAX else f"{text[: CHARS_MAX - 1]}…"


def _pictures(value: Any) -> str:
    if not value:
        return "-"
    return _("in another order") if isinstance(value, list) else _("one picture")


def _money(minor: int) -> str:
    return format_money(minor, config().currency)
