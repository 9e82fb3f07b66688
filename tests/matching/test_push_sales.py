"""What came of a push in pieces and money: what buyers paid for it and did not get back, within its ninety days, once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Any

import pytest
from django.db import connection, transaction

from renmai.goods.products.models import Product
from renmai.kit import clock
from renmai.kit.access import SYSTEM, Actor, Grant
from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, deliver_all
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.matching.push.models import Push
from renmai.matching.push.outcomes import SALE_KINDS, note_sales
from renmai.matching.push.queries import list_pushes
from renmai.matching.push.rules import SOLD
from renmai.people.accounts.actions import make_token
from renmai.people.accounts.models import Address, Membership
from renmai.trade.orders.models import Order
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.api.desk import Caller
from tests.matching.test_signals import of_supplier, of_team, own_shop
from tests.trade.test_one_sale import pay, place
from tests.trade.threads import together
from tests.trade.world import NOW, World, make_world, person
from tests.web.desk_world import words_of
from tests.web.operator_world import signed_in

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def pushed(world: World, name: str, at: datetime = NOW - DAY, place: int = 1) -> Push:
    """A push of the goods to the shop that sells them, told then."""
    pick = world.picks[name]
    supplier_id = Product.objects.get(id=pick.product_id).supplier_id
    return Push.objects.create(
        product_id=pick.product_id, supplier_id=supplier_id, shop_id=pick.shop_id, rank=1, score=1.0, found_at=at,
        told_at=at, told_on=local_day(at), told_place=place,
    )  # fmt: skip


def tell(push: Push, at: datetime) -> None:
    """Have it told at another time."""
    Push.objects.filter(id=push.id).update(told_at=at, told_on=local_day(at))


def sold(push: Push) -> tuple[int, int]:
    """Pieces and money of a push."""
    push.refresh_from_db()
    return push.sold_pieces, push.sold_minor


def bought(world: World, key: str, **quantities: int) -> Order:
    """An order of the world's buyer that was paid."""
    receipt = place(world, key, **quantities)
    pay(receipt)
    return Order.objects.get(checkout_id=receipt.checkout_id)


def refund(order: Order, key: str, minor: int, now: datetime = NOW + DAY) -> None:
    """So much of the order's mugs goes back, and what reacts to it has done so."""
    line = order.lines.get(kind="goods", title="mug")
    refund_lane.submit(Ask(order.id, key, b"x" * 32, "broken", SYSTEM, now, lines={line.id: minor}))
    deliver_all(now=now)


def events(order: Order | None = None) -> list[Happened]:
    found = Event.objects.filter(kind__in=SALE_KINDS).order_by("xid", "id")
    rows = found if order is None else found.filter(subject_id=order.id)
    return [Happened(e.kind, e.subject_id, e.at, e.data, e.actor_id, e.id) for e in rows]


