"""Tables of what a recall concerns: orders, and people."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class RecallRefund(models.Model):
    """An order that a recall concerns, and what came of it.

    open, refunded, cancelled (it was not paid), none (nothing left to give back), failed (and tried again at `retry_at`).
    """

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
    retry_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recall_id", "order_id"], name="recallrefund_once")]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["open", "failed"]), name="recallrefund_open"),
            models.Index(fields=["order_id"], name="recallrefund_order"),
        ]


class RecallTold(models.Model):
    """A person to be told of a recall, once as `side`: buyer, creator, supplier. `told_at` once the notice is written.

    `kind` is the notice's (a key of `web/notices.py: NOTICES`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    recall_id = models.UUIDField()
    person_id = models.UUIDField()
    side = models.CharField(max_length=10)
    kind = models.CharField(max_length=40)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recall_id", "person_id", "side"], name="recalltold_once")]
        indexes = [models.Index(fields=["recall_id", "id"], condition=Q(told_at=None), name="recalltold_waiting")]
