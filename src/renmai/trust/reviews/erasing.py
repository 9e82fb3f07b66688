"""What an erased person leaves in reviews: the score, without their words, pictures and name; and their answers to others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

OWN = "(select id from trust_review where buyer_id = any(%(people)s))"
OF_SHOPS = """(
  select r.id from trust_review r join places_shop s on s.id = r.shop_id where s.owner_id = any(%(people)s)
)"""
STATEMENTS = (
    # The order in which the sweep locks reviews.
    "select id from trust_review where buyer_id = any(%(people)s) order by id for update",
    f"delete from trust_reviewpicture where review_id in {OWN}",
    f"update trust_reviewversion set words = '', media_ids = '[]' where review_id in {OWN}",
    "update trust_review set words = '', more = '', named = false where buyer_id = any(%(people)s)",
    f"update trust_reviewanswer set words = '' where side = 'creator' and review_id in {OF_SHOPS}",
    "delete from trust_reviewvote where person_id = any(%(people)s)",
    "delete from trust_reviewaskdeclined where person_id = any(%(people)s)",
)


def forget_reviews(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction. What they answered for somebody else's shop or firm is that one's."""
    for statement in STATEMENTS:
        cursor.execute(statement, {"people": [event.subject_id for event in events]})
