"""Tables of scores. All of it is a copy of what the rules make of the log, kept so that it can be shown at once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class ScoreHead(models.Model):
    """How far the log was read: every entry below `size` is in the counts and its seller's score is right or due.

    `market_stale`: a fact of an earlier day came late, so the market of the newest day, worked out at `market_at`, is to be
    worked out again.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    market_stale = models.BooleanField(default=False)
    market_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="score_one_head")]


class MarketCell(models.Model):
    """Facts counted by measure, day and weight: see `market.Cell`."""

    pk = models.CompositePrimaryKey("measure", "day", "weight")
    measure = models.CharField(max_length=16)
    day = models.DateField()
    weight = models.SmallIntegerField()
    quarters = models.BigIntegerField()
    facts = models.BigIntegerField()


class MarketDay(models.Model):
    """The market by which the scores of a day are made, and how long the log was then."""

    on = models.DateField(primary_key=True)
    version = models.SmallIntegerField()
    rates_ppm = models.JSONField()
    log_size = models.BigIntegerField()


class Score(models.Model):
    """The score of a seller as it is now: `Score.as_json()` of the rules, out of the log's first `log_size` entries."""

    subject_id = models.UUIDField(primary_key=True)
    version = models.SmallIntegerField()
    role = models.CharField(max_length=8)
    on = models.DateField()
    value = models.SmallIntegerField()
    growing = models.BooleanField()
    parts = models.JSONField()
    facts = models.IntegerField()
    log_size = models.BigIntegerField()
    scored_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(value__gte=0, value__lte=100), name="score_value")]
        indexes = [
            models.Index(fields=["role", "-value", "-subject_id"], name="score_best"),
            models.Index(fields=["on"], name="score_on"),
        ]


class ScoreDay(models.Model):
    """The score at the end of a day on which it or a part of it changed. `parts`: name -> value, null when unknown."""

    pk = models.CompositePrimaryKey("subject_id", "on")
    subject_id = models.UUIDField()
    on = models.DateField()
    version = models.SmallIntegerField()
    value = models.SmallIntegerField()
    parts = models.JSONField()


class ScoreDue(models.Model):
    """A seller whose score is to be made anew: at `due_at`, or by whom it was claimed until then.

    `touches`: how often that was asked for, so that who makes the score sees whether it was again meanwhile.
    """

    subject_id = models.UUIDField(primary_key=True)
    due_at = models.DateTimeField()
    touches = models.BigIntegerField(default=1, db_default=1)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="score_due")]
