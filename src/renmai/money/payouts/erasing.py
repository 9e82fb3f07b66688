"""Who stands behind the account of an erased person: kept as long as the law asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

LAST = """
delete from money_payeedetails d where d.payee = any(%(payees)s) and not exists (
  select 1 from money_payout p where p.payee = d.payee and coalesce(p.ended_at, p.requested_at) >= %(before)s
) and d.changed_at < %(before)s
"""
LEFT = "select count(*) from money_payeedetails where payee = any(%(payees)s)"


def forget_details(cursor: Any, payees: Sequence[str], before: datetime) -> int:
    """Delete the details of payees who had no payout since `before`; return how many are left."""
    given = {"payees": list(payees), "before": before}
    cursor.execute(LAST, given)
    cursor.execute(LEFT, given)
    return int(cursor.fetchone()[0])
