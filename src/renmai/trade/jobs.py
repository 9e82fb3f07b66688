"""Jobs of trade."""

from __future__ import annotations

from procrastinate.contrib.django import app

from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.trade.reports.checks import check_books


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="check_books")
def check_books_often(timestamp: int) -> None:
    """Check every invariant; the result is an event that operators see."""
    check_books(actor=SYSTEM, now=clock.now())
