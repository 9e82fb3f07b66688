"""Labels of parcels to an erased person show the address: kept as long as the law asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

FORGET = """
delete from trade_parcellabel l using trade_parcel p, trade_order o
where p.id = l.parcel_id and o.id = p.order_id and o.buyer_id = %s
  and coalesce(o.received_at, o.paid_at, o.placed_at) < %s
returning l.media_id
"""


def forget_labels(cursor: Any, person_id: UUID, before: datetime) -> list[UUID]:
    """Delete labels of orders that ended `before`; return their files. What is left goes with the orders' addresses."""
    cursor.execute(FORGET, (person_id, before))
    return [row[0] for row in cursor.fetchall()]
