"""Jobs of the pages: what needs their words."""

from __future__ import annotations

from procrastinate.contrib.django import app

from renmai.kit import clock
from renmai.people.notices.actions import write_mails
from renmai.web.notices import compose_mail


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="write_notices_by_mail")
def write_notices_by_mail(timestamp: int) -> None:
    """Write the mails that notices ask for, until none waits."""
    while write_mails(now=clock.now(), compose=compose_mail):
        pass
