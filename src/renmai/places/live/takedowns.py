"""Hide shows that operators took down, and show again what they put back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

SHOWS = """
update places_show s set hidden_at = v.at
from unnest(%s::uuid[], %s::timestamptz[]) as v (id, at) where s.id = v.id
"""


def hide_taken_shows(cursor: Any, events: Sequence[Happened]) -> None:
    """React to takedown.made and takedown.lifted, within their transaction: a show, its room, film and clips."""
    mine = [event for event in events if event.data["subject_kind"] == "show"]
    if mine:
        at = [event.at if event.kind == "takedown.made" else None for event in mine]
        cursor.execute(SHOWS, ([event.data["subject_id"] for event in mine], at))
