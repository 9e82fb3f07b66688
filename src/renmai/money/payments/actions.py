"""What a provider's messages and an operator's decisions do to payments, returns and exceptions.

Nothing here knows what a payment is for: that is the subject's wing. Nothing here calls a provider: `money.gateways` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import Q

from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError, NotFound
from renmai.money.ledger.lane import write_moves
from renmai.money.ledger.rules import RETURN_DUE, Move, gateway_account
from renmai.money.payments.lane import NewException, open_exceptions, take_messages, taken_before
from renmai.money.payments.models import MoneyException, Payment, PaymentReturn
from renmai.money.payments.rules import (
    PAYMENT_STATES,
    RETURN_STATES,
    UNANSWERED_SECONDS,
    Message,
    Outcome,
    Said,
    retry_seconds,
)

ATTEMPTS_SHOWN = 3
# How the note of an exception `stuck` begins where it is a settlement (`money.settlement`).
SETTLEMENT = "settlement"
MARKS = UUID("a2f2d3d0-6a4e-5a0e-9d6e-3f1f5c6b7a10")


class AlreadyDecided(DomainError):
    """The exception was closed in another way."""

    code = "exception.already_decided"
    status = 409
    message = "This was decided already: {decision}."


class NotDecidable(DomainError):
    """The decision does not fit this kind of exception."""

    code = "exception.not_decidable"
    status = 409
    message = "{decision} does not fit an exception of the kind {kind}."


def first_time(message: Message) -> bool:
    """Return whether this message is new, inside a transaction. Two of the same wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"message:{message.gateway}:{message.event_id}",)
        )
        return (message.gateway, message.event_id) not in taken_before(cursor, [message])


def note_message(message: Message, outcome: Outcome) -> Outcome:
    """Write a message down with its outcome and return the outcome."""
    with connection.cursor() as cursor:
        take_messages(cursor, [(message, outcome.value)])
    return outcome


def move_money(*moves: Move) -> None:
    """Write transfers in Django's current transaction."""
    with connection.cursor() as cursor:
        write_moves(cursor, moves)


def open_exception(exception: NewException) -> None:
    """Open an exception in Django's current transaction, unless it is there."""
    with connection.cursor() as cursor:
        open_exceptions(cursor, [exception])


@transaction.atomic
def take_failed(message: Message) -> Outcome:
    """Note that a payment failed. One that was captured stays captured, whatever comes after."""
    if not first_time(message):
        return Outcome.REPEATED
    payment = _payment(message)
    if payment is None:
        return note_message(message, Outcome.UNKNOWN)
    state = PAYMENT_STATES.get((payment.state, "fail"))
    if state is not None:
        payment.state = state
        payment.save(update_fields=["state"])
        record(Happened("payment.failed", payment.subject_id, message.received_at, {"payment_id": payment.id}))
    return note_message(message, Outcome.NOTED)


def _payment(message: Message) -> Payment | None:
    found = Payment.objects.select_for_update().filter(gateway=message.gateway, provider_ref=message.provider_ref)
    return found.first()


def mark_of(message: Message) -> UUID:
    """Return the subject of the exception `unknown` that shows a message."""
    return uuid5(MARKS, f"{message.gateway}:{message.event_id}")


def _unknown(message: Message) -> NewException:
    return NewException(
        "unknown",
        mark_of(message),
        message.amount_minor,
        message.currency,
        f"{message.gateway} {message.kind.value} {message.provider_ref}"[:300],
        message.received_at,
    )


@transaction.atomic
def take_unknown(message: Message) -> None:
    """Show an operator a captured payment that the house never asked for. Opened once per message."""
    open_exception(_unknown(message))


@transaction.atomic
def finish_return(message: Message) -> Outcome:
    """Take the provider's word on a return: done (`return_due` -> `gateway`), or failed and to be tried again.

    Each message counts once; a failure told after the success changes nothing; an amount that is not the asked one
    changes nothing and is shown.
    """
    row = _return(message.provider_ref)
    if not first_time(message):
        return Outcome.REPEATED
    asked = row and (row.amount_minor, row.currency, row.payment.gateway)
    if row is None or asked != (message.amount_minor, message.currency, message.gateway):
        open_exception(_unknown(message))
        return note_message(message, Outcome.UNKNOWN)
    done = message.kind is Said.RETURN_DONE
    if done and row.state == "overtaken":
        open_exception(_unknown(message))
    state = RETURN_STATES.get((row.state, "finish" if done else "fail"))
    if state is not None:
        row.state = state
        (_end_return if done else _fail_return)(row, message)
    return note_message(message, Outcome.NOTED)


def _return(ref: str) -> PaymentReturn | None:
    try:
        return_id = UUID(ref)
    except ValueError:
        return None
    return PaymentReturn.objects.select_for_update(of=("self",)).select_related("payment").filter(id=return_id).first()


def _end_return(row: PaymentReturn, message: Message) -> None:
    row.done_at, row.retry_at, row.error = message.received_at, None, ""
    row.save(update_fields=["state", "done_at", "retry_at", "error"])
    move_money(
        Move(
            RETURN_DUE,
            gateway_account(row.payment.gateway),
            row.amount_minor,
            row.currency,
            "return_done",
            row.subject_id,
            f"return_done:{row.id}",
            message.received_at,
        )
    )
    MoneyException.objects.filter(kind="return_failed", subject_id=row.id, closed_at=None).update(
        closed_at=message.received_at, decision="returned"
    )
    record(Happened("return.done", row.subject_id, message.received_at, _about(row)))


def _fail_return(row: PaymentReturn, message: Message) -> None:
    _schedule(row, str(message.extra.get("reason", "the provider could not return it")), message.received_at)
    _show(row, message.received_at)
    record(Happened("return.failed", row.subject_id, message.received_at, _about(row)))


