"""What must hold on PostgreSQL, beyond the house's own invariants."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction

from renmai.cli.simulate.real.house import RealHouse
from renmai.money.ledger.queries import balances_of
from renmai.money.payments.models import MoneyException
from renmai.money.statements.queries import read_statement
from renmai.trade.reports.queries import list_violations

# Money of others that the house only keeps: it can be there or not, but never less than nothing.
KEPT = ("escrow", "unapplied", "return_due", "payout_due", "tax_due")
BALANCES = """
select account, sum(amount)::bigint from (
  select credit as account, amount_minor as amount from money_transfer union all select debit, -amount_minor from money_transfer
) t group by account
"""


def check(house: RealHouse) -> list[str]:
    """Return what is violated, as sentences."""
    found, house.faults.heard = [f"fault: {each}" for each in house.faults.heard], []
    with transaction.atomic(), connection.cursor() as cursor:
        found += [violation.sentence() for violation in list_violations(cursor)]
        cursor.execute(BALANCES)
        held = {account: int(amount) for account, amount in cursor.fetchall()}
    if sum(held.values()):
        found.append(f"money is not conserved: {sum(held.values())} too much")
    found += [f"{name} holds {held[name]}" for name in KEPT if held.get(name, 0) < 0]
    found += [f"stuck: {row.note}" for row in MoneyException.objects.filter(kind="stuck")]
    return found


def check_statements(house: RealHouse) -> list[str]:
    """Return payees whose statement, or whose rolled-up balance, is not what the ledger says."""
    accounts = [payee for payee, _ in house.ids.payees]
    with connection.cursor() as cursor:
        cursor.execute(BALANCES)
        held = {account: int(amount) for account, amount in cursor.fetchall()}
    read, found = balances_of(accounts), []
    for account in accounts:
        shown = read_statement(account, house.now - timedelta(days=20), house.now + timedelta(days=9_999))
        added = shown.bill.opening_minor + sum(line.amount_minor for line in shown.lines)
        figures = (shown.bill.closing_minor, added, read[account])
        if set(figures) != {held.get(account, 0)}:
            found.append(f"{account} holds {held.get(account, 0)}, its statement says {figures}")
    return found
