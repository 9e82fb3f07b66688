"""Tables of splits."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class Split(models.Model):
    """How one order's money is divided: frozen when the order is placed, executed when it is due.

    `settle_days` after receipt it is due (`settle_at`, set by receipt). `holds` counts what stops the clock (open cases,
    chargebacks, a settlement that failed); `paused_at` is since when, and what was lost is added when the last one goes.
    `paid_minor` is what the parts add up to. `rules_version` is the list of rules it was computed by (0: the first ones),
    `contract_version` the agency's contract, if there was one.
    """

    subject_id = models.UUIDField(primary_key=True)
    currency = models.CharField(max_length=3)
    paid_minor = models.BigIntegerField()
    rules_version = models.PositiveIntegerField(default=0)
    contract_version = models.PositiveIntegerField(null=True)
    settle_days = models.PositiveSmallIntegerField()
    holds = models.PositiveSmallIntegerField(default=0)
    paused_at = models.DateTimeField(null=True)
    settle_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Held ones are not in it, so that a crowd of them at its head costs the others nothing.
            models.Index(
                fields=["settle_at", "subject_id"],
                condition=Q(settled_at=None, settle_at__isnull=False, holds=0),
                name="split_due",
            )
        ]


class SplitPart(models.Model):
    """One payee's part of one line: estimated until settled. `base_minor` x `rate_bps` explains it, if it is a rate."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    line_id = models.UUIDField()
    payee = models.CharField(max_length=60)
    rule = models.CharField(max_length=30)
    base_minor = models.BigIntegerField()
    rate_bps = models.PositiveIntegerField(null=True)
    amount_minor = models.BigIntegerField()
    reversed_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, reversed_minor__gte=0)
                & (Q(reversed_minor__lte=F("amount_minor")) | Q(payee="platform"))
                | Q(rule="subsidy", payee="platform", amount_minor__lte=0, reversed_minor__lte=0)
                & Q(reversed_minor__gte=F("amount_minor")),
                name="part_within",
            )
        ]
        indexes = [
            models.Index(fields=["subject_id"], name="part_subject"),
            models.Index(fields=["payee", "id"], name="part_payee"),
        ]


class SplitDiscount(models.Model):
    """A discount on one line and the account that pays for it, frozen with the split. Minor units."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    line_id = models.UUIDField()
    funder = models.CharField(max_length=60)
    cause_id = models.UUIDField()
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="discount_positive")]
        indexes = [models.Index(fields=["subject_id"], name="discount_subject")]


class RuleList(models.Model):
    """One version of the ordered list of fee rules. Immutable; the newest version is in force for new orders."""

    version = models.PositiveIntegerField(primary_key=True)
    rules = models.JSONField()
    reason = models.CharField(max_length=300)
    by_id = models.UUIDField()
    at = models.DateTimeField()
