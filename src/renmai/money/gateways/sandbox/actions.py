"""What happens at the sandbox: pages opened, paid or declined, money given back or handed out, messages queued."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from renmai.kit.ids import new_id
from renmai.money.gateways.rules import BadMessage, GatewayRefused, Page, RowKind
from renmai.money.gateways.sandbox.books import enter
from renmai.money.gateways.sandbox.models import SandboxCharge, SandboxReturn
from renmai.money.gateways.sandbox.outbox import new_event, queue, told
from renmai.money.gateways.sandbox.queries import left_of
from renmai.money.gateways.sandbox.rules import (
    COMES_BACK_SECONDS,
    DELAY_SECONDS_MAX,
    PAYOUT_COMES_BACK,
    PAYOUT_FAILS,
    Behaviour,
    deliveries,
    paid_amount,
)

PAID = frozenset({"paid", "charged_back"})


def open_charge(page: Page, *, now: datetime) -> SandboxCharge:
    """Return the charge of a verified page, made when it is opened first."""
    charge, _ = SandboxCharge.objects.get_or_create(
        ref=page.ref,
        defaults={
            "amount_minor": page.amount_minor,
            "currency": page.currency,
            "method": page.method,
            "title": page.title[:200],
            "notify_url": page.notify_url,
            "back_url": page.back_url,
            "created_at": now,
        },
    )
    return charge


@transaction.atomic
def pay_charge(
    *, ref: str, now: datetime, behaviour: Behaviour = Behaviour.NORMAL, delay_seconds: int = 0
) -> SandboxCharge:
    """Take the payer's money and queue what the merchant will hear. A charge that is paid stays as it is."""
    charge = SandboxCharge.objects.select_for_update().get(ref=ref)
    if charge.state in PAID:
        return charge
    charge.paid_minor, charge.paid_currency = paid_amount(behaviour, charge.amount_minor, charge.currency)
    charge.state, charge.return_faults = "paid", int(behaviour is Behaviour.RETURN_FAILS)
    charge.save(update_fields=["paid_minor", "paid_currency", "state", "return_faults"])
    enter(RowKind.CAPTURE, charge.ref, charge.paid_minor, charge.paid_currency, now)
    delay = min(max(delay_seconds, 0), DELAY_SECONDS_MAX)
    ids = {kind: new_event() for kind, _ in deliveries(behaviour, delay)}
    for kind, seconds in deliveries(behaviour, delay):
        # What failed was tried before what worked, and is told after it.
        at = now - timedelta(minutes=1) if kind == "payment.failed" else now
        queue(charge.notify_url, ids[kind], _about(charge, kind, at), now + timedelta(seconds=seconds))
    return charge


@transaction.atomic
def remember_paid(page: Page, *, paid_minor: int, now: datetime) -> SandboxCharge:
    """Return the charge of a page as one that was paid at `now` and told of: the past, for the demo."""
    charge = open_charge(page, now=now)
    charge.state, charge.paid_minor, charge.paid_currency = "paid", paid_minor, page.currency
    charge.save(update_fields=["state", "paid_minor", "paid_currency"])
    enter(RowKind.CAPTURE, charge.ref, paid_minor, page.currency, now)
    return charge


@transaction.atomic
def decline_charge(*, ref: str, now: datetime) -> SandboxCharge:
    """Refuse the payer this time; the page stays open for another try. A paid charge stays as it is."""
    charge = SandboxCharge.objects.select_for_update().get(ref=ref)
    if charge.state == "open":
        charge.state = "declined"
        charge.save(update_fields=["state"])
        queue(charge.notify_url, new_event(), _about(charge, "payment.failed", now), now)
    return charge


def _about(charge: SandboxCharge, kind: str, at: datetime) -> dict[str, Any]:
    amount = charge.paid_minor if charge.paid_currency else charge.amount_minor
    return told(kind, charge.ref, amount, charge.paid_currency or charge.currency, at)


