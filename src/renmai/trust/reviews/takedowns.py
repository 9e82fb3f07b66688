"""Hide reviews that operators took down, and show again what they put back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened, append

HIDE = """
update trust_review r set hidden_at = v.at
from unnest(%s::uuid[], %s::timestamptz[]) as v (id, at) where r.id = v.id
returning r.id, r.product_id, r.shop_id, r.hidden_at is not null
"""


def hide_taken_reviews(cursor: Any, events: Sequence[Happened]) -> None:
    """React to takedown.made and takedown.lifted, within their transaction. After: event review.hidden each."""
    mine = [event for event in events if event.data["subject_kind"] == "review"]
    if not mine:
        return
    at = [event.at if event.kind == "takedown.made" else None for event in mine]
    cursor.execute(HIDE, ([event.data["subject_id"] for event in mine], at))
    append(
        cursor,
        [
            Happened(
                "review.hidden", review_id, mine[0].at, {"product_id": product_id, "shop_id": shop_id, "hidden": hidden}
            )
            for review_id, product_id, shop_id, hidden in cursor.fetchall()
        ],
    )
