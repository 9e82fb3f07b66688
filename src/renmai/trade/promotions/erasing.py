"""What an erased person leaves in drops: they wait in no line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

LEAVE = """
update trade_dropwaiter set ended_at = %s, ended_how = 'left' where buyer_id = any(%s) and ended_at is null
  and offered_until is null
"""


def leave_lines(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction. Units that were offered to them go on when their time is over."""
    for event in events:
        cursor.execute(LEAVE, (event.at, [event.subject_id]))
