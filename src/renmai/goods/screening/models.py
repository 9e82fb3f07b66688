"""Tables of screening."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class Verdict(models.TextChoices):
    """What was decided."""

    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    RECALLED = "recalled"


class Evidence(models.Model):
    """A document that someone hands in for a supplier or a product. Private."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    supplier_id = models.UUIDField()
    media_id = models.UUIDField()
    title = models.CharField(max_length=120)
    by_id = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject_id", "created_at"], name="evidence_subject")]


class Decision(models.Model):
    """Who decided what on which supplier or product, why, and on which evidence. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    verdict = models.CharField(max_length=20, choices=Verdict)
    reason = models.CharField(max_length=500)
    evidence_ids = models.JSONField(default=list)
    by_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject_id", "at"], name="decision_subject")]