def note(told: Sequence[Happened]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        note_sales(cursor, told)


def test_what_was_paid_counts_and_what_went_back_does_not(world: World) -> None:
    mug, tea = pushed(world, "mug"), pushed(world, "tea", place=2)
    receipt = place(world, "order-0001", mug=2)
    deliver_all(now=NOW)
    assert sold(mug) == (0, 0)
    pay(receipt)
    first, second = Order.objects.get(), bought(world, "order-0002", mug=1, tea=1)
    deliver_all(now=NOW)
    # Goods alone, at what was paid for them: freight is nobody's success.
    assert (sold(mug), sold(tea)) == ((3, 18_000), (1, 8_800))
    refund(first, "refund-0001", 6_000)
    assert sold(mug) == (3, 12_000)
    refund(first, "refund-0002", 6_000)
    assert sold(mug) == (1, 6_000)
    refund(second, "refund-0003", 6_000)
    assert (sold(mug), sold(tea)) == ((0, 0), (1, 8_800))


def test_the_supplier_reads_it_by_room_page_and_api(world: World) -> None:
    pushed(world, "mug"), pushed(world, "tea", place=2)
    bought(world, "order-0001", mug=2, tea=1)
    deliver_all(now=NOW)
    kiln = world.suppliers[0].id
    (row,) = list_pushes(world.supplier(0), kiln)
    assert (row["title"], row["told"], row["sold_pieces"], row["sold_minor"]) == ("mug", 1, 2, 12_000)
    potter = person("potter@example.org")
    Membership.objects.create(person=potter, role="supplier", subject_id=kiln, created_at=NOW)
    actor = Actor(potter.id, frozenset({Grant("supplier", kiln)}))
    _, token = make_token(actor=actor, now=clock.now(), name="t", scopes=("supply",))
    (told,) = Caller(token).call("GET", f"/suppliers/{kiln}/pushes").json["items"]
    assert (told["told"], told["sold_pieces"], told["sold_minor"]) == (1, 2, 12_000)
    assert "¥120.00" in words_of(signed_in(potter).get("/supplier/pushes"))


def test_ninety_days_from_the_telling_on(world: World) -> None:
    push = pushed(world, "mug")
    bought(world, "order-0001", mug=2)
    counts = {NOW + SECOND: 0, NOW: 2, NOW - SOLD + SECOND: 2, NOW - SOLD: 0, NOW - DAY: 2}
    for told_at, pieces in counts.items():
        tell(push, told_at)
        note(events())
        assert sold(push) == (pieces, pieces * 6_000), told_at


def test_what_goes_back_long_after_is_still_taken_off(world: World) -> None:
    push = pushed(world, "mug", NOW - SOLD + DAY)
    order = bought(world, "order-0001", mug=2)
    deliver_all(now=NOW)
    assert sold(push) == (2, 12_000)
    refund(order, "refund-0001", 12_000, NOW + timedelta(days=88))
    assert sold(push) == (0, 0)


@pytest.mark.parametrize("tie", [own_shop, of_team, of_supplier])
def test_what_the_shops_or_the_makers_people_buy_does_not_count(world: World, tie: Any) -> None:
    push, own = pushed(world, "mug"), bought(world, "order-0001", mug=2)
    deliver_all(now=NOW)
    assert sold(push) == (2, 12_000)
    # Counted while its buyer was a stranger, it counts no longer: all are added up anew.
    tie(world)
    note(events(own))
    assert sold(push) == (0, 0)
    stranger = person("stranger@example.org")
    address = Address.objects.create(
        person=stranger, recipient="Xu", phone="1", region="ZJ", city="Ningbo", street="2 Sea Rd", created_at=NOW
    )
    world.buyer, world.buyer_address = Actor(stranger.id), address.id
    bought(world, "order-0002", mug=1)
    deliver_all(now=NOW)
    assert sold(push) == (1, 6_000)


def test_told_again_in_any_order_it_stays(world: World) -> None:
    mug, tea = pushed(world, "mug"), pushed(world, "tea", place=2)
    first = bought(world, "order-0001", mug=2, tea=1)
    bought(world, "order-0002", mug=1)
    deliver_all(now=NOW)
    refund(first, "refund-0001", 12_000)
    figures = (sold(mug), sold(tea))
    assert figures == ((1, 6_000), (1, 8_800))
    told = events()
    assert len(told) == 3
    note([*told, *told])
    for event in reversed(told):
        note([event])
    assert (sold(mug), sold(tea)) == figures
    # Of an order nobody knows, and of goods that nobody was told of, there is nothing to count.
    note([Happened("order.paid", new_id(), NOW)])
    Push.objects.all().delete()
    note(told)
    assert not Push.objects.exists()


def test_two_at_once_count_both(world: World) -> None:
    """One began when only its own order was paid, and waited for the other: it counts what was paid meanwhile, too."""
    push, first = pushed(world, "mug"), bought(world, "order-0001", mug=2)
    held, paid = Flag(), Flag()

    def second() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            Push.objects.select_for_update().get(id=push.id)
            held.set()
            assert paid.wait(20)
            note_sales(cursor, events(Order.objects.exclude(id=first.id).get()))

    later = together(second)
    assert held.wait(20)
    earlier = together(lambda: note(events(first)))
    wait_for_a_lock()
    bought(world, "order-0002", mug=1)
    paid.set()
    later(), earlier()
    assert sold(push) == (3, 18_000)


def test_workers_that_deliver_at_once_count_each_order_once(world: World) -> None:
    push = pushed(world, "mug")
    for number in range(4):
        bought(world, f"order-000{number}", mug=1)

    def deliver(_: int) -> None:
        try:
            deliver_all(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(deliver, range(2)))
    deliver_all(now=NOW)
    assert sold(push) == (4, 24_000)


def wait_for_a_lock() -> None:
    """Return when somebody in this database waits for a row."""
    until = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(
                "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits")
