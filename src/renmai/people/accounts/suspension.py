"""Turn a person out and let them in again; make and unmake operators. By operators."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.problems import DomainError, NotFound
from renmai.people.accounts.actions import grant_role, require_confirmed, take_role
from renmai.people.accounts.models import Membership, Person

REASON = {"reason": Text(400, required=True)}
OPERATORS = "select pg_advisory_xact_lock(hashtextextended('operators', 0))"


class NotOneself(DomainError):
    """Nobody suspends or demotes themselves."""

    code = "person.oneself"
    status = 409
    message = "This is your own account: ask another operator."


class PersonIsErased(DomainError):
    """Nothing is left that could be let in."""

    code = "person.erased"
    status = 409
    message = "This person was erased."


class LastOperator(DomainError):
    """Somebody must be able to run the house."""

    code = "person.last_operator"
    status = 409
    message = "This is the last operator who can sign in: make another one first."


@transaction.atomic
def suspend_person(*, actor: Actor, now: datetime, person_id: UUID, reason: str) -> Person:
    """Turn a person out: sessions and tokens end with the next request, no code lets them in. Their orders go on.

    Another operator takes a second factor. After: event person.suspended with the reason; again changes nothing.
    Errors: Forbidden, NotFound, NotOneself, PersonIsErased, LastOperator, FactorNeeded, Invalid.
    """
    person, why = _checked(actor, person_id, reason)
    if Membership.objects.filter(person=person, role="operator").exists():
        require_confirmed(actor)
        _check_not_last(person_id)
    if person.is_active:
        person.is_active = False
        person.save(update_fields=["is_active"])
        record(Happened("person.suspended", person_id, now, {"reason": why}, actor.person_id))
    return person


@transaction.atomic
def let_person_in(*, actor: Actor, now: datetime, person_id: UUID, reason: str) -> Person:
    """Let a suspended person in again. After: event person.let_in with the reason; again changes nothing.

    Errors: Forbidden, NotFound, NotOneself, PersonIsErased, Invalid.
    """
    person, why = _checked(actor, person_id, reason)
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        record(Happened("person.let_in", person_id, now, {"reason": why}, actor.person_id))
    return person


def make_operator(*, actor: Actor, now: datetime, person_id: UUID) -> None:
    """Make a person an operator, with a second factor. Errors: Forbidden, FactorNeeded, NotFound, PersonIsErased."""
    _found(actor, person_id)
    require_confirmed(actor)
    grant_role(actor=actor, now=now, person_id=person_id, role="operator")


@transaction.atomic
def unmake_operator(*, actor: Actor, now: datetime, person_id: UUID) -> None:
    """Take the house away from an operator, with a second factor.

    Errors: Forbidden, FactorNeeded, NotFound, NotOneself, PersonIsErased, LastOperator.
    """
    _found(actor, person_id)
    if person_id == actor.person_id:
        raise NotOneself()
    require_confirmed(actor)
    if Membership.objects.filter(person_id=person_id, role="operator").exists():
        _check_not_last(person_id)
    take_role(actor=actor, now=now, person_id=person_id, role="operator")


def _check_not_last(person_id: UUID) -> None:
    """Refuse where no other operator could sign in; two who ask at once go one after the other. Errors: LastOperator."""
    with connection.cursor() as cursor:
        cursor.execute(OPERATORS)
    others = Membership.objects.filter(role="operator", person__is_active=True).exclude(person_id=person_id)
    if not others.exists():
        raise LastOperator()


def _checked(actor: Actor, person_id: UUID, reason: str) -> tuple[Person, str]:
    person = _found(actor, person_id)
    if person_id == actor.person_id:
        raise NotOneself()
    return person, checked_texts(REASON, {"reason": reason})["reason"]


def _found(actor: Actor, person_id: UUID) -> Person:
    require_role(actor, "operator")
    with transaction.atomic():
        person = Person.objects.select_for_update().filter(pk=person_id).first()
    if person is None:
        raise NotFound()
    if person.erased_at is not None:
        raise PersonIsErased()
    return person
