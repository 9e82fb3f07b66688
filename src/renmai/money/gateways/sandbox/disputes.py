"""Chargebacks at the sandbox: the payer's bank takes a payment back, hears evidence, and decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from renmai.kit.ids import new_id
from renmai.money.gateways.rules import GatewayRefused, RowKind
from renmai.money.gateways.sandbox.books import enter
from renmai.money.gateways.sandbox.models import SandboxCharge, SandboxDispute
from renmai.money.gateways.sandbox.outbox import new_event, queue, told
from renmai.money.gateways.sandbox.queries import left_of
from renmai.money.gateways.sandbox.rules import EVIDENCE_DAYS, REASONS, decided_by


@transaction.atomic
def charge_back(*, ref: str, now: datetime, reason: str = REASONS[0]) -> SandboxCharge:
    """Take what is left of a paid charge back from the merchant, as a payer's bank does. Again: nothing happens."""
    charge = SandboxCharge.objects.select_for_update().get(ref=ref)
    amount = left_of(charge)
    if charge.state != "paid" or amount <= 0:
        return charge
    charge.state = "charged_back"
    charge.save(update_fields=["state"])
    dispute = SandboxDispute.objects.create(
        ref=f"cbk_{new_id().hex}",
        charge_ref=charge.ref,
        amount_minor=amount,
        currency=charge.paid_currency,
        reason=reason,
        due_by=now + timedelta(days=EVIDENCE_DAYS),
        opened_at=now,
    )
    enter(RowKind.CHARGEBACK, dispute.ref, -amount, dispute.currency, now)
    _tell(charge, dispute, "payment.chargeback", now)
    return charge


@transaction.atomic
def decide_dispute(*, charge_ref: str, won: bool, now: datetime) -> SandboxCharge:
    """End the open dispute of a charge for the merchant (the money returns) or for the payer. None open: nothing."""
    charge = SandboxCharge.objects.select_for_update().get(ref=charge_ref)
    dispute = SandboxDispute.objects.select_for_update().filter(charge_ref=charge_ref, state="open").first()
    if dispute is not None:
        _end(charge, dispute, won, now)
    return charge


def _end(charge: SandboxCharge, dispute: SandboxDispute, won: bool, now: datetime) -> None:
    dispute.state, dispute.ended_at = ("won" if won else "lost"), now
    dispute.save(update_fields=["state", "ended_at"])
    if won:
        charge.state = "paid"
        charge.save(update_fields=["state"])
        enter(RowKind.CHARGEBACK_WON, dispute.ref, dispute.amount_minor, dispute.currency, now)
    _tell(charge, dispute, "payment.chargeback_won" if won else "payment.chargeback_lost", now)


@transaction.atomic
def take_evidence(*, ref: str, words: str, files: Sequence[object], now: datetime) -> SandboxDispute:
    """Keep a merchant's evidence; words that name an end bring it about at once (see `decided_by`).

    The same evidence again is taken; after the end nothing is. Errors: GatewayRefused.
    """
    found = SandboxDispute.objects.filter(ref=ref).first()
    if found is None:
        raise GatewayRefused(reason="no such chargeback")
    charge = SandboxCharge.objects.select_for_update().get(ref=found.charge_ref)
    dispute = SandboxDispute.objects.select_for_update().get(ref=ref)
    if (dispute.words, dispute.files) == (words, list(files)):
        return dispute
    if dispute.state != "open" or now > dispute.due_by:
        raise GatewayRefused(reason="the chargeback hears no evidence any more")
    dispute.words, dispute.files = words, list(files)
    dispute.save(update_fields=["words", "files"])
    won = decided_by(words)
    if won is not None:
        _end(charge, dispute, won, now)
    return dispute


def _tell(charge: SandboxCharge, dispute: SandboxDispute, kind: str, now: datetime) -> None:
    body = told(kind, charge.ref, dispute.amount_minor, dispute.currency, now)
    extra = {"chargeback_ref": dispute.ref, "reason": dispute.reason, "due_by": dispute.due_by.isoformat()}
    queue(charge.notify_url, new_event(), body | extra, now)
