"""Balances below zero that nobody will ever pay back: an operator writes them off, on an account of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.config import config
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import checked_key, once
from renmai.kit.problems import DomainError
from renmai.money.ledger.queries import balance_of, balances_of
from renmai.money.ledger.rules import BAD_DEBT, Move
from renmai.money.payments.actions import move_money
from renmai.money.payouts.rules import PAYEES, OwnPayout, SecondFactorNeeded, is_member, payee_owner
from renmai.money.payouts.withholding import lock_payee

LIST_MAX = 500
# As of the last roll-up, a minute ago at most; what they hold now is read anew.
OWING = """
select account from money_balance
where amount_minor < 0 and split_part(account, ':', 1) = any(%s) order by amount_minor limit %s
"""


class NoDebt(DomainError):
    """More than the account owes, or nothing."""

    code = "debt.too_much"
    status = 409
    message = "At most {owed_minor} can be written off here."


class ReasonMissing(DomainError):
    """Money is given up only with a reason."""

    code = "debt.reason_missing"
    status = 422
    message = "Please say why this money will not come back."


@dataclass(frozen=True, slots=True)
class Debt:
    """An account below zero: `owed_minor` > 0 is what it owes."""

    payee: str
    owed_minor: int


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """A debt that was written off: so much, and what the account owes still (minor units)."""

    id: UUID
    payee: str
    amount_minor: int
    owed_minor: int
    currency: str


def write_off(
    *, actor: Actor, now: datetime, payee: str, amount_minor: int, reason: str, key: str | None
) -> WrittenOff:
    """Move what a payee owes and will never pay to `bad_debt`: `bad_debt` -> payee. The same key gives the same answer.

    Errors: Forbidden (no operator), SecondFactorNeeded, NotFound (no payee), OwnPayout (a member of it), NoDebt,
    ReasonMissing, KeyMissing, KeyReused.
    """
    require_role(actor, "operator")
    if not actor.confirmed:
        raise SecondFactorNeeded()
    _, owner = payee_owner(payee)
    if is_member(actor, payee):
        raise OwnPayout()
    if not reason.strip():
        raise ReasonMissing()

    def do() -> dict[str, Any]:
        return _write_off(actor, now, payee, owner, amount_minor, reason.strip())

    value = {"payee": payee, "amount_minor": amount_minor, "reason": reason}
    answer, _ = once(
        person_id=require_person(actor), action="debt.write_off", key=checked_key(key), value=value, now=now, do=do
    )
    return WrittenOff(
        UUID(answer["id"]), answer["payee"], answer["amount_minor"], answer["owed_minor"], answer["currency"]
    )


def _write_off(actor: Actor, now: datetime, payee: str, owner: UUID, amount_minor: int, reason: str) -> dict[str, Any]:
    lock_payee(payee)
    owed, currency, debt_id = -balance_of(payee), config().currency, new_id()
    if not 0 < amount_minor <= owed:
        raise NoDebt(owed_minor=max(0, owed))
    move_money(Move(BAD_DEBT, payee, amount_minor, currency, "bad_debt", debt_id, f"bad_debt:{debt_id}", now))
    data = {"payee": payee, "amount_minor": amount_minor, "reason": reason[:300]}
    record(Happened("debt.written_off", owner, now, data, actor.person_id))
    left = owed - amount_minor
    return {"id": str(debt_id), "payee": payee, "amount_minor": amount_minor, "owed_minor": left, "currency": currency}


def list_debts(actor: Actor) -> list[Debt]:
    """Return the payees that owe, the largest debt first, 500 at most. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    with connection.cursor() as cursor:
        cursor.execute(OWING, (sorted(PAYEES), LIST_MAX))
        accounts = [row[0] for row in cursor.fetchall()]
    held = balances_of(accounts)
    return sorted((Debt(a, -held[a]) for a in accounts if held[a] < 0), key=lambda debt: -debt.owed_minor)
