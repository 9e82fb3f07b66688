"""What an erased person leaves in signals: nothing, neither of theirs nor of their shops'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

STATEMENTS = (
    "delete from matching_signal where subject_id = any(%(gone)s)",
    "delete from matching_profile where subject_id = any(%(gone)s)",
)
SHOPS = "select id from places_shop where owner_id = any(%s)"


def gone_with(cursor: Any, events: Sequence[Happened]) -> list[Any]:
    """Return the ids of erased people and of their shops, still known by their owner."""
    people = [event.subject_id for event in events]
    cursor.execute(SHOPS, (people,))
    return [*people, *(row[0] for row in cursor.fetchall())]


def erase_signals(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction."""
    gone = gone_with(cursor, events)
    for statement in STATEMENTS:
        cursor.execute(statement, {"gone": gone})
