"""Tables of reports: figures that are worked out once a day and not at every look."""

from __future__ import annotations

from django.db import models


class EarningsMonth(models.Model):
    """What creators earned in a month that is over: median and quartiles of what was settled to each, less refunds.

    Everybody counts who had a shop when the month ended, also who earned nothing; with several shops once. There is no
    highest figure here, on purpose: a best case says nothing about what one may expect. Minor units.
    """

    month = models.DateField(primary_key=True)
    creators = models.PositiveIntegerField()
    earning = models.PositiveIntegerField()
    quarter_minor = models.BigIntegerField()
    median_minor = models.BigIntegerField()
    three_quarters_minor = models.BigIntegerField()
    made_at = models.DateTimeField()
