"""What an erased person leaves in samples: addresses, words and links to what they made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

FORGET = "update goods_sample set address = '{}', words = '', deliverable_url = '' where by_id = any(%s)"


def forget_samples(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction: samples are no trade, nothing of them is kept."""
    cursor.execute(FORGET, ([event.subject_id for event in events],))
