"""Check the books and keep what came of it: one event for each check, so that everyone sees when and with what result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.events.models import Event
from renmai.trade.reports.invariants import INVARIANTS
from renmai.trade.reports.queries import list_violations
from renmai.trade.reports.rules import Violation

KIND = "books.checked"
BOOKS = UUID("0190a5b0-0000-7000-8000-000000000001")
KEPT_MAX = 20


@dataclass(frozen=True, slots=True)
class Checked:
    """A check: when, of how many rules, how many violations, and the first 20 of them."""

    at: datetime
    rules: int
    count: int
    violations: list[Violation]


def check_books(*, actor: Actor, now: datetime) -> Checked:
    """Check every invariant and note the result as an event. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    with connection.cursor() as cursor:
        violations = list_violations(cursor)
    data = {
        "rules": len(INVARIANTS),
        "count": len(violations),
        "violations": [violation.as_json() for violation in violations[:KEPT_MAX]],
    }
    with transaction.atomic():
        record(Happened(KIND, BOOKS, now, data, actor.person_id))
    return _checked(now, data)


def last_check(actor: Actor) -> Checked | None:
    """Return the newest check, or None. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    event = Event.objects.filter(subject_id=BOOKS, kind=KIND).order_by("-id").first()
    return _checked(event.at, event.data) if event else None


def list_checks(actor: Actor, *, limit: int = 50) -> list[Checked]:
    """Return the newest checks, newest first. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    events = Event.objects.filter(subject_id=BOOKS, kind=KIND).order_by("-id")[:limit]
    return [_checked(event.at, event.data) for event in events]


def _checked(at: datetime, data: dict[str, Any]) -> Checked:
    violations = [Violation(**row) for row in data["violations"]]
    return Checked(at, data["rules"], data["count"], violations)
