"""Drops of shows: raised where they are explained, told in the room, gone some time after the show."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from renmai.kit import clock
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import KeyReused
from renmai.kit.problems import Forbidden, NotFound, SignInNeeded
from renmai.places.live.actions import Slot, write_run
from renmai.places.live.models import Segment, Show
from renmai.places.live.rules import ShowNotNow
from renmai.places.live.stage_actions import end_show
from renmai.places.talk.models import RoomLine
from renmai.trade.promotions.claim_lane import claim_intent, claim_lane
from renmai.trade.promotions.claim_rules import ClaimRefused
from renmai.trade.promotions.drop_actions import end_drop, join_waitlist, sweep_drops
from renmai.trade.promotions.drop_rules import BadDrop
from renmai.trade.promotions.models import Drop, DropWaiter
from renmai.trade.promotions.queries import DROPS_OF_SHOW, drop_of
from renmai.trade.promotions.show_drops import raise_drop
from tests.places.stage import on_air
from tests.trade.promoting import buyers, drop, stock
from tests.trade.racers import violations
from tests.trade.world import World, make_world

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def planned(world: World, show: Show, **fields: Any) -> Segment:
    """The one segment of the show, with the mug at a show price."""
    plan: dict[str, Any] = {
        "show_price_minor": 5500,
        "set_aside": 3,
        "per_buyer_max": 2,
        "sku_id": world.skus["mug"].id,
    }
    slot = Slot(world.picks["mug"].id, id=show.stage_segment_id, **{**plan, **fields})
    return write_run(actor=world.creator(0), now=clock.now(), show_id=show.id, slots=[slot])[0]


def in_show(world: World, segment_id: Any, name: str = "mug", now: datetime | None = None) -> Drop:
    at = now or clock.now()
    return drop(world, name, now=at, starts_at=at, ends_at=at + timedelta(hours=2), segment_id=segment_id)


def told(show: Show) -> list[tuple[str, Any]]:
    lines = RoomLine.objects.filter(show_id=show.id, kind__startswith="drop").order_by("number")
    return [(line.kind, line.data["drop_id"]) for line in lines]


def test_a_drop_of_a_show_is_told_in_its_room(world: World) -> None:
    show = on_air(world)
    made = in_show(world, show.stage_segment_id)
    assert (made.show_id, made.segment_id) == (show.id, show.stage_segment_id)
    end_drop(actor=world.creator(0), now=clock.now(), drop_id=made.id)
    assert told(show) == [("drop", str(made.id)), ("drop_over", str(made.id))]
    assert drop(world, "mug").show_id is None and len(told(show)) == 2


def test_a_drop_belongs_to_a_segment_of_its_own_shop_and_pick_that_is_not_over(world: World) -> None:
    show = on_air(world)
    others = [name for name, pick in world.picks.items() if pick.id != world.picks["mug"].id]
    for name in others:
        with pytest.raises(NotFound):
            in_show(world, show.stage_segment_id, name)
    with pytest.raises(NotFound):
        in_show(world, new_id())
    end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    with pytest.raises(NotFound):
        in_show(world, show.stage_segment_id)
    assert Drop.objects.count() == 0 and stock(world, "mug")[2] == 0


def test_it_is_raised_as_planned_and_counted_down(world: World) -> None:
    show, now = on_air(world), clock.now()
    segment = planned(world, show)
    ask = {"actor": world.creator(0), "now": now, "key": "raise-the-mug", "segment_id": segment.id}
    made = raise_drop(**ask, seconds_to_start=20, minutes=5)
    assert (made.quantity, made.price_minor, made.per_buyer_max, made.policy) == (3, 5500, 2, "hold")
    assert (made.starts_at, made.ends_at) == (now + timedelta(seconds=20), now + timedelta(seconds=320))
    again = raise_drop(**{**ask, "now": now + MINUTE}, seconds_to_start=20, minutes=5)
    assert again.id == made.id and Drop.objects.count() == 1 and stock(world, "mug")[2] == 3
    with pytest.raises(KeyReused):
        raise_drop(**ask, seconds_to_start=21, minutes=5)
    other = raise_drop(
        **{**ask, "key": "raise-another"}, quantity=1, price_minor=5600, policy="first_paid", per_buyer_max=1
    )
    assert (other.quantity, other.price_minor, other.policy, other.per_buyer_max) == (1, 5600, "first_paid", 1)


def test_who_may_not_raise_it_raises_nothing(world: World) -> None:
    show, now = on_air(world), clock.now()
    segment = planned(world, show, show_price_minor=None, set_aside=0)
    ask = {"now": now, "key": "raise-the-mug", "segment_id": segment.id}
    for who, denied in ((world.buyer, NotFound), (world.creator(1), NotFound), (world.supplier(0), NotFound)):
        with pytest.raises((denied, Forbidden, SignInNeeded)):
            raise_drop(actor=who, **ask, quantity=1, price_minor=5500)
    for bad in ({}, {"price_minor": 5500}, {"seconds_to_start": 601}, {"seconds_to_start": -1}, {"minutes": 0}):
        with pytest.raises(BadDrop):
            raise_drop(actor=world.creator(0), **ask, **bad)  # type: ignore[arg-type]
    end_show(actor=world.creator(0), now=now, show_id=show.id)
    with pytest.raises(ShowNotNow):
        raise_drop(actor=world.creator(0), **ask, quantity=1, price_minor=5500)
    assert Drop.objects.count() == 0 and not Event.objects.filter(kind="show.drop_raised").exists()


def test_a_drop_ends_ten_minutes_after_its_show(world: World) -> None:
    show, now = on_air(world), clock.now()
    made, free = in_show(world, show.stage_segment_id), in_show(world, None)
    end_show(actor=world.creator(0), now=now, show_id=show.id)
    sweep_drops(now=now + 9 * MINUTE)
    assert Drop.objects.filter(over_at=None).count() == 2
    sweep_drops(now=now + 10 * MINUTE)
    made.refresh_from_db()
    free.refresh_from_db()
    assert made.over_at == now + 10 * MINUTE and free.over_at is None
    assert stock(world, "mug")[2] == free.quantity


def free_of(show: Show, at: datetime) -> list[int]:
    """What the room says is free, by drop."""
    with connection.cursor() as cursor:
        cursor.execute(DROPS_OF_SHOW, (show.id, at))
        return [drop_of(row)["free"] for row in cursor.fetchall()]


def test_what_was_claimed_and_not_bought_goes_to_the_next(world: World) -> None:
    show, now = on_air(world), clock.now()
    (one, _), (two, _), (three, _) = buyers(3)
    ask = {"now": now, "starts_at": now, "ends_at": now + timedelta(hours=2), "hold_minutes": 5}
    made = drop(world, quantity=1, segment_id=show.stage_segment_id, **ask)
    assert free_of(show, now) == [1]
    claim_lane.submit(claim_intent(actor=one, now=now, drop_id=made.id))
    assert free_of(show, now) == [0]
    join_waitlist(actor=two, now=now, drop_id=made.id)
    sweep_drops(now=now + 4 * MINUTE)
    assert DropWaiter.objects.get(offered_until__isnull=False).buyer_id == one.person_id
    late = now + 5 * MINUTE
    sweep_drops(now=late)
    waiter = DropWaiter.objects.get(ended_at=None)
    assert waiter.buyer_id == two.person_id and waiter.offered_until == late + 10 * MINUTE
    assert free_of(show, late) == [0]  # it is free for nobody else
    with pytest.raises(ClaimRefused):
        claim_lane.submit(claim_intent(actor=three, now=late, drop_id=made.id))
    later = late + 10 * MINUTE
    sweep_drops(now=later)
    assert free_of(show, later) == [1] and not DropWaiter.objects.filter(ended_at=None).exists()
    assert claim_lane.submit(claim_intent(actor=three, now=later, drop_id=made.id)).quantity == 1
    assert free_of(show, later) == [0] and violations() == []
