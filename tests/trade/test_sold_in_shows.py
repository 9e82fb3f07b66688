"""Orders know in which show, and in which part of it, their lines were bought."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.places.live.models import Show
from renmai.places.live.stage_actions import end_show
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.carts.queries import segments_of
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.orders.queries import SoldIn, access_order
from tests.api.desk import Caller
from tests.fast.test_contract import token_of
from tests.places.stage import on_air
from tests.trade.promoting import drop, place, wanted
from tests.trade.world import World, make_world
from tests.web.desk_world import make_consoles


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@pytest.fixture
def show(world: World) -> Show:
    return on_air(world)


def bought(world: World, name: str, segment_id: UUID | None, *, at: datetime | None = None) -> tuple[object, object]:
    """Buy one as a room would; what its line knows."""
    line = replace(wanted(world, name), segment_id=segment_id)
    receipt = place(world, line, at=at or clock.now())
    row = OrderLine.objects.get(order_id=receipt.orders[0][0], kind="goods")
    return row.show_id, row.segment_id


def test_what_is_bought_in_a_room_counts_for_its_show(world: World, show: Show) -> None:
    assert bought(world, "mug", show.stage_segment_id) == (show.id, show.stage_segment_id)
    order = Order.objects.get()
    for who in (world.operator, world.buyer, world.creator(0)):
        (seen,) = access_order(who, order.id).shows
        assert seen == SoldIn(show.id, "Tea at noon", show.host_id, seen.host, show.began_at)
    assert bought(world, "mug", None) == (None, None)
    assert access_order(world.operator, Order.objects.latest("id").id).shows == []


def test_what_was_not_shown_then_does_not(world: World, show: Show) -> None:
    others = [name for name, pick in world.picks.items() if pick.id != world.picks["mug"].id]
    for name in others:
        assert bought(world, name, show.stage_segment_id) == (None, None)
    assert bought(world, "mug", new_id()) == (None, None)
    now = clock.now()
    end_show(actor=world.creator(0), now=now, show_id=show.id)
    assert bought(world, "mug", show.stage_segment_id, at=now + timedelta(minutes=59))[0] == show.id
    assert bought(world, "mug", show.stage_segment_id, at=now + timedelta(minutes=60)) == (None, None)


def test_what_is_claimed_out_of_its_drop_does_by_itself(world: World, show: Show) -> None:
    now = clock.now()
    made = drop(world, now=now, starts_at=now, ends_at=now + timedelta(hours=1), segment_id=show.stage_segment_id)
    place(world, wanted(world, "mug", of=made), at=now)
    line = OrderLine.objects.get(kind="goods")
    assert (line.drop_id, line.show_id, line.segment_id) == (made.id, show.id, show.stage_segment_id)


def test_a_cart_remembers_the_room(world: World, show: Show) -> None:
    pick, sku = world.picks["mug"].id, world.skus["mug"].id

    def put(quantity: int, segment_id: UUID | None = None) -> None:
        set_cart_line(
            actor=world.buyer, now=clock.now(), pick_id=pick, sku_id=sku, quantity=quantity, segment_id=segment_id
        )

    put(1)
    assert segments_of(world.buyer) == {}
    put(2, show.stage_segment_id)
    put(3)
    assert segments_of(world.buyer) == {(pick, sku): show.stage_segment_id} and segments_of(world.creator(0)) == {}


def test_the_creators_page_and_the_api_say_so(house: None) -> None:
    desks = make_consoles()
    world = desks.world
    show = on_air(world)
    bought(world, "mug", show.stage_segment_id)
    order = Order.objects.get()
    page = desks.creator.get(f"/creator/orders/{order.id}").content.decode()
    assert f'<a href="/live/{show.id}">Tea at noon</a>' in page
    assert desks.nobody.get(f"/creator/orders/{order.id}").status_code in (403, 404)
    told = Caller(token_of(world.buyer)).call("GET", f"/orders/{order.id}").json
    assert [(each["show_id"], each["host_id"]) for each in told["shows"]] == [(str(show.id), str(show.host_id))]
    assert {line["segment_id"] for line in told["lines"] if line["kind"] == "goods"} == {str(show.stage_segment_id)}
