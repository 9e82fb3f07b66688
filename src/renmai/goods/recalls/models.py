"""The table of recalls."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.goods.products.models import Product
from renmai.kit.ids import new_id


class Recall(models.Model):
    """Who took what back, why, and what buyers should do. `batch` "" is the whole product, for good; never changed.

    A recall of a batch holds `sku_ids` back until it is lifted. `sold_since` bounds the orders concerned.
    `told_at` and `refunds_done_at` say when everyone concerned was told and every concerned order dealt with.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    batch = models.CharField(max_length=60, blank=True)
    sku_ids = models.JSONField(default=list)
    reason = models.CharField(max_length=500)
    reason_zh = models.CharField(max_length=500, blank=True)
    advice = models.CharField(max_length=500, blank=True)
    advice_zh = models.CharField(max_length=500, blank=True)
    sold_since = models.DateTimeField()
    by_id = models.UUIDField()
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    refunds_done_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_why = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["product", "-id"], name="recall_product"),
            models.Index(fields=["id"], condition=Q(told_at=None) | Q(refunds_done_at=None), name="recall_open"),
        ]
