"""Ask for a payout, decide on it, and follow what the provider says. DESIGN section 5: never twice, never silently failed.

The money leaves the payee's account for `payout_due` when it is asked for, and `payout_due` for the provider when it was
paid (less the tax withheld, which goes to `tax_due`); a refusal or failure brings all of it back with a reason. Claw-backs may meanwhile make the payee's balance negative; they
are netted by what is earned later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from renmai.config import config
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.keys.actions import checked_key, once
from renmai.kit.pauses import at
from renmai.kit.problems import NotFound
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import PAYOUT_DUE, TAX_DUE, Move, gateway_account
from renmai.money.payments.actions import first_time, move_money, note_message, take_unknown
from renmai.money.payments.rules import UNANSWERED_SECONDS, Message, Outcome, Said, retry_seconds
from renmai.money.payouts.models import Payout
from renmai.money.payouts.rules import (
    PAYOUT_STATES,
    OwnPayout,
    SecondFactorNeeded,
    check_amount,
    is_member,
    next_payout_state,
    payout_key,
    purse_of,
    read_key,
)
from renmai.money.payouts.withholding import is_withheld, lock_payee, withhold
from renmai.people.standing.queries import term_in_force

EVENTS = {Said.PAYOUT_PAID: "pay", Said.PAYOUT_FAILED: "fail", Said.PAYOUT_RETURNED: "return"}


def request_payout(*, actor: Actor, now: datetime, payee: str, amount_minor: int, key: str) -> Payout:
    """Set `amount_minor` of the payee's balance aside and ask for its payout. The same key gives the same payout.

    `payee` is an account (`creator:<shop>`, `supplier:<supplier>`) of the actor's. Two requests at once wait for each
    other. Errors: SignInNeeded, NotFound (not the actor's), PayoutOutOfRange, PayoutShort, DetailsNeeded (for the tax
    office), KeyMissing, KeyReused.
    """
    role, owner = purse_of(payee)
    require_role(actor, role, owner)
    person_id = require_person(actor)

    def do() -> dict[str, Any]:
        return {"id": str(_request(person_id, payee, owner, amount_minor, now))}

    value = {"payee": payee, "amount_minor": amount_minor}
    answer, _ = once(person_id=person_id, action="payout.request", key=checked_key(key), value=value, now=now, do=do)
    return Payout.objects.get(id=UUID(answer["id"]))


def _request(person_id: UUID, payee: str, owner: UUID, amount_minor: int, now: datetime) -> UUID:
    _check(payee, owner, amount_minor)
    payout = Payout.objects.create(
        payee=payee,
        amount_minor=amount_minor,
        currency=config().currency,
        requested_by_id=person_id,
        requested_at=now,
        gateway=config().payout_gateway or config().payment_gateway,
    )
    _set_aside(payout, now)
    _record(payout, "requested", now, person_id)
    at("payout.written")
    return payout.id


def _check(payee: str, owner: UUID, amount_minor: int) -> None:
    """Lock the account for payouts until the end of the transaction and check the amount against it."""
    lock_payee(payee)
    at("payout.read")
    is_withheld(payee)
    check_amount(
        amount_minor,
        least_minor=term_in_force("payout_least_minor", owner),
        most_minor=term_in_force("payout_most_minor", owner),
        available_minor=balance_of(payee),
    )


@transaction.atomic
def approve_payout(*, actor: Actor, now: datetime, payout_id: UUID) -> Payout:
    """Let a payout go; what is withheld of it for the tax office is decided now. Again by the same operator: the same.

    Errors: Forbidden (no operator), SecondFactorNeeded, OwnPayout, NotFound, PayoutNotNow, DetailsNeeded.
    """
    payout = _for_operator(actor, payout_id)
    if payout.approved_by_id == actor.person_id and payout.state in {"approved", "sent", "paid"}:
        return payout
    payout.state, payout.approved_by_id = next_payout_state(payout.state, "approve"), actor.person_id
    payout.retry_at, payout.reason, payout.withheld_minor = now, "", withhold(payout, now)
    payout.save(update_fields=["state", "approved_by_id", "retry_at", "reason", "withheld_minor"])
    _record(payout, "approved", now, actor.person_id)
    return payout


@transaction.atomic
def refuse_payout(*, actor: Actor, now: datetime, payout_id: UUID, reason: str) -> Payout:
    """Refuse a payout; the payee gets the money back on the balance and reads why. Errors: as `approve_payout`."""
    payout = _for_operator(actor, payout_id)
    if payout.state == "refused":
        return payout
    payout.state, payout.approved_by_id = next_payout_state(payout.state, "refuse"), actor.person_id
    payout.reason, payout.ended_at = reason[:300], now
    payout.save(update_fields=["state", "approved_by_id", "reason", "ended_at"])
    _put_back(payout, now)
    _record(payout, "refused", now, actor.person_id)
    return payout


def _for_operator(actor: Actor, payout_id: UUID) -> Payout:
    require_role(actor, "operator")
    if not actor.confirmed:
        raise SecondFactorNeeded()
    payout = Payout.objects.select_for_update().filter(id=payout_id).first()
    if payout is None:
        raise NotFound()
    if payout.requested_by_id == actor.person_id or is_member(actor, payout.payee):
        raise OwnPayout()
    return payout


@transaction.atomic
def retry_payout(*, actor: Actor, now: datetime, payout_id: UUID) -> Payout:
    """Ask for a failed payout again: the same payout, a new round, to be approved again.

    Its payee may, and an operator with a second factor. The provider never sees a round twice, nor a payout as two.
    Errors: NotFound, SecondFactorNeeded, PayoutNotNow, PayoutOutOfRange, PayoutShort.
    """
    payout = Payout.objects.select_for_update().filter(id=payout_id).first()
    if payout is None:
        raise NotFound()
    role, owner = purse_of(payout.payee)
    if not actor.has("operator"):
        require_role(actor, role, owner)
    elif not actor.confirmed and not actor.has(role, owner):
        raise SecondFactorNeeded()
    payout.state = next_payout_state(payout.state, "retry")
    _check(payout.payee, owner, payout.amount_minor)
    payout.round, payout.attempts, payout.retry_at = payout.round + 1, 0, None
    payout.approved_by_id, payout.ended_at, payout.withheld_minor = None, None, 0
    payout.save(
        update_fields=["state", "round", "attempts", "retry_at", "approved_by_id", "ended_at", "withheld_minor"]
    )
    _set_aside(payout, now)
    _record(payout, "requested", now, actor.person_id)
    return payout


@dataclass(frozen=True, slots=True)
class DuePayout:
    """A payout that was claimed for sending; `amount_minor` is what the payee receives."""

    id: UUID
    round: int
    gateway: str
    payee: str
    amount_minor: int
    currency: str

    @property
    def key(self) -> str:
        """Return the provider's key of this round."""
        return payout_key(self.id, self.round)


