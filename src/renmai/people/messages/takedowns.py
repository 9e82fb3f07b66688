"""Hide the words of messages that operators took down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

FOLLOW = """
update people_message m set hidden_at = v.at
from unnest(%s::uuid[], %s::timestamptz[]) as v (id, at) where m.id = v.id
"""


def hide_taken_messages(cursor: Any, events: Sequence[Happened]) -> None:
    """React to takedown.made and takedown.lifted, within their transaction: messages are hidden, or shown again."""
    mine = [event for event in events if event.data["subject_kind"] == "message"]
    if mine:
        at = [event.at if event.kind == "takedown.made" else None for event in mine]
        cursor.execute(FOLLOW, ([event.data["subject_id"] for event in mine], at))
