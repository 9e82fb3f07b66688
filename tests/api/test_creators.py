"""A creator's day, first steps, customers with their groups, and honest earnings, over HTTP."""

from __future__ import annotations

from datetime import date

import pytest

from renmai.kit import clock
from renmai.places.shops.models import CustomerGroup, FirstStep, GroupedCustomer
from renmai.trade.orders.models import Order
from renmai.trade.reports.honest import months_before
from renmai.trade.reports.models import EarningsMonth
from tests.api.test_contract import basket, caller_of
from tests.trade.world import World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def test_a_day_and_the_way_to_a_first_sale(world: World) -> None:
    lin, shop = caller_of(world.creator(0)), world.shops[0].id
    day = lin.call("GET", f"/shops/{shop}/today").json
    assert (day["orders_today"], day["visits_today"], day["settled_minor"], day["waiting"]) == (0, 0, 0, [])
    way = lin.call("GET", f"/shops/{shop}/first-steps").json
    assert way["steps"][0] == "open" and way["steps"][-1] == "sale" and not way["over"]
    assert "practice" in lin.call("POST", f"/shops/{shop}/first-steps", {"step": "practice"}).json["done"]
    assert lin.refused("POST", f"/shops/{shop}/first-steps", {"step": "sale"})["code"] == "invalid"
    rival = caller_of(world.creator(1))
    for path in ("today", "first-steps", "earnings-of-creators"):
        assert rival.refused("GET", f"/shops/{shop}/{path}")["code"] == "not_found"
    assert rival.refused("POST", f"/shops/{shop}/first-steps", {"step": "share"})["code"] == "not_found"
    assert [row.step for row in FirstStep.objects.all()] == ["practice"]


def test_customers_agree_on_their_order_and_are_grouped(world: World) -> None:
    buyer, lin, shop = caller_of(world.buyer), caller_of(world.creator(0)), world.shops[0].id
    buyer.call("POST", "/checkouts", basket(world, mug=1))
    order = Order.objects.get().id
    person = str(world.buyer.person_id)
    group = lin.call("POST", f"/shops/{shop}/customer-groups", {"name": "Tea drinkers"}).json["id"]
    place = f"/customer-groups/{group}/customers/{person}"
    assert lin.refused("PUT", place)["code"] == "not_found"  # nobody agrees by buying alone
    assert lin.call("GET", f"/shops/{shop}/customers").json["items"] == []
    assert buyer.call("PUT", f"/orders/{order}/consent", {"known": True}).json == {"known": True}
    assert lin.refused("PUT", f"/orders/{order}/consent", {"known": True})["code"] == "not_found"
    assert [row["person_id"] for row in lin.call("GET", f"/shops/{shop}/customers").json["items"]] == [person]
    assert lin.call("PUT", place).json == {"changed": True}
    assert lin.call("GET", f"/shops/{shop}/customer-groups").json["items"] == [
        {"id": group, "name": "Tea drinkers", "count": 1}
    ]
    found = lin.call("GET", f"/shops/{shop}/customers", query={"made": group}).json["items"]
    assert [row["person_id"] for row in found] == [person]
    assert lin.call("PATCH", f"/customer-groups/{group}", {"name": "Tea"}).json["name"] == "Tea"
    buyer.call("PUT", f"/orders/{order}/consent", {"known": False})
    assert not GroupedCustomer.objects.exists() and lin.call("DELETE", place).json == {"changed": False}
    assert lin.call("DELETE", f"/customer-groups/{group}").json == {"removed": True}
    assert not CustomerGroup.objects.exists()


def test_what_creators_earn_is_told_to_everybody_and_of_nobody(world: World) -> None:
    (last, before) = months_before(clock.now().date(), 2)
    told(last, creators=120, earning=3)
    told(before, creators=9, earning=9)
    lin = caller_of(world.creator(0))
    (month,) = lin.call("GET", "/earnings-of-creators").json["items"]
    assert month == {
        "month": last.isoformat(), "creators": 120, "earning": None, "quarter_minor": 0, "median_minor": 12_000,
        "three_quarters_minor": 86_000,
    }  # fmt: skip
    mine = lin.call("GET", f"/shops/{world.shops[0].id}/earnings-of-creators").json["items"]
    assert (mine[0]["own_minor"], mine[0]["quarter"], mine[0]["all"]) == (0, 1, month)
    assert (mine[1]["quarter"], mine[1]["all"]) == (0, None) and mine[-1]["month"] >= "2026-03-01"


def told(month: date, *, creators: int, earning: int) -> None:
    EarningsMonth.objects.create(
        month=month, creators=creators, earning=earning, quarter_minor=0, median_minor=12_345,
        three_quarters_minor=86_421, made_at=clock.now(),
    )  # fmt: skip
