"""Tables of splits."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class Split(models.Model):
    """How one order's money is divided: frozen when the order is placed, executed when it is due.

    `settle_days` after receipt it is due (`settle_at`, set by receipt). `holds` counts what stops the clock. `paid_minor` is what the parts add up to.
    """

    subject_id = models.UUIDField(primary_key=True)
    currency = models.CharField(max_length=3)
    paid_minor = models.BigIntegerField()
    rules_version = models.PositiveSmallIntegerField(default=1)
    settle_days = models.PositiveSmallIntegerField()
    holds = models.PositiveSmallIntegerField(default=0)
    settle_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["settle_at"], condition=Q(settled_at=None, settle_at__isnull=False), name="split_due")
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
                & (Q(reversed_minor__lte=F("amount_minor")) | Q(payee="platform")),
                name="part_within",
            )
        ]
        indexes = [
            models.Index(fields=["subject_id"], name="part_subject"),
            models.Index(fields=["payee", "id"], name="part_payee"),
        ]
