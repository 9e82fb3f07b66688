"""Report things, decide reports, take things down and put them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.limits.actions import count_try
from renmai.kit.problems import DomainError, Invalid, NotFound
from renmai.people.moderation.models import Report, ReportReason, SubjectKind, Takedown
from renmai.people.moderation.rules import ANSWER, DECISION, NEED_WORDS, REPORT, REPORTS_PER_HOUR_MAX
from renmai.people.notices.actions import Told, tell


class NothingReported(DomainError):
    """No report of it waits."""

    code = "report.none_waiting"
    status = 409
    message = "No report of this waits for a decision."


class TakenDownAlready(DomainError):
    """It is taken down."""

    code = "takedown.already"
    status = 409
    message = "This is taken down already."


class TakedownOver(DomainError):
    """It was lifted, or answered, before."""

    code = "takedown.over"
    status = 409
    message = "This takedown was lifted or answered before."


class NoAnswerWaits(DomainError):
    """Nobody answered, or it was decided before."""

    code = "takedown.no_answer"
    status = 409
    message = "No answer to this takedown waits for a decision."


class OwnThing(DomainError):
    """Nobody reports themselves."""

    code = "report.own"
    status = 409
    message = "This is yours: change or withdraw it yourself."


@transaction.atomic
def report_thing(
    *,
    actor: Actor,
    now: datetime,
    subject_kind: str,
    subject_id: UUID,
    owner_id: UUID | None,
    reason: str,
    words: str = "",
) -> Report:
    """Report something for an operator to look at; the same person's waiting report of it takes the new reason and words.

    The door has checked that the actor may see it, and says who answers for it. After: event report.made.
    Errors: SignInNeeded, Invalid, OwnThing, TooMany.
    """
    person_id = require_person(actor)
    if owner_id == person_id:
        raise OwnThing()
    text = _checked_reason(subject_kind, reason, checked_texts(REPORT, {"words": words})["words"])
    count_try(name="report", who=str(person_id), tries_max=REPORTS_PER_HOUR_MAX, window_seconds=3600, now=now)
    report, made = Report.objects.get_or_create(
        subject_kind=subject_kind,
        subject_id=subject_id,
        reporter_id=person_id,
        decided_at=None,
        defaults={"reason": reason, "words": text, "owner_id": owner_id, "at": now},
    )
    if not made:
        report.reason, report.words = reason, text
        report.save(update_fields=["reason", "words"])
    data = {"subject_kind": subject_kind, "subject_id": subject_id, "reason": reason}
    record(Happened("report.made", report.id, now, data, person_id))
    return report


def _checked_reason(subject_kind: str, reason: str, words: str) -> str:
    if subject_kind not in SubjectKind.values or reason not in ReportReason.values:
        raise Invalid(fields={"reason": gettext_noop("Choose a reason.")})
    if reason in NEED_WORDS and not words:
        raise Invalid(fields={"words": gettext_noop("Say in a few words what is wrong.")})
    return words


@transaction.atomic
def dismiss_reports(*, actor: Actor, now: datetime, subject_kind: str, subject_id: UUID, words: str) -> int:
    """Find that something is in order: all waiting reports of it are decided, their reporters told. Returns how many.

    After: event report.dismissed for each. Errors: SignInNeeded, Forbidden, Invalid, NothingReported.
    """
    require_role(actor, "operator")
    text = checked_texts(DECISION, {"words": words})["words"]
    reports = _decide(actor, now, subject_kind, subject_id, text, None)
    if not reports:
        raise NothingReported()
    data = {"subject_kind": subject_kind, "subject_id": subject_id, "words": text}
    record(*(Happened("report.dismissed", report.id, now, data, actor.person_id) for report in reports))
    _tell_reporters("report.dismissed", reports, now)
    return len(reports)


@transaction.atomic
def take_down(
    *,
    actor: Actor,
    now: datetime,
    subject_kind: str,
    subject_id: UUID,
    owner_id: UUID | None,
    title: str,
    reason: str,
    words: str,
) -> Takedown:
    """Take something down, reported or not: rooms hide it in the same transaction; owner and reporters are told.

    `title` is what it is called in the notice. After: event takedown.made; waiting reports are decided by it.
    Errors: SignInNeeded, Forbidden, Invalid, TakenDownAlready.
    """
    require_role(actor, "operator")
    text = _checked_reason(subject_kind, reason, checked_texts(DECISION, {"words": words})["words"])
    takedown, made = Takedown.objects.get_or_create(
        subject_kind=subject_kind,
        subject_id=subject_id,
        lifted_at=None,
        defaults={"owner_id": owner_id, "reason": reason, "words": text, "by_id": require_person(actor), "at": now},
    )
    if not made:
        raise TakenDownAlready()
    reports = _decide(actor, now, subject_kind, subject_id, text, takedown)
    data = {"subject_kind": subject_kind, "subject_id": subject_id, "reason": reason, "words": text}
    record(Happened("takedown.made", takedown.id, now, data, actor.person_id))
    _tell_owner("takedown.made", takedown, now, {"title": title, "words": text})
    _tell_reporters("report.taken_down", reports, now)
    return takedown


@transaction.atomic
def lift_takedown(*, actor: Actor, now: datetime, takedown_id: UUID, words: str) -> Takedown:
    """Put something back: rooms show it again in the same transaction (a pick stays out until its shop picks it again).

    After: event takedown.lifted, a notice to the owner. Errors: SignInNeeded, Forbidden, Invalid, NotFound, TakedownOver.
    """
    require_role(actor, "operator")
    text = checked_texts(DECISION, {"words": words})["words"]
    takedown = _locked(takedown_id)
    if takedown.lifted_at is not None:
        raise TakedownOver()
    takedown.lifted_at, takedown.lifted_by_id, takedown.lifted_words = now, actor.person_id, text
    takedown.save(update_fields=["lifted_at", "lifted_by_id", "lifted_words"])
    data = {"subject_kind": takedown.subject_kind, "subject_id": takedown.subject_id, "words": text}
    record(Happened("takedown.lifted", takedown_id, now, data, actor.person_id))
    _tell_owner("takedown.lifted", takedown, now, {"words": text})
    return takedown


@transaction.atomic
def answer_takedown(*, actor: Actor, now: datetime, takedown_id: UUID, words: str) -> Takedown:
    """Answer back, once, as the owner of what was taken down: operators read it and may lift.

    After: event takedown.answered. Errors: SignInNeeded, NotFound (also to all others), Invalid, TakedownOver.
    """
    person_id = require_person(actor)
    takedown = _locked(takedown_id)
    if takedown.owner_id != person_id:
        raise NotFound()
    if takedown.answered_at is not None or takedown.lifted_at is not None:
        raise TakedownOver()
    takedown.answer = checked_texts(ANSWER, {"words": words})["words"]
    takedown.answered_at = now
    takedown.save(update_fields=["answer", "answered_at"])
    record(Happened("takedown.answered", takedown_id, now, {}, person_id))
    return takedown


@transaction.atomic
def uphold_takedown(*, actor: Actor, now: datetime, takedown_id: UUID, words: str) -> Takedown:
    """Decide on the owner's answer that it stays taken down.

    After: event takedown.upheld, a notice to the owner. Errors: SignInNeeded, Forbidden, Invalid, NotFound, NoAnswerWaits.
    """
    require_role(actor, "operator")
    text = checked_texts(DECISION, {"words": words})["words"]
    takedown = _locked(takedown_id)
    if takedown.answered_at is None or takedown.lifted_at is not None or takedown.upheld_at is not None:
        raise NoAnswerWaits()
    takedown.upheld_at, takedown.upheld_by_id, takedown.upheld_words = now, actor.person_id, text
    takedown.save(update_fields=["upheld_at", "upheld_by_id", "upheld_words"])
    data = {"subject_kind": takedown.subject_kind, "subject_id": takedown.subject_id, "words": text}
    record(Happened("takedown.upheld", takedown_id, now, data, actor.person_id))
    _tell_owner("takedown.upheld", takedown, now, {"words": text})
    return takedown


def _locked(takedown_id: UUID) -> Takedown:
    takedown = Takedown.objects.select_for_update().filter(id=takedown_id).first()
    if takedown is None:
        raise NotFound()
    return takedown


def _decide(
    actor: Actor, now: datetime, kind: str, subject_id: UUID, words: str, takedown: Takedown | None
) -> Sequence[Report]:
    """Decide the waiting reports of a thing, locked in key order; return them."""
    waiting = Report.objects.select_for_update().filter(subject_kind=kind, subject_id=subject_id, decided_at=None)
    reports = list(waiting.order_by("id"))
    Report.objects.filter(id__in=[report.id for report in reports]).update(
        decided_at=now, decided_by_id=actor.person_id, decided_words=words, takedown=takedown
    )
    return reports


def _tell_reporters(kind: str, reports: Sequence[Report], now: datetime) -> None:
    with connection.cursor() as cursor:
        tell(cursor, [Told(report.reporter_id, kind, now, "/me/reports") for report in reports])


def _tell_owner(kind: str, takedown: Takedown, now: datetime, data: dict[str, str]) -> None:
    if takedown.owner_id is not None:
        with connection.cursor() as cursor:
            tell(cursor, [Told(takedown.owner_id, kind, now, f"/me/takedowns/{takedown.id}", data, mail=True)])
