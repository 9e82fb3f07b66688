"""Tables of follows and consents."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class Follow(models.Model):
    """One person follows another. Whether the followed knows who it is, a `Consent` says."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    follower_id = models.UUIDField()
    followed_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower_id", "followed_id"], name="follow_once"),
            models.CheckConstraint(condition=~Q(follower_id=F("followed_id")), name="follow_not_oneself"),
        ]
        indexes = [
            models.Index(fields=["follower_id", "-id"], name="follow_mine"),
            models.Index(fields=["followed_id", "-id"], name="follow_followers"),
        ]


class Consent(models.Model):
    """A person lets another see and address them as a customer, since `at`. No row: they do not.

    It is given by whoever follows or has bought, never by default, and belongs to the giver: it goes along when the other
    leaves an agency (DESIGN section 1, row 15).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person_id = models.UUIDField()
    given_to_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person_id", "given_to_id"], name="consent_once"),
            models.CheckConstraint(condition=~Q(person_id=F("given_to_id")), name="consent_not_oneself"),
        ]
        indexes = [models.Index(fields=["given_to_id", "-id"], name="consent_customers")]


class TrustShown(models.Model):
    """A person lets friends see whom they trust. No row: nobody sees it."""

    person_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()


class FriendLink(models.Model):
    """The address by which others may follow a person who has no shop. No row: nobody can find the person that way."""

    person_id = models.UUIDField(primary_key=True)
    token = models.CharField(max_length=16, unique=True)
    at = models.DateTimeField()
