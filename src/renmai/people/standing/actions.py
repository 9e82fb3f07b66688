"""Set terms."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_id
from renmai.people.standing.models import Source, Standing
from renmai.people.standing.rules import checked

LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"


@transaction.atomic
def set_term(
    *, actor: Actor, now: datetime, term: str, value: int, reason: str, subject_id: UUID | None = None
) -> Standing:
    """Write a new version of `term` for a subject (None: the whole platform); it holds from now on, never backwards.

    After: the newest version is in force; event `standing.set`.
    Errors: UnknownTerm, TermOutOfRange; denied unless the actor is an operator or the house.
    """
    require_role(actor, "operator")
    return write_term(actor=actor, now=now, term=term, value=value, reason=reason, subject_id=subject_id)


def write_term(
    *,
    actor: Actor,
    now: datetime,
    term: str,
    value: int,
    reason: str,
    subject_id: UUID | None,
    source: Source = Source.OPERATOR,
    released: bool = False,
) -> Standing:
    """As `set_term`, in the caller's transaction, for a caller that has made sure the actor may.

    `released`: this source asks nothing of the subject any longer (`value` is what it asked last).
    Errors: UnknownTerm, TermOutOfRange.
    """
    checked(term, value)
    _wait_for_others(term, subject_id)
    same = Standing.objects.filter(subject_id=subject_id, term=term)
    version = (same.aggregate(newest=Max("version"))["newest"] or 0) + 1
    row = Standing.objects.create(
        subject_id=subject_id,
        term=term,
        value=value,
        reason=reason[:200],
        version=version,
        source=source,
        released=released,
        actor_id=actor.person_id,
        at=now,
    )
    data = {"term": term, "value": value, "reason": row.reason, "source": Source(source).name.lower()}
    data |= {"released": released, "for_all": subject_id is None}
    record(Happened("standing.set", subject_id or row.id, now, data, actor.person_id, new_id()))
    return row


def _wait_for_others(term: str, subject_id: UUID | None) -> None:
    """Let two who set the same term go one after the other: each makes a version of its own."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, (f"standing:{term}:{subject_id}",))
