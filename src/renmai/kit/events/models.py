"""Tables of events and of their delivery."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class Event(models.Model):
    """What happened to a subject. Also the row that a change of state leaves: who, when, why.

    `xid` is the writing transaction: readers stop below the oldest one still running, so that no event that commits
    late is ever skipped by a cursor.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    xid = models.BigIntegerField(db_default=models.expressions.RawSQL("pg_current_xact_id()::text::bigint", []))
    kind = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    actor_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["xid", "id"], name="event_cursor"),
            models.Index(fields=["subject_id", "id"], name="event_subject"),
            # For the audit trail: newest first, of a kind, or by who.
            models.Index(fields=["at", "id"], name="event_at"),
            models.Index(fields=["kind", "at", "id"], name="event_kind_at"),
            models.Index(
                fields=["actor_id", "at", "id"], condition=models.Q(actor_id__isnull=False), name="event_actor_at"
            ),
        ]


class ReactionCursor(models.Model):
    """How far an `after` reaction has come."""

    reaction = models.CharField(max_length=120, primary_key=True)
    xid = models.BigIntegerField(default=0)
    event_id = models.UUIDField(null=True)


class ParkedEvent(models.Model):
    """An event that an `after` reaction could not digest, and those of the same subject that wait behind it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reaction = models.CharField(max_length=120)
    event = models.ForeignKey(Event, on_delete=models.PROTECT)
    subject_id = models.UUIDField()
    error = models.TextField()
    attempts = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reaction", "event"], name="parked_once")]
        indexes = [models.Index(fields=["reaction", "retry_at"], name="parked_due")]
