"""Customers of a shop: with consent only, grouped by what they bought here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from renmai.kit import clock
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.people.follows.models import Follow
from renmai.trade.reports.customers import GROUPS, export_customers, list_customers
from tests.trade.world import World
from tests.web.desk_world import Consoles, make_consoles, paid_order


@pytest.fixture
def consoles(house: None) -> Consoles:
    return make_consoles()


def follow(world: World, name: str, *, agreed: bool = True) -> Person:
    """Somebody who follows the person of shop 0."""
    now = clock.now()
    person = Person.objects.create(email=f"{name}@example.org", name=name.title(), created_at=now)
    Follow.objects.create(
        follower_id=person.id, followed_id=world.shops[0].owner_id, at=now, reachable_at=now if agreed else None
    )
    return person


def test_only_who_agreed_and_what_they_bought_here(consoles: Consoles) -> None:
    world, now = consoles.world, clock.now()
    order = paid_order(world, "cust-000001", mug=1)
    buyer = world.buyer.person_id
    follow(world, "mo")
    follow(world, "bo", agreed=False)
    assert buyer
    Follow.objects.create(follower_id=buyer, followed_id=world.shops[0].owner_id, at=now, reachable_at=now)
    lin, shop_id = world.creator(0), world.shops[0].id
    found = {row.person_id: row for row in list_customers(lin, shop_id, now=now)}
    assert len(found) == 2
    assert (found[buyer].orders, found[buyer].spent_minor) == (1, order.total_minor)
    sizes = {group: len(list_customers(lin, shop_id, now=now, group=group)) for group in GROUPS}
    assert sizes == {"all": 2, "new": 1, "once": 1, "again": 0, "recent": 1, "quiet": 0}
    assert len(list_customers(lin, shop_id, now=now + timedelta(days=90), group="quiet")) == 1
    Follow.objects.update(reachable_at=None)
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
