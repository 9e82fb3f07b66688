"""The table of checkouts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class CheckoutState(models.TextChoices):
    """Where a checkout stands: one payment for all of its orders."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Checkout(models.Model):
    """One buyer's one act of buying: one payment, one order per shop.

    `holds_stock` is false for a drop that goes to the first who pays.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    buyer_id = models.UUIDField()
    key = models.CharField(max_length=80)
    input_hash = models.BinaryField(max_length=32)
    state = models.CharField(max_length=12, choices=CheckoutState, default=CheckoutState.OPEN)
    method = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    received_minor = models.BigIntegerField(default=0)
    holds_stock = models.BooleanField(default=True, db_default=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["buyer_id", "key"], name="checkout_once"),
            models.CheckConstraint(condition=Q(total_minor__gte=0, received_minor__gte=0), name="checkout_positive"),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="open"), name="checkout_open")]
