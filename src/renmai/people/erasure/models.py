"""The table of erasures."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Erasure(models.Model):
    """A person was erased, by themselves or by the house (`by_id`; None: the command line).

    `swept_at` is since when nothing is left that the law had us keep (the term `trade_years`): addresses, words of cases;
    `look_at` when that is looked into next.
    """

    person_id = models.UUIDField(primary_key=True)
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    look_at = models.DateTimeField()
    swept_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["look_at"], condition=Q(swept_at=None), name="erasure_to_sweep")]
