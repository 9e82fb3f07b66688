"""The quarterly report to the tax office: for each payee who stands behind it and what it earned. docs/quarterly-report.md.

State Council Order 810, article 4: platforms report identities and income of those who sell on them every quarter. Every
figure is a sum over the ledger, and each row re-adds: opening + income - given back + other - paid out = closing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import date

from django.conf import settings
from django.db import connection

from renmai.config import config
from renmai.kit.access import Actor, require_role
from renmai.kit.csvfile import write_csv
from renmai.kit.money import to_decimal
from renmai.money.payouts.withholding import masked
from renmai.money.statements.rules import quarter_of
from renmai.people.accounts.actions import require_confirmed

HEADER = (
    "quarter", "payee", "kind", "legal_name", "tax_number", "address", "orders", "opening", "income", "given_back",
    "other", "paid_out", "closing", "withheld", "currency",
)  # fmt: skip
REPORT = """
with sides as (
  select credit as payee, amount_minor as amount, kind, subject_id, at from money_transfer
  where split_part(credit, ':', 1) in ('supplier', 'creator', 'agency', 'sharer') and at < %(end)s
  union all
  select debit, -amount_minor, kind, subject_id, at from money_transfer
  where split_part(debit, ':', 1) in ('supplier', 'creator', 'agency', 'sharer') and at < %(end)s
),
sums as (
  select payee,
    count(distinct subject_id) filter (where kind = 'settle' and at >= %(start)s) as orders,
    coalesce(sum(amount) filter (where at < %(start)s), 0) as opening,
    coalesce(sum(amount) filter (where kind = 'settle' and at >= %(start)s), 0) as income,
    coalesce(-sum(amount) filter (where kind = 'claw_back' and at >= %(start)s), 0) as given_back,
    coalesce(-sum(amount) filter (where kind in ('payout', 'payout_back', 'payout_returned', 'withheld_back')
                                  and at >= %(start)s), 0) as paid_out,
    sum(amount) as closing,
    bool_or(at >= %(start)s) as moved
  from sides group by payee
),
tax as (
  select p.payee, sum(case when t.credit = 'tax_due' then t.amount_minor else -t.amount_minor end) as withheld
  from money_transfer t join money_payout p on p.id = t.subject_id
  where t.kind in ('withheld', 'withheld_back') and t.at >= %(start)s and t.at < %(end)s group by p.payee
)
select s.payee, coalesce(d.kind, ''), coalesce(d.legal_name, ''), coalesce(d.tax_number, ''), coalesce(d.address, ''),
       s.orders, s.opening::bigint, s.income::bigint, s.given_back::bigint,
       (s.closing - s.opening - s.income + s.given_back + s.paid_out)::bigint, s.paid_out::bigint, s.closing::bigint,
       coalesce(x.withheld, 0)::bigint
from sums s left join money_payeedetails d on d.payee = s.payee left join tax x on x.payee = s.payee
where s.moved order by s.payee
"""


@dataclass(frozen=True, slots=True)
class Reported:
    """A payee in a quarter. Amounts in minor units; `paid_out` is before tax and less what came back."""

    payee: str
    kind: str
    legal_name: str
    tax_number: str
    address: str
    orders: int
    opening_minor: int
    income_minor: int
    given_back_minor: int
    other_minor: int
    paid_out_minor: int
    closing_minor: int
    withheld_minor: int


def list_quarter(actor: Actor, year: int, quarter: int) -> list[Reported]:
    """Return every payee whose account moved in a quarter, by name, tax numbers masked and addresses left out.

    Errors: Forbidden, SignInNeeded, ValueError for no quarter.
    """
    require_role(actor, "operator")
    return [_shaded(row) for row in _read(year, quarter)]


def quarter_csv(actor: Actor, year: int, quarter: int) -> Iterator[bytes]:
    """Return a quarter as a CSV file with whole identities: personal data, so it leaves after a second factor only.

    The last row, payee `total`, re-adds the others. Errors: Forbidden, SignInNeeded, FactorNeeded, ValueError.
    """
    require_role(actor, "operator")
    require_confirmed(actor)
    rows = _read(year, quarter)
    return write_csv([HEADER, *(_cells(f"{year}Q{quarter}", row) for row in (*rows, total_of(rows)))])


def total_of(rows: Iterable[Reported]) -> Reported:
    """Return the sums of a quarter as a row of its own."""
    sums = [sum(column) for column in zip(*(astuple(row)[5:] for row in rows), strict=True)] or [0] * 8
    return Reported("total", "", "", "", "", *sums)


def _read(year: int, quarter: int) -> list[Reported]:
    start, end = quarter_of(year, quarter).bounds(settings.TIME_ZONE)
    with connection.cursor() as cursor:
        cursor.execute(REPORT, {"start": start, "end": end})
        return [Reported(*row) for row in cursor.fetchall()]


def _shaded(row: Reported) -> Reported:
    payee, kind, name, number, _address, *figures = astuple(row)
    return Reported(payee, kind, name, masked(number), "", *figures)


def _cells(quarter: str, row: Reported) -> tuple[object, ...]:
    currency = config().currency
    payee, kind, name, number, address, orders, *amounts = astuple(row)
    return (quarter, payee, kind, name, number, address, orders, *(to_decimal(a, currency) for a in amounts), currency)


def quarter_before(day: date) -> tuple[int, int]:
    """Return (year, quarter) of the last quarter that is over on `day`."""
    quarter = (day.month - 1) // 3
    return (day.year, quarter) if quarter else (day.year - 1, 4)
