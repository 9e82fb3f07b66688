"""What a file would change, one value a line, as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from renmai.config import config
from renmai.goods.products.queries import list_categories
from renmai.web.desks.words import in_language
from renmai.web.ui.formats import format_money, format_percent
from renmai.web.ui.states import STATES

FIELD_NAMES: dict[str, Promise] = {
    "new": gettext_lazy("New product"),
    "state": gettext_lazy("Screening"),
    "title": gettext_lazy("Title"),
    "title_zh": gettext_lazy("Title in Chinese"),
    "body": gettext_lazy("Description"),
    "body_zh": gettext_lazy("Description in Chinese"),
    "category_id": gettext_lazy("Category"),
    "pictures": gettext_lazy("Pictures"),
    "commission_bps": gettext_lazy("Commission"),
    "service_bps": gettext_lazy("Service fee for agencies"),
    "supply_price_minor": gettext_lazy("Supply price"),
    "price_minor": gettext_lazy("Suggested price"),
    "floor_price_minor": gettext_lazy("Lowest price"),
    "available": gettext_lazy("Stock"),
    "active": gettext_lazy("On sale"),
}


def said(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the differences of a preview with their fields and values in words; one statement."""
    categories = {str(row.id): in_language(row, "name") for row in list_categories()}
    return [_said(row, categories) for row in rows]


def _said(row: Mapping[str, Any], categories: Mapping[str, str]) -> dict[str, Any]:
    field = str(row["field"])
    before, after = (
        categories.get(str(row[side]), "") if field == "category_id" else _value(field, row[side])
        for side in ("before", "after")
    )
    return {**row, "name": FIELD_NAMES.get(field, field), "before": before, "after": after}


def _value(field: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ngettext("%(n)s picture", "%(n)s pictures", len(value)) % {"n": len(value)}
    if field.endswith("_minor"):
        return format_money(int(value), config().currency)
    if field.endswith("_bps"):
        return format_percent(int(value))
    if field == "state":
        return str(STATES[value][1]) if value in STATES else str(value)
    return str(value)
