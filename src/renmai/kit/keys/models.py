"""The table of idempotency keys."""

from __future__ import annotations

from django.db import models


class IdempotencyKey(models.Model):
    """One write that was asked for: by whom, which, with what input, and what was answered."""

    pk = models.CompositePrimaryKey("person_id", "action", "key")
    person_id = models.UUIDField()
    action = models.CharField(max_length=60)
    key = models.CharField(max_length=80)
    input_hash = models.BinaryField(max_length=32)
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="key_age")]
