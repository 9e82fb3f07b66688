"""Chargebacks, as far as money alone goes: what was lost, what fills it, evidence and its sending.

Who holds splits and orders meanwhile, and who bears a loss, is the subject's wing. `chargeback` stands at what was lost and
not yet borne by anyone: amount - covered of each that is open, answered, or lost and not decided; zero otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.media.models import Media
from renmai.kit.problems import DomainError, NotFound
from renmai.money.ledger.rules import CHARGEBACK, RETURN_DUE, Move, gateway_account
from renmai.money.payments.actions import mark_of, move_money, open_exception, take_unknown
from renmai.money.payments.lane import NewException, NewReturn, open_returns
from renmai.money.payments.models import Chargeback, MoneyException, Payment, PaymentReturn
from renmai.money.payments.rules import (
    CAUGHT,
    CHARGEBACK_OPEN,
    CHARGEBACK_STATES,
    PAYMENT_STATES,
    RETURN_STATES,
    UNANSWERED_SECONDS,
    Message,
    payment_event,
    retry_seconds,
)

FILES_MAX = 10
WORDS_MAX = 4000


class ChargebackEarly(DomainError):
    """A chargeback of a payment whose capture has not been told yet. The provider sends it again."""

    code = "chargeback.early"
    status = 409
    message = "The payment this is about has not been captured yet. Please send it again."


class ChargebackNotNow(DomainError):
    """The state does not allow this (any more)."""

    code = "chargeback.not_now"
    status = 409
    message = "This cannot be done while the chargeback is {state}."


class EvidenceTooLate(DomainError):
    """The day until which the bank hears evidence is over."""

    code = "chargeback.too_late"
    status = 409
    message = "The bank heard evidence until {answer_by}."


class EvidenceMissing(DomainError):
    """Evidence without words, or with files that are not there or too many."""

    code = "chargeback.evidence_missing"
    status = 422
    message = "Evidence needs words, and at most {files_max} files that you handed in."


def lock_chargebacks(subject_id: UUID) -> list[Chargeback]:
    """Lock the chargebacks of a subject's payments, in key order, before its splits, orders and payments."""
    rows = Chargeback.objects.select_for_update(of=("self",)).filter(payment__subject_id=subject_id)
    return list(rows.order_by("id"))


def ref_of(message: Message) -> str:
    """Return the provider's own name of a chargeback; one without a name is its payment's only one."""
    return str(message.extra.get("chargeback_ref") or message.provider_ref)[:80]


def fits(message: Message, payment: Payment, known: Chargeback | None) -> bool:
    """Return whether a message can be about this payment: its currency, an amount, and what was told before."""
    asked = (payment.currency, known.amount_minor if known else message.amount_minor)
    return message.amount_minor > 0 and (message.currency, message.amount_minor) == asked


def open_chargeback(message: Message, payment: Payment) -> Chargeback:
    """Take in that the payer's bank took money back from a locked, captured payment: `chargeback` -> gateway.

    What is still there of the payment is reserved: neither a return nor another chargeback can take it. Shown to an
    operator. Errors: ChargebackEarly.
    """
    if payment.state not in CAUGHT:
        raise ChargebackEarly()
    amount, at = message.amount_minor, message.received_at
    reserved = min(amount, payment.captured_minor - payment.returned_minor)
    row = Chargeback.objects.create(
        payment=payment, provider_ref=ref_of(message), amount_minor=amount, currency=payment.currency,
        reason=str(message.extra.get("reason", ""))[:120], answer_by=message.extra.get("due_by"), opened_at=at,
        reserved_minor=reserved,
    )  # fmt: skip
    payment.returned_minor += reserved
    payment.state = PAYMENT_STATES[payment.state, "dispute"]
    payment.save(update_fields=["returned_minor", "state"])
    move_money(_move(row, payment, CHARGEBACK, gateway_account(payment.gateway), amount, "chargeback", at))
    open_exception(NewException("chargeback", row.id, -amount, row.currency, row.reason, at))
    _record(row, payment, at)
    MoneyException.objects.filter(kind="unknown", subject_id=mark_of(message), closed_at=None).update(
        closed_at=at, decision="overtaken"
    )
    return row


def tell_more(row: Chargeback, message: Message) -> None:
    """Keep what a message says about a chargeback that was known already."""
    row.reason = row.reason or str(message.extra.get("reason", ""))[:120]
    row.answer_by = row.answer_by or message.extra.get("due_by")
    row.save(update_fields=["reason", "answer_by"])


