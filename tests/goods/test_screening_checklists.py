"""Checklists: made, changed, moved, retired; what a subject must show; documents, who reads them; decisions in rounds."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections

from renmai.goods.brands.models import Brand
from renmai.goods.products.actions import submit_product
from renmai.goods.products.models import Category, Product
from renmai.goods.screening.actions import note_reading, screen_product, screen_supplier
from renmai.goods.screening.checklists import (
    PointExists,
    change_requirement,
    ensure_usual,
    make_requirement,
    move_requirement,
    retire_requirement,
)
from renmai.goods.screening.deciding import NotReady, UnknownPoint
from renmai.goods.screening.models import Decision, EvidenceReading, Requirement
from renmai.goods.screening.queries import checklist_of, list_decisions, list_readings, list_requirements
from renmai.goods.screening.usual import USUAL
from renmai.goods.suppliers.actions import WrongSupplierState, resubmit_supplier
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import SYSTEM, Actor, Grant
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, Forbidden, Invalid, NotFound, SignInNeeded
from renmai.people.accounts.models import Membership
from renmai.people.notices.models import Notice
from tests.goods.checking import asked, document, show
from tests.goods.pool import NOW, category, member, operator, person, product, refused, strangers, supplier

pytestmark = pytest.mark.django_db


def states(actor: Actor, subject_id: UUID) -> dict[str, str]:
    return {item.requirement.code: item.state for item in checklist_of(actor, subject_id, now=NOW)}


def approve(op: Actor, row: Supplier, remarks: dict[UUID, str] | None = None, verdict: str = "approved") -> Decision:
    return screen_supplier(
        actor=op, now=NOW, supplier_id=row.id, verdict=verdict, reason="Read it all.", remarks=remarks
    )


def test_an_operator_makes_changes_moves_and_retires_points() -> None:
    op = operator()
    first, second, third = (asked(op, code) for code in ("one", "two", "three"))
    order = lambda: [row.code for row in list_requirements(op)]
    assert order() == ["one", "two", "three"]
    move_requirement(actor=op, now=NOW, requirement_id=third.id, up=True)
    move_requirement(actor=op, now=NOW, requirement_id=third.id, up=True)
    move_requirement(actor=op, now=NOW, requirement_id=third.id, up=True)
    move_requirement(actor=op, now=NOW, requirement_id=first.id, up=False)
    assert order() == ["three", "two", "one"]
    change_requirement(actor=op, now=NOW, requirement_id=first.id, title="Uno", required=False, valid_days=90)
    first.refresh_from_db()
    assert (first.title, first.title_zh, first.required, first.valid_days) == ("Uno", "证one", False, 90)
    retire_requirement(actor=op, now=NOW, requirement_id=second.id)
    assert order() == ["three", "one"]
    refused(NotFound, lambda: retire_requirement(actor=op, now=NOW, requirement_id=second.id))
    asked(op, "two")
    assert order() == ["three", "one", "two"]
    kinds = Event.objects.filter(kind__startswith="requirement").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["requirement.made"] * 3 + ["requirement.changed"] * 4 + [
        "requirement.retired",
        "requirement.made",
    ]


def test_a_point_is_unambiguous_and_only_operators_make_it() -> None:
    op, home = operator(), category()
    point = asked(op, "licence")
    refused(PointExists, lambda: asked(op, "licence"))
    asked(op, "licence", category_id=home.id)
    refused(PointExists, lambda: asked(op, "licence", category_id=home.id))
    asked(op, "licence", subject="product")
    refused(NotFound, lambda: asked(op, "other", category_id=new_id()))
    refused(Invalid, lambda: asked(op, "shop", subject="shop"))
    refused(Invalid, lambda: asked(op, "Not A Code"))
    for wrong in (0, -1, 3651):
        refused(Invalid, lambda wrong=wrong: asked(op, "days", valid_days=wrong))
        refused(
            Invalid,
            lambda wrong=wrong: change_requirement(actor=op, now=NOW, requirement_id=point.id, valid_days=wrong),
        )
    for stranger in [*strangers(), member(supplier())]:
        kind = Forbidden if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: asked(actor, "mine"))
        refused(kind, lambda actor=stranger: retire_requirement(actor=actor, now=NOW, requirement_id=point.id))
        refused(kind, lambda actor=stranger: ensure_usual(actor=actor, now=NOW))
        refused(kind, lambda actor=stranger: list_requirements(actor))


def test_the_usual_points_are_written_once_and_stay_retired() -> None:
    op = operator()
    general = [each for each in USUAL if not each.slugs]
    assert ensure_usual(actor=SYSTEM, now=NOW) == len(general)
    assert ensure_usual(actor=SYSTEM, now=NOW) == 0
    licence = Requirement.objects.get(code="business-licence")
    assert (licence.title_zh, licence.required, licence.subject) == ("营业执照", True, "supplier")
    retire_requirement(actor=op, now=NOW, requirement_id=licence.id)
    change_requirement(
        actor=op, now=NOW, requirement_id=Requirement.objects.get(code="trade-mark").id, title="Mark", required=False
    )
    tea = Category.objects.create(slug="tea", name="Tea", name_zh="茶")
    assert ensure_usual(actor=op, now=NOW) == 1
    food = Requirement.objects.get(code="food-licence")
    assert (food.category_id, food.title_zh) == (tea.id, "食品生产许可证或食品经营许可证")
    assert ensure_usual(actor=op, now=NOW) == 0
    assert Requirement.objects.get(code="trade-mark").title == "Mark"
    assert "business-licence" not in [row.code for row in list_requirements(op)]


def test_a_checklist_is_of_the_goods_that_are_sold() -> None:
    op, row = operator(), supplier()
    own = member(row)
    tea = Category.objects.create(slug="tea", name="Tea", name_zh="茶")
    asked(op, "licence")
    asked(op, "food", category_id=tea.id)
    asked(op, "report", subject="product", category_id=tea.id, valid_days=365)
    asked(op, "label", subject="product", required=False)
    asked(op, "mark", subject="brand")
    assert states(own, row.id) == {"licence": "missing"}
    goods = product(row, state="screening")
    assert states(own, goods.id) == {"label": "missing"}
    Product.objects.filter(id=goods.id).update(category=tea)
    assert states(own, row.id) == {"licence": "missing", "food": "missing"}
    # The maker's licence for the category stands on the product's list too, to be handed in for the supplier.
    assert states(own, goods.id) == {"report": "missing", "label": "missing", "food": "missing"}
    food = Requirement.objects.get(code="food")
    show(own, row.id, food)
    assert states(own, goods.id)["food"] == states(own, row.id)["food"] == "shown"
    media = document(own)
    refused(NotFound, lambda: show(own, goods.id, food, media_id=media))
    brand = Brand.objects.create(supplier=row, slug="b", name="B", owner="Kiln", created_at=NOW)
    assert states(own, brand.id) == {"mark": "missing"}
    for stranger in strangers():
        refused(NotFound if stranger.person_id else SignInNeeded, lambda actor=stranger: states(actor, row.id))
    refused(NotFound, lambda: states(op, new_id()))


def test_one_document_answers_a_code_and_the_newest_one_counts() -> None:
    op, row = operator(), supplier()
    own, goods = member(row), product(row)
    tea, pantry = (Category.objects.create(slug=slug, name=slug, name_zh=slug) for slug in ("tea", "pantry"))
    for_tea = asked(op, "food", category_id=tea.id)
    asked(op, "food", category_id=pantry.id)
    Product.objects.filter(id=goods.id).update(category=pantry)
    product(row, "leaf")
    Product.objects.filter(handle="leaf").update(category=tea)
    assert states(own, row.id) == {"food": "missing"}
    show(own, row.id, for_tea, until=NOW.date())
    assert states(own, row.id) == states(own, goods.id) == {"food": "shown"}
    later = NOW + timedelta(days=1)
    assert [item.state for item in checklist_of(own, row.id, now=later)] == ["expired"]
    newest = show(own, row.id, for_tea, at=later, until=later.date() + timedelta(days=9))
    (item,) = checklist_of(own, row.id, now=later)
    assert (item.state, item.evidence) == ("shown", newest)


def test_a_document_says_what_it_is_and_cannot_be_out_of_date() -> None:
    op, row = operator(), supplier(state="applied")
    own, point = member(row), asked(op, "licence")
    handed = show(own, row.id, point)
    assert (handed.title, handed.requirement) == ("Licence", point)
    media = document(own)
    refused(Invalid, lambda: show(own, row.id, point, until=NOW.date() - timedelta(days=1), media_id=media))
    refused(NotFound, lambda: show(own, row.id, Requirement(id=new_id()), media_id=media))
    retire_requirement(actor=op, now=NOW, requirement_id=point.id)
    refused(NotFound, lambda: show(own, row.id, point, media_id=media))


def test_whoever_opens_a_document_is_noted_for_both_sides() -> None:
    row = supplier()
    own, op, colleague = member(row), operator(), member(row)
    handed = show(own, row.id)
    for n, reader in enumerate((op, own, colleague, op)):
        assert note_reading(actor=reader, now=NOW + timedelta(minutes=n), media_id=handed.media_id) == 1
    assert note_reading(actor=op, now=NOW, media_id=document(op)) == 0
    seen = [op.person_id, own.person_id, colleague.person_id, op.person_id]
    for side in (op, own):
        readings = list_readings(side, row.id)
        assert [reading.by_id for reading in readings] == seen[::-1]
        assert {reading.evidence_id for reading in readings} == {handed.id}
    assert EvidenceReading.objects.count() == 4
    for stranger in strangers():
        refused(NotFound if stranger.person_id else SignInNeeded, lambda actor=stranger: list_readings(actor, row.id))


def test_an_approval_needs_every_point_or_a_reason_to_waive_it() -> None:
    op, row = operator(), supplier(state="applied")
    own = member(row)
    licence, bank = asked(op, "licence"), asked(op, "bank")
    asked(op, "prize", required=False)
    assert refused(NotReady, lambda: approve(op, row)).params == {
        "faults": "no_evidence, papers_missing",
        "points": ["licence", "bank"],
    }
    show(own, row.id, licence)
    waived = {bank.id: "Paid by transfer from it last week."}
    assert refused(NotReady, lambda: approve(op, row)).params["points"] == ["bank"]
    refused(UnknownPoint, lambda: approve(op, row, {new_id(): "why"}))
    refused(Invalid, lambda: approve(op, row, {bank.id: " "}))
    decision = approve(op, row, waived)
    assert [(f["code"], f["found"], f["reason"]) for f in decision.findings] == [
        ("licence", "shown", ""),
        ("bank", "waived", "Paid by transfer from it last week."),
        ("prize", "missing", ""),
    ]
    row.refresh_from_db()
    assert (row.state, row.check_due_at) == ("approved", NOW + timedelta(days=180))


def test_rounds_of_rejection_are_all_kept_and_told() -> None:
    op, row = operator(), supplier("Kiln", "applied")
    own = member(row)
    assert own.person_id
    Membership.objects.create(person_id=own.person_id, role="supplier", subject_id=row.id, created_at=NOW)
    licence, bank = asked(op, "licence"), asked(op, "bank")
    show(own, row.id, licence)
    why = {licence.id: "The stamp cannot be read.", bank.id: "Please add it."}
    approve(op, row, why, "rejected")
    refused(WrongSupplierState, lambda: approve(op, row, why))
    remarks = {i.requirement.code: i.remark for i in checklist_of(own, row.id, now=NOW)}
    assert remarks == {"licence": ("refused", "The stamp cannot be read."), "bank": ("refused", "Please add it.")}
    show(own, row.id, licence, at=NOW + timedelta(hours=1))
    remarks = {i.requirement.code: i.remark[0] for i in checklist_of(own, row.id, now=NOW)}
    assert remarks == {"licence": "", "bank": "refused"}
    show(own, row.id, bank, at=NOW + timedelta(hours=1))
    resubmit_supplier(actor=own, now=NOW, supplier_id=row.id)
    approve(op, row)
    assert [(d.verdict, d.by_id) for d in list_decisions(own, row.id)] == [
        ("approved", op.person_id),
        ("rejected", op.person_id),
    ]
    told = Notice.objects.filter(person_id=own.person_id).order_by("id")
    assert [(n.kind, n.href, n.data["name"]) for n in told] == [
        ("screening.supplier_rejected", "/supplier/screening", "Kiln"),
        ("screening.supplier_approved", "/supplier/screening", "Kiln"),
    ]


def test_a_product_needs_its_papers_its_makers_licence_its_brand_and_the_deposit() -> None:
    op, row = operator(), supplier()
    own, goods = member(row), product(row, state="screening")
    tea = Category.objects.create(slug="tea", name="Tea", name_zh="茶", deposit_minor=50_000)
    Product.objects.filter(id=goods.id).update(category=tea)
    brand = Brand.objects.create(supplier=row, slug="b", name="B", owner="Kiln", created_at=NOW)
    Product.objects.filter(id=goods.id).update(brand=brand)
    food, report = asked(op, "food", category_id=tea.id), asked(op, "report", subject="product", category_id=tea.id)

    def screen(verdict: str = "approved") -> Decision:
        return screen_product(actor=op, now=NOW, product_id=goods.id, verdict=verdict, reason="Read.")

    assert refused(NotReady, screen).params == {
        "faults": "brand_not_approved, papers_missing, deposit_short",
        "points": ["report", "food"],
    }
    show(own, goods.id, report, until=NOW.date() + timedelta(days=30))
    show(own, row.id, food)
    assert refused(NotReady, screen).params == {"faults": "brand_not_approved, deposit_short"}
    Brand.objects.filter(id=brand.id).update(state="approved", owner="Nobody")
    assert refused(NotReady, screen).params == {"faults": "no_chain, deposit_short"}
    Brand.objects.filter(id=brand.id).update(owner="Kiln")
    Supplier.objects.filter(id=row.id).update(deposit_minor=49_999)
    assert refused(NotReady, screen).params == {"faults": "deposit_short"}
    Supplier.objects.filter(id=row.id).update(deposit_minor=50_000)
    screen()
    goods.refresh_from_db()
    # The report ends on 31 March in Shanghai, so the goods are checked when that day is over.
    assert (goods.state, goods.approved_at) == ("approved", NOW)
    assert goods.check_due_at and goods.check_due_at.isoformat() == "2026-03-31T16:00:00+00:00"


def test_a_rejected_product_comes_again() -> None:
    op, row = operator(), supplier()
    own, goods = member(row), product(row, state="screening")
    label = asked(op, "label", subject="product")
    screen = lambda verdict, remarks=None: screen_product(
        actor=op, now=NOW, product_id=goods.id, verdict=verdict, reason="See the points.", remarks=remarks
    )
    screen("rejected", {label.id: "Show the back, too."})
    show(own, goods.id, label, at=NOW + timedelta(hours=1))
    submit_product(actor=own, now=NOW, product_id=goods.id)
    screen("approved")
    assert [d.findings[0]["found"] for d in list_decisions(own, goods.id)] == ["shown", "refused"]


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_at_once_one_decides_and_the_other_is_told() -> None:
    row = supplier(state="applied")
    own = member(row)
    show(own, row.id)
    told: list[str] = []
    ready = threading.Barrier(2)

    def one(op: Actor, verdict: str) -> None:
        ready.wait()
        try:
            approve(op, row, verdict=verdict)
            told.append("decided")
        except DomainError as refusal:
            told.append(refusal.code)
        finally:
            connections.close_all()

    ways = [(person("a", Grant("operator")), "approved"), (person("b", Grant("operator")), "rejected")]
    threads = [threading.Thread(target=one, args=way) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["decided", "supplier.wrong_state"]
    assert Decision.objects.filter(subject_id=row.id).count() == 1


def test_make_requirement_needs_both_titles() -> None:
    op = operator()
    make = lambda **given: make_requirement(actor=op, now=NOW, subject="supplier", code="a", **given)
    refused(Invalid, lambda: make(title="A", title_zh=""))
    refused(Invalid, lambda: make(title="", title_zh="甲"))
