"""What an erased person leaves of passports: nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

STATEMENTS = (
    "delete from trust_passport where person_id = any(%s)",
    "delete from trust_passportask where person_id = any(%s)",
)


def forget_passports(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction."""
    people = [event.subject_id for event in events]
    for statement in STATEMENTS:
        cursor.execute(statement, (people,))