def end_chargeback(row: Chargeback, message: Message, payment: Payment, rows: Iterable[Chargeback]) -> bool:
    """Take in how a locked chargeback ended, `win` or `lose`; return whether it ended now.

    Won, the money is back: gateway -> `chargeback`; what was covered meanwhile was the payer's and is given back. Lost,
    returns that had not gone out are overtaken by it. The other end afterwards is shown and changes nothing.
    """
    event = "win" if message.kind.value.endswith("won") else "lose"
    state = CHARGEBACK_STATES.get((row.state, event))
    if state is None:
        if row.state != {"win": "won", "lose": "lost"}[event]:
            take_unknown(message)
        return False
    row.state, row.ended_at, row.retry_at = state, message.received_at, None
    payment.state = PAYMENT_STATES[payment.state, payment_event(each.state for each in rows)]
    (_win if event == "win" else _lose)(row, payment, message.received_at)
    row.save()
    return True


def _win(row: Chargeback, payment: Payment, at: datetime) -> None:
    payment.returned_minor -= row.reserved_minor
    row.reserved_minor = 0
    payment.save(update_fields=["state", "returned_minor"])
    source = gateway_account(payment.gateway)
    move_money(_move(row, payment, source, CHARGEBACK, row.amount_minor, "chargeback_won", at))
    if row.covered_minor:
        owed = NewReturn(
            payment.id, payment.subject_id, row.id, "chargeback", row.covered_minor, row.currency, CHARGEBACK, at
        )
        with connection.cursor() as cursor:
            open_returns(cursor, [owed])
    close_shown(row, "won", at)
    _record(row, payment, at)


def _lose(row: Chargeback, payment: Payment, at: datetime) -> None:
    payment.save(update_fields=["state"])
    overtake_returns([row], payment, at)
    _record(row, payment, at)


def overtake_returns(rows: Iterable[Chargeback], payment: Payment, at: datetime) -> None:
    """End returns that cannot go out because lost chargebacks took the same money: `return_due` -> `chargeback`.

    Only as many as the bank took beyond what was there; one that was asked for and not answered is left to the provider.
    """
    waiting = list(
        PaymentReturn.objects.select_for_update().filter(payment=payment, state__in=["due", "failed"]).order_by("id")
    )
    for row in rows:
        for back in waiting:
            if row.state == "lost" and not row.bearer and back.state != "overtaken":
                _overtake(row, back, at)


def _overtake(row: Chargeback, back: PaymentReturn, at: datetime) -> None:
    if back.amount_minor > row.amount_minor - row.reserved_minor:
        return
    back.state, back.retry_at, back.done_at = RETURN_STATES[back.state, "overtake"], None, at
    back.save(update_fields=["state", "retry_at", "done_at"])
    row.reserved_minor += back.amount_minor
    row.covered_minor += back.amount_minor
    row.save(update_fields=["reserved_minor", "covered_minor"])
    key = f"return_overtaken:{back.id}"
    moved = Move(RETURN_DUE, CHARGEBACK, back.amount_minor, back.currency, "return_overtaken", back.subject_id, key, at)
    move_money(moved)
    MoneyException.objects.filter(kind="return_failed", subject_id=back.id, closed_at=None).update(
        closed_at=at, decision="overtaken"
    )


def left_to_cover(row: Chargeback) -> int:
    """Return what of a chargeback nobody has borne yet, in minor units; 0 once it is won or decided."""
    if row.state == "won" or row.bearer:
        return 0
    return row.amount_minor - row.covered_minor


def cover(rows: Sequence[Chargeback], source: str, amount_minor: int, *, key: str, at: datetime) -> int:
    """Fill locked chargebacks with up to `amount_minor` of money that was the payer's anyway; return what is left of it."""
    rest = amount_minor
    for row in rows:
        part = min(rest, left_to_cover(row))
        if part > 0:
            rest -= part
            row.covered_minor += part
            row.save(update_fields=["covered_minor"])
            subject_id = Payment.objects.values_list("subject_id", flat=True).get(id=row.payment_id)
            move_money(
                Move(
                    source,
                    CHARGEBACK,
                    part,
                    row.currency,
                    "charged_back",
                    subject_id,
                    f"charged_back:{row.id}:{key}",
                    at,
                )
            )
    return rest


def bear(row: Chargeback, source: str, amount_minor: int, payment: Payment, at: datetime) -> None:
    """Move what `source` bears of a lost chargeback; nothing when it is 0."""
    move_money(_move(row, payment, source, CHARGEBACK, amount_minor, "chargeback_borne", at))


def close_decided(row: Chargeback, bearer: str, *, at: datetime, by_id: UUID | None) -> None:
    """Write who bears a lost chargeback and close what was shown."""
    row.bearer, row.decided_at, row.decided_by_id = bearer, at, by_id
    row.save(update_fields=["bearer", "decided_at", "decided_by_id"])
    close_shown(row, bearer, at, by_id)
    data = {"bearer": bearer, "amount_minor": row.amount_minor, "payment_id": row.payment_id}
    record(Happened("chargeback.decided", row.id, at, data, by_id))


def close_shown(row: Chargeback, decision: str, at: datetime, by_id: UUID | None = None) -> None:
    """Close the exception that shows a chargeback."""
    MoneyException.objects.filter(kind="chargeback", subject_id=row.id, closed_at=None).update(
        closed_at=at, closed_by_id=by_id, decision=decision
    )


