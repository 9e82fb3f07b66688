"""Addresses that orders of an erased person copied: kept as long as the law asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

FORGET = """
update trade_order set address = '{}'
where buyer_id = %s and coalesce(received_at, paid_at, placed_at) < %s and address <> '{}'
"""
LEFT = "select count(*) from trade_order where buyer_id = %s and address <> '{}'"


def forget_addresses(cursor: Any, person_id: UUID, before: datetime) -> int:
    """Empty the addresses of orders that ended `before`; return in how many one is left."""
    cursor.execute(FORGET, (person_id, before))
    cursor.execute(LEFT, (person_id,))
    return int(cursor.fetchone()[0])
