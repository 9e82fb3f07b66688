"""The way to a first sale, the practice order, and the day at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from django.db import connection

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound
from renmai.money.splits.models import SplitPart
from renmai.money.splits.rules import Rule
from renmai.places.posts.models import Post
from renmai.places.shops.actions import change_shop
from renmai.places.shops.first_steps import take_step
from renmai.places.shops.models import FirstStep, Pick, Shop
from renmai.places.visits.lane import visits_lane
from renmai.places.visits.queries import visits_by_day
from renmai.trade.checkout.practice import practise
from renmai.trade.checkout.rules import CheckoutRefused
from renmai.trade.orders.models import Order
from renmai.trade.reports.first_sale import STEPS, read_first_sale
from renmai.trade.reports.today import read_today, what_next
from tests.trade.world import World, make_world
from tests.web.desk_world import paid_order


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def counts() -> Mapping[str, int]:
    """How many rows every table has."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'select count(*) from "{table}"')
            found[table] = cursor.fetchone()[0]
        return found


def test_a_newcomer_goes_step_by_step(world: World) -> None:
    lin, shop = world.creator(0), world.shops[0]
    Pick.objects.filter(shop=shop).update(removed_at=clock.now())
    way = read_first_sale(lin, shop.id)
    assert (set(way.done), way.picks, way.next, way.over) == ({"open"}, 0, "face", False)
    Shop.objects.filter(id=shop.id).update(face_id=new_id())
    change_shop(actor=lin, now=clock.now(), shop_id=shop.id, words="Mornings.")
    Pick.objects.filter(shop=shop).update(removed_at=None)
    now = clock.now()
    Post.objects.create(
        shop=shop,
        author_id=shop.owner_id,
        title="t",
        state="published",
        published_at=now,
        created_at=now,
        changed_at=now,
    )
    take_step(actor=lin, now=now, shop_id=shop.id, step="practice")
    take_step(actor=lin, now=now, shop_id=shop.id, step="practice")
    take_step(actor=lin, now=now, shop_id=shop.id, step="share")
    assert FirstStep.objects.filter(shop=shop).count() == 2
    way = read_first_sale(lin, shop.id)
    assert way.next == ("sample" if way.picks == 3 else "pallet") and {"face", "post", "practice", "share"} < way.done


def test_the_first_sale_ends_the_way(world: World) -> None:
    paid_order(world, "first-00001", mug=1)
    way = read_first_sale(world.creator(0), world.shops[0].id)
    assert way.over and way.next == "" and "sale" in way.done
    assert way.done <= set(STEPS)


def test_nobody_else_reads_or_takes_a_step(world: World) -> None:
    with pytest.raises(NotFound):
        read_first_sale(world.creator(1), world.shops[0].id)
    with pytest.raises(NotFound):
        take_step(actor=world.creator(1), now=clock.now(), shop_id=world.shops[0].id, step="practice")
    with pytest.raises(NotFound):
        take_step(actor=world.creator(0), now=clock.now(), shop_id=world.shops[0].id, step="sale")
    assert not FirstStep.objects.exists()


def test_a_practice_order_is_what_a_real_one_becomes_and_writes_nothing(world: World) -> None:
    lin, pick, sku = world.creator(0), world.picks["mug"], world.skus["mug"]
    before = counts()
    done = practise(actor=lin, now=clock.now(), pick_id=pick.id, sku_id=sku.id, quantity=2)
    assert counts() == before
    order = paid_order(world, "real-000001", mug=2)
    assert done.total_minor == order.total_minor and done.freight_minor == order.freight_minor
    real = {
        line.kind: {(p.rule, p.payee): p.amount_minor for p in SplitPart.objects.filter(line_id=line.id)}
        for line in order.lines.all()
    }
    assert {line.kind: {(p.rule.value, p.payee): p.amount_minor for p in line.parts} for line in done.lines} == real
    for line in done.lines:
        assert sum(part.amount_minor for part in line.parts) == line.paid_minor
    assert Rule.CREATOR in {part.rule for line in done.lines for part in line.parts}


def test_practice_is_refused_where_a_sale_would_be(world: World) -> None:
    pick, sku = world.picks["mug"], world.skus["mug"]
    with pytest.raises(NotFound):
        practise(actor=world.creator(1), now=clock.now(), pick_id=pick.id, sku_id=sku.id)
    with pytest.raises(CheckoutRefused):
        practise(actor=world.creator(0), now=clock.now(), pick_id=pick.id, sku_id=sku.id, quantity=900)
    assert not Order.objects.exists()


def test_the_day_counts_what_waits(world: World) -> None:
    lin, shop, now = world.creator(0), world.shops[0], clock.now()
    paid_order(world, "today-00001", mug=1)
    Pick.objects.filter(id=world.picks["soap"].id).update(removed_at=now, removed_why="recalled")
    facts = read_today(lin, shop.id, now=now, morning=now - timedelta(hours=3))
    recalled = 1 if world.picks["soap"].shop_id == shop.id else 0
    assert (facts.orders, facts.recalled) == (1, recalled)
    assert read_today(lin, shop.id, now=now, morning=now).orders == 0
    with pytest.raises(NotFound):
        read_today(world.creator(1), shop.id, now=now, morning=now)
    assert what_next(facts, cases=3)[0] == ("cases", 3)


def test_visits_are_gathered_and_added_by_day(world: World) -> None:
    lin, first, second = world.creator(0), world.shops[0].id, world.shops[1].id
    today = date(2026, 5, 2)
    for _ in range(3):
        for shop_id, day, times in ((first, today, 5), (second, today, 2), (first, today - timedelta(days=1), 1)):
            for _again in range(times):
                assert visits_lane.post((shop_id, day))
        visits_lane.stop()
    assert visits_by_day(lin, first, today=today, days=3) == [
        (today - timedelta(days=2), 0),
        (today - timedelta(days=1), 3),
        (today, 15),
    ]
    with pytest.raises(NotFound):
        visits_by_day(lin, second, today=today)
    with pytest.raises(NotFound):
        visits_by_day(Actor(new_id()), first, today=today)
