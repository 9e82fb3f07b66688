"""Tables of sources."""

from __future__ import annotations

from django.db import models

from renmai.goods.products.models import Product, Sku
from renmai.kit.ids import new_id


class SourceRule(models.Model):
    """How new orders of a product are given to suppliers: by product (its own), or manual (one that was chosen).

    `on_sold_out` and `on_late` say what happens by itself: "stay", or "next" (the next source that has stock).
    """

    product = models.OneToOneField(Product, on_delete=models.CASCADE, primary_key=True, related_name="source_rule")
    mode = models.CharField(max_length=10, default="by_product")
    on_sold_out = models.CharField(max_length=6, default="stay")
    on_late = models.CharField(max_length=6, default="stay")


class Source(models.Model):
    """A variant of another supplier that is the same goods as `sku`, in the order in which they are asked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="sources")
    other = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sku", "other"], name="source_once")]
