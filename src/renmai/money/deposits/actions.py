"""Pay a deposit in, deduct from it, ask for it and give it back. Every movement is one entry and one transfer.

All that touches one supplier's deposit goes one after the other (`lock_payee`), so it never falls below zero.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from renmai.config import config
from renmai.goods.screening.queries import needed_deposit_minor
from renmai.goods.suppliers.actions import tell_supplier
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import checked_key, once
from renmai.kit.pauses import at
from renmai.kit.problems import NotFound
from renmai.money.deposits.models import DepositEntry, DepositReturn
from renmai.money.deposits.queries import has_unsettled
from renmai.money.deposits.rules import (
    AMOUNT_MINOR_MAX,
    DEDUCTIONS,
    MOVES,
    DeductionUnknown,
    ReferenceUsed,
    ReturnOpen,
    StillOpen,
    check_amount,
    next_return_state,
    still_open,
)
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import Move, deposit_account, supplier_account
from renmai.money.payments.actions import move_money
from renmai.money.payouts.rules import OwnPayout, SecondFactorNeeded
from renmai.money.payouts.withholding import lock_payee

REASON = {"reason": Text(300, required=True, lines=True)}
PAGE = "/supplier/deposit"


def pay_in(
    *, actor: Actor, now: datetime, supplier_id: UUID, amount_minor: int, reference: str, key: str | None
) -> DepositEntry:
    """Book what a supplier paid to the house's bank account: bank -> deposit. The same key gives the same entry.

    Errors: Forbidden (no operator), SecondFactorNeeded, OwnPayout, NotFound, BadDeposit, ReferenceUsed, Invalid,
    KeyMissing, KeyReused.
    """
    _require_operator(actor, supplier_id)
    words = checked_texts({"reference": Text(80, required=True)}, {"reference": reference})["reference"]

    def do() -> DepositEntry:
        check_amount(amount_minor, AMOUNT_MINOR_MAX)
        if DepositEntry.objects.filter(supplier_id=supplier_id, reference=words).exists():
            raise ReferenceUsed(reference=words)
        entry = _enter(actor, now, supplier_id, "paid_in", amount_minor, reference=words)
        _tell(entry, now)
        return entry

    value = {"amount_minor": amount_minor, "reference": words}
    return _once(actor, now, "deposit.pay_in", supplier_id, value, key, do)


def pay_in_from_earnings(
    *, actor: Actor, now: datetime, supplier_id: UUID, amount_minor: int, key: str | None
) -> DepositEntry:
    """Set a part of a supplier's own balance aside as its deposit: supplier -> deposit. The same key gives the same entry.

    Errors: NotFound (not the actor's), BadDeposit (more than it could be paid out), KeyMissing, KeyReused.
    """
    require_role(actor, "supplier", supplier_id)

    def do() -> DepositEntry:
        check_amount(amount_minor, balance_of(supplier_account(supplier_id)))
        return _enter(actor, now, supplier_id, "from_earnings", amount_minor)

    return _once(actor, now, "deposit.from_earnings", supplier_id, {"amount_minor": amount_minor}, key, do)


def deduct(
    *, actor: Actor, now: datetime, supplier_id: UUID, kind: str, amount_minor: int, reason: str, key: str | None
) -> DepositEntry:
    """Take from a deposit: `covered` pays what the supplier owes, `forfeited` goes to the platform. With a reason.

    Errors: Forbidden (no operator), SecondFactorNeeded, OwnPayout, NotFound, DeductionUnknown, BadDeposit, Invalid,
    KeyMissing, KeyReused.
    """
    _require_operator(actor, supplier_id)
    if kind not in DEDUCTIONS:
        raise DeductionUnknown(kind=kind)
    words = checked_texts(REASON, {"reason": reason})["reason"]

    def do() -> DepositEntry:
        most = balance_of(deposit_account(supplier_id))
        if kind == "covered":
            most = min(most, -balance_of(supplier_account(supplier_id)))
        check_amount(amount_minor, most)
        entry = _enter(actor, now, supplier_id, kind, -amount_minor, reason=words)
        _tell(entry, now)
        return entry

    value = {"kind": kind, "amount_minor": amount_minor, "reason": words}
    return _once(actor, now, "deposit.deduct", supplier_id, value, key, do)


@transaction.atomic
def ask_return(*, actor: Actor, now: datetime, supplier_id: UUID, amount_minor: int) -> DepositReturn:
    """Ask for a deposit, or a part of it, back on the balance; an operator answers. One request at a time.

    Errors: NotFound (not the actor's), BadDeposit, ReturnOpen, StillOpen.
    """
    require_role(actor, "supplier", supplier_id)
    person_id = require_person(actor)
    lock_payee(supplier_account(supplier_id))
    if DepositReturn.objects.filter(supplier_id=supplier_id, state="requested").exists():
        raise ReturnOpen()
    _check_return(supplier_id, amount_minor)
    row = DepositReturn.objects.create(
        supplier_id=supplier_id, amount_minor=amount_minor, currency=config().currency, requested_by_id=person_id,
        requested_at=now,
    )  # fmt: skip
    data = {"return_id": row.id, "amount_minor": amount_minor}
    record(Happened("deposit.return_asked", supplier_id, now, data, person_id))
    return row


@transaction.atomic
def withdraw_return(*, actor: Actor, now: datetime, return_id: UUID) -> DepositReturn:
    """Take a request back. Errors: NotFound (not the actor's), ReturnNotNow."""
    row = _locked_return(return_id)
    require_role(actor, "supplier", row.supplier_id)
    row.state, row.decided_by_id, row.decided_at = next_return_state(row.state, "withdraw"), actor.person_id, now
    row.save(update_fields=["state", "decided_by_id", "decided_at"])
    record(Happened("deposit.return_withdrawn", row.supplier_id, now, {"return_id": row.id}, actor.person_id))
    return row


@transaction.atomic
def decide_return(*, actor: Actor, now: datetime, return_id: UUID, verdict: str, reason: str = "") -> DepositReturn:
    """Give a deposit back (`return`: deposit -> supplier, where nothing is open), or refuse it with a reason (`refuse`).

    Errors: Forbidden, SecondFactorNeeded, OwnPayout, NotFound, ReturnNotNow, StillOpen, BadDeposit, Invalid.
    """
    require_role(actor, "operator")
    row = _locked_return(return_id)
    _require_operator(actor, row.supplier_id)
    row.state = next_return_state(row.state, verdict)
    row.decided_by_id, row.decided_at = actor.person_id, now
    if row.state == "returned":
        lock_payee(supplier_account(row.supplier_id))
        _check_return(row.supplier_id, row.amount_minor)
        _tell(_enter(actor, now, row.supplier_id, "returned", -row.amount_minor), now)
    else:
        row.reason = checked_texts(REASON, {"reason": reason})["reason"]
        data = {"return_id": row.id, "reason": row.reason}
        record(Happened("deposit.return_refused", row.supplier_id, now, data, actor.person_id))
        tell_supplier(row.supplier_id, "deposit.return_refused", now, PAGE, data | {"amount_minor": row.amount_minor})
    row.save(update_fields=["state", "reason", "decided_by_id", "decided_at"])
    return row


def _require_operator(actor: Actor, supplier_id: UUID) -> None:
    """Only an operator who confirmed with a second factor and is no member of the supplier moves its deposit."""
    require_role(actor, "operator")
    access_supplier(actor, supplier_id)
    if not actor.confirmed:
        raise SecondFactorNeeded()
    if actor.has("supplier", supplier_id):
        raise OwnPayout()


def _locked_return(return_id: UUID) -> DepositReturn:
    row = DepositReturn.objects.select_for_update().filter(id=return_id).first()
    if row is None:
        raise NotFound()
    return row


def _check_return(supplier_id: UUID, amount_minor: int) -> None:
    held = balance_of(deposit_account(supplier_id))
    check_amount(amount_minor, held)
    why = still_open(
        payable_minor=balance_of(supplier_account(supplier_id)),
        unsettled=has_unsettled(supplier_id),
        left_minor=held - amount_minor,
        needed_minor=needed_deposit_minor(supplier_id),
    )
    if why:
        raise StillOpen(why=", ".join(why))


def _once(
    actor: Actor,
    now: datetime,
    action: str,
    supplier_id: UUID,
    value: dict[str, Any],
    key: str | None,
    do: Callable[[], DepositEntry],
) -> DepositEntry:
    def locked() -> dict[str, Any]:
        lock_payee(supplier_account(supplier_id))
        at("deposit.locked")
        return {"id": str(do().id)}

    answer, _ = once(
        person_id=require_person(actor), action=action, key=checked_key(key), now=now, do=locked,
        value={"supplier_id": supplier_id, **value},
    )  # fmt: skip
    return DepositEntry.objects.get(id=UUID(answer["id"]))


def _enter(
    actor: Actor,
    now: datetime,
    supplier_id: UUID,
    kind: str,
    amount_minor: int,
    *,
    reference: str = "",
    reason: str = "",
) -> DepositEntry:
    """Write an entry, its transfer and event deposit.changed; the caller holds the lock and has checked the amount."""
    entry = DepositEntry.objects.create(
        id=new_id(), supplier_id=supplier_id, kind=kind, amount_minor=amount_minor, currency=config().currency,
        reference=reference, reason=reason, by_id=require_person(actor), at=now,
    )  # fmt: skip
    accounts = {"deposit": deposit_account(supplier_id), "payable": supplier_account(supplier_id)}
    debit, credit = (accounts.get(name, name) for name in MOVES[kind])
    move_money(
        Move(debit, credit, abs(amount_minor), entry.currency, f"deposit_{kind}", entry.id, f"deposit:{entry.id}", now)
    )
    balance = balance_of(deposit_account(supplier_id))
    data = {"entry_id": entry.id, "kind": kind, "amount_minor": amount_minor, "balance_minor": balance}
    record(Happened("deposit.changed", supplier_id, now, data, actor.person_id))
    return entry


def _tell(entry: DepositEntry, now: datetime) -> None:
    data = {"amount_minor": abs(entry.amount_minor), "reason": entry.reason, "reference": entry.reference}
    tell_supplier(entry.supplier_id, f"deposit.{entry.kind}", now, PAGE, data)
