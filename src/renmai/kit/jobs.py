"""Jobs of the kit: rows in PostgreSQL, on the connection of the change that causes them (procrastinate).

A job is delivered at least once; whatever it does must bear being done again.
"""

from __future__ import annotations

import logging
from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from renmai.kit import clock
from renmai.kit.keys.actions import forget_old as forget_old_keys
from renmai.kit.limits.actions import forget_old as forget_old_limits
from renmai.kit.mail.actions import DELIVER, deliver_mail
from renmai.kit.mail.actions import forget_old as forget_old_mail
from renmai.kit.sms.actions import DELIVER as DELIVER_SMS
from renmai.kit.sms.actions import deliver_sms
from renmai.kit.sms.actions import forget_old as forget_old_sms

log = logging.getLogger("renmai.jobs")

STALLED_SECONDS = 60
FINISHED_HOURS = 72


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Run again the jobs whose worker was killed (no heartbeat for a minute)."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        log.warning("job %s stalled, runs again", job.id)
        await manager.retry_job(job)


@app.periodic(cron="41 4 * * *")
@app.task(queueing_lock="forget_finished_jobs", pass_context=True)
async def forget_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Delete jobs that succeeded three days ago; failed ones stay to be looked at."""
    await context.app.job_manager.delete_old_jobs(nb_hours=FINISHED_HOURS)


@app.task(name=DELIVER, retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def send_written_mail(mail_id: str) -> None:
    """Send one mail that was written."""
    deliver_mail(mail_id=UUID(mail_id), now=clock.now())


@app.task(name=DELIVER_SMS, retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def send_written_sms(sms_id: str) -> None:
    """Send one text message that was written."""
    deliver_sms(sms_id=UUID(sms_id), now=clock.now())


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="forget_old_rows")
def forget_old_rows(timestamp: int) -> None:
    """Delete idempotency keys, rate windows, mail and text messages that are too old to matter."""
    now = clock.now()
    forget_old_keys(now=now)
    forget_old_limits(now=now)
    forget_old_mail(now=now)
    forget_old_sms(now=now)
