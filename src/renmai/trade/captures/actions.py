"""Pay a checkout, take in what providers say, sweep what nobody paid, and decide what does not add up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound
from renmai.money.gateways.actions import read_webhook
from renmai.money.ledger.rules import HOUSE, UNAPPLIED
from renmai.money.payments.actions import (
    decide_exception,
    end_exception,
    lock_exception,
    take_failed,
    take_unknown,
)
from renmai.money.payments.chargebacks import cover, lock_chargebacks
from renmai.money.payments.lane import (
    NewException,
    NewPayment,
    NewReturn,
    open_exceptions,
    open_returns,
    start_payments,
)
from renmai.money.payments.models import Chargeback, MoneyException, Payment
from renmai.money.payments.rules import CAUGHT, Message, Outcome, Said
from renmai.money.payouts.actions import finish_payout
from renmai.trade.captures.disputes import take_dispute, take_return
from renmai.trade.captures.lane import (
    capture_batch,
    capture_lane,
    end_checkouts,
    expire_batch,
    lock_promotions,
    pay_lane,
)
from renmai.trade.captures.rules import Pay
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order
from renmai.trade.orders.rules import NotNow

log = logging.getLogger("renmai.captures")
BATCH = 200
OVERTAKEN = "overtaken"


def pay_checkout(
    *, actor: Actor, now: datetime, checkout_id: UUID, gateway: str = "", back_url: str = "", key: str = ""
) -> Payment:
    """Return the payment through which the actor pays its checkout: for exactly what is missing, started once.

    Without `gateway` the settings choose it by the checkout's method. The buyer goes on to `pay_url`; it is empty when
    nothing is left to pay (a total of zero is paid at once).
    Errors: SignInNeeded, NotFound (not the actor's), CheckoutOver, UnknownGateway, MethodNotOffered, Busy.
    """
    started = pay_lane.submit(Pay(require_person(actor), checkout_id, key, now, gateway, back_url))
    return Payment.objects.get(id=started.payment_id)


@transaction.atomic
def cancel_checkout(*, actor: Actor, now: datetime, checkout_id: UUID) -> None:
    """End an unpaid checkout of the actor's and release its stock; again is no error.

    Errors: NotFound, NotNow once anything was paid.
    """
    checkout = Checkout.objects.select_for_update().filter(pk=checkout_id, buyer_id=require_person(actor)).first()
    if checkout is None:
        raise NotFound()
    if checkout.state == "cancelled":
        return
    if checkout.state != "open" or checkout.received_minor:
        raise NotNow(state=checkout.state)
    with connection.cursor() as cursor:
        end_checkouts(cursor, [checkout.id], state="cancelled", now=now)


def take_webhook(*, gateway: str, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Outcome]:
    """Verify a provider's webhook and take its messages in; return what each came to. Call outside a transaction.

    Errors: UnknownGateway, BadSignature, BadMessage; Busy (the provider sends it again).
    """
    messages = read_webhook(gateway_name=gateway, headers=headers, body=body, now=now)
    return [take_message(message) for message in messages]


def take_message(message: Message) -> Outcome:
    """Take a verified message in, each (gateway, event id) once, in whatever order they come."""
    return TAKERS[message.kind](message)


def _take_captured(message: Message) -> Outcome:
    outcome = capture_lane.submit(message)
    if outcome is Outcome.UNKNOWN:
        take_unknown(message)
    return outcome


TAKERS: dict[Said, Callable[[Message], Outcome]] = {
    Said.CAPTURED: _take_captured,
    Said.FAILED: take_failed,
    Said.CHARGEBACK: take_dispute,
    Said.CHARGEBACK_WON: take_dispute,
    Said.CHARGEBACK_LOST: take_dispute,
    Said.RETURN_DONE: take_return,
    Said.RETURN_FAILED: take_return,
    Said.PAYOUT_PAID: finish_payout,
    Said.PAYOUT_FAILED: finish_payout,
    Said.PAYOUT_RETURNED: finish_payout,
}


def sweep_expired(*, now: datetime, batches_max: int = 1000) -> int:
    """Expire every checkout whose window is over (a job's body); return how many were looked at.

    A batch that fails is done one by one; a checkout that fails alone stops waiting and is shown (exception `stuck`),
    unless the database itself was in the way: then the next run tries it again.
    """
    total = 0
    for _ in range(batches_max):
        done = _sweep_batch(now)
        total += done
        if done == 0:
            break
    return total


def _sweep_batch(now: datetime) -> int:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            return expire_batch(cursor, now=now, limit=BATCH)
    except Exception:
        log.exception("a batch of expired checkouts failed, one by one")
    due = Checkout.objects.filter(state="open", expires_at__lte=now).order_by("id").values_list("id", flat=True)
    return sum(_sweep_one(checkout_id, now) for checkout_id in due[:BATCH])


def _sweep_one(checkout_id: UUID, now: datetime) -> int:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            return expire_batch(cursor, now=now, limit=1, only=checkout_id)
    except OperationalError:
        log.exception("a checkout waits to expire", extra={"checkout_id": str(checkout_id)})
        return 0
    except Exception as error:
        log.exception("a checkout cannot expire", extra={"checkout_id": str(checkout_id)})
        _park(checkout_id, type(error).__name__, now)
        return 0


@transaction.atomic
def _park(checkout_id: UUID, why: str, now: datetime) -> None:
    checkout = Checkout.objects.select_for_update().get(id=checkout_id)
    checkout.expires_at = None
    checkout.save(update_fields=["expires_at"])
    with connection.cursor() as cursor:
        open_exceptions(cursor, [NewException("stuck", checkout_id, 0, checkout.currency, f"expiry: {why}", now)])


@transaction.atomic
def return_excess(*, actor: Actor, now: datetime, exception_id: UUID) -> MoneyException:
    """Give back what was paid too much for a checkout. Again: the same answer.

    Errors: Forbidden (no operator), NotFound, NotDecidable (not an `excess`), AlreadyDecided.
    """
    row = _lock_decided(actor, exception_id)
    if not decide_exception(row, "return_excess", kinds=("excess",)):
        return row
    checkout = _lock(row.subject_id)
    charged = lock_chargebacks(checkout.id)
    over = checkout.received_minor - checkout.total_minor
    _give_back(checkout, charged, over, row, "excess", now)
    checkout.received_minor = checkout.total_minor
    checkout.save(update_fields=["received_minor"])
    return end_exception(row, "return_excess", actor=actor, now=now)


@transaction.atomic
def return_all(*, actor: Actor, now: datetime, exception_id: UUID) -> MoneyException:
    """Give back all that came in for a checkout paid short, and end it; its stock is free again.

    When the rest came in meanwhile nothing is done and the exception ends as `overtaken`. Again: the same answer.
    Errors: as `return_excess`, for an exception `short`.
    """
    row = _lock_decided(actor, exception_id)
    if not _decide_short(row, "return_all"):
        return row
    checkout = _lock(row.subject_id)
    if checkout.state != "open":
        return end_exception(row, OVERTAKEN, actor=actor, now=now)
    received, checkout.received_minor = checkout.received_minor, 0
    checkout.save(update_fields=["received_minor"])
    with connection.cursor() as cursor:
        lock_promotions(cursor, [checkout.id])
    charged = lock_chargebacks(checkout.id)
    _lock_orders(checkout)
    _give_back(checkout, charged, received, row, "short", now)
    with connection.cursor() as cursor:
        end_checkouts(cursor, [checkout.id], state="cancelled", now=now)
    return end_exception(row, "return_all", actor=actor, now=now)


@transaction.atomic
def accept_short(*, actor: Actor, now: datetime, exception_id: UUID) -> MoneyException:
    """Take a checkout paid short as paid: the platform pays what is missing, as one more payment, and orders go on.

    A refund gives first to the buyer what the buyer paid and the rest to the platform. Again: the same answer; overtaken
    as in `return_all`. Errors: as `return_excess`, for an exception `short`.
    """
    row = _lock_decided(actor, exception_id)
    if not _decide_short(row, "accept_short"):
        return row
    checkout = _lock(row.subject_id)
    if checkout.state != "open":
        return end_exception(row, OVERTAKEN, actor=actor, now=now)
    missing = checkout.total_minor - checkout.received_minor
    payment = NewPayment(new_id(), checkout.id, HOUSE, "cover", missing, checkout.currency, "", now)
    message = Message(HOUSE, row.id.hex, Said.CAPTURED, payment.ref, missing, checkout.currency, now, now)
    with connection.cursor() as cursor:
        start_payments(cursor, [payment])
        capture_batch(cursor, [message])
    return end_exception(row, "accept_short", actor=actor, now=now)


def _lock_decided(actor: Actor, exception_id: UUID) -> MoneyException:
    """Lock an exception about a checkout, and the checkout before it: a chargeback that ends takes them in this order."""
    require_role(actor, "operator")
    about = MoneyException.objects.filter(id=exception_id).values_list("subject_id")
    list(Checkout.objects.select_for_update().filter(id__in=about).values_list("id"))
    return lock_exception(actor=actor, exception_id=exception_id)


def _decide_short(row: MoneyException, decision: str) -> bool:
    overtaken = row.closed_at is not None and row.decision == OVERTAKEN
    return not overtaken and decide_exception(row, decision, kinds=("short",))


def _lock(checkout_id: UUID) -> Checkout:
    return Checkout.objects.select_for_update().get(id=checkout_id)


def _lock_orders(checkout: Checkout) -> None:
    """Orders come before payments and stock in the lock order."""
    list(Order.objects.select_for_update().filter(checkout_id=checkout.id).order_by("id").values_list("id"))


def _give_back(
    checkout: Checkout, rows: Sequence[Chargeback], amount_minor: int, row: MoneyException, reason: str, now: datetime
) -> None:
    """Open returns of `amount_minor` through the checkout's payments, the newest first.

    What came through a payment that was charged back has gone back already: it makes that loss smaller instead.
    """
    rest, returns = amount_minor, []
    captured = Payment.objects.select_for_update().filter(subject_id=checkout.id, state__in=CAUGHT)
    for payment in sorted(captured.order_by("id"), key=lambda each: each.id, reverse=True):
        leg = min(rest, payment.captured_minor - payment.returned_minor)
        if leg > 0:
            rest -= leg
            returns.append(NewReturn(payment.id, checkout.id, row.id, reason, leg, checkout.currency, UNAPPLIED, now))
    with connection.cursor() as cursor:
        open_returns(cursor, returns)
    cover(rows, UNAPPLIED, rest, key=row.id.hex, at=now)
