"""Jobs of people."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from procrastinate.contrib.django import app

from renmai.kit import clock
from renmai.people.accounts.models import SignInCode

CODE_DAYS = 1


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="forget_old_sign_ins")
def forget_old_sign_ins(timestamp: int) -> None:
    """Delete sign-in codes of yesterday and sessions that are over."""
    now = clock.now()
    SignInCode.objects.filter(created_at__lt=now - timedelta(days=CODE_DAYS)).delete()
    Session.objects.filter(expire_date__lt=now).delete()
