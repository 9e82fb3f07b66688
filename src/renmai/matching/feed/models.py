"""Tables of orders: what one viewer is shown, in which order, kept for a while so that pages of it fit together."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ListOrder(models.Model):
    """A list as it was ordered for one viewer: ids, and for each a reason ([code, ...numbers and ids]), best first.

    Made anew when it is older than the feed's rules say, or after an act that changes it (follow, decline, clear): the newest
    one counts, and the few before it stay so that who pages through one of them sees nothing twice. `follows`: how many the
    viewer followed then, as nothing else tells of an unfollow.
    """

    list = models.CharField(max_length=8)
    viewer_id = models.UUIDField()
    ranker = models.CharField(max_length=40)
    experiment_id = models.UUIDField(null=True)
    arm = models.CharField(max_length=1, blank=True, default="")
    things = ArrayField(models.UUIDField())
    reasons = models.JSONField(default=list)
    follows = models.IntegerField(default=0, db_default=0)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "matching_order"
        constraints = [models.UniqueConstraint(fields=["viewer_id", "list", "made_at"], name="order_made_once")]
        indexes = [models.Index(fields=["made_at"], name="order_made")]
