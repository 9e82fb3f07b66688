"""Content that people wrote in one or both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _


def in_chinese() -> bool:
    """Return whether the reader's language is Chinese."""
    return (get_language() or "en").startswith("zh")


def in_language(thing: Any, name: str) -> str:
    """Return `name` of a row or mapping in the reader's language: the Chinese one if it is there, else what is there."""
    plain, chinese = _read(thing, name), _read(thing, f"{name}_zh")
    return (chinese or plain) if in_chinese() else (plain or chinese)


def _read(thing: Any, name: str) -> str:
    value = thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, "")
    return str(value or "")


def variant_words(sku: Mapping[str, Any]) -> str:
    """Return the options of a variant as people say them: "Celadon / Large"; its code when it has none."""
    chinese = sku.get("options_zh") if in_chinese() else None
    options: Mapping[str, str] = chinese or sku.get("options") or {}
    values = [str(value) for name, value in options.items() if str(name).casefold() != "title"]
    return " / ".join(values) or str(sku.get("code", ""))


def fault_words(fault: str) -> str:
    """Return why a price may not stand."""
    return {
        "above_cap": _("Above the highest price."),
        "below_floor": _("Below the supplier's lowest price."),
        "below_cost": _("At this price you would pay for it yourself."),
    }.get(fault, _("This price cannot stand."))
