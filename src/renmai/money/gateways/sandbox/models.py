"""The sandbox provider's own books."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class SandboxCharge(models.Model):
    """Money a merchant asked the sandbox to collect; `ref` is what the merchant knows it by.

    `paid_minor` is what the payer gave, perhaps in another currency; the next `return_faults` returns of it fail.
    """

    ref = models.CharField(max_length=80, primary_key=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=20)
    notify_url = models.CharField(max_length=500)
    back_url = models.CharField(max_length=500)
    title = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, default="open")
    paid_minor = models.BigIntegerField(default=0)
    paid_currency = models.CharField(max_length=3, blank=True)
    return_faults = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()


class SandboxReturn(models.Model):
    """Money given back for a charge, or handed out (`charge_ref` empty: a payout). Once per merchant key."""

    ref = models.CharField(max_length=80, primary_key=True)
    key = models.CharField(max_length=80, unique=True)
    charge_ref = models.CharField(max_length=80, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, default="done")
    payee = models.CharField(max_length=80, blank=True)
    notify_url = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField()


class SandboxDispute(models.Model):
    """A charge that the payer's bank takes back: open until it is won or lost."""

    ref = models.CharField(max_length=80, primary_key=True)
    charge_ref = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=40)
    state = models.CharField(max_length=12, default="open")
    due_by = models.DateTimeField()
    words = models.TextField(blank=True)
    files = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["charge_ref"], name="sandbox_dispute_charge")]


class SandboxEntry(models.Model):
    """One movement of the merchant's balance, as the settlement file lists it. Written once, never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20)
    ref = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "ref"], name="sandbox_entry_once")]
        indexes = [models.Index(fields=["at"], name="sandbox_entry_at")]


class SandboxMessage(models.Model):
    """A webhook to be delivered, perhaps late, perhaps more than once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event_id = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    body = models.TextField()
    send_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["send_at"], condition=models.Q(delivered_at=None), name="sandbox_message_due")]
