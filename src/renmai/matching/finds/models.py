"""The words by which people and posts are found. All of it can be made anew from other wings."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from renmai.matching.search.models import Lexemes


class Findable(models.Model):
    """A shop's person (`kind` person) or a post (post), and its words; those of its name or title once more, behind "^".

    A copy: it finds, it never decides. Whoever shows it joins what is so now. `named` is for mistyped names.
    """

    subject_id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=6)
    named = models.CharField(max_length=200)
    words = Lexemes()

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="findable_words", fastupdate=False),
            GinIndex(
                fields=["named"], name="findable_named", opclasses=["gin_trgm_ops"], condition=models.Q(kind="person")
            ),
        ]
