"""What lies in deposit, as money told last, and how a supplier is shown, as its terms told last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened
from renmai.people.standing.exposing import note_exposures

NOTE = """
update goods_supplier s set deposit_minor = v.balance
from unnest(%s::uuid[], %s::bigint[]) as v (id, balance) where s.id = v.id
"""


def note_deposits(cursor: Any, events: Sequence[Happened]) -> None:
    """Reaction within deposit.changed: keep what lies in deposit on the supplier, where screening reads it."""
    last = {event.subject_id: int(event.data["balance_minor"]) for event in events}
    ids = sorted(last)
    cursor.execute(NOTE, (ids, [last[supplier_id] for supplier_id in ids]))


def note_supplier_exposure(cursor: Any, events: Sequence[Happened]) -> None:
    """Reaction within standing.set: keep the term `exposure` on the supplier, where the pool reads it."""
    note_exposures(cursor, "goods_supplier", events)