@transaction.atomic
def take_return(*, key: str, charge_ref: str, amount_minor: int, currency: str, now: datetime) -> SandboxReturn:
    """Give money of a charge back, once per key; a key that failed is tried again.

    Errors: GatewayRefused (no such charge), BadMessage (the key was used for something else).
    """
    charge = SandboxCharge.objects.select_for_update().filter(ref=charge_ref).first()
    if charge is None:
        raise GatewayRefused(reason="no such charge")
    fresh = SandboxReturn(
        ref=f"rtn_{new_id().hex}",
        key=key,
        charge_ref=charge_ref,
        amount_minor=amount_minor,
        currency=currency,
        notify_url=charge.notify_url,
        state="",
        attempts=0,
        created_at=now,
    )
    given_back = _known(fresh)
    if given_back.state != "done":
        reason = _return_fault(charge, given_back)
        given_back.state, given_back.attempts = ("failed" if reason else "done"), given_back.attempts + 1
        given_back.save()
        if not reason:
            enter(RowKind.REFUND, key, -amount_minor, currency, now)
        _tell(given_back, "return.failed" if reason else "return.done", now, reason=reason)
    else:
        _tell(given_back, "return.done", now)
    return given_back


def _return_fault(charge: SandboxCharge, asked: SandboxReturn) -> str:
    if charge.return_faults:
        charge.return_faults -= 1
        charge.save(update_fields=["return_faults"])
        return "the payer's bank did not answer"
    left = left_of(charge) if charge.state == "paid" else 0
    return "" if asked.amount_minor <= left and asked.currency == charge.paid_currency else "more than is left of it"


@transaction.atomic
def take_payout(
    *, key: str, payee: str, amount_minor: int, currency: str, notify_url: str, now: datetime
) -> SandboxReturn:
    """Hand money out, once per key. Errors: BadMessage (the key was used for something else)."""
    payout = _known(
        SandboxReturn(
            ref=f"out_{new_id().hex}",
            key=key,
            payee=payee,
            amount_minor=amount_minor,
            currency=currency,
            notify_url=notify_url,
            state="",
            created_at=now,
        )
    )
    if not payout.state:
        payout.state = {PAYOUT_FAILS: "failed", PAYOUT_COMES_BACK: "returned"}.get(amount_minor % 100, "paid")
        payout.save()
        _enter_payout(payout, now)
    if payout.state == "failed":
        _tell(payout, "payout.failed", now, reason="the account is closed")
        return payout
    _tell(payout, "payout.paid", now)
    if payout.state == "returned":
        later = now + timedelta(seconds=COMES_BACK_SECONDS)
        _tell(payout, "payout.returned", later, reason="the bank sent it back")
    return payout


def _enter_payout(payout: SandboxReturn, now: datetime) -> None:
    if payout.state != "failed":
        enter(RowKind.PAYOUT, payout.key, -payout.amount_minor, payout.currency, now)
    if payout.state == "returned":
        later = now + timedelta(seconds=COMES_BACK_SECONDS)
        enter(RowKind.PAYOUT_RETURNED, payout.key, payout.amount_minor, payout.currency, later)


def _known(asked: SandboxReturn) -> SandboxReturn:
    """Return the row of the same key, or `asked` saved under it."""
    row, _ = SandboxReturn.objects.select_for_update().get_or_create(
        key=asked.key,
        defaults={
            field.attname: getattr(asked, field.attname)
            for field in SandboxReturn._meta.concrete_fields
            if field.attname != "key"
        },
    )
    same = ("charge_ref", "payee", "amount_minor", "currency")
    if any(getattr(row, name) != getattr(asked, name) for name in same):
        raise BadMessage(why="this key was used for something else")
    return row


def _tell(row: SandboxReturn, kind: str, at: datetime, *, reason: str = "") -> None:
    body = told(kind, row.key, row.amount_minor, row.currency, at)
    if reason:
        body["reason"] = reason
    queue(row.notify_url, f"evt_{row.ref}_{kind}_{row.attempts}", body, at)
