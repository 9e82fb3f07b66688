"""Tables of reconciliation."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class ProviderFile(models.Model):
    """A provider's settlement file, taken in once by its content."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gateway = models.CharField(max_length=20)
    digest = models.BinaryField(max_length=32)
    name = models.CharField(max_length=120, blank=True)
    first_on = models.DateField()
    last_on = models.DateField()
    rows = models.PositiveIntegerField()
    fees_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "digest"], name="provider_file_once")]


class ProviderRow(models.Model):
    """One line of a settlement file. `amount_minor` is signed as the provider's balance sees it, before its fee."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.ForeignKey(ProviderFile, on_delete=models.PROTECT, related_name="lines")
    gateway = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    provider_ref = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="provider_row_once")]
        indexes = [models.Index(fields=["gateway", "provider_ref", "kind"], name="provider_row_ref")]


class Difference(models.Model):
    """Where a provider's file and the ledger disagree. Open until someone says what it was."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.ForeignKey(ProviderFile, on_delete=models.PROTECT, related_name="differences")
    gateway = models.CharField(max_length=20)
    kind = models.CharField(max_length=20)
    row_kind = models.CharField(max_length=20)
    provider_ref = models.CharField(max_length=80)
    ours_minor = models.BigIntegerField(null=True)
    theirs_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, default="open")
    owner_id = models.UUIDField(null=True)
    note = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "kind", "row_kind", "provider_ref"],
                condition=Q(closed_at=None),
                name="difference_once",
            )
        ]
        indexes = [models.Index(fields=["state", "-id"], name="difference_state")]
