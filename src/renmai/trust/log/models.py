"""Tables of the log. Rows of entries, full tiles and checkpoints are never changed and never deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class LogHead(models.Model):
    """How many leaves there are: the one row that whoever appends locks. `entries = size`, always."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="log_one_head"),
            models.CheckConstraint(condition=Q(size__gte=0), name="log_size"),
        ]


class LogEntry(models.Model):
    """A leaf, by its place, from 0 on without a gap."""

    index = models.BigIntegerField(primary_key=True)
    data = models.BinaryField()


class LogTile(models.Model):
    """Up to 256 hashes, packed (`tiles.py`). The last of each level is partial and grows; a full one stays as it is."""

    pk = models.CompositePrimaryKey("level", "n")
    level = models.SmallIntegerField()
    n = models.BigIntegerField()
    data = models.BinaryField()


class LogName(models.Model):
    """By what name and key the log signs: fixed with its first checkpoint. Whoever publishes locks this row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    origin = models.TextField()
    vkey = models.TextField()
    born_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="log_one_name")]


class Checkpoint(models.Model):
    """What the log signed: each is consistent with the one before. `note` is the signed note as it was made."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.BinaryField()
    signed_at = models.DateTimeField()


class Cosignature(models.Model):
    """A witness's signature line (without its newline) of a checkpoint, checked before it was kept."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="cosignatures")
    name = models.TextField()
    line = models.TextField()
    cosigned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkpoint", "name"], name="log_cosigned_once")]


class WitnessTry(models.Model):
    """How a witness of our policy stands: what came of asking it last, which size it holds, and when it is asked again."""

    vkey = models.TextField(primary_key=True)
    name = models.TextField()
    size = models.BigIntegerField(default=0)
    outcome = models.CharField(max_length=12)
    failures = models.IntegerField(default=0)
    tried_at = models.DateTimeField()
    again_at = models.DateTimeField()


class WitnessedLog(models.Model):
    """Another house's log that we witness: the checkpoint that we cosigned last, which the next one must continue."""

    origin = models.TextField(primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.BinaryField()
    cosigned_at = models.DateTimeField()
