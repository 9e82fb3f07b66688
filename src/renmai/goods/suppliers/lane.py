"""What lies in deposit, as money told last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

NOTE = """
update goods_supplier s set deposit_minor = v.balance
from unnest(%s::uuid[], %s::bigint[]) as v (id, balance) where s.id = v.id
"""


def note_deposits(cursor: Any, events: Sequence[Happened]) -> None:
    """Reaction within deposit.changed: keep what lies in deposit on the supplier, where screening reads it."""
    last = {event.subject_id: int(event.data["balance_minor"]) for event in events}
    ids = sorted(last)
    cursor.execute(NOTE, (ids, [last[supplier_id] for supplier_id in ids]))
