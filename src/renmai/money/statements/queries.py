"""Read statements: the bill of a period, its lines, all of them as a stream. Every figure is a sum over the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from renmai.config import config
from renmai.kit.access import Actor, require_role
from renmai.kit.problems import DomainError, NotFound
from renmai.money.ledger.rules import account_owner
from renmai.money.statements.rules import Bill, Line, Statement, subtotals_of

LINES_MAX = 10_000
STREAMED_AT_ONCE = 2_000
BILL = """
select coalesce(sum(amount) filter (where not inside), 0)::bigint, kind, coalesce(sum(amount) filter (where inside), 0)::bigint,
       count(*) filter (where inside), coalesce(sum(withheld) filter (where inside), 0)::bigint
from (
  select t.kind, t.at >= %(start)s as inside,
         case when t.credit = %(account)s then t.amount_minor else -t.amount_minor end as amount,
         case when t.kind = 'payout' and o.state in ('approved', 'sent', 'paid') then o.withheld_minor else 0 end as withheld
  from money_transfer t left join money_payout o on t.kind = 'payout' and o.id = t.subject_id
  where (t.credit = %(account)s or t.debit = %(account)s) and t.at < %(end)s
) as moved group by kind
"""
# The id at the end of a key names the part that a transfer settles or takes back; a payee sees its own parts only.
PART = "substring(t.key from '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$')::uuid"
LINES = f"""
select t.at, t.kind, t.subject_id, t.amount, t.balance, t.currency, p.rule, p.base_minor, p.rate_bps,
       case when t.kind = 'payout' and o.state in ('approved', 'sent', 'paid') then o.withheld_minor else 0 end
from (
  select m.at, m.id, m.kind, m.subject_id, m.currency, m.key, m.amount,
         (%(opening)s + sum(m.amount) over (order by m.at, m.id))::bigint as balance,
         row_number() over (order by m.at desc, m.id desc) as back
  from (select *, case when credit = %(account)s then amount_minor else -amount_minor end as amount
        from money_transfer where (credit = %(account)s or debit = %(account)s) and at >= %(start)s and at < %(end)s) as m
) as t
left join money_splitpart p on p.id = {PART} and p.payee = %(account)s
left join money_payout o on t.kind = 'payout' and o.id = t.subject_id
where t.back <= %(limit)s
order by t.at, t.id
"""


class StatementTooLong(DomainError):
    """More lines than one answer carries."""

    code = "statement.too_long"
    status = 422
    message = "This period has more than {rows_max} entries. Please choose a shorter one, or take the CSV file."


def check_account(actor: Actor, account: str) -> None:
    """Refuse unless `account` is the actor's, or the actor an operator. Errors: NotFound, SignInNeeded."""
    try:
        kind, owner = account_owner(account)
    except ValueError:
        raise NotFound() from None
    if len(account) > 60 or (owner is not None and account != f"{kind}:{owner}"):
        raise NotFound()
    if not actor.has("operator"):
        if owner is None and not actor.is_system:
            raise NotFound()
        require_role(actor, "supplier" if kind == "deposit" else kind, owner)


def access_statement(
    actor: Actor, account: str, start: datetime, end: datetime, *, newest: int | None = None
) -> Statement:
    """Return the statement of an account from `start` up to, not including, `end`: its bill and its lines, oldest first.

    `newest` asks for the last lines only, however many there are. Errors: NotFound, SignInNeeded, StatementTooLong.
    """
    check_account(actor, account)
    return read_statement(account, start, end, newest=newest)


def read_statement(account: str, start: datetime, end: datetime, *, newest: int | None = None) -> Statement:
    """As `access_statement`; the caller has checked who asks."""
    bill = read_bill(account, start, end)
    if newest is None and bill.entries > LINES_MAX:
        raise StatementTooLong(rows_max=LINES_MAX)
    with connection.cursor() as cursor:
        cursor.execute(LINES, _question(bill, LINES_MAX if newest is None else newest))
        return Statement(bill, tuple(_line(row) for row in cursor.fetchall()))


def read_bill(account: str, start: datetime, end: datetime) -> Bill:
    """Return the bill of a period, by one statement; the caller has checked who asks."""
    with connection.cursor() as cursor:
        cursor.execute(BILL, {"account": account, "start": start, "end": end})
        rows = cursor.fetchall()
    kinds = [(kind, amount, entries) for _, kind, amount, entries, _ in rows if entries]
    opening, withheld = sum(row[0] for row in rows), sum(row[4] for row in rows)
    return Bill(account, start, end, config().currency, opening, subtotals_of(kinds), withheld)


def stream_lines(bill: Bill) -> Iterator[Line]:
    """Yield every line of a bill, oldest first, however many there are, in the memory of some thousands."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(LINES, _question(bill, 2**62))
        while rows := cursor.fetchmany(STREAMED_AT_ONCE):
            yield from map(_line, rows)


def _question(bill: Bill, limit: int) -> dict[str, Any]:
    return {
        "account": bill.account,
        "start": bill.start,
        "end": bill.end,
        "opening": bill.opening_minor,
        "limit": limit,
    }


def _line(row: tuple[Any, ...]) -> Line:
    at, kind, subject_id, amount, balance, currency, rule, base, rate, withheld = row
    return Line(at, kind, subject_id, amount, balance, currency, rule or "", base, rate, withheld)


# Who bears the platform's fee is who takes the rest of a line: the creator on margin terms (its part has no rate), else
# the supplier. What refunds took back of a fee counts against the month in which it went back.
FEES = """
select coalesce(sum(case when t.credit = 'platform' then t.amount_minor else -t.amount_minor end), 0)::bigint
from money_splitpart own
join money_splitpart fee
  on fee.subject_id = own.subject_id and fee.line_id = own.line_id and fee.rule = 'fee' and fee.payee = 'platform'
join money_transfer t
  on t.subject_id = own.subject_id and t.kind in ('settle', 'claw_back') and 'platform' in (t.debit, t.credit)
 and right(t.key, 36) = fee.id::text
where own.payee = %(payee)s and t.at >= %(start)s and t.at < %(end)s
  and (own.rule = 'creator' and own.rate_bps is null
       or own.rule = 'supply' and not exists (
         select 1 from money_splitpart c
         where c.subject_id = own.subject_id and c.line_id = own.line_id and c.rule = 'creator' and c.rate_bps is null))
"""


def fees_minor(payee: str, start: datetime, end: datetime) -> int:
    """Return what the platform took in fees that `payee` bore, settled in a period, less what it gave back (minor units)."""
    with connection.cursor() as cursor:
        cursor.execute(FEES, {"payee": payee, "start": start, "end": end})
        return int(cursor.fetchone()[0])
