"""Suppliers: apply, change, hand in again, set freight, and who may see what."""

from __future__ import annotations

import pytest

from renmai.goods.suppliers.actions import (
    AppliedAlready,
    FreightOutOfRange,
    WrongSupplierState,
    apply_supplier,
    change_supplier,
    resubmit_supplier,
    set_freight,
)
from renmai.goods.suppliers.models import Supplier
from renmai.goods.suppliers.queries import access_supplier, list_own_suppliers, list_suppliers, read_public_supplier
from renmai.goods.suppliers.rules import STEPS, may_become
from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.events.models import Event
from renmai.kit.problems import Forbidden, Invalid, NotFound, SignInNeeded
from renmai.people.accounts.models import Membership
from tests.goods.pool import NOW, member, operator, person, refused, strangers, supplier

pytestmark = pytest.mark.django_db


def apply(actor: Actor, licence: str = "91330000", **changes: str) -> Supplier:
    fields = {"name": "Kiln", "licence_number": licence, "contact_email": "kiln@example.org"} | changes
    return apply_supplier(actor=actor, now=NOW, **fields)


def test_applying_makes_a_supplier_and_a_membership() -> None:
    actor = person("lin")
    made = apply(actor, name="  Kiln  ", story="Fired\r\ntwice.")
    assert (made.name, made.story, made.state, made.country) == ("Kiln", "Fired\ntwice.", "applied", "CN")
    assert Membership.objects.get(person_id=actor.person_id, role="supplier").subject_id == made.id
    assert [e.kind for e in Event.objects.filter(subject_id=made.id)] == ["supplier.applied"]


def test_applying_is_refused_without_effect() -> None:
    refused(SignInNeeded, lambda: apply(ANONYMOUS))
    actor = person("lin")
    wrong = refused(Invalid, lambda: apply(actor, name=" ", country="China", contact_email="no", story="x" * 4001))
    assert sorted(wrong.params["fields"]) == ["contact_email", "country", "name", "story"]
    refused(Invalid, lambda: apply(actor, name="a\x00b"))


def test_the_same_application_is_not_taken_twice() -> None:
    actor = person("lin")
    apply(actor)
    refused(AppliedAlready, lambda: apply(actor, name="Other"))
    apply(actor, "2")
    apply(actor, "3")
    refused(AppliedAlready, lambda: apply(actor, "4"))


def test_changes_are_recorded_once_and_only_by_its_own_people() -> None:
    row = supplier()
    row.licence_number, row.contact_email = "1", "kiln@example.org"
    row.save()
    own = member(row)
    assert change_supplier(actor=own, now=NOW, supplier_id=row.id, town="Jingdezhen").town == "Jingdezhen"
    change_supplier(actor=own, now=NOW, supplier_id=row.id, town="Jingdezhen")
    assert [e.data for e in Event.objects.filter(kind="supplier.changed")] == [{"fields": ["town"]}]
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: change_supplier(actor=actor, now=NOW, supplier_id=row.id, town="X"))
        refused(kind, lambda actor=stranger: set_freight(actor=actor, now=NOW, supplier_id=row.id, freight_minor=1))
        refused(kind, lambda actor=stranger: resubmit_supplier(actor=actor, now=NOW, supplier_id=row.id))


def test_freight_has_limits() -> None:
    row = supplier()
    own = member(row)
    assert set_freight(actor=own, now=NOW, supplier_id=row.id, freight_minor=800).freight_minor == 800
    set_freight(actor=own, now=NOW, supplier_id=row.id, freight_minor=800)
    assert Event.objects.filter(kind="supplier.freight_set").count() == 1
    for wrong in (-1, 100_001):
        refused(
            FreightOutOfRange,
            lambda minor=wrong: set_freight(actor=own, now=NOW, supplier_id=row.id, freight_minor=minor),
        )


def test_only_a_rejected_application_is_handed_in_again() -> None:
    row = supplier(state="rejected")
    own = member(row)
    assert resubmit_supplier(actor=own, now=NOW, supplier_id=row.id).state == "applied"
    refused(WrongSupplierState, lambda: resubmit_supplier(actor=own, now=NOW, supplier_id=row.id))


def test_reading() -> None:
    approved, waiting = supplier("A"), supplier("B", "applied")
    own, op = member(waiting), operator()
    assert access_supplier(own, waiting.id) == waiting
    assert access_supplier(op, waiting.id) == waiting
    with pytest.raises(NotFound):
        access_supplier(own, approved.id)
    assert read_public_supplier(approved.id)["name"] == "A"
    assert "licence_number" not in read_public_supplier(approved.id)
    with pytest.raises(NotFound):
        read_public_supplier(waiting.id)
    assert list_own_suppliers(own) == [waiting]
    assert list_suppliers(op, limit=1) == [waiting]
    assert list_suppliers(op, after=waiting.id) == [approved]
    assert list_suppliers(op, state="applied") == [waiting]
    with pytest.raises(Forbidden):
        list_suppliers(own)


def test_the_table_of_states_is_walked_whole() -> None:
    states = ("applied", "approved", "rejected", "suspended")
    allowed = {(a, b) for a in states for b in states if may_become(a, b)}
    assert allowed == {
        ("applied", "approved"), ("applied", "rejected"), ("rejected", "applied"),
        ("approved", "suspended"), ("suspended", "approved"),
    }  # fmt: skip
    assert set(STEPS) == set(states)