def _about(row: PaymentReturn) -> dict[str, object]:
    return {"return_id": row.id, "cause_id": row.cause_id, "amount_minor": row.amount_minor, "reason": row.reason}


def _schedule(row: PaymentReturn, error: str, now: datetime) -> None:
    row.error = error[:200]
    row.retry_at = now + timedelta(seconds=retry_seconds(row.attempts))
    row.save(update_fields=["state", "error", "retry_at"])


def _show(row: PaymentReturn, at: datetime) -> None:
    open_exception(NewException("return_failed", row.id, row.amount_minor, row.currency, row.error, at))


@dataclass(frozen=True, slots=True)
class DueReturn:
    """A return that was claimed for sending."""

    id: UUID
    gateway: str
    payment_ref: str
    amount_minor: int
    currency: str


@transaction.atomic
def claim_returns(*, gateways: Sequence[str], now: datetime, limit: int) -> list[DueReturn]:
    """Mark due returns as sent and return them: new ones, failed ones whose time has come, unanswered ones.

    What the payer's bank has taken back may be the same money, so nothing new is sent through a payment in dispute.
    Several processes take different ones. What is claimed is asked for after this commit; if that is cut off, it is
    claimed again after ten minutes, and the provider knows the key.
    """
    due = Q(retry_at__lte=now, payment__gateway__in=list(gateways)) & ~Q(state__in=["done", "overtaken"])
    due &= ~Q(payment__state="disputed") | Q(state="sent")
    locked = PaymentReturn.objects.select_for_update(skip_locked=True, of=("self",)).select_related("payment")
    rows = list(locked.filter(due).order_by("retry_at")[:limit])
    for row in rows:
        row.state, row.attempts = RETURN_STATES[row.state, "send"], row.attempts + 1
        row.retry_at = now + timedelta(seconds=UNANSWERED_SECONDS)
    PaymentReturn.objects.bulk_update(rows, ["state", "attempts", "retry_at"])
    return [DueReturn(r.id, r.payment.gateway, r.payment.provider_ref, r.amount_minor, r.currency) for r in rows]


@transaction.atomic
def postpone_return(*, return_id: UUID, error: str, now: datetime) -> None:
    """Note that a return could not be asked for (or not surely) and when to ask again; shown from the third time on."""
    row = PaymentReturn.objects.select_for_update().get(id=return_id)
    if row.state == "sent":
        row.state = RETURN_STATES["sent", "fail"]
        _schedule(row, error, now)
        if row.attempts >= ATTEMPTS_SHOWN:
            _show(row, now)


def lock_exception(*, actor: Actor, exception_id: UUID) -> MoneyException:
    """Return an exception under lock, for an operator's decision. Errors: Forbidden, NotFound."""
    require_role(actor, "operator")
    row = MoneyException.objects.select_for_update().filter(id=exception_id).first()
    if row is None:
        raise NotFound()
    return row


def decide_exception(row: MoneyException, decision: str, *, kinds: Sequence[str]) -> bool:
    """Return whether `decision` is still to be made on a locked exception; False when it was made.

    Errors: NotDecidable (another kind), AlreadyDecided (another decision).
    """
    if row.kind not in kinds:
        raise NotDecidable(decision=decision, kind=row.kind)
    if row.closed_at is not None and row.decision != decision:
        raise AlreadyDecided(decision=row.decision)
    return row.closed_at is None


def end_exception(row: MoneyException, decision: str, *, actor: Actor, now: datetime, note: str = "") -> MoneyException:
    """Close a locked exception with who, when and why, and return it."""
    row.closed_at, row.closed_by_id, row.decision = now, actor.person_id, decision
    row.note = (f"{row.note}; {note}" if row.note and note else row.note or note)[:300]
    row.save(update_fields=["closed_at", "closed_by_id", "decision", "note"])
    data = {"exception_id": row.id, "kind": row.kind, "decision": decision, "difference_minor": row.difference_minor}
    record(Happened("exception.decided", row.subject_id, now, data, actor.person_id))
    return row


@transaction.atomic
def acknowledge(*, actor: Actor, now: datetime, exception_id: UUID, note: str) -> MoneyException:
    """Close an exception that moves no money by itself, with a note. Again: the same answer.

    A settlement that is stuck holds its payees' money: it ends by trying again, not by a note.
    Errors: Forbidden, NotFound, NotDecidable, AlreadyDecided.
    """
    row = lock_exception(actor=actor, exception_id=exception_id)
    if row.kind == "stuck" and row.note.startswith(SETTLEMENT):
        raise NotDecidable(decision="acknowledged", kind=row.kind)
    kinds = ("unknown", "currency", "no_lines", "time_order", "stuck")
    if decide_exception(row, "acknowledged", kinds=kinds):
        end_exception(row, "acknowledged", actor=actor, now=now, note=note)
    return row


@transaction.atomic
def retry_return(*, actor: Actor, now: datetime, exception_id: UUID) -> MoneyException:
    """Have a failed return tried again now. The exception closes when it succeeds. Errors: Forbidden, NotFound,
    NotDecidable."""
    require_role(actor, "operator")
    # The return before what shows it, as whoever hears of its end takes them.
    about = MoneyException.objects.filter(id=exception_id).values_list("subject_id")
    list(PaymentReturn.objects.select_for_update().filter(id__in=about).values_list("id"))
    row = lock_exception(actor=actor, exception_id=exception_id)
    if row.kind != "return_failed":
        raise NotDecidable(decision="retry", kind=row.kind)
    PaymentReturn.objects.filter(id=row.subject_id, state="failed").update(retry_at=now)
    return row