@transaction.atomic
def claim_payouts(*, gateways: Sequence[str], now: datetime, limit: int) -> list[DuePayout]:
    """Mark approved payouts as sent and return them, and sent ones that nobody answered; see `claim_returns`."""
    locked = Payout.objects.select_for_update(skip_locked=True)
    due = locked.filter(state__in=["approved", "sent"], retry_at__lte=now, gateway__in=list(gateways))
    rows = list(due.order_by("retry_at")[:limit])
    for row in rows:
        row.state, row.attempts = next_payout_state(row.state, "send"), row.attempts + 1
        row.provider_ref = payout_key(row.id, row.round)
        row.retry_at = now + timedelta(seconds=UNANSWERED_SECONDS)
    Payout.objects.bulk_update(rows, ["state", "attempts", "provider_ref", "retry_at"])
    return [DuePayout(r.id, r.round, r.gateway, r.payee, r.net_minor, r.currency) for r in rows]


@transaction.atomic
def postpone_payout(*, payout_id: UUID, error: str, now: datetime) -> None:
    """Note that the provider did not surely hear of a payout, with the reason, and when to ask again."""
    payout = Payout.objects.select_for_update().get(id=payout_id)
    if payout.state == "sent":
        payout.reason, payout.retry_at = error[:300], now + timedelta(seconds=retry_seconds(payout.attempts))
        payout.save(update_fields=["reason", "retry_at"])


