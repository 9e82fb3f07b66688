"""What an erased person leaves in pushes: nothing of their shops. And what a shop cleared of its profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

OF_SHOPS = "(select id from places_shop where owner_id = any(%(people)s))"
STATEMENTS = (
    f"delete from matching_push where shop_id in {OF_SHOPS}",
    f"delete from matching_inbox where shop_id in {OF_SHOPS}",
)


def forget_pushes(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction and after their shops were closed (whoever tells holds the shop's row)."""
    for statement in STATEMENTS:
        cursor.execute(statement, {"people": [event.subject_id for event in events]})


def forget_whys(cursor: Any, events: Sequence[Happened]) -> None:
    """React to profile.cleared, within its transaction: why the shop declined things is not known any more."""
    cursor.execute(
        "update matching_push set declined_why = '' where shop_id = any(%s) and declined_why <> ''",
        ([event.subject_id for event in events],),
    )
