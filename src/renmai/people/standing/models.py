"""The table of terms."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class Source(models.IntegerChoices):
    """Who set a term; the higher one holds where several do."""

    CREDIT = 1
    APPEAL = 2
    OPERATOR = 3


class Standing(models.Model):
    """One version of one term of one subject (None: the whole platform). Never changed.

    Of each source the newest counts, unless it was `released` (then that source asks nothing any longer); of several
    sources the highest holds: an operator's own row over what an appeal gave, that over what credit asks.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField(null=True)
    term = models.CharField(max_length=40)
    value = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    source = models.PositiveSmallIntegerField(choices=Source, default=Source.OPERATOR, db_default=Source.OPERATOR)
    released = models.BooleanField(default=False, db_default=False)
    actor_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "term", "version"], nulls_distinct=False, name="standing_version_once"
            )
        ]
        # What is asked of single subjects at worst, or at all: by term.
        indexes = [
            models.Index(
                fields=["term", "subject_id", "source", "-version"],
                condition=models.Q(subject_id__isnull=False),
                name="standing_of_term",
            )
        ]
