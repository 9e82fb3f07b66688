"""What a recall may name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from renmai.kit.fields import Text

REASON_CHARS_MAX = 500
BATCH_CHARS_MAX = 60
SKUS_MAX = 200

WORDS: Mapping[str, Text] = {
    "reason": Text(REASON_CHARS_MAX, required=True, lines=True),
    "reason_zh": Text(REASON_CHARS_MAX, lines=True),
    "advice": Text(REASON_CHARS_MAX, lines=True),
    "advice_zh": Text(REASON_CHARS_MAX, lines=True),
    "batch": Text(BATCH_CHARS_MAX),
}


def next_holder(sku_id: str, open_recalls: Iterable[tuple[str, Iterable[str]]]) -> str | None:
    """Return which of the recalls that still stand (id, variants held; oldest first) goes on holding a variant back."""
    return next((recall_id for recall_id, held in open_recalls if sku_id in held), None)
