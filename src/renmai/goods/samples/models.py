"""The table of samples."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.goods.products.models import Product, Sku
from renmai.goods.suppliers.models import Supplier
from renmai.kit.ids import new_id


class SampleState(models.TextChoices):
    """Where a sample stands (see rules.SAMPLE_STATES)."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    SHIPPED = "shipped"
    SIGNED = "signed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Sample(models.Model):
    """One unit for a creator to try. Approved, it is counted out of stock; done when the creator delivered or sold.

    `address` is the sample's own copy; it is emptied once the sample is done, refused or withdrawn for 30 days.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE)
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE)
    shop_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=SampleState, default=SampleState.REQUESTED)
    words = models.CharField(max_length=400)
    reason = models.CharField(max_length=400, blank=True)
    address = models.JSONField(default=dict)
    carrier = models.CharField(max_length=60, blank=True)
    tracking = models.CharField(max_length=80, blank=True)
    deliverable_url = models.URLField(max_length=500, blank=True)
    done_why = models.CharField(max_length=12, blank=True)
    by_id = models.UUIDField()
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["shop_id", "-id"], name="sample_shop"),
            models.Index(fields=["supplier", "state", "-id"], name="sample_supplier"),
            models.Index(fields=["product", "shop_id"], condition=Q(state="signed"), name="sample_to_deliver"),
        ]
