"""What everyone sees of credit, what the seller sees, what the buyer takes away, and what the operator watches."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.goods.suppliers.models import Supplier, SupplierState
from renmai.kit import clock
from renmai.kit.events.actions import Happened
from renmai.kit.limits.models import RateWindow
from renmai.matching.finds.actions import keep_findable
from renmai.matching.search.actions import refresh_all
from renmai.people.accounts.models import Membership, Person
from renmai.places.shops.models import Shop
from renmai.trust.facts.models import FactOpening, Subject
from renmai.trust.log.queries import log_state
from renmai.trust.log.watched import latest_checkpoint
from renmai.trust.scores.actions import sweep_scores
from renmai.web.credit.doors import PAGES_MAX
from tests.trade.world import World, make_world
from tests.web.credit_world import began, parcel, some_facts, write
from tests.web.operator_world import signed_in


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def grant(role: str, person_id: object, subject_id: object = None) -> Client:
    person = Person.objects.get(id=person_id)
    Membership.objects.get_or_create(
        person=person, role=role, subject_id=subject_id, defaults={"created_at": clock.now()}
    )
    return signed_in(person)


def body(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def test_everyone_reads_a_seller_and_how_to_check_it(world: World) -> None:
    maker = world.suppliers[0]
    pseudonym = some_facts(world)
    page = body(Client(), f"/credit/of/{pseudonym}")
    state = log_state()
    assert state is not None
    assert maker.name in page and pseudonym in page
    assert "33 parcels, 3 late" in page
    assert "34 facts in the log." in page and "A parcel was handed over 2 days late" in page
    assert "counts in part" in page and "leaf 33" in page
    assert f"renmai credit audit {pseudonym} --log http" in page and f"/credit/log --key {state.vkey}" in page
    assert page.count('<svg class="chart__svg"') == 2


def test_who_does_not_sell_is_a_pseudonym_alone(world: World) -> None:
    maker = world.suppliers[0]
    pseudonym = some_facts(world)
    Supplier.objects.filter(id=maker.id).update(state=SupplierState.SUSPENDED)
    page = body(Client(), f"/credit/of/{pseudonym}")
    assert maker.name not in page and pseudonym in page
    assert "does not sell here at the moment" in page and "33 parcels, 3 late" in page


def test_a_pseudonym_of_nobody_is_not_found(house: None) -> None:
    assert Client().get("/credit/of/aaaaaaaaaaaaaaaaaaaaaaaaaa").status_code == 404


def test_facts_are_chosen_by_kind_and_paged(world: World) -> None:
    pseudonym = some_facts(world)
    first = body(Client(), f"/credit/of/{pseudonym}?kind=seller.began")
    assert first.count('class="credit-fact"') == 1 and "Began to sell here" in first
    page = body(Client(), f"/credit/of/{pseudonym}")
    assert page.count('class="credit-fact"') == 20
    assert Client().get(f"/credit/of/{pseudonym}?cursor=eA").status_code == 422


def test_statements_do_not_grow_with_the_record(world: World) -> None:
    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            body(Client(), path)
        return len(seen)

    small = some_facts(world, facts=4, late=1)
    count(f"/credit/of/{small}")
    of_the_log = count("/credit")
    large = some_facts(world, 1, facts=60)
    assert count(f"/credit/of/{small}") == count(f"/credit/of/{large}") <= 10
    assert count("/credit") == of_the_log <= 8


def test_pages_are_given_gently_and_kept_for_a_minute(world: World) -> None:
    pseudonym = some_facts(world)
    answer = Client().get(f"/credit/of/{pseudonym}")
    assert answer["Cache-Control"] == "private, max-age=60"
    RateWindow.objects.filter(name="credit.pages").update(count=PAGES_MAX)
    assert Client().get("/credit").status_code == 429


def test_the_log_tells_how_it_stands(world: World) -> None:
    assert "The log has not begun" in body(Client(), "/credit")
    some_facts(world)
    page = body(Client(), "/credit")
    state = log_state()
    assert state is not None and state.vkey in page
    assert latest_checkpoint().splitlines()[0] in page and "It covers every fact." in page
    assert "No witness has signed along yet" in page and "does not write its log" in page
    write(parcel(world.suppliers[0].id, clock.now()))
    assert "1 fact waits for the next" in body(Client(), "/credit")
    for line in page.split('href="/credit/schemas/')[1:]:
        assert Client().get("/credit/schemas/" + line.split('"')[0]).status_code == 200


def test_the_maker_sees_advice_and_takes_a_receipt(world: World) -> None:
    maker = world.suppliers[0]
    some_facts(world)
    desk = grant("supplier", world.buyer.person_id, maker.id)
    page = body(desk, "/supplier/credit")
    assert "3 of 33 parcels were late. Each weighs half after 60 days and nothing after 360." in page
    taken = desk.get("/credit/receipts/" + page.split('href="/credit/receipts/')[1].split('"')[0])
    assert taken["Content-Disposition"].startswith("attachment; filename=")
    receipt = json.loads(taken.content)
    assert receipt["proof"].startswith("c2sp.org/tlog-proof@v1") and "order" in receipt["record"]
    other = grant("supplier", world.operator.person_id, world.suppliers[1].id)
    assert "No record yet" in body(other, "/supplier/credit")
    assert other.get(taken.request["PATH_INFO"]).status_code == 404


def test_the_creator_sees_the_person_s_record(world: World) -> None:
    owner_id = world.shops[0].owner_id
    write(began("creator", owner_id, clock.now() - timedelta(days=2)))
    grant("creator", owner_id, world.shops[0].id)
    desk = grant("owner", owner_id, world.shops[0].id)
    assert "Began to sell here" in body(desk, "/creator/credit")
    assert (
        "not signed" in desk.get(f"/credit/receipts/{FactOpening.objects.get().fact_id}").content.decode()
    )  # no checkpoint covers it yet


def test_operators_see_who_fell_and_what_looks_odd(world: World) -> None:
    maker = world.suppliers[0]
    pseudonym = some_facts(world, paid=False)
    desk = grant("operator", world.operator.person_id)
    page = body(desk, "/operator/credit")
    assert maker.name in page and "33 of 33" in page and "Nobody fell." in page
    assert maker.name in body(desk, f"/operator/credit?q={pseudonym[:6]}")
    assert maker.name in body(desk, f"/operator/credit?q={maker.name[:4]}&role=creator")
    assert "No seller like that" in body(desk, "/operator/credit?q=nobody")
    assert "No seller like that" in body(desk, "/operator/credit?role=creator")
    assert Client().get("/operator/credit").status_code == 302


def test_names_that_are_long_and_records_of_the_erased(world: World) -> None:
    pseudonym = some_facts(world, facts=3, late=0)
    FactOpening.objects.all().delete()
    Subject.objects.filter(pseudonym=pseudonym).update(role="creator", supplier_id=None)
    page = body(Client(), f"/credit/of/{pseudonym}")
    assert "does not sell here at the moment" in page and "Still growing" in page


def test_the_search_says_the_credit_of_whom_it_finds_at_a_constant_cost(world: World) -> None:
    for shop in world.shops:
        Shop.objects.filter(id=shop.id).update(words="Tea and mugs.")
        keep_findable(Happened("shop.opened", shop.id, clock.now()))
    refresh_all(now=clock.now())
    write(began("creator", world.shops[0].owner_id, clock.now()))
    sweep_scores(now=clock.now())
    with CaptureQueriesContext(connection) as few:
        body(Client(), "/search?q=mugs&kind=people")
    write(began("creator", world.shops[1].owner_id, clock.now()))
    sweep_scores(now=clock.now())
    with CaptureQueriesContext(connection) as more:
        body(Client(), "/search?q=mugs&kind=people")
    assert len(more) == len(few)
    people, goods = body(Client(), "/search?q=mugs&kind=people"), body(Client(), "/search?q=mug&kind=goods")
    assert people.count('<span class="credit-line">') == 2 and "credit/of/" not in people  # a card is one link
    pseudonym = Subject.objects.get(person_id=world.shops[0].owner_id).pseudonym
    assert f'<a class="credit-line" href="/credit/of/{pseudonym}">' in goods
