"""Tables of messages."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class Talk(models.Model):
    """All that one person and one shop wrote to each other. `*_read_at` is up to when each side has read."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person_id = models.UUIDField()
    shop_id = models.UUIDField()
    last_at = models.DateTimeField()
    person_read_at = models.DateTimeField(null=True)
    shop_read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person_id", "shop_id"], name="talk_once")]
        indexes = [
            models.Index(fields=["person_id", "-last_at"], name="talk_person"),
            models.Index(fields=["shop_id", "-last_at"], name="talk_shop"),
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
