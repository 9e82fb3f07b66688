"""Balances: derived from transfers, rolled up by watermark, never a hot row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

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
