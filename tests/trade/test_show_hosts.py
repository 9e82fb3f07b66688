"""Who may bind a shop in its show: nobody gives a part that they do not hold, and parts end with what they came from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Membership
from renmai.people.accounts.rules import CONTENT
from renmai.places.live.actions import Plan, add_to_show, plan_show, take_out_of_show
from renmai.places.live.models import Show
from renmai.places.live.stage_actions import pin
from renmai.places.streams.engines import CameraRefused, add_camera, authorise
from renmai.places.talk.actions import NotHere, silence
from renmai.trade.promotions.drop_actions import sweep_drops
from renmai.trade.promotions.models import Drop
from renmai.trade.promotions.show_drops import raise_drop
from tests.places.stage import on_air
from tests.trade.promoting import buyers, drop, stock
from tests.trade.world import World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def writer(world: World, who: Actor) -> Actor:
    """Somebody who looks after the words of shop 0."""
    shop_id = world.shops[0].id
    Membership.objects.create(
        person_id=who.person_id, role="creator", part="content", subject_id=shop_id, created_at=clock.now()
    )
    return replace(who, grants=who.grants | {Grant(CONTENT, shop_id)})


def raises(world: World, actor: Actor, show: Show, key: str) -> Drop:
    assert show.stage_segment_id is not None
    return raise_drop(
        actor=actor, now=clock.now(), key=f"raise-{key}", segment_id=show.stage_segment_id,
        sku_id=world.skus["mug"].id, price_minor=5500, quantity=1,
    )  # fmt: skip


def test_who_looks_after_words_binds_the_shop_only_where_its_creator_named_them(world: World) -> None:
    show, now = on_air(world), clock.now()
    (one, _), (two, _) = buyers(2)
    words = writer(world, one)
    Show.objects.filter(id=show.id).update(host_id=words.person_id)  # planned by them
    for other in (one, two):
        assert other.person_id is not None
        add_to_show(actor=words, now=now, show_id=show.id, person_id=other.person_id, part="host")
    for who in (words, two):
        with pytest.raises(NotFound):
            raises(world, who, show, "refused")
    assert Drop.objects.count() == 0
    assert two.person_id is not None
    add_to_show(actor=world.creator(0), now=now, show_id=show.id, person_id=two.person_id, part="host")
    assert raises(world, two, show, "named").quantity == 1


def test_who_left_the_team_holds_no_show_that_they_planned(world: World) -> None:
    (one, _), *_ = buyers(1)
    words, now = writer(world, one), clock.now()
    made = plan_show(actor=words, now=now, shop_id=world.shops[0].id, plan=Plan("Mine", now, 30))
    live = on_air(world)
    Show.objects.filter(id=live.id).update(host_id=words.person_id)
    _, key = add_camera(actor=words, now=now, show_id=live.id, engine="browser")
    assert authorise(engine="browser", key=key).show_id == live.id
    Membership.objects.filter(person_id=one.person_id).delete()
    for show in (made, live):
        with pytest.raises(NotFound):
            pin(actor=one, now=now, show_id=show.id, words="Mine still")
    with pytest.raises(CameraRefused):
        authorise(engine="browser", key=key)
    assert Show.objects.get(id=live.id).pinned == ""


def test_a_host_who_was_taken_out_films_no_more(world: World) -> None:
    show, now = on_air(world), clock.now()
    (one, _), *_ = buyers(1)
    assert one.person_id is not None
    add_to_show(actor=world.creator(0), now=now, show_id=show.id, person_id=one.person_id, part="host")
    _, key = add_camera(actor=one, now=now, show_id=show.id, engine="rtmp")
    assert authorise(engine="rtmp", key=key).made_by_id == one.person_id
    take_out_of_show(actor=world.creator(0), now=now, show_id=show.id, person_id=one.person_id)
    with pytest.raises(CameraRefused):
        authorise(engine="rtmp", key=key)


def test_a_moderator_mutes_nobody_of_the_shop(world: World) -> None:
    show, now = on_air(world), clock.now()
    (one, _), (two, _) = buyers(2)
    writer(world, two)
    assert one.person_id is not None
    add_to_show(actor=world.creator(0), now=now, show_id=show.id, person_id=one.person_id, part="moderator")
    for who in (world.creator(0), two):
        assert who.person_id is not None
        with pytest.raises(NotHere):
            silence(actor=one, now=now, show_id=show.id, person_id=who.person_id)


def test_a_drop_of_a_show_that_was_called_off_gives_its_stock_back(world: World) -> None:
    show, now = on_air(world), clock.now()
    times = {"starts_at": now + timedelta(days=1), "ends_at": now + timedelta(days=2)}
    made = drop(world, "mug", now=now, segment_id=show.stage_segment_id, **times)
    Show.objects.filter(id=show.id).update(state="cancelled", stage_segment_id=None)
    sweep_drops(now=now)
    made.refresh_from_db()
    assert made.over_at == now and stock(world, "mug")[2] == 0
