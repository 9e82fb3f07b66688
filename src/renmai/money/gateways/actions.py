"""What the house asks of providers, and what it hears from them. The only callers of `Gateway`.

Asking is crash-safe without a transaction around a call: a row is claimed and committed, then the provider is asked under
a key it takes once, then its answer counts by its own id.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_role
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, NotFound
from renmai.money.gateways.payees import account_at
from renmai.money.gateways.registry import gateway, gateway_names, takes_payments
from renmai.money.gateways.rules import GatewayRefused, MethodNotOffered, Onward, Payer, return_key
from renmai.money.gateways.tokens import notify_url, read_pay_token
from renmai.money.payments.actions import DueReturn, claim_returns, finish_return, postpone_return
from renmai.money.payments.lane import NewPayment, start_payments
from renmai.money.payments.models import Payment
from renmai.money.payments.rules import Message
from renmai.money.payouts.actions import DuePayout, claim_payouts, finish_payout, postpone_payout, refuse_sent

log = logging.getLogger("renmai.gateways")
PAYABLE = frozenset({"started", "failed"})


def new_payment(
    *,
    subject_id: UUID,
    amount_minor: int,
    currency: str,
    method: str,
    title: str,
    back_url: str,
    gateway_name: str,
    now: datetime,
) -> NewPayment:
    """Return a payment with the address of its page, not yet written. Makes no call.

    Errors: UnknownGateway, MethodNotOffered.
    """
    provider = gateway(gateway_name)
    if method not in provider.methods or not takes_payments(gateway_name):
        raise MethodNotOffered(gateway=gateway_name, method=method)
    payment_id = new_id()
    pay_url = provider.start(
        payment_ref=payment_id.hex,
        amount_minor=amount_minor,
        currency=currency,
        method=method,
        title=title,
        notify_url=notify_url(gateway_name),
        back_url=back_url,
    )
    return NewPayment(payment_id, subject_id, gateway_name, method, amount_minor, currency, pay_url, now)


def start_payment(
    *,
    subject_id: UUID,
    amount_minor: int,
    currency: str,
    method: str,
    title: str,
    back_url: str,
    gateway_name: str = "sandbox",
    now: datetime,
) -> Payment:
    """Start a payment for a subject the caller has authorised, and return it. Every call starts another one.

    Errors: UnknownGateway, MethodNotOffered.
    """
    payment = new_payment(
        subject_id=subject_id,
        amount_minor=amount_minor,
        currency=currency,
        method=method,
        title=title,
        back_url=back_url,
        gateway_name=gateway_name,
        now=now,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        start_payments(cursor, [payment])
    return Payment.objects.get(id=payment.id)


def ask_provider(*, gateway_name: str, token: str, payer: Payer, now: datetime) -> Onward:
    """Return where the payer of a signed pay address goes on: the provider is asked once, what is paid goes back.

    Errors: BadSignature, UnknownGateway, NotFound, GatewayUnavailable (try again), GatewayRefused.
    """
    page = read_pay_token(gateway_name, token)
    state = Payment.objects.filter(gateway=gateway_name, provider_ref=page.ref).values_list("state", flat=True).first()
    if state is None:
        raise NotFound()
    if state not in PAYABLE:
        return Onward(url=page.back_url)
    return gateway(gateway_name).go_on(page=page, payer=payer, now=now)


def read_webhook(*, gateway_name: str, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Message]:
    """Return the verified messages of a webhook.

    Errors: UnknownGateway, BadSignature, BadMessage; GatewayUnavailable (it has to be asked back, and does not answer).
    """
    return gateway(gateway_name).read_message(headers=headers, body=body, now=now)


def webhook_thanks(gateway_name: str) -> bytes | None:
    """Return what a provider wants to read once its message was taken in; None: any answer will do."""
    return gateway(gateway_name).thanks


def fetch_settlement(*, actor: Actor, gateway_name: str, day: date, now: datetime) -> bytes:
    """Return a provider's own settlement file of a day, for an operator to download or to reconcile.

    Errors: Forbidden (no operator), UnknownGateway, GatewayUnavailable (not there yet: ask again), GatewayRefused.
    """
    require_role(actor, "operator")
    return gateway(gateway_name).settlement_file(day=day, now=now)


def send_due_returns(*, now: datetime, limit: int = 50) -> int:
    """Ask providers for the returns that are due (a job's body); return how many were asked for.

    One that cannot be asked for now waits with back-off and holds back no other.
    """
    due = claim_returns(gateways=gateway_names(), now=now, limit=limit)
    return sum(_send_return(each, now) for each in due)


def _send_return(due: DueReturn, now: datetime) -> bool:
    def ask() -> Message | None:
        return gateway(due.gateway).send_return(
            key=return_key(due.id),
            payment_ref=due.payment_ref,
            amount_minor=due.amount_minor,
            currency=due.currency,
            now=now,
        )

    fault = _asked(ask, finish_return)
    if fault is not None:
        postpone_return(return_id=due.id, error=str(fault), now=now)
    return fault is None


def send_due_payouts(*, now: datetime, limit: int = 50) -> int:
    """Ask providers for approved payouts (a job's body); return how many were asked for.

    A refusal is final for this round: the money goes back to the payee with the reason. No answer is none: asked again.
    """
    return sum(_send_payout(due, now) for due in claim_payouts(gateways=gateway_names(), now=now, limit=limit))


def _send_payout(due: DuePayout, now: datetime) -> bool:
    def ask() -> Message | None:
        return gateway(due.gateway).send_payout(
            key=due.key,
            payee_ref=account_at(due.gateway, due.payee),
            amount_minor=due.amount_minor,
            currency=due.currency,
            now=now,
        )

    fault = _asked(ask, finish_payout)
    if isinstance(fault, GatewayRefused):
        refuse_sent(payout_id=due.id, round_number=due.round, reason=str(fault), now=now)
    elif fault is not None:
        postpone_payout(payout_id=due.id, error=str(fault), now=now)
    return fault is None


def _asked(ask: Callable[[], Message | None], finish: Callable[[Message], object]) -> Exception | None:
    """Ask a provider and take an answer that comes at once; return what went wrong, or None."""
    try:
        answer = ask()
        if answer is not None:
            finish(answer)
    except DomainError as error:
        return error
    except Exception as error:
        log.exception("a provider could not be asked")
        return error
    return None
