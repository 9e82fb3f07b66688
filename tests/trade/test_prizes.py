"""Coupons in a show: shown to all of the room, or won in a lucky bag by its winners alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from renmai.kit import clock
from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.problems import NotFound
from renmai.people.notices.models import Notice
from renmai.places.live.actions import add_to_show
from renmai.places.live.models import Show
from renmai.places.live.rules import ShowNotNow
from renmai.places.live.stage_actions import end_show
from renmai.places.talk.actions import BagOpen, draw_bag
from renmai.places.talk.lane import said, talk_lane
from renmai.places.talk.models import LuckyBag, RoomLine
from renmai.trade.checkout.rules import CouponsRefused
from renmai.trade.orders.models import Order
from renmai.trade.promotions.models import Coupon, CouponHolder, CouponUse, Drop
from renmai.trade.promotions.prizes import NotACouponHere, raise_prize_bag, show_coupon
from renmai.trade.promotions.queries import coupons_for
from renmai.trade.promotions.show_drops import end_raised_drop, raise_drop
from tests.places.stage import on_air
from tests.trade.promoting import buyers, coupon, place, wanted
from tests.trade.world import World, make_world, person

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def of_shop(world: World, code: str = "FRIENDS", *, funder: str = "creator", number: int = 0, **fields: Any) -> Coupon:
    now = clock.now()
    times = {"starts_at": now - MINUTE, "ends_at": now + timedelta(days=30)}
    return coupon(world, code, funder=funder, number=number, **(times | fields))


def bag(world: World, show: Show, won: Coupon, **fields: Any) -> LuckyBag:
    given: dict[str, Any] = {"actor": world.creator(0), "now": clock.now(), "word": "spring", "winners_max": 2}
    return raise_prize_bag(**(given | {"show_id": show.id, "coupon_id": won.id, "seconds": 60} | fields))


def say(show: Show, who: Actor, words: str = "spring") -> None:
    assert who.person_id
    talk_lane.submit(said(show_id=show.id, person_id=who.person_id, name="x", words=words, now=clock.now()))


def test_winners_alone_hold_a_coupon_like_the_one_chosen(world: World) -> None:
    show, like = on_air(world), of_shop(world, amount_minor=700, threshold_minor=1000)
    raised = bag(world, show, like)
    prize = Coupon.objects.get(id=raised.coupon_id)
    assert (prize.holders_only, prize.amount_minor, prize.threshold_minor, prize.total_max) == (True, 700, 1000, 2)
    assert prize.ends_at == like.ends_at and prize.code.startswith("LUCKY-") and prize.code != like.code
    people = [who for who, _ in buyers(4)]
    for who in people[:3]:
        say(show, who)
    say(show, people[3], "not it")
    assert draw_bag(bag_id=raised.id, now=clock.now()) == []
    winners = draw_bag(bag_id=raised.id, now=raised.ends_at)
    assert len(winners) == 2 and set(draw_bag(bag_id=raised.id, now=raised.ends_at)) == set(winners)
    assert set(CouponHolder.objects.values_list("coupon_id", "person_id")) == {(prize.id, who) for who in winners}
    told = Notice.objects.filter(kind="bag.won")
    assert {notice.person_id for notice in told} == set(winners)
    assert {notice.data["code"] for notice in told} == {prize.code} and told[0].href == f"/@{world.shops[0].handle}"
    now = clock.now()
    shown = {who.person_id for who in people if prize.code in {c.code for c in coupons_for(who, show.shop_id, now=now)}}
    assert shown == set(winners) and prize not in coupons_for(ANONYMOUS, show.shop_id, now=now)
    loser = next(who for who in people[:3] if who.person_id not in winners)
    with pytest.raises(CouponsRefused) as refused:
        place(world, wanted(world, "mug"), codes=[prize.code], at=now, buyer=loser)
    assert [row["why"] for row in refused.value.params["coupons"]] == ["unknown"] and not Order.objects.exists()
    winner = next(who for who in people if who.person_id == winners[0])
    placed = place(world, wanted(world, "mug"), codes=[prize.code], at=now, buyer=winner)
    use = CouponUse.objects.get()
    assert (use.coupon_id, use.amount_minor, use.checkout_id) == (prize.id, 700, placed.checkout_id)


def test_a_bag_gives_coupons_of_its_own_shop_in_a_show_that_is_on(world: World) -> None:
    show, now = on_air(world), clock.now()
    foreign = of_shop(world, "OTHER", number=1)
    suppliers = of_shop(world, "SUPPLIER", funder="supplier")
    over = of_shop(world, "SOON", ends_at=now + timedelta(seconds=30))
    for wrong in (foreign, suppliers, over):
        with pytest.raises(NotACouponHere):
            bag(world, show, wrong)
    assert not LuckyBag.objects.exists() and not Coupon.objects.filter(holders_only=True).exists()
    like = of_shop(world)
    raised = bag(world, show, like)
    with pytest.raises(BagOpen):
        bag(world, show, like)
    with pytest.raises(NotACouponHere):
        show_coupon(
            actor=world.creator(0), now=clock.now(), show_id=show.id, coupon_id=raised.coupon_id
        )  # a prize is nobody's to show
    assert Coupon.objects.filter(holders_only=True).count() == 1
    end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    with pytest.raises(ShowNotNow):
        bag(world, show, like)


def test_the_room_sees_the_code_that_a_host_shows(world: World) -> None:
    show, like = on_air(world), of_shop(world, title="Spring")
    show_coupon(actor=world.creator(0), now=clock.now(), show_id=show.id, coupon_id=like.id)
    line = RoomLine.objects.get(show=show, kind="coupon")
    assert (line.data["code"], line.data["title"], line.data["amount_minor"]) == ("FRIENDS", "Spring", 500)


def test_who_is_named_as_host_raises_what_binds_the_shop_and_others_do_not(world: World) -> None:
    show, like, now = on_air(world), of_shop(world), clock.now()
    guest, keeper = Actor(person("guest@example.org").id), Actor(person("keeper@example.org").id)
    words = Actor(person("words@example.org").id, frozenset({Grant("creator:content", show.shop_id)}))
    for who, part in ((guest, "host"), (keeper, "moderator")):
        assert who.person_id
        add_to_show(actor=world.creator(0), now=now, show_id=show.id, person_id=who.person_id, part=part)
    segment = show.segments.get()
    given: dict[str, Any] = {
        "now": now, "segment_id": segment.id, "sku_id": world.skus["mug"].id, "price_minor": 5500, "quantity": 2,
    }  # fmt: skip
    for who in (keeper, words, world.creator(1), world.buyer):
        for act in (
            lambda who=who: raise_drop(actor=who, key="drop-refused", **given),
            lambda who=who: bag(world, show, like, actor=who),
            lambda who=who: show_coupon(actor=who, now=now, show_id=show.id, coupon_id=like.id),
        ):
            with pytest.raises(NotFound):
                act()
    assert not Drop.objects.exists() and not LuckyBag.objects.exists()
    raised = raise_drop(actor=guest, key="drop-of-guest", **given)
    assert (raised.show_id, raised.segment_id, raised.created_by_id) == (show.id, segment.id, guest.person_id)
    with pytest.raises(NotFound):
        end_raised_drop(actor=keeper, now=now, show_id=show.id, drop_id=raised.id)
    assert end_raised_drop(actor=guest, now=now, show_id=show.id, drop_id=raised.id).over_at == now
    assert bag(world, show, like, actor=guest).raised_by_id == guest.person_id
