"""What an erased person leaves: they wait in no line of a drop, and hold no coupon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

LEAVE = """
update trade_dropwaiter set ended_at = %s, ended_how = 'left' where buyer_id = any(%s) and ended_at is null
  and offered_until is null
"""

UNHOLD = "delete from trade_couponholder where person_id = any(%s)"


def leave_lines(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction. Units that were offered to them go on when their time is over."""
    for event in events:
        cursor.execute(LEAVE, (event.at, [event.subject_id]))
    cursor.execute(UNHOLD, ([event.subject_id for event in events],))
