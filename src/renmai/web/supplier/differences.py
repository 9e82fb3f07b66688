"""What a file would change, one value a line, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from renmai.config import config
from renmai.goods.products.models import Category
from renmai.web.desks.words import in_language
from renmai.web.doors import uuid_or_404
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


def said(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a difference of a preview with its field and values in words."""
    field = str(row["field"])
    name = FIELD_NAMES.get(field, field)
    return {**row, "name": name, "before": _value(field, row["before"]), "after": _value(field, row["after"])}


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
    if field == "category_id":
        return _category(str(value))
    return str(value)


def _category(category_id: str) -> str:
    row = Category.objects.filter(id=uuid_or_404(category_id)).first()
    return in_language(row, "name") if row else ""
