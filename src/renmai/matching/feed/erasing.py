"""Kept orders go with whom they were made for, and with what they were made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened
from renmai.matching.signals.erasing import gone_with

FORGET = "delete from matching_order where viewer_id = any(%s)"


def forget_orders(cursor: Any, events: Sequence[Happened]) -> None:
    """React to profile.cleared and profile.changed, within their transaction: lists are ordered anew."""
    cursor.execute(FORGET, ([event.subject_id for event in events],))


def erase_orders(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction: of the person and of their shops."""
    cursor.execute(FORGET, (gone_with(cursor, events),))
