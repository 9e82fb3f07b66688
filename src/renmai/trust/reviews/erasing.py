"""What an erased person leaves in reviews: the score, without their words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

FORGET = """
update trust_review r set title = '', text = '' from trade_order o
where o.id = r.order_id and o.buyer_id = any(%s)
"""


def forget_reviews(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction."""
    cursor.execute(FORGET, ([event.subject_id for event in events],))
