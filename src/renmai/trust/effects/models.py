"""Tables of what credit does and of appeals against it. A seller is named by its own id (person or supplier), never by a pseudonym."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class SellerRole(models.TextChoices):
    """As what somebody sells; `holder_id` is a person or a supplier."""

    CREATOR = "creator"
    SUPPLIER = "supplier"


class SellerLevel(models.Model):
    """The level on which a seller stands: kept so that one that was reached is not lost by a point."""

    pk = models.CompositePrimaryKey("role", "holder_id")
    role = models.CharField(max_length=8, choices=SellerRole)
    holder_id = models.UUIDField()
    level = models.CharField(max_length=12)
    score = models.PositiveSmallIntegerField(null=True)
    since = models.DateTimeField()
    looked_at = models.DateTimeField()


class EffectState(models.TextChoices):
    """Where an effect stands (steps.EFFECT_STATES)."""

    ANNOUNCED = "announced"
    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class Effect(models.Model):
    """One term of one seller that credit sets: what it is instead of `usual`, why (`cause`), from when to when.

    `behind` is what the rule saw: the level, the score with its parts, the facts of a grave rule (`fact_ids`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    role = models.CharField(max_length=8, choices=SellerRole)
    holder_id = models.UUIDField()
    term = models.CharField(max_length=40)
    value = models.BigIntegerField()
    usual = models.BigIntegerField()
    cause = models.CharField(max_length=40)
    rule_version = models.PositiveSmallIntegerField()
    score = models.PositiveSmallIntegerField(null=True)
    behind = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=EffectState)
    announced_at = models.DateTimeField(null=True)
    begins_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["role", "holder_id", "term"], condition=Q(state="announced"), name="effect_announced_once"
            ),
            models.UniqueConstraint(
                fields=["role", "holder_id", "term"], condition=Q(state="in_force"), name="effect_in_force_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["announced", "in_force"], ended_at=None)
                | Q(state__in=["withdrawn", "ended"], ended_at__isnull=False),
                name="effect_ended_exact",
            ),
        ]
        indexes = [
            models.Index(fields=["holder_id", "-id"], name="effect_of_seller"),
            models.Index(fields=["-id"], condition=Q(state__in=["announced", "in_force"]), name="effect_standing"),
        ]


class AppealState(models.TextChoices):
    """Where an appeal stands (appeal_rules.APPEAL_STATES)."""

    OPEN = "open"
    UPHELD = "upheld"
    AGAIN = "again"
    FINAL = "final"
    LIFTED = "lifted"
    DISPUTED = "disputed"
    WITHDRAWN = "withdrawn"


class Appeal(models.Model):
    """A seller asks for another look at an effect, or at one fact (`fact_id`); an operator answers by `due_at`.

    `seen` is what the rule saw when the appeal was made. `lifted_until`: the term is as usual until then, whatever credit asks.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    role = models.CharField(max_length=8, choices=SellerRole)
    holder_id = models.UUIDField()
    effect = models.ForeignKey(Effect, null=True, on_delete=models.CASCADE, related_name="appeals")
    fact_id = models.UUIDField(null=True)
    ground = models.CharField(max_length=16)
    seen = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=AppealState, default=AppealState.OPEN)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lifted_until = models.DateTimeField(null=True)
    lift_ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(effect__isnull=False) | Q(fact_id__isnull=False), name="appeal_of_something"),
            models.UniqueConstraint(fields=["effect"], condition=~Q(state="withdrawn"), name="appeal_of_effect_once"),
            models.UniqueConstraint(
                fields=["fact_id"], condition=Q(effect=None) & ~Q(state="withdrawn"), name="appeal_of_fact_once"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["holder_id", "-id"], name="appeal_of_seller"),
            models.Index(fields=["due_at"], condition=Q(state__in=["open", "again"]), name="appeal_waiting"),
            models.Index(
                fields=["lifted_until"], condition=Q(lifted_until__isnull=False, lift_ended_at=None), name="appeal_lift"
            ),
        ]


class AppealEntry(models.Model):
    """One step of an appeal, immutable: who did what, in which words, with which pictures, and where it led."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="entries")
    event = models.CharField(max_length=10)
    by_id = models.UUIDField()
    words = models.CharField(max_length=2000, blank=True)
    media_ids = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=AppealState)
    at = models.DateTimeField()
