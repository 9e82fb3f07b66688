"""Check what must always hold, and reconcile a set of orders. Read-only; one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.trade.reports.invariants import INVARIANTS
from renmai.trade.reports.rules import Reconciliation, Violation

VIOLATIONS_MAX = 100

ORDERS = """
select o.state, count(*) from trade_order o join trade_checkout c on c.id = o.checkout_id
where starts_with(c.key, %s) group by o.state order by o.state
"""
PARCELS = """
select p.state, count(*) from trade_parcel p join trade_order o on o.id = p.order_id
join trade_checkout c on c.id = o.checkout_id where starts_with(c.key, %s) group by p.state order by p.state
"""
EXCEPTIONS = """
select e.kind, count(*) from money_moneyexception e join trade_checkout c on c.id = e.subject_id
where starts_with(c.key, %s) group by e.kind order by e.kind
"""
GIVEN_BACK = """
select r.reason, count(distinct p.subject_id) from money_paymentreturn r join money_payment p on p.id = r.payment_id
join trade_checkout c on c.id = p.subject_id where starts_with(c.key, %s) and r.reason <> 'refund'
group by r.reason order by r.reason
"""
MONEY = """
with mine as (
  select c.id from trade_checkout c where starts_with(c.key, %(prefix)s)
  union all
  select o.id from trade_order o join trade_checkout c on c.id = o.checkout_id where starts_with(c.key, %(prefix)s)
),
sides as (
  select t.credit as account, t.amount_minor as amount from money_transfer t where t.subject_id in (select id from mine)
  union all
  select t.debit, -t.amount_minor from money_transfer t where t.subject_id in (select id from mine)
)
select split_part(account, ':', 1), sum(amount)::bigint from sides group by 1
"""
PAID = """
select coalesce(sum(p.captured_minor), 0)::bigint from money_payment p join trade_checkout c on c.id = p.subject_id
where starts_with(c.key, %s) and p.gateway = %s
"""
REFUNDED = """
select coalesce(sum(o.total_minor) filter (where o.paid_at is not null), 0)::bigint,
       coalesce(sum(o.refunded_minor), 0)::bigint
from trade_order o join trade_checkout c on c.id = o.checkout_id where starts_with(c.key, %s)
"""
PAYEES = ("supplier", "creator", "agency", "sharer", "platform")


def list_violations(cursor: Any) -> list[Violation]:
    """Check every invariant; return what breaks one, at most 100 of each. An empty list is what must be."""
    violations = []
    for name, statement in INVARIANTS.items():
        cursor.execute(f"{statement.strip()}\nlimit {VIOLATIONS_MAX}")
        violations += [Violation(name, str(subject_id), detail) for subject_id, detail in cursor.fetchall()]
    return violations


def reconcile(cursor: Any, *, key_prefix: str, gateway: str) -> Reconciliation:
    """Return what became of the orders whose checkouts' keys start with `key_prefix` and were paid through `gateway`.

    `money`: captured (all that came in), paid (for orders), refunded, and what lies now in escrow, unapplied, on its way
    back (return_due); `settled`: balances per kind of payee, claw-backs taken off.
    """
    given_back = _counts(cursor, GIVEN_BACK, key_prefix)
    cursor.execute(MONEY, {"prefix": key_prefix})
    balances = dict(cursor.fetchall())
    return Reconciliation(
        orders=_counts(cursor, ORDERS, key_prefix),
        money=_money(cursor, balances, key_prefix, gateway),
        settled={payee: balances[payee] for payee in PAYEES if balances.get(payee)},
        exceptions={**_counts(cursor, EXCEPTIONS, key_prefix), **given_back},
        parcels=_counts(cursor, PARCELS, key_prefix),
    )


def _money(cursor: Any, balances: dict[str, int], key_prefix: str, gateway: str) -> dict[str, int]:
    paid, refunded = _one(cursor, REFUNDED, key_prefix)
    return {
        "captured": _one(cursor, PAID, key_prefix, gateway)[0],
        "paid": paid,
        "refunded": refunded,
        **{account: balances.get(account, 0) for account in ("escrow", "unapplied", "return_due")},
    }


def _counts(cursor: Any, statement: str, key_prefix: str) -> dict[str, int]:
    cursor.execute(statement, (key_prefix,))
    return dict(cursor.fetchall())


def _one(cursor: Any, statement: str, *params: str) -> Sequence[int]:
    cursor.execute(statement, params)
    row: Sequence[int] = cursor.fetchone()
    return row
