"""The report of a show is what a slow count of its rows says, after any history; refunds change it, and strangers see none."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound
from renmai.money.splits.models import SplitPart
from renmai.people.agencies.models import Agency, Contract
from renmai.places.live.counts import SEEN, VIEWED
from renmai.places.live.models import Explained, Segment, SegmentSeen, Show, ViewersAt
from renmai.places.live.stage_actions import end_show, explain
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.refunds.actions import refund_order
from renmai.trade.reports.shows import ShowReport, Sold, read_show_report
from tests.places.stage import on_air
from tests.trade.promoting import buyers, drop, pay, place, wanted
from tests.trade.world import World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def two_segments(world: World) -> Show:
    """A show that is on, of the mug and the tea."""
    show = on_air(world)
    Segment.objects.create(show=show, position=1, pick=world.picks["tea"], minutes=7)
    return show


def a_history(world: World, show: Show, seed: int) -> None:
    """Orders of any kind in and out of the room, most paid, some refunded whole or in part."""
    draw, now = random.Random(seed), clock.now()
    segments = {"mug": show.segments.get(position=0).id, "tea": show.segments.get(position=1).id}
    made = drop(
        world,
        quantity=30,
        per_buyer_max=20,
        now=now,
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        segment_id=segments["mug"],
    )
    for number in range(16):
        name = draw.choice(["mug", "tea"])
        segment_id = draw.choice([segments[name], segments[name], None])
        line = replace(wanted(world, name, draw.randint(1, 3)), segment_id=segment_id)
        if draw.random() < 0.2:
            line = wanted(world, "mug", of=made)
        receipt = place(world, line, at=now + timedelta(seconds=number))
        if draw.random() < 0.75:
            pay(receipt, at=clock.now())
            refund(world, receipt.orders[0][0], draw)


def refund(world: World, order_id: object, draw: random.Random) -> None:
    if draw.random() < 0.6:
        return
    goods = OrderLine.objects.get(order_id=order_id, kind="goods")
    lines = None if draw.random() < 0.5 else {goods.id: draw.randint(1, goods.paid_minor)}
    refund_order(
        actor=world.operator, now=clock.now(), order_id=goods.order_id, key=str(new_id()), reason="x", lines=lines
    )


def slow(world: World, show: Show, segment_id: object) -> Sold:
    """The same, counted one row after the other."""
    rows = [
        line
        for line in OrderLine.objects.select_related("order")
        if line.kind == "goods" and line.show_id == show.id and line.segment_id == segment_id and line.order.paid_at
    ]
    earned = 0
    for part in SplitPart.objects.all():
        if part.payee == f"creator:{show.shop_id}" and part.line_id in {row.id for row in rows}:
            earned += part.amount_minor - part.reversed_minor
    return Sold(
        len({row.order_id for row in rows}), sum(row.quantity for row in rows), sum(row.paid_minor for row in rows),
        sum(row.refunded_minor for row in rows), earned, len({row.order.buyer_id for row in rows}),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_a_report_is_what_a_slow_count_says(world: World, seed: int) -> None:
    show = two_segments(world)
    a_history(world, show, seed)
    end_show(actor=world.creator(0), now=clock.now() + timedelta(minutes=3), show_id=show.id)
    report = read_show_report(world.creator(0), show.id)
    counted = [slow(world, show, part.id) for part in report.parts]
    assert [part.sold for part in report.parts] == counted and len(report.parts) == 2
    whole = report.total
    assert whole.units == sum(each.units for each in counted) > 0
    assert whole.paid_minor == sum(each.paid_minor or 0 for each in counted)
    assert whole.orders == len(
        {line.order_id for line in OrderLine.objects.filter(show_id=show.id, order__paid_at__isnull=False)}
    )
    sold = OrderLine.objects.filter(drop_id__isnull=False, order__paid_at__isnull=False)
    assert report.parts[0].drop_sold == sum(line.quantity for line in sold)


def test_a_refund_after_the_show_changes_its_report(world: World) -> None:
    show = two_segments(world)
    line = replace(wanted(world, "mug", 2), segment_id=show.stage_segment_id)
    receipt = place(world, line, at=clock.now())
    pay(receipt, at=clock.now())
    end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    before = read_show_report(world.creator(0), show.id).total
    assert (before.orders, before.units, before.paid_minor, before.refunded_minor) == (1, 2, 12_000, 0)
    assert before.earned_minor == slow(world, show, show.stage_segment_id).earned_minor > 0
    refund_order(actor=world.operator, now=clock.now(), order_id=Order.objects.get().id, key="refund-0001", reason="x")
    after = read_show_report(world.creator(0), show.id).total
    assert (after.orders, after.paid_minor, after.refunded_minor, after.earned_minor) == (1, 12_000, 12_000, 0)


def test_viewers_looks_and_carts_are_counted(world: World) -> None:
    show = two_segments(world)
    began, mug = show.began_at, show.segments.get(position=0).id
    assert began is not None
    minute = began.replace(second=0, microsecond=0)
    Explained.objects.filter(show=show).update(began_at=minute + timedelta(minutes=1))
    with connection.cursor() as cursor:
        for minutes, most, came in ((0, 3, 3), (1, 8, 5), (1, 6, 1), (2, 4, 0), (5, 9, 2)):
            cursor.execute(SEEN, (show.id, minute + timedelta(minutes=minutes, seconds=7), most, came))
        cursor.execute(VIEWED, ([mug, new_id()], [4, 9], show.id))
        cursor.execute(VIEWED, ([mug], [2], show.id))
        cursor.execute(VIEWED, ([mug], [50], new_id()))
    explain(actor=world.creator(0), now=minute + timedelta(minutes=2, seconds=30), show_id=show.id, segment_id=None)
    for buyer, _ in buyers(2):
        set_cart_line(
            actor=buyer, now=clock.now(), pick_id=world.picks["mug"].id, sku_id=world.skus["mug"].id, quantity=1,
            segment_id=mug,
        )  # fmt: skip
    report = read_show_report(world.operator, show.id)
    assert (report.peak, report.came, report.views) == (9, 11, 6)
    assert list(ViewersAt.objects.order_by("minute").values_list("most", "came")) == [(3, 3), (8, 6), (4, 0), (9, 2)]
    part = report.parts[0]
    assert (part.explained_seconds, part.viewers_most, part.viewers_mean, part.views, part.carts) == (90, 8, 6, 6, 2)
    assert (report.parts[1].explained_seconds, report.parts[1].carts) == (0, 0) and SegmentSeen.objects.count() == 1


def test_who_sees_a_report_and_what_of_it(world: World) -> None:
    show = two_segments(world)
    pay(place(world, replace(wanted(world, "mug"), segment_id=show.stage_segment_id), at=clock.now()), at=clock.now())
    agency = Agency.objects.create(name="Camp", created_at=clock.now())
    agent = Actor(new_id(), frozenset({Grant("agency", agency.id)}))
    for stranger in (world.creator(1), world.supplier(0), world.buyer, agent):
        with pytest.raises(NotFound):
            read_show_report(stranger, show.id)
    Contract.objects.create(
        agency=agency, shop_id=show.shop_id, version=1, share_bps=1000, proposed_by_id=new_id(),
        proposed_at=clock.now(), starts_at=clock.now(), state="active",
    )  # fmt: skip
    seen = read_show_report(agent, show.id)
    assert not seen.money and (seen.total.orders, seen.total.paid_minor, seen.total.earned_minor) == (1, None, 0)
    assert read_show_report(world.operator, show.id).total.paid_minor == 6_000


def test_a_report_takes_the_same_statements_for_little_and_for_much(world: World) -> None:
    show = two_segments(world)
    one = statements(world, show)
    a_history(world, show, 1)
    assert statements(world, show) == one


def statements(world: World, show: Show) -> int:
    with CaptureQueriesContext(connection) as queries:
        report: ShowReport = read_show_report(world.creator(0), show.id)
    assert len(report.parts) == 2
    return len(queries)
