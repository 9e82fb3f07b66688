"""Tables of moderation."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class SubjectKind(models.TextChoices):
    """What can be reported."""

    POST = "post"
    COMMENT = "comment"
    SHOP = "shop"
    PICK = "pick"
    MESSAGE = "message"
    SHOW = "show"
    REVIEW = "review"


class ReportReason(models.TextChoices):
    """Why."""

    FALSE_CLAIM = "false_claim"
    HIDDEN_ADVERTISING = "hidden_advertising"
    UNMARKED_AI = "unmarked_ai"
    ABUSE = "abuse"
    ILLEGAL = "illegal"
    COPIED = "copied"
    SPAM = "spam"
    OTHER = "other"


# An owner answered, and no operator has said what comes of it.
ANSWER_WAITS = Q(answered_at__isnull=False, lifted_at=None, upheld_at=None)


class Takedown(models.Model):
    """Something is not shown, by whose decision and why, until lifted. In force: `lifted_at` is None; one at a time.

    `owner_id` is who answers for it, and may answer back once (`answer`); an operator then lifts it, or it stays (`upheld_at`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_id = models.UUIDField()
    owner_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=20, choices=ReportReason)
    words = models.CharField(max_length=400)
    by_id = models.UUIDField()
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by_id = models.UUIDField(null=True)
    lifted_words = models.CharField(max_length=400, blank=True)
    answer = models.CharField(max_length=400, blank=True)
    answered_at = models.DateTimeField(null=True)
    upheld_at = models.DateTimeField(null=True)
    upheld_by_id = models.UUIDField(null=True)
    upheld_words = models.CharField(max_length=400, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"], condition=Q(lifted_at=None), name="takedown_in_force_once"
            )
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(lifted_at=None), name="takedown_in_force"),
            models.Index(fields=["owner_id", "-id"], name="takedown_owner"),
            models.Index(fields=["answered_at"], condition=ANSWER_WAITS, name="takedown_answer_waits"),
        ]


class Report(models.Model):
    """One person's report of one thing. `decided_at` None: waits; `takedown` None then: found to be in order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_id = models.UUIDField()
    owner_id = models.UUIDField(null=True)
    reporter_id = models.UUIDField()
    reason = models.CharField(max_length=20, choices=ReportReason)
    words = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.UUIDField(null=True)
    decided_words = models.CharField(max_length=400, blank=True)
    takedown = models.ForeignKey(Takedown, on_delete=models.PROTECT, null=True, related_name="reports")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "reporter_id"],
                condition=Q(decided_at=None),
                name="report_waiting_once",
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(decided_at=None), name="report_waiting"),
            models.Index(fields=["subject_kind", "subject_id"], name="report_subject"),
            models.Index(fields=["reporter_id", "-id"], name="report_reporter"),
        ]
