"""What a product says of itself, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from renmai.goods.products.queries import said_attributes
from renmai.web.desks.words import in_chinese, in_language


def attribute_rows(product_id: UUID) -> list[tuple[str, str]]:
    """Return (name, value) of what a product says of itself, in the reader's language; one statement."""
    return [(in_language(row, "name"), _value(row)) for row in said_attributes(product_id)]


def _value(row: Mapping[str, Any]) -> str:
    if row["kind"] == "choice":
        return _choice(row["choices"], row["value"])
    return f"{row['value']} {row['unit']}".strip()


def _choice(choices: Iterable[Any], value: str) -> str:
    return next((zh if in_chinese() else en for code, en, zh in choices if code == value), value)
