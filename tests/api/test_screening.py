"""Checklists, their documents, checks and deposits by HTTP; every answer is held against the document."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from renmai.config import config
from renmai.goods.products.models import Category
from renmai.goods.screening.actions import note_reading
from renmai.goods.screening.models import Evidence
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.money.deposits.models import DepositEntry
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import Move, deposit_account, supplier_account
from renmai.money.payments.actions import move_money
from renmai.people.accounts.models import Person
from tests.api.desk import Caller, sign_in
from tests.api.test_journey import operator
from tests.web.operator_world import PDF_BYTES

pytestmark = [pytest.mark.django_db(transaction=True)]


def applied(name: str = "kiln") -> tuple[Caller, str]:
    """A supplier that applied, and its id."""
    supplier = sign_in(f"{name}@example.org", "supply")
    made = supplier.do(
        "POST", "/suppliers", {"name": name, "licence_number": "1", "contact_email": f"{name}@example.org"}
    )
    return supplier, str(made["id"])


def paper(number: int = 0) -> SimpleUploadedFile:
    return SimpleUploadedFile("licence.pdf", PDF_BYTES + b"%d" % number, "application/pdf")


def earned(supplier_id: str, amount_minor: int) -> None:
    account, now = supplier_account(UUID(supplier_id)), clock.now()
    move_money(Move("bank", account, amount_minor, config().currency, "test", new_id(), f"test:{new_id()}", now))


def test_points_are_made_changed_moved_and_retired() -> None:
    house = operator()
    category = Category.objects.create(slug="tea", name="Tea", name_zh="茶")
    body = {
        "subject": "product",
        "code": "fire-report",
        "title": "Fire report",
        "title_zh": "防火报告",
        "valid_days": 365,
    }
    made = house.do("POST", "/requirements", body | {"category_id": str(category.id)})
    assert (made["code"], made["category_id"], made["required"], made["valid_days"]) == (
        "fire-report", str(category.id), True, 365,
    )  # fmt: skip
    assert house.refused("POST", "/requirements", body | {"category_id": str(category.id)})["code"] == (
        "screening.point_exists"
    )
    other = house.do("POST", "/requirements", body | {"code": "other"})
    here = f"/requirements/{made['id']}"
    changed = house.do("PATCH", here, {"required": False, "valid_days": None})
    assert (changed["required"], changed["valid_days"], changed["title"]) == (False, None, "Fire report")
    assert house.do("PATCH", here, {"title": "Report"})["valid_days"] is None
    house.do("POST", f"{here}/moves", {"up": False})
    assert [row["id"] for row in house.get("/requirements")["items"]] == [other["id"], made["id"]]
    assert house.do("POST", f"{here}/retirement")["retired_at"] is not None
    assert [row["id"] for row in house.get("/requirements")["items"]] == [other["id"]]
    supplier, _ = applied()
    assert supplier.refused("POST", "/requirements", body)["status"] == 403


def test_a_document_answers_a_point_and_its_readings_are_shown_to_both_sides() -> None:
    house, (supplier, supplier_id) = operator(), applied()
    point = house.do(
        "POST", "/requirements", {"subject": "supplier", "code": "licence", "title": "Licence", "title_zh": "证"}
    )
    decide = f"/screening/suppliers/{supplier_id}/decisions"
    checklist = f"/screening/checklists/{supplier_id}"
    assert [(p["code"], p["state"], p["evidence"]) for p in supplier.get(checklist)["items"]] == [
        ("licence", "missing", None)
    ]
    no = {"verdict": "rejected", "reason": "See there.", "remarks": {point["id"]: "We need the licence."}}
    house.do("POST", decide, no)
    [shown] = supplier.get(checklist)["items"]
    assert (shown["found"], shown["reason"]) == ("refused", "We need the licence.")
    data = {"subject_id": supplier_id, "requirement_id": point["id"], "number": "L-1", "issuer": "Bureau"}
    past = supplier.refused("POST", "/evidence", data=data | {"valid_until_on": "2020-01-01", "file": paper()})
    assert (past["code"], set(past["errors"])) == ("invalid", {"valid_until_on"})
    made = supplier.do("POST", "/evidence", data=data | {"valid_until_on": "2090-06-30", "file": paper()})
    assert (made["title"], made["number"], made["issuer"], made["valid_until_on"], made["requirement_id"]) == (
        "Licence", "L-1", "Bureau", "2090-06-30", point["id"],
    )  # fmt: skip
    [shown] = supplier.get(checklist)["items"]
    assert (shown["state"], shown["found"], shown["evidence"]["id"]) == ("shown", "", made["id"])
    person = Person.objects.get(email="op@example.org")
    note_reading(actor=Actor(person.id), now=clock.now(), media_id=UUID(made["media_id"]))
    for caller in (supplier, house):
        [read] = caller.get(f"/screening/readings/{supplier_id}")["items"]
        assert (read["evidence_id"], read["by_id"]) == (made["id"], str(person.id))
    note_reading(actor=Actor(person.id), now=clock.now() + timedelta(days=1), media_id=UUID(made["media_id"]))
    first = supplier.get(f"/screening/readings/{supplier_id}", limit=1)
    rest = supplier.get(f"/screening/readings/{supplier_id}", limit=1, after=first["next"])
    assert ([row["id"] for row in rest["items"]], rest["next"]) == ([read["id"]], None)
    rival, _ = applied("rival")
    for path in (checklist, f"/screening/readings/{supplier_id}"):
        assert rival.refused("GET", path)["code"] == "not_found"


def test_sixty_documents_an_hour() -> None:
    supplier, supplier_id = applied()
    for number in range(60):
        supplier.do("POST", "/evidence", data={"subject_id": supplier_id, "title": "P", "file": paper(number)})
    more = supplier.refused("POST", "/evidence", data={"subject_id": supplier_id, "title": "P", "file": paper(60)})
    assert (more["status"], Evidence.objects.count()) == (429, 60)


def test_a_check_is_confirmed_once() -> None:
    house, (supplier, supplier_id) = operator(), applied()
    supplier.do("POST", "/evidence", data={"subject_id": supplier_id, "title": "Licence", "file": paper()})
    house.do("POST", f"/screening/suppliers/{supplier_id}/decisions", {"verdict": "approved", "reason": "Seen."})
    here, body = f"/screening/checks/{supplier_id}", {"reason": "Still so."}
    assert house.refused("POST", here, body)["code"] == "screening.not_due"
    Supplier.objects.filter(id=supplier_id).update(check_due_at=clock.now() + timedelta(days=3))
    assert house.do("POST", here, body)["verdict"] == "checked"
    assert house.refused("POST", here, body)["code"] == "screening.not_due"
    assert supplier.refused("POST", here, body)["status"] == 403


def test_a_deposit_is_set_aside_and_asked_for_and_only_a_second_factor_moves_it_for_the_house() -> None:
    house, (supplier, supplier_id) = operator(), applied()
    here = f"/suppliers/{supplier_id}/deposit"
    earned(supplier_id, 5000)
    first = supplier.call("POST", f"{here}/earnings", {"amount_minor": 3000}, key="deposit-key-1")
    again = supplier.call("POST", f"{here}/earnings", {"amount_minor": 3000}, key="deposit-key-1")
    assert (first.status, first.json["id"]) == (201, again.json["id"])
    assert supplier.refused("POST", f"{here}/earnings", {"amount_minor": 2001})["code"] == "deposit.out_of_range"
    held = supplier.get(here)
    assert (held["balance_minor"], held["payable_minor"], held["open"], held["asked"]) == (3000, 2000, [], None)
    asked = supplier.do("POST", f"{here}/returns", {"amount_minor": 1000})
    assert supplier.refused("POST", f"{here}/returns", {"amount_minor": 1000})["code"] == "deposit.return_open"
    assert [(row["supplier_id"], row["asked_minor"]) for row in house.get("/deposits")["items"]] == [
        (supplier_id, 1000)
    ]
    refused = "payout.second_factor_needed"
    taken = {"kind": "forfeited", "amount_minor": 1, "reason": "x"}
    assert house.refused("POST", f"{here}/deductions", taken)["code"] == refused
    assert house.refused("POST", f"{here}/payments", {"amount_minor": 1, "reference": "1"})["code"] == refused
    verdict = f"/deposit-returns/{asked['id']}/decision"
    assert house.refused("POST", verdict, {"verdict": "return"})["code"] == refused
    rival, _ = applied("rival")
    assert rival.refused("POST", f"/deposit-returns/{asked['id']}/withdrawal")["code"] == "not_found"
    assert supplier.do("POST", f"/deposit-returns/{asked['id']}/withdrawal")["state"] == "withdrawn"
    assert [row["amount_minor"] for row in supplier.get(f"{here}/entries")["items"]] == [3000]
    assert (DepositEntry.objects.count(), balance_of(deposit_account(UUID(supplier_id)))) == (1, 3000)
