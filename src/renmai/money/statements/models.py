"""The table of invoice requests."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class InvoiceRequest(models.Model):
    """A payee asks for an invoice over the platform's fees of a month, or a buyer over an order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payee = models.CharField(max_length=60)
    month = models.DateField(null=True)
    order_id = models.UUIDField(null=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    title = models.CharField(max_length=120)
    tax_number = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    state = models.CharField(max_length=12, default="requested")
    invoice_number = models.CharField(max_length=60, blank=True)
    media_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    requested_by_id = models.UUIDField()
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payee", "month", "order_id"],
                condition=~Q(state="refused"),
                nulls_distinct=False,
                name="invoice_once",
            ),
            models.CheckConstraint(
                condition=Q(month__isnull=False, order_id=None) | Q(month=None, order_id__isnull=False),
                name="invoice_over_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="invoice_state")]
