"""What money did each day, read from the ledger."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection

from renmai.kit.access import Actor, require_role

PAYEES = ("supplier", "creator", "agency", "sharer", "platform")

MOVED = """
select (at at time zone %(zone)s)::date, kind, split_part(debit, ':', 1), split_part(credit, ':', 1), sum(amount_minor)::bigint
from money_transfer
where at >= ((%(now)s at time zone %(zone)s)::date - (%(days)s - 1))::timestamp at time zone %(zone)s and at <= %(now)s
group by 1, 2, 3, 4
"""


@dataclass(slots=True)
class MoneyDay:
    """One day, in minor units: came in from payers, went back to them, settled by kind of payee, taken back from
    payees after settlement, and handed out."""

    on: date
    paid_in: int = 0
    given_back: int = 0
    settled: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    clawed_back: int = 0
    paid_out: int = 0


def list_money_days(actor: Actor, *, now: datetime, today: date, zone: str, days: int = 30) -> list[MoneyDay]:
    """Return the last `days` days up to `today` (the date of `now` in `zone`), oldest first; one statement.

    Errors: Forbidden, SignInNeeded.
    """
    require_role(actor, "operator")
    found = {on: MoneyDay(on) for on in (today - timedelta(days=back) for back in range(days - 1, -1, -1))}
    with connection.cursor() as cursor:
        cursor.execute(MOVED, {"now": now, "zone": zone, "days": days})
        for on, kind, debit, credit, amount in cursor.fetchall():
            if on in found:
                _add(found[on], kind, debit, credit, amount)
    return list(found.values())


def _add(day: MoneyDay, kind: str, debit: str, credit: str, amount: int) -> None:
    if kind == "settle":
        # What the platform funds of a discount goes the other way.
        day.settled[credit if debit == "escrow" else debit] += amount if debit == "escrow" else -amount
    elif kind == "claw_back":
        day.clawed_back += amount if credit == "escrow" else -amount
    elif kind == "capture" and debit == "gateway":
        day.paid_in += amount
    elif debit == "return_due" and credit == "gateway":
        day.given_back += amount
    elif debit == "payout_due" and credit == "gateway":
        day.paid_out += amount
