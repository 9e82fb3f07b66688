"""Read reports and takedowns: the operators' queue, one thing's history, and what concerns oneself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.problems import NotFound
from renmai.people.moderation.models import ANSWER_WAITS, Report, Takedown

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
LAST_ID = UUID(int=(1 << 128) - 1)
HISTORY_MAX = 100
Subject = tuple[str, UUID]

# Things by their oldest waiting report, which is the one with the least id.
WAITING = """
select r.subject_kind, r.subject_id, count(*), min(r.at), min(r.id::text), array_agg(distinct r.reason::text)
from people_report r
where r.decided_at is null
group by r.subject_kind, r.subject_id
having min(r.id::text) > %s
order by min(r.id::text)
limit %s::int
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A thing with reports that wait: how many, since when, for which reasons; `first_id` continues a page."""

    subject_kind: str
    subject_id: UUID
    count: int
    since: datetime
    first_id: str
    reasons: Sequence[str]


def list_waiting_things(actor: Actor, *, after: str = "", limit: int = 20) -> list[Waiting]:
    """Return the things whose reports wait, longest waiting first, for operators; one statement. Errors: Forbidden."""
    require_role(actor, "operator")
    with connection.cursor() as cursor:
        cursor.execute(WAITING, (after, _limited(limit)))
        return [Waiting(*row) for row in cursor.fetchall()]


def count_waiting_things(actor: Actor) -> int:
    """Return how many things wait for an operator's decision. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    return Report.objects.filter(decided_at=None).values("subject_kind", "subject_id").distinct().count()


def count_answers(actor: Actor) -> int:
    """Return how many owners' answers to takedowns wait for an operator. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    return Takedown.objects.filter(ANSWER_WAITS).count()


def count_to_decide(actor: Actor) -> int:
    """Return how much of both waits for the actor, 0 for who is no operator; two statements."""
    return count_waiting_things(actor) + count_answers(actor) if actor.has("operator") else 0


def list_reports_of(actor: Actor, subject_kind: str, subject_id: UUID) -> list[Report]:
    """Return the reports of a thing, newest first, for operators. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    rows = Report.objects.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("-id")
    return list(rows[:HISTORY_MAX])


def list_takedowns_of(actor: Actor, subject_kind: str, subject_id: UUID) -> list[Takedown]:
    """Return the takedowns of a thing, newest first, for operators. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    rows = Takedown.objects.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("-id")
    return list(rows[:HISTORY_MAX])


def list_takedowns(
    actor: Actor, *, answers: bool = False, after: UUID | None = None, limit: int = 20
) -> list[Takedown]:
    """Return all takedowns, or those whose `answers` wait, newest first, for operators. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    rows = Takedown.objects.filter(ANSWER_WAITS) if answers else Takedown.objects.all()
    return list(rows.filter(id__lt=after or LAST_ID).order_by("-id")[: _limited(limit)])


def access_takedown(actor: Actor, takedown_id: UUID) -> Takedown:
    """Return a takedown to the owner of the thing and to operators. Errors: NotFound, SignInNeeded."""
    person_id = require_person(actor)
    takedown = Takedown.objects.filter(id=takedown_id).first()
    if takedown is None or not (takedown.owner_id == person_id or actor.has("operator")):
        raise NotFound()
    return takedown


def list_own_reports(actor: Actor, *, after: UUID | None = None, limit: int = 20) -> list[Report]:
    """Return what the actor reported, newest first, with what came of it. Errors: SignInNeeded."""
    rows = Report.objects.select_related("takedown").filter(reporter_id=require_person(actor), id__lt=after or LAST_ID)
    return list(rows.order_by("-id")[: _limited(limit)])


def takedowns_in_force(subjects: Iterable[Subject]) -> dict[Subject, Takedown]:
    """Return (kind, id) -> the takedown in force, for whoever may see the thing itself; one statement."""
    which = Q(pk__in=[])
    for kind, subject_id in subjects:
        which |= Q(subject_kind=kind, subject_id=subject_id)
    return {(row.subject_kind, row.subject_id): row for row in Takedown.objects.filter(which, lifted_at=None)}


def _limited(limit: int) -> int:
    return max(1, min(limit, LIMIT_MAX))
