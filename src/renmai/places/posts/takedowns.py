"""Hide posts and comments that operators took down, and show again what they put back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

POSTS = """
update places_post p set hidden_at = v.at
from unnest(%s::uuid[], %s::timestamptz[]) as v (id, at) where p.id = v.id
"""
# What its author or the shop's people hid stays hidden: that was not the house's doing.
COMMENTS = """
update places_comment c set hidden_at = v.at
from unnest(%s::uuid[], %s::timestamptz[]) as v (id, at) where c.id = v.id and c.hidden_by_id is null
"""
FOLLOW = {"post": POSTS, "comment": COMMENTS}


def hide_taken_posts(cursor: Any, events: Sequence[Happened]) -> None:
    """React to takedown.made and takedown.lifted, within their transaction: posts and comments."""
    for kind, sql in FOLLOW.items():
        mine = [event for event in events if event.data["subject_kind"] == kind]
        if mine:
            at = [event.at if event.kind == "takedown.made" else None for event in mine]
            cursor.execute(sql, ([event.data["subject_id"] for event in mine], at))
