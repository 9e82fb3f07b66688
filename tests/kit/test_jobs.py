"""Periodic jobs do what they say, on a real worker of one pass."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from procrastinate.contrib.django import app

from renmai.kit import clock
from renmai.people.accounts.models import SignInCode
from renmai.people.jobs import forget_old_sign_ins


def test_old_codes_and_sessions_are_forgotten_and_new_ones_kept(house: None) -> None:
    now = clock.now()
    for days in (0, 2):
        at = now - timedelta(days=days)
        SignInCode.objects.create(sent_to=f"d{days}@example.org", code_hash=b"x", expires_at=at, created_at=at)
        Session.objects.create(session_key=f"s{days}", session_data="", expire_date=now + timedelta(days=1 - days))
    forget_old_sign_ins(0)
    assert list(SignInCode.objects.values_list("sent_to", flat=True)) == ["d0@example.org"]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["s0"]


def test_every_periodic_job_is_registered_once(house: None) -> None:
    names = sorted(task.task.name.rsplit(".", 1)[1] for task in app.periodic_registry.periodic_tasks.values())
    assert names == [
        "check_books_often",
        "forget_finished_jobs",
        "forget_old_rows",
        "forget_old_sign_ins",
        "retry_stalled_jobs",
        "write_notices_by_mail",
    ]
