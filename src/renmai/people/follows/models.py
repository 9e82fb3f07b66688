"""Tables of follows."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class Follow(models.Model):
    """One person follows another. `reachable_at` is since when the followed may see and address the follower as a customer.

    That consent belongs to the follower: it goes along when the followed leaves an agency (DESIGN section 1, row 15).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    follower_id = models.UUIDField()
    followed_id = models.UUIDField()
    at = models.DateTimeField()
    reachable_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower_id", "followed_id"], name="follow_once"),
            models.CheckConstraint(condition=~Q(follower_id=F("followed_id")), name="follow_not_oneself"),
        ]
        indexes = [
            models.Index(fields=["follower_id", "-id"], name="follow_mine"),
            models.Index(fields=["followed_id", "-id"], name="follow_followers"),
        ]


class TrustShown(models.Model):
    """A person lets friends see whom they trust. No row: nobody sees it."""

    person_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()


class FriendLink(models.Model):
    """The address by which others may follow a person who has no shop. No row: nobody can find the person that way."""

    person_id = models.UUIDField(primary_key=True)
    token = models.CharField(max_length=16, unique=True)
    at = models.DateTimeField()
