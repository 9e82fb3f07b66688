"""Tables of what is said and what happens in a live room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id
from renmai.places.live.models import Show


class RoomHead(models.Model):
    """The end of a room's line: whoever adds to it locks this row, so numbers have neither gaps nor doubles."""

    show = models.OneToOneField(Show, on_delete=models.CASCADE, primary_key=True, related_name="head")
    last_number = models.BigIntegerField(default=0)
    likes = models.BigIntegerField(default=0)


class RoomLine(models.Model):
    """One thing in a room, in order: words of a person, or what happened (`kind`), as those present see it.

    Who joins later or comes back asks for all after the last number seen. `hidden_at`: taken out by a moderator.
    Kept three years with the film (SAMR order 117 article 16).
    """

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="lines")
    number = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    person_id = models.UUIDField(null=True)
    words = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True)
    hidden_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["show", "number"], name="room_line_once")]
        indexes = [models.Index(fields=["person_id"], condition=Q(kind="said"), name="room_line_person")]


class Silence(models.Model):
    """Somebody may not speak in a show's room (`until` a time, or for all of it), or was taken out of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="silences")
    person_id = models.UUIDField()
    removed = models.BooleanField(default=False)
    until = models.DateTimeField(null=True)
    why = models.CharField(max_length=200, blank=True)
    by_id = models.UUIDField()
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["show", "person_id"], condition=Q(lifted_at=None), name="silence_once")
        ]


class Presence(models.Model):
    """How many watch a show through one process now; rows older than some seconds say nothing."""

    process_id = models.UUIDField()
    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="presences")
    viewers = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["process_id", "show"], name="presence_once")]


class LuckyBag(models.Model):
    """A draw in a room: who speaks the word before the time is over takes part; `coupon_id` is what is won.

    `seed` is drawn and its hash shown when the bag is raised, and shown itself when it is drawn, so that anyone can
    draw again: winners are the first entries in order of sha256(seed, person's number in the list).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="bags")
    word = models.CharField(max_length=40)
    coupon_id = models.UUIDField()
    winners_max = models.PositiveIntegerField()
    seed = models.BinaryField(max_length=32)
    raised_by_id = models.UUIDField()
    raised_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True)


class BagEntry(models.Model):
    """Somebody takes part in a draw, once; `won` after it."""

    bag = models.ForeignKey(LuckyBag, on_delete=models.CASCADE, related_name="entries")
    person_id = models.UUIDField()
    at = models.DateTimeField()
    won = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bag", "person_id"], name="bag_entry_once")]