def _move(row: Chargeback, payment: Payment, debit: str, credit: str, amount: int, kind: str, at: datetime) -> Move:
    return Move(debit, credit, amount, row.currency, kind, payment.subject_id, f"{kind}:{row.id}", at)


def _record(row: Chargeback, payment: Payment, at: datetime) -> None:
    kind = {"open": "payment.disputed", "won": "payment.dispute_won", "lost": "payment.charged_back"}[row.state]
    data = {"chargeback_id": row.id, "payment_id": payment.id, "amount_minor": row.amount_minor}
    record(Happened(kind, payment.subject_id, at, data))


@transaction.atomic
def answer_chargeback(
    *, actor: Actor, now: datetime, chargeback_id: UUID, words: str, media_ids: Sequence[UUID] = ()
) -> Chargeback:
    """Write down the evidence against an open chargeback; a job sends it to the provider. New evidence replaces old.

    `media_ids` are pictures and documents of the actor's. The same evidence again changes nothing.
    Errors: Forbidden (no operator), NotFound, ChargebackNotNow (it ended), EvidenceTooLate, EvidenceMissing.
    """
    require_role(actor, "operator")
    row = Chargeback.objects.select_for_update().filter(id=chargeback_id).first()
    if row is None:
        raise NotFound()
    if (row.state, "answer") not in CHARGEBACK_STATES:
        raise ChargebackNotNow(state=row.state)
    if row.answer_by is not None and now > row.answer_by:
        raise EvidenceTooLate(answer_by=row.answer_by)
    kept = [str(each) for each in dict.fromkeys(media_ids)]
    if (row.words, row.media_ids) == (words.strip(), kept) and row.answered_at:
        return row
    _check_evidence(actor, words, kept)
    row.state = CHARGEBACK_STATES[row.state, "answer"]
    row.words, row.media_ids, row.answered_by_id, row.answered_at = words.strip(), kept, actor.person_id, now
    row.sent_at, row.error, row.attempts, row.retry_at = None, "", 0, now
    row.save()
    record(Happened("chargeback.answered", row.id, now, {"files": len(kept)}, actor.person_id))
    return row


def _check_evidence(actor: Actor, words: str, media_ids: Sequence[str]) -> None:
    own = Media.objects.filter(id__in=media_ids, owner_id=actor.person_id).count()
    if not 1 <= len(words.strip()) <= WORDS_MAX or len(media_ids) > FILES_MAX or own != len(media_ids):
        raise EvidenceMissing(files_max=FILES_MAX)


@dataclass(frozen=True, slots=True)
class DueEvidence:
    """Evidence that was claimed for sending. `key` is new for every answer, so the provider takes each once."""

    id: UUID
    key: str
    gateway: str
    provider_ref: str
    words: str
    media_ids: tuple[UUID, ...]
    answered_at: datetime


@transaction.atomic
def claim_evidence(*, gateways: Sequence[str], now: datetime, limit: int) -> list[DueEvidence]:
    """Claim evidence that is due to be sent; see `claim_returns`."""
    locked = Chargeback.objects.select_for_update(skip_locked=True, of=("self",)).select_related("payment")
    due = locked.filter(retry_at__lte=now, state="answered", payment__gateway__in=list(gateways))
    rows = list(due.order_by("retry_at")[:limit])
    for row in rows:
        row.attempts, row.retry_at = row.attempts + 1, now + timedelta(seconds=UNANSWERED_SECONDS)
    Chargeback.objects.bulk_update(rows, ["attempts", "retry_at"])
    return [_due(row) for row in rows]


def _due(row: Chargeback) -> DueEvidence:
    if row.answered_at is None:
        raise AssertionError("answered without a time")
    key = f"{row.id.hex}-{int(row.answered_at.timestamp())}"
    media = tuple(UUID(each) for each in row.media_ids)
    return DueEvidence(row.id, key, row.payment.gateway, row.provider_ref, row.words, media, row.answered_at)


@transaction.atomic
def note_evidence(*, due: DueEvidence, error: str, final: bool, now: datetime) -> None:
    """Note how sending evidence went: sent (no `error`), refused for good (`final`), or to be tried again.

    What was answered anew meanwhile, or ended, stays as it is.
    """
    row = Chargeback.objects.select_for_update().get(id=due.id)
    if row.state not in CHARGEBACK_OPEN or row.answered_at != due.answered_at:
        return
    row.error = error[:200]
    row.sent_at = None if error else now
    row.retry_at = now + timedelta(seconds=retry_seconds(row.attempts)) if error and not final else None
    row.save(update_fields=["error", "sent_at", "retry_at"])
    kind = "chargeback.unsent" if error else "chargeback.sent"
    record(Happened(kind, row.id, now, {"reason": row.error}))
