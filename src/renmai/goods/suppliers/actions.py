"""Apply, change, hand in again, set freight. Verdicts are in `goods.screening`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.suppliers.models import Supplier, SupplierState
from renmai.goods.suppliers.queries import access_supplier
from renmai.goods.suppliers.rules import FREIGHT_MINOR_MAX, PROFILE, checked_profile, may_become
from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError
from renmai.people.accounts.models import Membership, Person, Role
from renmai.people.notices.actions import Told, members_of, tell

OPEN_APPLICATIONS_MAX = 3


class AppliedAlready(DomainError):
    """The person has an undecided application under the same licence number, or too many of them."""

    code = "supplier.applied_already"
    status = 409
    message = "This application was handed in already and waits for a decision."


class WrongSupplierState(DomainError):
    """A step that the table of states does not have."""

    code = "supplier.wrong_state"
    status = 409
    message = "A supplier that is {state} cannot become {next_state}."


class FreightOutOfRange(DomainError):
    """Freight below zero or above the limit."""

    code = "supplier.freight_out_of_range"
    status = 422
    message = "Freight must be between 0 and {most_minor} minor units."


@transaction.atomic
def apply_supplier(
    *,
    actor: Actor,
    now: datetime,
    name: str,
    name_zh: str = "",
    story: str = "",
    story_zh: str = "",
    town: str = "",
    country: str = "CN",
    licence_number: str,
    contact_email: str,
) -> Supplier:
    """Hand in an application; the person may act for the new supplier from now on, and sell once it is approved.

    After: a supplier in state applied, a membership (none when the house itself acts), event supplier.applied.
    Errors: SignInNeeded, Invalid, AppliedAlready.
    """
    person_id = None if actor.is_system else require_person(actor)
    profile = checked_profile({
        "name": name, "name_zh": name_zh, "story": story, "story_zh": story_zh, "town": town, "country": country,
        "licence_number": licence_number, "contact_email": contact_email,
    })  # fmt: skip
    if person_id is not None:
        Person.objects.select_for_update().get(id=person_id)  # one application of a person at a time
        _refuse_repeats(person_id, profile["licence_number"])
    supplier = Supplier.objects.create(**profile, created_at=now)
    if person_id is not None:
        Membership.objects.create(person_id=person_id, role=Role.SUPPLIER, subject_id=supplier.id, created_at=now)
    record(Happened("supplier.applied", supplier.id, now, {}, person_id))
    return supplier


def _refuse_repeats(person_id: UUID, licence_number: str) -> None:
    own = Membership.objects.filter(person_id=person_id, role=Role.SUPPLIER).values("subject_id")
    waiting = Supplier.objects.filter(id__in=own, state=SupplierState.APPLIED).values_list("licence_number", flat=True)
    if licence_number in waiting or len(waiting) >= OPEN_APPLICATIONS_MAX:
        raise AppliedAlready()


@transaction.atomic
def change_supplier(*, actor: Actor, now: datetime, supplier_id: UUID, **changes: Any) -> Supplier:
    """Change any of name, name_zh, story, story_zh, town, country, licence_number, contact_email.

    After: event supplier.changed naming the fields; nothing at all when nothing differs.
    Errors: NotFound, Invalid, TypeError for a field that does not exist.
    """
    if unknown := set(changes) - set(PROFILE):
        raise TypeError(f"no such field of a supplier: {sorted(unknown)}")
    access_supplier(actor, supplier_id)
    supplier = Supplier.objects.select_for_update().get(id=supplier_id)
    before = {name: getattr(supplier, name) for name in PROFILE}
    after = checked_profile(before | changes)
    differing = sorted(name for name in PROFILE if before[name] != after[name])
    if differing:
        Supplier.objects.filter(id=supplier_id).update(**after)
        supplier.refresh_from_db()
        record(Happened("supplier.changed", supplier_id, now, {"fields": differing}, actor.person_id))
    return supplier


@transaction.atomic
def resubmit_supplier(*, actor: Actor, now: datetime, supplier_id: UUID) -> Supplier:
    """Hand a rejected application in again: rejected -> applied, event supplier.applied. Errors: WrongSupplierState."""
    access_supplier(actor, supplier_id)
    supplier = Supplier.objects.select_for_update().get(id=supplier_id)
    move_supplier(supplier, SupplierState.APPLIED)
    record(Happened("supplier.applied", supplier_id, now, {"again": True}, actor.person_id))
    return supplier


def move_supplier(supplier: Supplier, next_state: str) -> None:
    """Write the next state of a locked supplier, if the table of states has that step. Errors: WrongSupplierState."""
    if not may_become(supplier.state, next_state):
        raise WrongSupplierState(state=supplier.state, next_state=next_state)
    supplier.state = next_state
    supplier.save(update_fields=["state"])


@transaction.atomic
def set_freight(*, actor: Actor, now: datetime, supplier_id: UUID, freight_minor: int) -> Supplier:
    """Set what this supplier asks for one parcel, in minor units; orders placed before keep theirs.

    Errors: NotFound, FreightOutOfRange.
    """
    access_supplier(actor, supplier_id)
    if not 0 <= freight_minor <= FREIGHT_MINOR_MAX:
        raise FreightOutOfRange(most_minor=FREIGHT_MINOR_MAX)
    supplier = Supplier.objects.select_for_update().get(id=supplier_id)
    if supplier.freight_minor != freight_minor:
        data = {"before_minor": supplier.freight_minor, "freight_minor": freight_minor}
        supplier.freight_minor = freight_minor
        supplier.save(update_fields=["freight_minor"])
        record(Happened("supplier.freight_set", supplier_id, now, data, actor.person_id))
    return supplier


def tell_supplier(supplier_id: UUID, kind: str, now: datetime, href: str, data: dict[str, Any]) -> None:
    """Tell everyone who acts for a supplier, by notice and mail, in the transaction of what happened."""
    with connection.cursor() as cursor:
        people = members_of(cursor, "supplier", [supplier_id]).get(supplier_id, [])
        tell(cursor, [Told(person_id, kind, now, href, data, mail=True) for person_id in people])