@transaction.atomic
def refuse_sent(*, payout_id: UUID, round_number: int, reason: str, now: datetime) -> None:
    """Note that the provider refused a round of a payout outright: as a failure it reports."""
    payout = Payout.objects.select_for_update().get(id=payout_id)
    if payout.round == round_number and payout.state == "sent":
        _follow(payout, "fail", reason, now)


@transaction.atomic
def finish_payout(message: Message) -> Outcome:
    """Take the provider's word on a payout: paid, failed, or sent back by the bank. Each message counts once.

    A word about an earlier round, another amount, or a state that is past, moves nothing; what cannot be is shown.
    """
    named = read_key(message.provider_ref)
    payout = Payout.objects.select_for_update().filter(id=named[0]).first() if named else None
    if not first_time(message):
        return Outcome.REPEATED
    asked = payout and (payout.round, payout.net_minor, payout.currency, payout.gateway)
    if payout is None or asked != (named and named[1], message.amount_minor, message.currency, message.gateway):
        take_unknown(message)
        return note_message(message, Outcome.UNKNOWN)
    event = EVENTS[message.kind]
    if (payout.state, event) in PAYOUT_STATES:
        _follow(payout, event, str(message.extra.get("reason", "")), message.received_at)
    elif (payout.state, event) in CONTRADICTIONS:
        take_unknown(message)
    return note_message(message, Outcome.NOTED)


CONTRADICTIONS = frozenset({("failed", "pay"), ("failed", "return"), ("paid", "fail"), ("requested", "pay")})


def _follow(payout: Payout, event: str, reason: str, now: datetime) -> None:
    before, payout.state = payout.state, next_payout_state(payout.state, event)
    payout.reason, payout.ended_at, payout.retry_at = reason[:300], now, None
    payout.save(update_fields=["state", "reason", "ended_at", "retry_at"])
    if event == "pay":
        _move(payout, PAYOUT_DUE, gateway_account(payout.gateway), "payout_paid", now, payout.net_minor)
        _move(payout, PAYOUT_DUE, TAX_DUE, "withheld", now, payout.withheld_minor)
    elif before == "paid":
        _move(payout, gateway_account(payout.gateway), payout.payee, "payout_returned", now, payout.net_minor)
        _move(payout, TAX_DUE, payout.payee, "withheld_back", now, payout.withheld_minor)
    else:
        _put_back(payout, now)
    _record(payout, payout.state, now, None)


def _set_aside(payout: Payout, now: datetime) -> None:
    _move(payout, payout.payee, PAYOUT_DUE, "payout", now, payout.amount_minor)


def _put_back(payout: Payout, now: datetime) -> None:
    _move(payout, PAYOUT_DUE, payout.payee, "payout_back", now, payout.amount_minor)


def _move(payout: Payout, debit: str, credit: str, kind: str, now: datetime, amount_minor: int) -> None:
    key = f"{kind}:{payout_key(payout.id, payout.round)}"
    move_money(Move(debit, credit, amount_minor, payout.currency, kind, payout.id, key, now))


def _record(payout: Payout, word: str, now: datetime, actor_id: UUID | None) -> None:
    data = {"payee": payout.payee, "amount_minor": payout.amount_minor, "reason": payout.reason, "round": payout.round}
    record(Happened(f"payout.{word}", payout.id, now, data, actor_id))
