"""A pull that did not work: counted, tried again later and later, paused in the end and its people told."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from renmai.goods.catalogue.models import Pull
from renmai.goods.catalogue.rules import FAILURES_MAX, retry_minutes
from renmai.kit.problems import DomainError, fault_of
from renmai.people.notices.actions import Told, members_of, tell


def note_pull_failure(*, pull_id: UUID, refusal: DomainError, now: datetime) -> None:
    """Count a failure, in the caller's transaction: the next try comes later each time; after five it is paused.
    One that its people paused meanwhile stays so.

    After: `error`, `fault`, `failures` and `next_at`; a notice pull.paused to the supplier's people when it is paused.
    """
    pull = Pull.objects.select_for_update().filter(id=pull_id, ended_at=None).first()
    if pull is None:
        return
    pull.failures += 1
    pull.error, pull.fault = refusal.text[:300], fault_of(refusal)
    pull.last_at, pull.etag = now, ""
    running = pull.next_at is not None
    paused = running and pull.failures >= FAILURES_MAX
    if running:
        retry_at = now + timedelta(minutes=retry_minutes(pull.failures, pull.every_hours))
        pull.next_at = None if paused else retry_at
    pull.save(update_fields=["failures", "error", "fault", "last_at", "etag", "next_at"])
    if paused:
        with connection.cursor() as cursor:
            people = members_of(cursor, "supplier", [pull.supplier_id]).get(pull.supplier_id, [])
            data = {"url": pull.url[:200], "reason": pull.error, "reason_fault": pull.fault}
            tell(cursor, [Told(person, "pull.paused", now, "/supplier/pulls", data) for person in people])
