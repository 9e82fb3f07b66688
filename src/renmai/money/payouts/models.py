"""Tables of payouts, of who stands behind a payee, and of the tax withheld."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id
from renmai.money.payouts.rules import waits_for


class PayoutState(models.TextChoices):
    """Where a payout stands (see rules.PAYOUT_STATES)."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SENT = "sent"
    PAID = "paid"
    REFUSED = "refused"
    FAILED = "failed"
    RETURNED = "returned"


class Payout(models.Model):
    """A request to hand a balance out. The same row is retried; it is never paid twice.

    `withheld_minor` of it goes to the tax office, where that rule is on; the rest is what the payee receives.
    `round` counts how often it set out: a round ends only by the provider's word, and the provider takes each round once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payee = models.CharField(max_length=60)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=20, choices=PayoutState, default=PayoutState.REQUESTED)
    requested_by_id = models.UUIDField()
    approved_by_id = models.UUIDField(null=True)
    gateway = models.CharField(max_length=20, default="sandbox")
    round = models.PositiveSmallIntegerField(default=1)
    provider_ref = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    withheld_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_positive")]
        indexes = [
            models.Index(fields=["payee", "-requested_at"], name="payout_payee"),
            models.Index(fields=["state", "retry_at"], name="payout_queue"),
        ]

    @property
    def waits_for(self) -> str:
        """Return what it waits for (see rules.waits_for)."""
        return waits_for(self.state, self.reason)

    @property
    def net_minor(self) -> int:
        """Return what the payee receives: the amount less what is withheld."""
        return self.amount_minor - self.withheld_minor


class PayeeDetails(models.Model):
    """Who stands behind a payee's account, for invoices and for the tax office. Shown to the payee and to operators."""

    payee = models.CharField(max_length=60, primary_key=True)
    kind = models.CharField(max_length=10)
    legal_name = models.CharField(max_length=120)
    tax_number = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=300, blank=True)
    changed_by_id = models.UUIDField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=["person", "company"]), name="payee_kind_known")]


class TaxWithheld(models.Model):
    """What was withheld from one payout for the tax office, and from what it was computed. One row a payout."""

    payout_id = models.UUIDField(primary_key=True)
    payee = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField()
    months = models.PositiveSmallIntegerField()
    income_minor = models.BigIntegerField()
    withheld_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    rule_version = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(income_minor__gte=0, withheld_minor__gte=0), name="tax_positive")
        ]
        indexes = [models.Index(fields=["payee", "year"], name="tax_payee")]
