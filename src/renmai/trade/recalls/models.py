"""The table of orders that a recall concerns."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class RecallRefund(models.Model):
    """An order that a recall concerns, and what came of it: open, refunded, none (nothing left to give back), failed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    recall_id = models.UUIDField()
    order_id = models.UUIDField()
    buyer_id = models.UUIDField()
    shop_id = models.UUIDField()
    line_ids = models.JSONField(default=list)
    state = models.CharField(max_length=10, default="open")
    refund_id = models.UUIDField(null=True)
    error = models.CharField(max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recall_id", "order_id"], name="recallrefund_once")]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="open"), name="recallrefund_open"),
            models.Index(fields=["order_id"], name="recallrefund_order"),
        ]
