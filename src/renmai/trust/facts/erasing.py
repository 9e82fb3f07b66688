"""What an erased person leaves in the log: leaves that lead to nobody. What led from them to the person is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

# Openings first, while it is known whose they are. The records of facts about them as a seller, and as a buyer.
STATEMENTS = (
    """
    delete from trust_factopening o using trust_fact f, trust_subject s
    where f.id = o.fact_id and s.id = f.subject_id and s.person_id = any(%s)
    """,
    "delete from trust_factopening where buyer_id = any(%s)",
    "update trust_subject set person_id = null where person_id = any(%s)",
    "delete from trust_buyersecret where person_id = any(%s)",
    "delete from trust_buyermark where person_id = any(%s)",
)


def forget_parties(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction: pseudonym, tokens and commitments stand for nobody from now on."""
    people = [event.subject_id for event in events]
    for statement in STATEMENTS:
        cursor.execute(statement, (people,))
