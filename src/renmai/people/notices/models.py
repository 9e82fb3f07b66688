"""The table of notices."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class Notice(models.Model):
    """Something one person is told: `kind` says what, `data` holds the names in it, `href` where it is dealt with.

    `mail` asks for a mail as well; `mailed_at` is when it was written.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person_id = models.UUIDField()
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    href = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail = models.BooleanField(default=False, db_default=False)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person_id", "-id"], name="notice_person"),
            models.Index(fields=["person_id"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["id"], condition=Q(mail=True, mailed_at=None), name="notice_to_mail"),
        ]
