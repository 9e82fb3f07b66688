"""Tables of screening."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.goods.products.models import Category
from renmai.kit.ids import new_id


class Verdict(models.TextChoices):
    """What was decided."""

    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    RECALLED = "recalled"
    CHECKED = "checked"
    LAPSED = "lapsed"


class Requirement(models.Model):
    """A point of a checklist: what a supplier, a product or a brand must show; for one category, or for all when None.

    `valid_days` bounds how old a document may be where its own date of expiry is not said (None: no bound).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.CharField(max_length=10)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True)
    code = models.SlugField(max_length=40)
    title = models.CharField(max_length=160)
    title_zh = models.CharField(max_length=160)
    required = models.BooleanField(default=True)
    valid_days = models.PositiveIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "category", "code"],
                condition=Q(retired_at=None),
                nulls_distinct=False,
                name="requirement_once",
            )
        ]


class Evidence(models.Model):
    """A document that someone hands in for a supplier or a product. Private."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    supplier_id = models.UUIDField()
    media_id = models.UUIDField()
    title = models.CharField(max_length=120)
    by_id = models.UUIDField()
    created_at = models.DateTimeField()
    requirement = models.ForeignKey(Requirement, on_delete=models.SET_NULL, null=True)
    number = models.CharField(max_length=80, blank=True, db_default="")
    issuer = models.CharField(max_length=120, blank=True, db_default="")
    valid_until_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["subject_id", "created_at"], name="evidence_subject")]


class EvidenceReading(models.Model):
    """Who opened which document when. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="readings")
    by_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["evidence", "-id"], name="reading_evidence")]


class Decision(models.Model):
    """Who decided what on which supplier or product, why, and on which evidence. Never changed.

    `findings` is a list of {"code", "title", "title_zh", "found", "reason"}, `found` one of `rules.FOUND`. Without `by_id`
    the house itself decided: a check that was not made in time.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    verdict = models.CharField(max_length=20, choices=Verdict)
    reason = models.CharField(max_length=500)
    evidence_ids = models.JSONField(default=list)
    findings = models.JSONField(default=list, db_default=[])
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject_id", "at"], name="decision_subject")]


class CheckWarning(models.Model):
    """That the people of a supplier were told of a check that is due. Once for each due time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    due_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_id", "due_at"], name="checkwarning_once")]
