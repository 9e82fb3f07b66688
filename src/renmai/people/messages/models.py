"""Tables of messages."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class Talk(models.Model):
    """All that one person and one shop wrote to each other.

    `*_wrote_at` is when a side wrote last, `*_read_at` up to when it has read. `muted_at`: the person is told of nothing
    new; `blocked_at`: the person lets the shop write nothing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person_id = models.UUIDField()
    shop_id = models.UUIDField()
    last_at = models.DateTimeField()
    person_wrote_at = models.DateTimeField(null=True)
    shop_wrote_at = models.DateTimeField(null=True)
    person_read_at = models.DateTimeField(null=True)
    shop_read_at = models.DateTimeField(null=True)
    muted_at = models.DateTimeField(null=True)
    blocked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person_id", "shop_id"], name="talk_once")]
        indexes = [
            models.Index(fields=["person_id", "-last_at", "-id"], name="talk_person"),
            models.Index(fields=["shop_id", "-last_at", "-id"], name="talk_shop"),
            models.Index(
                fields=["shop_id"],
                condition=Q(person_wrote_at__isnull=False)
                & (Q(shop_read_at=None) | Q(person_wrote_at__gt=F("shop_read_at"))),
                name="talk_shop_unread",
            ),
        ]


class Message(models.Model):
    """One message of a talk. `from_shop` says which side wrote; `hidden_at`: taken down, its words are shown to nobody."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    talk = models.ForeignKey(Talk, on_delete=models.CASCADE, related_name="messages")
    author_id = models.UUIDField()
    from_shop = models.BooleanField()
    words = models.CharField(max_length=2000)
    at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["talk", "-id"], name="message_latest")]
