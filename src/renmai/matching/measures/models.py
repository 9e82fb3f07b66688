"""Tables of counts: what was shown and what came of it, by day and by week. Nobody is in them."""

from __future__ import annotations

from django.db import models

from renmai.matching.shown.models import ShownList


class CountedTo(models.Model):
    """How far a stream (`showings`, `outcomes`) is counted: everything up to `last_id`, once."""

    stream = models.CharField(max_length=10, primary_key=True)
    last_id = models.UUIDField()


class Daily(models.Model):
    """One list on one day (of the house), by ranker and by arm of an experiment. Outcomes count on the day of their showing.

    `viewers`: who saw the list that day; `drawn`: whose first showing in the whole experiment it was; `things`: those
    shown, again for each showing.
    """

    id = models.BigAutoField(primary_key=True)
    list = models.CharField(max_length=8, choices=ShownList.choices)
    ranker = models.CharField(max_length=40)
    experiment_id = models.UUIDField(null=True)
    arm = models.CharField(max_length=1, blank=True, default="")
    on = models.DateField()
    showings = models.BigIntegerField(default=0)
    viewers = models.BigIntegerField(default=0)
    drawn = models.BigIntegerField(default=0)
    things = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["list", "on", "ranker", "experiment_id", "arm"], name="daily_once", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(fields=["on"], name="daily_on"),
            models.Index(fields=["experiment_id"], condition=models.Q(experiment_id__isnull=False), name="daily_experiment"),
        ]  # fmt: skip


class DailyPlace(models.Model):
    """How often something stood at a place of a list (`kind` shown), and what came of it there (a SignalKind).

    `place` counts from 0; `PLACES` stands for all from there on. `amount_minor` of orders.
    """

    id = models.BigAutoField(primary_key=True)
    list = models.CharField(max_length=8, choices=ShownList.choices)
    on = models.DateField()
    place = models.SmallIntegerField()
    kind = models.CharField(max_length=8)
    count = models.BigIntegerField()
    amount_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["on", "list", "kind", "place"], name="dailyplace_once")]


class Exposure(models.Model):
    """How often a thing was shown in a list in the week that began on `week` (a Monday)."""

    id = models.BigAutoField(primary_key=True)
    week = models.DateField()
    list = models.CharField(max_length=8, choices=ShownList.choices)
    thing_id = models.UUIDField()
    count = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["week", "list", "thing_id"], name="exposure_once")]


class Spread(models.Model):
    """How a list's showings were spread over all that it could have shown in a week: creators, or products.

    `known`: how many there were; `seen`: of them shown at least once; `showings`: of them altogether; `gini_bps` of the
    showings of all known. The small (few sales) and the new (lately come) are counted and their showings too.
    """

    id = models.BigAutoField(primary_key=True)
    week = models.DateField()
    list = models.CharField(max_length=8, choices=ShownList.choices)
    known = models.BigIntegerField()
    seen = models.BigIntegerField()
    showings = models.BigIntegerField()
    gini_bps = models.IntegerField()
    small = models.BigIntegerField()
    small_showings = models.BigIntegerField()
    new = models.BigIntegerField()
    new_showings = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["week", "list"], name="spread_once")]


class PushDay(models.Model):
    """The pushes told on one day, and what has become of them until `made_at`."""

    on = models.DateField(primary_key=True)
    told = models.BigIntegerField()
    looked = models.BigIntegerField()
    sampled = models.BigIntegerField()
    picked = models.BigIntegerField()
    declined = models.BigIntegerField()
    sold_pieces = models.BigIntegerField()
    sold_minor = models.BigIntegerField()
    made_at = models.DateTimeField()


class ArmResult(models.Model):
    """What one arm of an experiment that ran its days came to. A viewer counts once, however often they looked.

    `takers`: viewers with at least one outcome that the list is for; `minor` and `minor_squared`: what viewers bought, summed
    and its squares summed, from which mean and variance follow.
    """

    id = models.BigAutoField(primary_key=True)
    experiment_id = models.UUIDField()
    arm = models.CharField(max_length=1)
    viewers = models.BigIntegerField()
    takers = models.BigIntegerField()
    minor = models.BigIntegerField()
    minor_squared = models.FloatField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["experiment_id", "arm"], name="armresult_once")]
