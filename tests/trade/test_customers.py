"""Customers of a shop: with consent only, grouped by what they bought here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from renmai.kit import clock
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.people.follows.models import Consent, Follow
from renmai.places.shops.models import CustomerGroup, GroupedCustomer
from renmai.trade.reports.customers import GROUPS, export_customers, list_customers
from tests.trade.world import World
from tests.web.desk_world import Consoles, key, make_consoles, paid_order, words_of
from tests.web.operator_world import signed_in


@pytest.fixture
def consoles(house: None) -> Consoles:
    return make_consoles()


def follow(world: World, name: str, *, agreed: bool = True) -> Person:
    """Somebody who follows the person of shop 0."""
    now = clock.now()
    person = Person.objects.create(email=f"{name}@example.org", name=name.title(), created_at=now)
    Follow.objects.create(follower_id=person.id, followed_id=world.shops[0].owner_id, at=now)
    if agreed:
        Consent.objects.create(person_id=person.id, given_to_id=world.shops[0].owner_id, at=now)
    return person


def test_only_who_agreed_and_what_they_bought_here(consoles: Consoles) -> None:
    world, now = consoles.world, clock.now()
    order = paid_order(world, "cust-000001", mug=1)
    buyer = world.buyer.person_id
    follow(world, "mo")
    follow(world, "bo", agreed=False)
    assert buyer
    Consent.objects.create(person_id=buyer, given_to_id=world.shops[0].owner_id, at=now)
    lin, shop_id = world.creator(0), world.shops[0].id
    found = {row.person_id: row for row in list_customers(lin, shop_id, now=now)}
    assert len(found) == 2
    assert (found[buyer].orders, found[buyer].spent_minor) == (1, order.total_minor)
    sizes = {group: len(list_customers(lin, shop_id, now=now, group=group)) for group in GROUPS}
    assert sizes == {"all": 2, "new": 1, "once": 1, "again": 0, "recent": 1, "quiet": 0}
    assert len(list_customers(lin, shop_id, now=now + timedelta(days=90), group="quiet")) == 1
    Consent.objects.all().delete()
    assert list_customers(lin, shop_id, now=now) == [] == list(export_customers(lin, shop_id, now=now))
    with pytest.raises(NotFound):
        list_customers(world.creator(1), shop_id, now=now)


def test_the_page_and_the_file_say_no_more(consoles: Consoles) -> None:
    world = consoles.world
    follow(world, "mo")
    page = consoles.creator.get("/creator/customers").content.decode()
    assert "Mo" in page and "mo@example.org" not in page
    file = consoles.creator.get("/creator/customers.csv")
    text = b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    header, line = text.removeprefix("\ufeff").split("\r\n")[:2]
    assert header == "name,agreed_at,orders,spent_minor,last_order_at"
    assert line.startswith("Mo,") and line.endswith(",0,0,")
    assert "mo@example.org" not in text


def test_groups_are_made_filled_and_removed_on_the_page(consoles: Consoles) -> None:
    world, lin = consoles.world, consoles.creator
    mo, zed = follow(world, "mo"), follow(world, "zed")
    made = lin.post("/creator/customers", {"key": key(), "do": "make", "name": "Tea", "person": [mo.id]})
    group = CustomerGroup.objects.get()
    address = f"/creator/customers?made={group.id}"
    assert made.headers["Location"] == f"{address}&shop={world.shops[0].id}"
    assert "Mo" in words_of(lin.get(address)) and "Zed" not in words_of(lin.get(address))
    twice = lin.post("/creator/customers", {"key": key(), "do": "make", "name": "Tea", "person": [zed.id]})
    assert twice.status_code == 422 and "There is a group of this name already." in words_of(twice)
    assert f'value="{zed.id}" checked' in twice.content.decode()  # who was chosen still is
    assert f'value="{mo.id}" checked' not in twice.content.decode()
    lin.post("/creator/customers", {"key": key(), "do": "put", "to": group.id, "person": [zed.id]})
    assert set(GroupedCustomer.objects.values_list("person_id", flat=True)) == {mo.id, zed.id}
    lin.post(address, {"key": key(), "do": "out", "person": [mo.id]})
    lin.post(address, {"key": key(), "do": "out"})
    assert "Choose somebody first." in words_of(lin.get(address))
    lin.post(address, {"key": key(), "do": "rename", "name": "Pots"})
    file = b"".join(lin.get(f"/creator/customers.csv?made={group.id}").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Zed," in file and "Mo," not in file
    assert words_of(lin.get("/creator/customers")).count("Pots") >= 1
    lin.post(address, {"key": key(), "do": "remove"})
    assert not CustomerGroup.objects.exists() and lin.get(address).status_code == 404


def test_a_buyer_agrees_on_the_page_of_the_order_and_takes_it_back(consoles: Consoles) -> None:
    world = consoles.world
    order = paid_order(world, "cust-000002", mug=1)
    buyer = signed_in(Person.objects.get(id=world.buyer.person_id))
    place = f"/orders/{order.id}"
    assert "does not keep you as a customer" in words_of(buyer.get(place)) and not Consent.objects.exists()
    buyer.post(f"{place}/consent", {"do": "give"})
    assert Consent.objects.get().given_to_id == world.shops[0].owner_id
    assert "sees you as a customer" in words_of(buyer.get(place))
    assert "Who knows you as a customer" in words_of(buyer.get("/following"))
    assert consoles.creator.post(f"{place}/consent", {"do": "give"}).status_code == 404
    buyer.post("/following", {"do": "forget", "person": world.shops[0].owner_id})
    assert not Consent.objects.exists()
