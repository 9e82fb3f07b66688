"""What a payee can expect of orders that are paid and not settled: shown beside statements, never in a balance."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from renmai.kit.access import Actor
from renmai.money.statements.queries import check_account
from renmai.money.statements.rules import Estimate, Estimates

ROWS_MAX = 500
ESTIMATES = """
select p.subject_id, p.rule, p.base_minor, p.rate_bps, p.amount_minor - p.reversed_minor, s.settle_at,
       (sum(p.amount_minor - p.reversed_minor) over ())::bigint, count(*) over ()
from money_splitpart p
join money_split s on s.subject_id = p.subject_id
join trade_order o on o.id = p.subject_id
where p.payee = %s and s.settled_at is null and o.paid_at is not null and o.paid_at < %s
  and p.amount_minor <> p.reversed_minor
order by s.settle_at nulls last, p.id limit %s
"""


def list_estimates(actor: Actor, account: str, *, before: datetime) -> Estimates:
    """Return the estimated parts of `account` in orders paid before `before`: the first 500, and the sum over all.

    Each payee sees its own parts and the bases they come from. Errors: NotFound, SignInNeeded.
    """
    check_account(actor, account)
    with connection.cursor() as cursor:
        cursor.execute(ESTIMATES, (account, before, ROWS_MAX))
        rows = cursor.fetchall()
    if not rows:
        return Estimates()
    return Estimates(tuple(Estimate(*row[:6]) for row in rows), rows[0][6], rows[0][7])
