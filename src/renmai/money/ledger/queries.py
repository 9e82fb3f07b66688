"""Balances: derived from transfers, rolled up by watermark, never a hot row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_role
from renmai.kit.csvfile import write_csv
from renmai.kit.money import to_decimal
from renmai.kit.problems import DomainError, NotFound
from renmai.money.ledger.rules import account_owner

BALANCES = """
select a.account,
       coalesce(b.amount_minor, 0)
         + coalesce((select sum(t.amount_minor) from money_transfer t
                     where t.credit = a.account and t.xid >= coalesce(b.xid, 0)), 0)
         - coalesce((select sum(t.amount_minor) from money_transfer t
                     where t.debit = a.account and t.xid >= coalesce(b.xid, 0)), 0)
from unnest(%s::text[]) as a (account)
left join money_balance b on b.account = a.account
"""
ROLL_UP = """
with mark as (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xid),
start as (select coalesce(min(xid), 0) as xid from money_balance where account = ''),
moved as (
  select account, sum(amount)::bigint as amount
  from (
    select credit as account, amount_minor as amount from money_transfer, mark, start
    where money_transfer.xid >= start.xid and money_transfer.xid < mark.xid
    union all
    select debit, -amount_minor from money_transfer, mark, start
    where money_transfer.xid >= start.xid and money_transfer.xid < mark.xid
  ) both_sides
  group by account
),
watermark as (
  insert into money_balance (account, xid, amount_minor) select '', mark.xid, 0 from mark
  on conflict (account) do update set xid = excluded.xid
),
known as (
  update money_balance set xid = mark.xid from mark
  where money_balance.account <> '' and money_balance.account not in (select account from moved)
)
insert into money_balance (account, xid, amount_minor) select moved.account, mark.xid, moved.amount from moved, mark
on conflict (account) do update set xid = excluded.xid, amount_minor = money_balance.amount_minor + excluded.amount_minor
"""


def balances_of(accounts: Iterable[str], cursor: Any = None) -> dict[str, int]:
    """Return account -> what was credited less what was debited, in minor units (one statement)."""
    names = list(accounts)
    if cursor is not None:
        return _read(cursor, names)
    with connection.cursor() as own:
        return _read(own, names)


def _read(cursor: Any, names: list[str]) -> dict[str, int]:
    cursor.execute(BALANCES, (names,))
    return {account: int(amount) for account, amount in cursor.fetchall()}


def balance_of(account: str) -> int:
    """Return the balance of one account in minor units; negative when it owes."""
    return balances_of([account])[account]


def roll_up() -> None:
    """Fold every transfer that no running transaction can still precede into the rolled-up balances."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("lock table money_balance in share row exclusive mode")
        cursor.execute(ROLL_UP)


STATEMENT_ROWS_MAX = 10_000
OPENING = """
select coalesce(sum(case when credit = %s then amount_minor else -amount_minor end), 0)
from money_transfer where (credit = %s or debit = %s) and at < %s
"""
ROWS = """
select at, kind, subject_id, case when credit = %s then amount_minor else -amount_minor end, currency
from money_transfer where (credit = %s or debit = %s) and at >= %s and at < %s
order by at, id limit %s
"""


class StatementTooLong(DomainError):
    """More rows than one statement shows."""

    code = "statement.too_long"
    status = 422
    message = "This period has more than {rows_max} entries. Please choose a shorter one."


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a statement: signed amount, and the balance after it, in minor units."""

    at: datetime
    kind: str
    subject_id: UUID
    amount_minor: int
    balance_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What happened on an account from `start` up to, not including, `end`. Opening + entries = closing, exactly."""

    account: str
    start: datetime
    end: datetime
    opening_minor: int
    entries: tuple[Entry, ...]
    closing_minor: int


def access_statement(actor: Actor, account: str, start: datetime, end: datetime) -> Statement:
    """Return the statement of an account of the actor's, or of any account to an operator.

    Errors: NotFound, SignInNeeded, StatementTooLong.
    """
    kind, owner = _owner(account)
    if not actor.has("operator"):
        if owner is None and not actor.is_system:
            raise NotFound()
        require_role(actor, kind, owner)
    return statement(account, start, end)


def _owner(account: str) -> tuple[str, UUID | None]:
    try:
        return account_owner(account)
    except ValueError:
        raise NotFound() from None


def statement(account: str, start: datetime, end: datetime) -> Statement:
    """Return the statement of `account`; the caller has checked who asks. Errors: StatementTooLong."""
    with connection.cursor() as cursor:
        cursor.execute(OPENING, (account, account, account, start))
        opening = int(cursor.fetchone()[0])
        cursor.execute(ROWS, (account, account, account, start, end, STATEMENT_ROWS_MAX + 1))
        rows = cursor.fetchall()
    if len(rows) > STATEMENT_ROWS_MAX:
        raise StatementTooLong(rows_max=STATEMENT_ROWS_MAX)
    balance, entries = opening, []
    for at, kind, subject_id, amount, currency in rows:
        balance += amount
        entries.append(Entry(at, kind, subject_id, amount, balance, currency))
    return Statement(account, start, end, opening, tuple(entries), balance)


def statement_csv(shown: Statement, currency: str) -> Iterator[bytes]:
    """Yield a statement as a CSV file, amounts in major units, the opening and the closing balance as its own rows."""
    return write_csv(_csv_rows(shown, currency))


def _csv_rows(shown: Statement, currency: str) -> Iterator[tuple[object, ...]]:
    yield ("time", "entry", "subject", "amount", "balance", "currency")
    yield (shown.start.isoformat(), "opening balance", "", "", to_decimal(shown.opening_minor, currency), currency)
    for entry in shown.entries:
        amount, balance = to_decimal(entry.amount_minor, currency), to_decimal(entry.balance_minor, currency)
        yield (entry.at.isoformat(), entry.kind, entry.subject_id, amount, balance, entry.currency)
    yield (shown.end.isoformat(), "closing balance", "", "", to_decimal(shown.closing_minor, currency), currency)
