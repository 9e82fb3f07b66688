"""Matching by HTTP: pushes on and off, creators a product fits, and the operator's counts; to nobody else."""

from __future__ import annotations

import pytest

from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.matching.push.models import Inbox, Push
from renmai.matching.push.profiles import forget_profiles
from renmai.people.accounts.actions import grant_role
from renmai.people.accounts.models import Membership, Person
from renmai.people.accounts.queries import actor_of
from tests.api.desk import Caller
from tests.api.test_contract import caller_of
from tests.matching.test_push import Town, approved
from tests.trade.world import NOW


@pytest.fixture
def town(house: None) -> Town:
    forget_profiles()
    return Town()


def caller(email: str) -> Caller:
    return caller_of(actor_of(Person.objects.get(email=email), confirmed=True))


def test_a_shop_is_told_only_while_it_wants_to_be(town: Town) -> None:
    lin, shop = caller("lin@example.org"), town.shops["lin"].id
    assert lin.call("GET", f"/shops/{shop}/pushes").json == {"on": True}
    assert lin.call("PUT", f"/shops/{shop}/pushes", {"on": False}).json == {"on": False}
    assert lin.call("GET", f"/shops/{shop}/pushes").json == {"on": False}
    approved(town.new_tea(), now=clock.now())
    assert not Push.objects.filter(shop_id=shop).exists()
    others = town.shops["bo"].id
    assert lin.refused("PUT", f"/shops/{others}/pushes", {"on": False})["code"] == "not_found"
    assert not Inbox.objects.filter(shop_id=others, off=True).exists()


def test_a_supplier_reads_whom_a_product_would_fit(town: Town) -> None:
    tea = town.new_tea()
    maker = Person.objects.create(email="maker@example.org", name="Maker", created_at=NOW)
    Membership.objects.create(person=maker, role="supplier", subject_id=town.maker.id, created_at=NOW)
    found = caller("maker@example.org").call("GET", f"/products/{tea.id}/fitting-creators").json["items"]
    lin = next(row for row in found if row["shop_id"] == str(town.shops["lin"].id))
    assert (lin["followers_from"], lin["followers_to"], lin["invited"]) == (0, 100, False)
    assert "category" in {reason[0] for reason in lin["reasons"]}
    path = f"/products/{tea.id}/fitting-creators"
    assert caller("lin@example.org").refused("GET", path)["code"] in {"forbidden", "not_found"}


def test_operators_read_twelve_weeks_of_counts_and_nobody_else_does(town: Town) -> None:
    keeper = Person.objects.create(email="keeper@example.org", name="Keeper", created_at=NOW)
    grant_role(actor=SYSTEM, now=NOW, person_id=keeper.id, role="operator")
    told = caller("keeper@example.org").call("GET", "/matching").json
    assert len(told["pushes"]) == 12 and {one["name"] for one in told["lists"]} >= {"home", "centre", "inbox"}
    assert all(len(one["weeks"]) == 12 for one in told["lists"])
    assert caller("lin@example.org").refused("GET", "/matching")["code"] == "forbidden"
