"""The table of rate limits."""

from __future__ import annotations

from django.db import models


class RateWindow(models.Model):
    """How often something was tried by someone in one window of time."""

    pk = models.CompositePrimaryKey("name", "who_hash", "window")
    name = models.CharField(max_length=40)
    who_hash = models.BinaryField(max_length=32)
    window = models.BigIntegerField()
    count = models.PositiveIntegerField()
