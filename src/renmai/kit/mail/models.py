"""The table of mail."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class Mail(models.Model):
    """One mail to one address."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="mail_latest"),
            models.Index(fields=["to"], name="mail_to"),
        ]
