"""Names and numbers of an erased person on invoices and as a payee: kept as long as the law asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

INVOICES = """
update money_invoicerequest set title = '-', tax_number = '', email = ''
where requested_by_id = %(person)s and (payee = any(%(payees)s) or order_id is not null)
  and coalesce(ended_at, requested_at) < %(before)s and title <> '-'
"""
LEFT = """
select count(*) from money_invoicerequest
where requested_by_id = %(person)s and (payee = any(%(payees)s) or order_id is not null) and title <> '-'
"""


def forget_invoices(cursor: Any, person_id: UUID, payees: Sequence[str], before: datetime) -> int:
    """Empty names and numbers on the person's own invoices that ended `before`; return on how many they are left."""
    given = {"person": person_id, "payees": list(payees), "before": before}
    cursor.execute(INVOICES, given)
    cursor.execute(LEFT, given)
    return int(cursor.fetchone()[0])
