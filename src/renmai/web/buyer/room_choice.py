"""What the sheet of a room shows beside the checkout: the variants to choose from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from renmai.places.shops.queries import access_pick_page
from renmai.web.buyer.basket import Basket
from renmai.web.buyer.shown import options_text, say


def room_choice(pick_id: UUID | None, basket: Basket) -> dict[str, Any]:
    """Return the variants of the pick that the sheet is about, and which one is chosen; nothing for units of a drop."""
    line = basket.lines[0]
    if pick_id is None:
        return {"line": line, "variants": []}
    row = access_pick_page(pick_id)
    variants = [
        {
            "id": sku["id"],
            "name": options_text(sku) or say(row, "title"),
            "left": sku["left"],
            "chosen": sku["id"] == line.sku_id,
        }
        for sku in row["skus"]
    ]
    return {"line": line, "variants": variants if len(variants) > 1 else []}
