"""Tables of deposits."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class EntryKind(models.TextChoices):
    """What a deposit moved for."""

    PAID_IN = "paid_in"
    FROM_EARNINGS = "from_earnings"
    COVERED = "covered"
    FORFEITED = "forfeited"
    RETURNED = "returned"


class DepositEntry(models.Model):
    """One movement of a supplier's deposit: `amount_minor` above zero came in, below zero went out. Never changed.

    Each has one transfer of the ledger, with the same id as its subject; the sum of a supplier's is its account's balance.
    `reference` is the bank's, of what was paid in: each counts once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier_id = models.UUIDField()
    kind = models.CharField(max_length=14, choices=EntryKind)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    by_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["paid_in", "from_earnings"], amount_minor__gt=0)
                | Q(kind__in=["covered", "forfeited", "returned"], amount_minor__lt=0),
                name="deposit_signed",
            ),
            models.UniqueConstraint(
                fields=["supplier_id", "reference"], condition=~Q(reference=""), name="deposit_reference_once"
            ),
        ]
        indexes = [models.Index(fields=["supplier_id", "-id"], name="deposit_supplier")]


class ReturnState(models.TextChoices):
    """Where a request for a deposit stands (see rules.RETURN_STATES)."""

    REQUESTED = "requested"
    RETURNED = "returned"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class DepositReturn(models.Model):
    """A supplier asks for its deposit, or a part of it, back; an operator decides. One open request a supplier."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=ReturnState, default=ReturnState.REQUESTED)
    reason = models.CharField(max_length=300, blank=True)
    requested_by_id = models.UUIDField()
    requested_at = models.DateTimeField()
    decided_by_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="depositreturn_positive"),
            models.UniqueConstraint(fields=["supplier_id"], condition=Q(state="requested"), name="depositreturn_open"),
        ]
        indexes = [models.Index(fields=["state", "id"], name="depositreturn_queue")]
