"""Tables of signals: what one person showed of their taste. Nobody else ever sees a row."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class SignalKind(models.TextChoices):
    """What somebody did. Buyers' kinds first, then creators'."""

    VIEW = "view"
    DWELL = "dwell"
    CART = "cart"
    ORDER = "order"
    REFUND = "refund"
    FOLLOW = "follow"
    PICK = "pick"
    SAMPLE = "sample"
    DECLINE = "decline"


class SignalThing(models.TextChoices):
    """What it was done to: a product of the pool, or a shop's person."""

    PRODUCT = "product"
    SHOP = "shop"


LASTS = models.Q(kind__in=["follow", "pick"])


class Signal(models.Model):
    """What a subject did to a thing on one day. A second time the same day adds to `amount`.

    `subject_id` is a person (buyers' kinds) or a shop (creators' kinds). `amount`: times (view, cart, follow, pick, sample,
    decline), seconds (dwell), pieces (order, refund). Signals of self-dealing are never written.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=SignalKind.choices)
    thing = models.CharField(max_length=8, choices=SignalThing.choices)
    thing_id = models.UUIDField()
    shop_id = models.UUIDField(null=True)  # in whose shop, for buyers' signals of products
    amount = models.IntegerField()
    on = models.DateField()
    at = models.DateTimeField()  # of the last time that day

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "kind", "thing_id", "on"], name="signal_once_a_day"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="signal_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["subject_id", "-at"], name="signal_of"),
            models.Index(fields=["at"], name="signal_at"),
            models.Index(fields=["subject_id", "-at"], name="signal_lasting", condition=LASTS),
            models.Index(fields=["at"], name="signal_passing", condition=~LASTS),
            models.Index(fields=["at"], condition=models.Q(kind="decline"), name="signal_declines"),
            models.Index(fields=["at"], condition=models.Q(kind="order"), name="signal_orders"),
        ]


class Profile(models.Model):
    """A person's own choice about what is known of them. No row: orders may follow their signals.

    `without`: lists are ordered without profile (the newest of whom one follows first), and nothing new is written.
    `cleared_at`: all signals up to then were deleted at the person's wish, and none of before may be written again.
    """

    subject_id = models.UUIDField(primary_key=True)
    without = models.BooleanField(default=False)
    cleared_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
