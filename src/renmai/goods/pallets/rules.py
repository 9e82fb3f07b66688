"""What a pallet may say and hold, and where it stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from renmai.kit.fields import Text

ITEMS_MAX = 50
PALLETS_MAX = 200
TERMS = frozenset({"margin", "commission"})

PROFILE: Mapping[str, Text] = {
    "title": Text(120, required=True),
    "title_zh": Text(120),
    "words": Text(600, lines=True),
    "words_zh": Text(600, lines=True),
}
ITEM: Mapping[str, Text] = {"word": Text(400, required=True, lines=True), "word_zh": Text(400, lines=True)}


def pallet_state(published_at: datetime | None, closed_at: datetime | None) -> str:
    """Return where a pallet stands: draft, published or closed (for good)."""
    if closed_at is not None:
        return "closed"
    return "draft" if published_at is None else "published"


def term_offered(term: str, *, margin_allowed: bool, commission_bps: int | None) -> bool:
    """Return whether a product is offered on a term at all."""
    return margin_allowed if term == "margin" else term == "commission" and commission_bps is not None
