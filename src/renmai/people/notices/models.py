"""The table of notices."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class Notice(models.Model):
    """Something one person is told: `kind` says what, `data` holds the names in it, `href` where it is dealt with."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person_id = models.UUIDField()
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    href = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person_id", "-id"], name="notice_person")]
