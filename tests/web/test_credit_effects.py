"""What credit does, on desks, in public and for operators; a form sent twice does once; pages cost what they cost."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.people.accounts.models import Membership, Person
from renmai.trust.effects.models import Appeal, Effect
from renmai.trust.facts.models import Subject
from tests.web.credit_world import some_facts
from tests.web.operator_world import Desk, make_desk, signed_in


@pytest.fixture
def desk(house: None) -> Desk:
    return make_desk()


def an_effect(supplier_id: UUID, term: str = "settlement_days", state: str = "in_force") -> Effect:
    now = clock.now()
    return Effect.objects.create(
        role="supplier", holder_id=supplier_id, term=term, value=14 if term.startswith("settle") else 1,
        usual=7 if term.startswith("settle") else 2, cause="level:weak", rule_version=1, score=50, state=state,
        behind={"said": {"parts": {"hand_over": {"value": 41}}}}, begins_at=now if state == "in_force" else now + timedelta(days=6),
    )  # fmt: skip


def a_supplier(desk: Desk) -> tuple[Client, UUID]:
    """Somebody who acts for the supplier of the desk's first goods, signed in, with a name in the log."""
    supplier_id = desk.world.suppliers[0].id
    person = Person.objects.create(email="kiln-credit@example.org", name="Kiln", created_at=clock.now())
    Membership.objects.create(person=person, role="supplier", subject_id=supplier_id, created_at=clock.now())
    Subject.objects.create(pseudonym="a" * 26, role="supplier", supplier_id=supplier_id, created_at=clock.now())
    return signed_in(person), supplier_id


def test_the_rules_are_public_in_words_and_as_json(desk: Desk) -> None:
    page = Client().get("/credit/rules").content.decode()
    for words in (
        "A score of 80 or more",
        "7 days later",
        "2 days sooner",
        "50% of what the category asks",
        "at most 60",
        "Version 1",
    ):
        assert words in page
    told = Client().get("/credit/rules.json").json()
    assert [level["name"] for level in told["levels"]] == ["poor", "weak", "steady", "proven"]
    chinese = Client(headers={"accept-language": "zh-hans"}).get("/credit/rules").content.decode()
    assert "信用的作用" in chinese and "晚 7 天" in chinese


def test_a_seller_reads_why_appeals_once_and_reads_the_answer(desk: Desk) -> None:
    client, supplier_id = a_supplier(desk)
    effect, soon = an_effect(supplier_id), an_effect(supplier_id, "exposure", "announced")
    page = client.get("/supplier/credit").content.decode()
    for words in (
        "14 days after receipt", "For everyone: 7 days after receipt.", "A score of 40 to 59", "A score of 60 ends it at once",
        "strangers see others first", f"/supplier/credit/effects/{effect.id}/appeal", f"/supplier/credit/effects/{soon.id}/appeal",
    ):  # fmt: skip
        assert words in page
    address = f"/supplier/credit/effects/{effect.id}/appeal"
    assert "A score of 40 to 59" in client.get(address).content.decode()
    assert client.post(address, {"key": "k" * 32, "ground": "mended", "words": ""}).status_code == 422
    given = {"key": "k" * 32, "ground": "mended", "words": "We have a second carrier now."}
    first = client.post(address, given)
    appeal = Appeal.objects.get()
    assert first.status_code == 302 and first["Location"] == f"/supplier/credit/appeals/{appeal.id}"
    assert client.post(address, given).status_code == 302 and Appeal.objects.count() == 1
    thread = client.get(first["Location"]).content.decode()
    assert "We have a second carrier now." in thread and "You asked for another look" in thread
    house = signed_in(desk.operator)
    assert "Kiln" in house.get("/operator/credit/appeals").content.decode()
    answer = f"/operator/credit/appeals/{appeal.id}"
    shown = house.get(answer).content.decode()
    assert "We have a second carrier now." in shown and "41" in shown and "Hand-over" in shown
    decided = house.post(answer, {"key": "d" * 32, "verdict": "uphold", "words": "The second carrier is late too."})
    assert decided.status_code == 302
    thread = client.get(first["Location"]).content.decode()
    assert "The second carrier is late too." in thread and "Ask for the second look" in thread
    again = client.post(first["Location"], {"key": "a" * 32, "which": "again", "words": "It is not."})
    assert again.status_code == 302 and Appeal.objects.get().state == "again"
    assert client.post(first["Location"], {"key": "w" * 32, "which": "withdraw"}).status_code == 302
    assert Appeal.objects.get().state == "withdrawn"


def test_the_house_lists_by_state_role_and_term_at_a_constant_cost(desk: Desk) -> None:
    house = signed_in(desk.operator)
    assert "No effects" in house.get("/operator/credit/effects").content.decode()
    assert "No appeals" in house.get("/operator/credit/appeals").content.decode()
    one, other = (supplier.id for supplier in desk.world.suppliers[:2])
    an_effect(one)
    with CaptureQueriesContext(connection) as few:
        house.get("/operator/credit/effects")
    an_effect(other), an_effect(one, "exposure"), an_effect(other, "exposure", "announced")
    with CaptureQueriesContext(connection) as more:
        page = house.get("/operator/credit/effects").content.decode()
    assert len(more) == len(few)
    assert page.count("14 days after receipt instead of 7 days after receipt") == 2
    assert "14 days" not in house.get("/operator/credit/effects?term=exposure").content.decode()
    assert "No effects" in house.get("/operator/credit/effects?role=creator").content.decode()
    assert "Over" in house.get("/operator/credit/effects?state=ended").content.decode()


def test_a_desk_costs_the_same_however_much_credit_does(desk: Desk) -> None:
    client, supplier_id = a_supplier(desk)
    an_effect(supplier_id)
    client.get("/supplier/credit")
    with CaptureQueriesContext(connection) as few:
        client.get("/supplier/credit")
    an_effect(supplier_id, "exposure"), an_effect(supplier_id, "deposit_bps", "announced")
    with CaptureQueriesContext(connection) as more:
        client.get("/supplier/credit")
    assert len(more) == len(few)


def test_facts_that_do_not_speak_for_a_seller_lead_to_another_look(desk: Desk) -> None:
    some_facts(desk.world, facts=40)  # the 20 of the second batch are a page, in whatever order they were mixed
    person = Person.objects.create(email="kiln-credit@example.org", name="Kiln", created_at=clock.now())
    Membership.objects.create(
        person=person, role="supplier", subject_id=desk.world.suppliers[0].id, created_at=clock.now()
    )
    client = signed_in(person)
    client.get("/supplier/credit")
    with CaptureQueriesContext(connection) as few:
        page = client.get("/supplier/credit").content.decode()
    asks = re.findall(r'href="(/supplier/credit/facts/[^"]+/appeal)"', page)
    assert len(asks) == 3 and page.count('href="/credit/receipts/') == 20  # the parcels that were late
    given = {"key": "k" * 32, "ground": "fact_wrong", "words": "The carrier fetched it on time."}
    assert "marked so here" in client.get(asks[1]).content.decode()
    thread = client.post(asks[1], given)["Location"]
    with CaptureQueriesContext(connection) as more:
        page = client.get("/supplier/credit").content.decode()
    assert re.findall(r'href="(/supplier/credit/facts/[^"]+/appeal)"', page) == [asks[0], asks[2]]
    assert page.index(asks[0]) < page.index(f'href="{thread}">Your appeal') < page.index(asks[2])
    assert len(more) == len(few)
    client.post(thread, {"key": "w" * 32, "which": "withdraw"})
    assert asks[1] in client.get("/supplier/credit").content.decode()
