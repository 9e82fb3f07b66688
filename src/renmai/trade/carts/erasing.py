"""What an erased person leaves in carts: nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened


def erase_carts(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction; waits for a checkout that empties the cart at this moment."""
    cursor.execute("delete from trade_cartline where person_id = any(%s)", ([event.subject_id for event in events],))
