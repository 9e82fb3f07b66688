"""The table of terms."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class Standing(models.Model):
    """One version of one term of one subject (None: the whole platform). Never changed; the newest in force counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField(null=True)
    term = models.CharField(max_length=40)
    value = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    actor_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "term", "version"], nulls_distinct=False, name="standing_version_once"
            )
        ]
