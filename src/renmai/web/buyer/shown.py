"""How rows are shown to buyers: text in the reader's language, pictures, and what a price is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from renmai.goods.products.models import Sku
from renmai.goods.suppliers.models import Supplier
from renmai.kit.media.rules import media_url
from renmai.web.ui import charts
from renmai.web.ui.components import Series
from renmai.web.ui.formats import format_money

SMALL_PX, LARGE_PX = 320, 800


def in_chinese() -> bool:
    """Return whether the reader reads Chinese."""
    return (get_language() or "").startswith("zh")


def say(row: Any, name: str) -> str:
    """Return `name` of a row (an object or a mapping) in the reader's language: `name_zh` in Chinese, if there is one."""
    read = row.get if isinstance(row, Mapping) else lambda key, default="": getattr(row, key, default)
    chinese = read(f"{name}_zh", "") if in_chinese() else ""
    return str(chinese or read(name, "") or "")


def picture(media_id: UUID | None, size: int = SMALL_PX) -> str:
    """Return the address of a picture, or nothing."""
    return media_url(media_id, size) if media_id else ""


def picture_set(media_id: UUID | None, sizes: Iterable[int] = (SMALL_PX, LARGE_PX)) -> str:
    """Return a picture's renderings with their widths, for `srcset`: a phone takes the small one where that is enough."""
    return ", ".join(f"{media_url(media_id, size)} {size}w" for size in sizes) if media_id else ""


def options_text(row: Any) -> str:
    """Return the options of a variant as one line: "Moon white, 300 ml"; nothing for a product without options."""
    read = row.get if isinstance(row, Mapping) else lambda key, default=None: getattr(row, key, default)
    options = (read("options_zh", None) if in_chinese() else None) or read("options", None) or {}
    return ", ".join(str(value) for value in options.values() if str(value) != "Default Title")


def listed(names: Iterable[str]) -> str:
    """Return names as one piece of text in the reader's language."""
    return ("、" if in_chinese() else ", ").join(names)


def covers_of(sku_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return variant -> address of its product's first picture, by one statement."""
    rows = Sku.objects.filter(id__in={sku_id for sku_id in sku_ids if sku_id}).values_list("id", "product__cover_id")
    return {sku_id: picture(cover_id) for sku_id, cover_id in rows}


def suppliers_of(supplier_ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Return supplier -> its name in the reader's language, by one statement."""
    wanted = {supplier_id for supplier_id in supplier_ids if supplier_id}
    return {row.id: say(row, "name") for row in Supplier.objects.only("name", "name_zh").filter(id__in=wanted)}


def price_split(*, supply_minor: int, fee_minor: int, creator_minor: int, creator: str, currency: str) -> SafeString:
    """Return the bar that says where the money of one piece goes: supplier, creator, platform."""
    parts = [
        Series(_("Supplier"), [supply_minor], tone=2),
        Series(creator, [creator_minor], tone=1),
        Series(_("Platform"), [fee_minor], tone=3),
    ]
    return charts.split_bar(_("What this price is made of"), parts, lambda minor: format_money(minor, currency))
