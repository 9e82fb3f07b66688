"""Hide shops that operators took down, and end picks: one taken down does not come back by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened, append

SHOPS = """
update places_shop s set hidden_at = v.at
from unnest(%s::uuid[], %s::timestamptz[]) as v (id, at) where s.id = v.id
"""
PICKS = """
update places_pick k set removed_at = v.at, removed_why = 'taken_down'
from unnest(%s::uuid[], %s::timestamptz[]) as v (id, at) where k.id = v.id and k.removed_at is null
returning k.id, k.shop_id, k.product_id, k.removed_at
"""


def hide_taken_shops(cursor: Any, events: Sequence[Happened]) -> None:
    """React to takedown.made and takedown.lifted, within their transaction: shops and picks.

    After: event pick.removed for each pick ended.
    """
    shops = [event for event in events if event.data["subject_kind"] == "shop"]
    if shops:
        at = [event.at if event.kind == "takedown.made" else None for event in shops]
        cursor.execute(SHOPS, ([event.data["subject_id"] for event in shops], at))
    picks = {
        e.data["subject_id"]: e.at for e in events if e.kind == "takedown.made" and e.data["subject_kind"] == "pick"
    }
    if picks:
        cursor.execute(PICKS, (list(picks), list(picks.values())))
        append(cursor, [
            Happened("pick.removed", pick_id, at, {"shop_id": shop_id, "product_id": product_id, "why": "taken_down"})
            for pick_id, shop_id, product_id, at in cursor.fetchall()
        ])  # fmt: skip
