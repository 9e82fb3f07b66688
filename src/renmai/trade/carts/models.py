"""The table of carts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class CartLine(models.Model):
    """So many of a variant, from one pick; `segment_id` is the part of a show in whose room it was put in last."""

    pk = models.CompositePrimaryKey("person_id", "pick_id", "sku_id")
    person_id = models.UUIDField()
    pick_id = models.UUIDField()
    sku_id = models.UUIDField()
    quantity = models.PositiveIntegerField()
    added_at = models.DateTimeField()
    segment_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gte=1, quantity__lte=999), name="cart_quantity")]
        indexes = [models.Index(fields=["segment_id"], condition=Q(segment_id__isnull=False), name="cart_segment")]
