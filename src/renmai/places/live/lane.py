"""Shows, set by set: what checkouts ask about where a buyer saw something."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

BOUGHT_MINUTES = 60
"""How long after a show what was bought or put into a cart in its room still counts as bought there."""
SHOWN = """
select g.id, g.pick_id, g.show_id from places_segment g join places_show s on s.id = g.show_id
where g.id = any(%s) and (s.state = 'live' or s.state = 'ended' and s.ended_at > %s)
"""


def read_shown(cursor: Any, segment_ids: Iterable[UUID], *, now: datetime) -> dict[UUID, tuple[UUID, UUID]]:
    """Return segment -> (pick, show) of shows that are on, or were within the hour; asks nothing about none."""
    wanted = sorted(set(segment_ids))
    if not wanted:
        return {}
    cursor.execute(SHOWN, (wanted, now - timedelta(minutes=BOUGHT_MINUTES)))
    return {segment_id: (pick_id, show_id) for segment_id, pick_id, show_id in cursor.fetchall()}
