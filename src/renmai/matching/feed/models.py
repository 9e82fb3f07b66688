"""Tables of orders: what one viewer is shown, in which order, kept for a while so that pages of it fit together."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ListOrder(models.Model):
    """A list as it was ordered for one viewer: ids, and for each a reason ([code, ...numbers and ids]), best first.

    Made anew when it is older than the feed's rules say, or after an act that changes it (follow, decline, clear).
    """

    list = models.CharField(max_length=8)
    viewer_id = models.UUIDField()
    ranker = models.CharField(max_length=40)
    experiment_id = models.UUIDField(null=True)
    arm = models.CharField(max_length=1, blank=True, default="")
    things = ArrayField(models.UUIDField())
    reasons = models.JSONField(default=list)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "matching_order"
        constraints = [models.UniqueConstraint(fields=["viewer_id", "list"], name="order_once_a_list")]
        indexes = [models.Index(fields=["made_at"], name="order_made")]
