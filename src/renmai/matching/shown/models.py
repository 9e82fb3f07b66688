"""Tables of what was shown, of what came of it, and of experiments."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from renmai.kit.ids import new_id


class ShownList(models.TextChoices):
    """Which list it was."""

    HOME = "home"
    FOR_YOU = "for_you"
    CENTRE = "centre"
    INBOX = "inbox"
    ALSO = "also"


class Showing(models.Model):
    """Things that a viewer was shown at once, in this order. `first` is the place of the first one in the whole list, from 0.

    The viewer is a person (home, for_you, also) or a shop (centre, inbox); visitors are not recorded. `ranker` names what
    ordered it; `experiment_id` and `arm` ("a" or "b") say where that was drawn by lot.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    list = models.CharField(max_length=8, choices=ShownList.choices)
    viewer_id = models.UUIDField()
    ranker = models.CharField(max_length=40)
    experiment_id = models.UUIDField(null=True)
    arm = models.CharField(max_length=1, blank=True, default="")
    first = models.IntegerField(default=0)
    things = ArrayField(models.UUIDField())
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["viewer_id", "-at"], name="showing_of"),
            models.Index(fields=["list", "at"], name="showing_list"),
            models.Index(fields=["experiment_id", "at"], name="showing_experiment"),
        ]


class Outcome(models.Model):
    """What a viewer did with a thing that was shown to them within seven days before: the latest showing of it counts.

    `kind` is a SignalKind; `position` from 0 in the whole list; `amount_minor` for orders. Once for each act of a showing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    showing = models.ForeignKey(Showing, on_delete=models.CASCADE, related_name="outcomes", db_index=False)
    thing_id = models.UUIDField()
    position = models.IntegerField()
    kind = models.CharField(max_length=8)
    amount_minor = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["showing", "thing_id", "kind"], name="outcome_once"),
        ]
        indexes = [models.Index(fields=["at"], name="outcome_at")]


class Experiment(models.Model):
    """Viewers of one list drawn by lot between two rankers, from `started_at` until `ended_at` (null: it runs).

    `share_bps` of viewers see ranker `b`; who sees which is a hash of experiment and viewer. One a list at a time.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    list = models.CharField(max_length=8, choices=ShownList.choices)
    a = models.CharField(max_length=40)
    b = models.CharField(max_length=40)
    share_bps = models.IntegerField(default=5000)
    started_at = models.DateTimeField()
    days = models.IntegerField(default=14)
    ended_at = models.DateTimeField(null=True)
    started_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["list"], condition=models.Q(ended_at__isnull=True), name="experiment_one_a_list"
            ),
            models.CheckConstraint(condition=~models.Q(a=models.F("b")), name="experiment_two_rankers"),
            models.CheckConstraint(condition=models.Q(share_bps__gt=0, share_bps__lt=10_000), name="experiment_share"),
        ]


class Ranking(models.Model):
    """Which ranker orders a list for those whom no experiment draws. No row: the first of `RANKERS` in `ranking.py`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    list = models.CharField(max_length=8, choices=ShownList.choices, unique=True)
    ranker = models.CharField(max_length=40)
    changed_at = models.DateTimeField()
