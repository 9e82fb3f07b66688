"""Tables of shows."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id
from renmai.places.shops.models import Pick, Shop


class ShowState(models.TextChoices):
    """Where a show stands (`rules.SHOW_STATES`)."""

    DRAFT = "draft"
    PLANNED = "planned"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Show(models.Model):
    """A show of a shop: when it is planned, when it was on, and what its people see in this moment.

    `stage_segment` is the segment being explained, `pinned` a line that stays on top, `covered_at` since when a curtain
    hides the camera, `uncovered_at` since when it does no longer. `hidden_at`: taken down by the house. `kept_until`: the day until which film and words are kept by
    law (3 years, SAMR order 117 article 16), set when it ends. `announced_at`: since when everyone may know of the plan.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="shows")
    host_id = models.UUIDField()
    title = models.CharField(max_length=80)
    about = models.TextField(max_length=1000, blank=True)
    cover_id = models.UUIDField(null=True)
    circle_id = models.UUIDField(null=True)
    ai_made = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=ShowState, default=ShowState.DRAFT)
    announced_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_how = models.CharField(max_length=12, blank=True)
    stage_segment_id = models.UUIDField(null=True)
    pinned = models.CharField(max_length=200, blank=True)
    covered_at = models.DateTimeField(null=True)
    uncovered_at = models.DateTimeField(null=True)
    replay_open = models.BooleanField(default=True)
    hidden_at = models.DateTimeField(null=True)
    kept_until = models.DateField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gte=1, minutes__lte=720), name="show_minutes"),
            models.CheckConstraint(
                condition=~Q(state__in=("live", "ended")) | Q(began_at__isnull=False), name="show_began"
            ),
            models.CheckConstraint(condition=~Q(state="ended") | Q(ended_at__isnull=False), name="show_ended"),
            models.UniqueConstraint(fields=["shop"], condition=Q(state="live"), name="show_one_live"),
        ]
        indexes = [
            models.Index(fields=["shop", "-starts_at"], name="show_shop"),
            models.Index(fields=["-began_at"], condition=Q(state="live", hidden_at=None), name="show_live"),
            models.Index(fields=["starts_at"], condition=Q(state="planned", hidden_at=None), name="show_planned"),
        ]


class CoHost(models.Model):
    """Somebody who presents a show with its host, or keeps order in its room (`part`: host, moderator)."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="people")
    person_id = models.UUIDField()
    part = models.CharField(max_length=10, choices=[("host", "host"), ("moderator", "moderator")])
    added_by_id = models.UUIDField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["show", "person_id"], name="show_person_once")]
        indexes = [models.Index(fields=["person_id"], name="show_person")]


class Segment(models.Model):
    """One thing in the run-of-show, in its place: a pick, how long, the hook, and what is planned to be raised with it.

    A show price needs stock set aside: both are what a drop of this segment begins with. Without them the pick's own
    price holds.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="segments")
    position = models.PositiveSmallIntegerField()
    pick = models.ForeignKey(Pick, on_delete=models.PROTECT, related_name="segments")
    sku_id = models.UUIDField(null=True)
    minutes = models.PositiveSmallIntegerField(default=5)
    hook = models.CharField(max_length=120, blank=True)
    gift = models.CharField(max_length=120, blank=True)
    talking_points = models.TextField(max_length=1000, blank=True)
    show_price_minor = models.BigIntegerField(null=True)
    set_aside = models.PositiveIntegerField(default=0)
    per_buyer_max = models.PositiveSmallIntegerField(default=1)
    policy = models.CharField(max_length=12, default="hold")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["show", "position"], deferrable=models.Deferrable.DEFERRED, name="segment_place_once"
            ),
            models.CheckConstraint(
                condition=Q(show_price_minor=None, set_aside=0)
                | Q(show_price_minor__gt=0, set_aside__gt=0, sku_id__isnull=False),
                name="segment_show_price",
            ),
        ]


class Explained(models.Model):
    """From when to when a segment was explained, by the clock of the show; one at a time. Clips are cut from these."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="explained")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="explained")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["show"], condition=Q(ended_at=None), name="explaining_one"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")), name="explained_forward"
            ),
        ]


class ShowCheck(models.Model):
    """A point of the checklist before a show, answered by one of its people (SAMR order 117 article 30).

    `about_hash` is of what the answer was about: when the run-of-show changes, answers about goods count no more.
    """

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="checks")
    point = models.CharField(max_length=40)
    about_hash = models.BinaryField(max_length=32)
    note = models.CharField(max_length=200, blank=True)
    answered_by_id = models.UUIDField()
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["show", "point"], name="show_check_once")]


class ShowReminder(models.Model):
    """Somebody who asked to be told when a show begins; told once."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="reminders")
    person_id = models.UUIDField()
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["show", "person_id"], name="show_reminder_once")]


class SegmentSeen(models.Model):
    """How often the goods of a segment were looked at in the room while its show was on."""

    segment = models.OneToOneField(Segment, on_delete=models.CASCADE, primary_key=True, related_name="seen")
    views = models.PositiveBigIntegerField(default=0)


class ViewersAt(models.Model):
    """How many watched a show in a minute of it: the most at once, and how many came in."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="minutes_seen")
    minute = models.DateTimeField()
    most = models.PositiveIntegerField(default=0)
    came = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["show", "minute"], name="viewers_minute_once")]
