"""What an erased person leaves in links: those that sold something, under a token that nobody knows; no click, no binding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

STATEMENTS = (
    """
    delete from trade_click where person_id = any(%(people)s)
      or link_id in (select id from trade_sharelink where sharer_id = any(%(people)s))
    """,
    "delete from trade_binding where person_id = any(%(people)s) or sharer_id = any(%(people)s)",
    """
    delete from trade_sharelink l where l.sharer_id = any(%(people)s)
      and not exists (select 1 from trade_referral r where r.link_id = l.id)
    """,
    """
    update trade_sharelink set token = 'gone-' || left(replace(gen_random_uuid()::text, '-', ''), 27)
    where sharer_id = any(%(people)s)
    """,
)


def erase_links(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction. Evidence of what a link sold stays with the order."""
    for statement in STATEMENTS:
        cursor.execute(statement, {"people": [event.subject_id for event in events]})
