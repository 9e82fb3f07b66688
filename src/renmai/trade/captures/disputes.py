"""What a provider says about chargebacks, and what it does to the checkout it was paid for.

While one is open, or lost and not decided, the splits of the checkout's orders are held: nothing of it settles.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from renmai.money.ledger.rules import UNAPPLIED
from renmai.money.payments.actions import finish_return, first_time, note_message, take_unknown
from renmai.money.payments.chargebacks import (
    ChargebackEarly,
    close_decided,
    cover,
    end_chargeback,
    fits,
    left_to_cover,
    lock_chargebacks,
    open_chargeback,
    overtake_returns,
    ref_of,
    tell_more,
)
from renmai.money.payments.models import Chargeback, MoneyException, Payment, PaymentReturn
from renmai.money.payments.rules import NOBODY, Message, Outcome, Said
from renmai.money.splits.lane import hold_splits, lock_splits, release_splits
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order


def take_dispute(message: Message) -> Outcome:
    """Take in a chargeback or its end, each message once, whatever came first.

    An end that comes before the beginning opens and ends it; the beginning then only adds what it knows. One for a
    payment that is not captured yet is shown and refused, so that the provider sends it again.
    Errors: ChargebackEarly.
    """
    try:
        return _take(message)
    except ChargebackEarly:
        take_unknown(message)
        raise


@transaction.atomic
def _take(message: Message) -> Outcome:
    if not first_time(message):
        return Outcome.REPEATED
    known = Payment.objects.filter(gateway=message.gateway, provider_ref=message.provider_ref).first()
    if known is None:
        take_unknown(message)
        return note_message(message, Outcome.UNKNOWN)
    checkout = Checkout.objects.select_for_update().filter(id=known.subject_id).first()
    rows = lock_chargebacks(known.subject_id)
    orders = lock_orders_splits(known.subject_id)
    payment = Payment.objects.select_for_update().get(id=known.id)
    return note_message(message, _follow(message, payment, checkout, rows, orders))


def _follow(
    message: Message, payment: Payment, checkout: Checkout | None, rows: list[Chargeback], orders: Sequence[UUID]
) -> Outcome:
    own = [each for each in rows if each.payment_id == payment.id]
    row = next((each for each in own if each.provider_ref == ref_of(message)), None)
    if not fits(message, payment, row):
        take_unknown(message)
        return Outcome.UNKNOWN
    if row is None:
        row = open_chargeback(message, payment)
        own.append(row)
        hold_orders(orders, message.received_at)
    else:
        tell_more(row, message)
    if message.kind is not Said.CHARGEBACK and end_chargeback(row, message, payment, own):
        _after_end(row, checkout, orders, message.received_at)
    return Outcome.NOTED


def _after_end(row: Chargeback, checkout: Checkout | None, orders: Sequence[UUID], at: datetime) -> None:
    if row.state == "won":
        release_orders(orders, at)
        return
    if checkout is not None:
        _take_apart(row, checkout, at)
    if left_to_cover(row) == 0:
        close_decided(row, NOBODY, at=at, by_id=None)
        release_orders(orders, at)


def _take_apart(row: Chargeback, checkout: Checkout, at: datetime) -> None:
    """Fill a loss first with what lies apart for the checkout: paid in part, or too much. It was the payer's."""
    apart = checkout.received_minor - (checkout.total_minor if checkout.state == "paid" else 0)
    if checkout.state not in {"open", "paid"} or row.currency != checkout.currency or apart <= 0:
        return
    checkout.received_minor -= apart - cover([row], UNAPPLIED, apart, key="apart", at=at)
    fields = ["received_minor"]
    if checkout.received_minor == 0 and checkout.state == "open":
        _shown(checkout.id, "short").update(closed_at=at, decision="overtaken")
        if checkout.expires_at is None:
            checkout.expires_at = at
            fields.append("expires_at")
    if checkout.state == "paid" and checkout.received_minor == checkout.total_minor:
        _shown(checkout.id, "excess").update(closed_at=at, decision="overtaken")
    checkout.save(update_fields=fields)


def _shown(checkout_id: UUID, kind: str) -> QuerySet[MoneyException]:
    return MoneyException.objects.filter(kind=kind, subject_id=checkout_id, closed_at=None)


def lock_orders_splits(checkout_id: UUID) -> list[UUID]:
    """Lock the splits of a checkout's orders; return the orders' ids, in key order."""
    ids = list(Order.objects.filter(checkout_id=checkout_id).order_by("id").values_list("id", flat=True))
    with connection.cursor() as cursor:
        lock_splits(cursor, ids)
    return ids


def hold_orders(order_ids: Sequence[UUID], at: datetime) -> None:
    """Stop the clock of these orders' locked splits."""
    with connection.cursor() as cursor:
        hold_splits(cursor, [(order_id, at) for order_id in order_ids])


def release_orders(order_ids: Sequence[UUID], at: datetime) -> None:
    """Take back one hold of each of these orders' locked splits."""
    with connection.cursor() as cursor:
        release_splits(cursor, [(order_id, at) for order_id in order_ids])


def take_return(message: Message) -> Outcome:
    """Take the provider's word on a return; one that failed because the bank had taken the money is overtaken."""
    outcome = finish_return(message)
    if message.kind is Said.RETURN_FAILED and outcome is Outcome.NOTED:
        _overtake(UUID(message.provider_ref), message.received_at)
    return outcome


@transaction.atomic
def _overtake(return_id: UUID, at: datetime) -> None:
    payment = PaymentReturn.objects.select_related("payment").get(id=return_id).payment
    if payment.state != "charged_back":
        return
    checkout = Checkout.objects.select_for_update().filter(id=payment.subject_id).first()
    rows = [each for each in lock_chargebacks(payment.subject_id) if each.payment_id == payment.id]
    orders = lock_orders_splits(payment.subject_id) if checkout else []
    payment = Payment.objects.select_for_update().get(id=payment.id)
    overtake_returns(rows, payment, at)
    for row in rows:
        if row.state == "lost" and not row.bearer and left_to_cover(row) == 0:
            close_decided(row, NOBODY, at=at, by_id=None)
            release_orders(orders, at)
