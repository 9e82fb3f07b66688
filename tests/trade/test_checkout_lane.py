"""The checkout lane with several processes and threads: exactly what is there is sold, and every answer is true."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from renmai.goods.products.models import Stock
from renmai.kit.keys.actions import input_hash
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.models import Checkout
from renmai.trade.checkout.rules import CheckoutRefused, Place, Receipt, Wanted
from renmai.trade.orders.models import Order, OrderLine
from tests.trade.racers import Racers, flat, racing, violations
from tests.trade.world import NOW, World, make_world


@pytest.fixture(scope="module")
def racers(django_db_setup: None, django_db_blocker: Any) -> Iterator[Racers]:
    with django_db_blocker.unblock(), racing(3) as started:
        yield started


@pytest.fixture
def world(house: None) -> World:
    return make_world(stock=40)


def buy(world: World, key: str, *lines: tuple[str, int]) -> list[Any]:
    """A racer's task."""
    wanted = [[str(world.picks[name].id), str(world.skus[name].id), quantity] for name, quantity in lines]
    return ["place", str(world.buyer.person_id), str(world.buyer_address), key, wanted]


def intent(world: World, key: str, **quantities: int) -> Place:
    lines = tuple(Wanted(world.picks[name].id, world.skus[name].id, n) for name, n in quantities.items())
    assert world.buyer.person_id
    digest = input_hash(sorted(quantities.items()))
    return Place(world.buyer.person_id, key, digest, lines, "card", NOW, address_id=world.buyer_address)


def held(world: World, name: str) -> int:
    stock = Stock.objects.get(sku=world.skus[name])
    assert 0 <= stock.held <= stock.received - stock.sold
    return stock.held


def test_every_answer_is_in_the_database_and_no_more(world: World, racers: Racers) -> None:
    plans = [[[buy(world, f"key-{p}-{t}-{n}", ("mug", 1)) for n in range(4)] for t in range(6)] for p in range(3)]
    answers = flat(racers.race(*plans))
    assert Counter(answer[0] for answer in answers) == {"placed": 40, "checkout.refused": 32}
    placed = {answer[1]: answer[2] for answer in answers if answer[0] == "placed"}
    assert placed == {str(c.id): c.total_minor for c in Checkout.objects.all()} and len(placed) == 40
    assert held(world, "mug") == 40 and Order.objects.count() == 40 and violations() == []


def test_larger_quantities_never_take_more_than_is_left(world: World, racers: Racers) -> None:
    chance = random.Random(1)
    plans = [
        [[buy(world, f"key-{p}-{t}-{n}", ("mug", chance.randint(1, 7))) for n in range(3)] for t in range(4)]
        for p in range(3)
    ]
    flat(racers.race(*plans))
    sold = sum(OrderLine.objects.filter(sku_id=world.skus["mug"].id).values_list("quantity", flat=True))
    assert held(world, "mug") == sold and 34 <= sold <= 40  # what is left is less than the largest order
    assert violations() == []


def test_the_same_key_at_once_in_three_processes_is_one_checkout(world: World, racers: Racers) -> None:
    keys = [f"key-{n:08d}" for n in range(12)]
    plan = [[buy(world, key, ("mug", 1), ("tea", 1))] for key in keys]
    answers = racers.race(plan, plan[::-1], plan)
    ids: dict[str, set[str]] = {}
    fresh = Counter[str]()
    for order, process in zip((keys, keys[::-1], keys), answers, strict=True):
        for key, ((told, checkout_id, _, repeated),) in zip(order, process, strict=True):
            assert told == "placed"
            ids.setdefault(key, set()).add(checkout_id)
            fresh[key] += not repeated
    assert all(len(found) == 1 for found in ids.values())
    assert all(
        fresh[key] <= 1 for key in keys
    )  # a commit whose answer was read by a neighbour first counts as repeated
    assert Checkout.objects.count() == 12 and held(world, "mug") == 12 and violations() == []


def test_the_same_key_with_other_goods_is_one_checkout_and_a_refusal(world: World, racers: Racers) -> None:
    """Other variants lock other rows: only the unique key stands between the two."""
    mugs, soaps = ([[buy(world, f"key-{n:08d}", (name, 1))] for n in range(10)] for name in ("mug", "soap"))
    answers = racers.race(mugs, soaps)
    for first, second in zip(*answers, strict=True):
        assert sorted([first[0][0], second[0][0]]) == ["idempotency_key_reused", "placed"]
    assert Checkout.objects.count() == 10 and held(world, "mug") + held(world, "soap") == 10


def test_orders_of_several_lines_in_any_order_neither_deadlock_nor_oversell(world: World, racers: Racers) -> None:
    chance = random.Random(2)
    names = ["mug", "tea", "soap"]
    plans = [
        [
            [
                buy(world, f"key-{p}-{t}-{n}", *((name, 1) for name in chance.sample(names, chance.randint(2, 3))))
                for n in range(4)
            ]
            for t in range(6)
        ]
        for p in range(3)
    ]
    answers = flat(racers.race(*plans))
    assert set(Counter(answer[0] for answer in answers)) <= {"placed", "checkout.refused"}
    for name in names:
        wanted = OrderLine.objects.filter(sku_id=world.skus[name].id).values_list("quantity", flat=True)
        assert held(world, name) == sum(wanted) <= 40
    assert sum(answer[0] == "placed" for answer in answers) == Checkout.objects.count() >= 40
    assert violations() == []


def test_a_batch_takes_the_last_unit_in_order_of_arrival(world: World) -> None:
    intents = [intent(world, f"key-{n:08d}", mug=15) for n in range(4)]
    first, second, third, fourth = checkout_lane.run(intents)
    assert isinstance(first, Receipt) and isinstance(second, Receipt)
    for refused in (third, fourth):
        assert isinstance(refused, CheckoutRefused)
        assert [(line["code"], line["left"]) for line in refused.params["lines"]] == [("sold_out", 10)]
    assert held(world, "mug") == 30


def test_a_repeat_inside_one_batch_is_answered_with_the_first(world: World) -> None:
    first, again = checkout_lane.run([intent(world, "key-00000001", mug=2), intent(world, "key-00000001", mug=2)])
    assert isinstance(first, Receipt) and isinstance(again, Receipt)
    assert (again.checkout_id, again.repeated, first.repeated) == (first.checkout_id, True, False)
    assert held(world, "mug") == 2 and Checkout.objects.count() == 1


def test_all_lines_or_none(world: World) -> None:
    refused, placed = checkout_lane.run(
        [intent(world, "key-00000001", mug=1, tea=41), intent(world, "key-00000002", mug=40)]
    )
    assert isinstance(refused, CheckoutRefused) and isinstance(placed, Receipt)
    assert (held(world, "mug"), held(world, "tea")) == (40, 0)
