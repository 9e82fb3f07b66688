"""What an erased person leaves in showings: nothing, neither what they were shown nor what their shops were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened
from renmai.matching.shown.actions import FORGET
from renmai.matching.signals.erasing import gone_with


def erase_showings(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction."""
    gone = gone_with(cursor, events)
    for statement in FORGET:
        cursor.execute(statement, (gone,))
