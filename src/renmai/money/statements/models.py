"""Tables of invoice requests, payees' details and tax withheld."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


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
