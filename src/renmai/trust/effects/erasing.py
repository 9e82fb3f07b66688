"""What an erased person leaves: effects and appeals of a creator go; in a supplier's appeals stay steps without their words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

STATEMENTS = (
    "delete from trust_appealentry e using trust_appeal a where a.id = e.appeal_id and a.role = 'creator' and a.holder_id = any(%s)",
    "delete from trust_appeal where role = 'creator' and holder_id = any(%s)",
    "delete from trust_effect where role = 'creator' and holder_id = any(%s)",
    "delete from trust_sellerlevel where role = 'creator' and holder_id = any(%s)",
    "update trust_appealentry set words = '', media_ids = '[]' where by_id = any(%s) and event in ('make', 'ask_again')",
)


def erase_effects(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction."""
    people = [event.subject_id for event in events]
    for statement in STATEMENTS:
        cursor.execute(statement, (people,))
