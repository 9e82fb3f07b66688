"""Tables of films: cameras, takes, fragments, clips, and deletions, which are rows too."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id
from renmai.places.live.models import Segment, Show


class Camera(models.Model):
    """A way into a show for film: the browser of one of its people, or a stream key of an encoder (by its hash only).

    `came_at`: its film began; `left_at`: it ended since. `trouble`: what is wrong with it, a word of `rules.TROUBLES`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="cameras")
    engine = models.CharField(max_length=10)
    key_hash = models.BinaryField(max_length=32, null=True, unique=True)
    made_by_id = models.UUIDField()
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    came_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=20, blank=True)


class Take(models.Model):
    """Film without a break: one head and the fragments that play after it. A camera that starts again begins a new take.

    `begins_ms` is where its first picture lies on the clock of the show (milliseconds from `Show.began_at`), `clock_ms`
    where that picture lies on the film's own clock. `last_number` is its newest fragment's, 0 before the first.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="takes")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="takes")
    number = models.PositiveIntegerField()
    codecs = models.CharField(max_length=60)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    head = models.BinaryField(max_length=65_536)
    begins_ms = models.PositiveIntegerField(default=0)
    clock_ms = models.BigIntegerField(default=0)
    last_number = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["show", "number"], name="take_once")]


class Fragment(models.Model):
    """A piece of film in its place. Its bytes are a file; `covered`: taken behind the curtain, shown to nobody."""

    take = models.ForeignKey(Take, on_delete=models.CASCADE, related_name="fragments")
    number = models.PositiveIntegerField()
    starts_ms = models.PositiveIntegerField()
    milliseconds = models.PositiveIntegerField()
    whole = models.BooleanField()
    bytes_size = models.PositiveIntegerField()
    sha256 = models.BinaryField(max_length=32)
    covered = models.BooleanField(default=False)
    came_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["take", "number"], name="fragment_once")]


class Clip(models.Model):
    """A run of fragments of one take that shows one segment being explained."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="clips")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="clips")
    take = models.ForeignKey(Take, on_delete=models.PROTECT, related_name="clips")
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    milliseconds = models.PositiveIntegerField()
    shown = models.BooleanField(default=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(last__gte=F("first")), name="clip_forward")]
        indexes = [models.Index(fields=["segment", "-id"], name="clip_segment")]


class FilmDeletion(models.Model):
    """That film and words of a show were deleted: by whom (None: the law's time was over), why, how much; kept for good.

    `sha256` is over the hashes of all fragments in their order, so that a copy elsewhere can be known for what was here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    show = models.ForeignKey(Show, on_delete=models.PROTECT, related_name="deletions")
    why = models.CharField(max_length=200)
    fragments = models.PositiveIntegerField()
    bytes_size = models.BigIntegerField()
    lines = models.PositiveIntegerField(default=0)
    sha256 = models.BinaryField(max_length=32, default=bytes)
    deleted_by_id = models.UUIDField(null=True)
    deleted_at = models.DateTimeField()
