"""The table of text messages."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class Sms(models.Model):
    """One text message to one number (E.164). Once it is sent its words are gone: they were a code."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    to = models.CharField(max_length=16)
    words = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="sms_latest"),
            models.Index(fields=["to"], name="sms_to"),
        ]
