"""Signals: what people did is known once, whatever is told twice or late; nothing of one's own dealings, nothing cleared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renmai.goods.samples.models import Sample
from renmai.kit.access import ANONYMOUS, SYSTEM, Actor
from renmai.kit.events.actions import Happened, deliver_all
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.matching.feed.models import ListOrder
from renmai.matching.shown.models import Showing
from renmai.matching.shown.reactions import keep_order_signals, keep_signal
from renmai.matching.signals import queries as signal_queries
from renmai.matching.signals.actions import Noted, choose_without, clear_known, note_signals, sweep_signals
from renmai.matching.signals.models import Profile, Signal, SignalKind, SignalThing
from renmai.matching.signals.queries import count_known, list_known, profile_of, taste_of
from renmai.matching.signals.rules import HALF_LIFE_DAYS, KIND_WEIGHTS, RETENTION_DAYS, strength, weight
from renmai.people.accounts.models import Address, Membership, Person
from renmai.people.follows.actions import follow, unfollow
from renmai.places.shops.actions import remove_pick
from renmai.trade.orders.models import Order
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.trade.test_one_sale import pay, place
from tests.trade.world import NOW, World, make_world, person

PRODUCT, SHOP = SignalThing.PRODUCT, SignalThing.SHOP
DAY = timedelta(days=1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def buyer_of(world: World) -> UUID:
    assert world.buyer.person_id is not None
    return world.buyer.person_id


def goods(world: World, name: str) -> UUID:
    return world.picks[name].product_id


def rows(subject_id: UUID | None = None) -> set[tuple[Any, ...]]:
    """All signals but their ids."""
    found = Signal.objects.all() if subject_id is None else Signal.objects.filter(subject_id=subject_id)
    return set(found.values_list("subject_id", "kind", "thing", "thing_id", "shop_id", "amount", "on", "at"))


def kinds(subject_id: UUID) -> dict[str, int]:
    """Kind -> all its amounts."""
    found: dict[str, int] = {}
    for kind, amount in Signal.objects.filter(subject_id=subject_id).values_list("kind", "amount"):
        found[kind] = found.get(kind, 0) + amount
    return found


def saw(
    world: World, name: str = "mug", *, at: datetime = NOW, amount: int = 1, kind: SignalKind = SignalKind.VIEW
) -> Noted:
    return Noted(buyer_of(world), kind, PRODUCT, goods(world, name), at, amount, world.picks[name].shop_id)


def told() -> list[Happened]:
    return [Happened(e.kind, e.subject_id, e.at, e.data, e.actor_id, e.id) for e in Event.objects.order_by("xid", "id")]


def settle(now: datetime = NOW) -> None:
    deliver_all(now=now)


def test_a_second_time_the_same_day_is_added_and_the_next_day_is_a_row_of_its_own(world: World) -> None:
    note_signals(None, [saw(world), saw(world, at=NOW + timedelta(hours=1), amount=2)], now=NOW)
    note_signals(None, [saw(world)], now=NOW)
    note_signals(None, [saw(world, at=NOW + DAY)], now=NOW + DAY)
    assert sorted(Signal.objects.values_list("amount", "at")) == [(1, NOW + DAY), (4, NOW + timedelta(hours=1))]


def test_an_order_is_known_piece_by_piece_and_what_went_back_too(world: World) -> None:
    receipt = place(world, mug=2, tea=1)
    pay(receipt)
    settle()
    assert {(r[1], r[3], r[4], r[5]) for r in rows()} == {
        ("order", goods(world, "mug"), world.shops[0].id, 2),
        ("order", goods(world, "tea"), world.shops[0].id, 1),
    }
    order = Order.objects.get()
    mug = order.lines.get(sku_id=world.skus["mug"].id)
    refund_lane.submit(
        Ask(order.id, "r-1", b"x" * 32, "broken", SYSTEM, NOW + DAY, lines={mug.id: mug.paid_minor // 2})
    )
    settle(NOW + DAY)
    assert kinds(buyer_of(world)) == {"order": 3, "refund": 1}


def test_follows_and_picks_hold_until_they_are_taken_back(world: World) -> None:
    owner = world.shops[0].owner_id
    follow(actor=world.buyer, now=NOW, person_id=owner)
    settle()
    assert kinds(buyer_of(world)) == {"follow": 1}
    unfollow(actor=world.buyer, now=NOW + DAY, person_id=owner)
    follow(actor=world.buyer, now=NOW + 2 * DAY, person_id=owner)
    settle(NOW + 2 * DAY)
    assert [r[-1] for r in rows()] == [NOW + 2 * DAY]
    unfollow(actor=world.buyer, now=NOW + 3 * DAY, person_id=owner)
    settle(NOW + 3 * DAY)
    assert not rows()
    keep_signal(Happened("pick.made", world.picks["mug"].id, NOW), NOW)
    assert kinds(world.shops[0].id) == {"pick": 1}
    remove_pick(actor=world.creator(0), now=NOW, pick_id=world.picks["mug"].id)
    settle()
    assert not rows()


def test_what_is_no_longer_offered_was_liked_all_the_same(world: World) -> None:
    pick = world.picks["mug"]
    pick.removed_at, pick.removed_why = NOW, "recalled"
    pick.save()
    keep_signal(Happened("pick.removed", pick.id, NOW), NOW)
    assert kinds(world.shops[0].id) == {"pick": 1}


def test_a_sample_asked_for_is_known_once_a_day(world: World) -> None:
    event = Happened(
        "sample.requested", new_id(), NOW, {"shop_id": world.shops[0].id, "product_id": goods(world, "soap")}
    )
    keep_signal(event, NOW)
    keep_signal(event, NOW)
    assert kinds(world.shops[0].id) == {"sample": 1}
    assert not Sample.objects.exists()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_and_repetition_of_events_gives_the_same_rows(history: list[Happened], data: st.DataObject) -> None:
    deliver(history)
    once = rows()
    assert len(once) == 5
    Signal.objects.all().delete()
    again = data.draw(st.lists(st.sampled_from(history), max_size=6))
    deliver(data.draw(st.permutations([*history, *again])))
    assert rows() == once


@pytest.fixture
def history(world: World) -> list[Happened]:
    """Two orders, one refunded in part, three follows and unfollows, a pick."""
    pay(place(world, "key-00000001", mug=2, tea=1))
    pay(place(world, "key-00000002", mug=1))
    order = Order.objects.filter(lines__sku_id=world.skus["tea"].id).get()
    mug = order.lines.get(sku_id=world.skus["mug"].id)
    refund_lane.submit(Ask(order.id, "r-1", b"x" * 32, "broken", SYSTEM, NOW + DAY, lines={mug.id: mug.paid_minor}))
    for number in (0, 1):
        follow(actor=world.buyer, now=NOW, person_id=world.shops[number].owner_id)
    unfollow(actor=world.buyer, now=NOW + DAY, person_id=world.shops[1].owner_id)
    made = Happened("pick.made", world.picks["mug"].id, NOW)
    kinds_told = {"order.paid", "order.refund", "person.followed", "person.unfollowed"}
    return [made, *(event for event in told() if event.kind in kinds_told)]


def deliver(events: list[Happened]) -> None:
    for event in events:
        if event.kind.startswith("order."):
            with connection.cursor() as cursor:
                keep_order_signals(cursor, [event])
        else:
            keep_signal(event, NOW + 2 * DAY)


def test_many_writers_at_once_lose_nothing_and_do_not_wait_in_circles(world: World) -> None:
    names = ["mug", "tea", "soap"]

    def write(number: int) -> None:
        turned = names[number % 3 :] + names[: number % 3]
        try:
            for _ in range(5):
                note_signals(None, [saw(world, name) for name in turned], now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert {(r[3], r[5]) for r in rows()} == {(goods(world, name), 30) for name in names}


def test_cleared_is_cleared_even_while_it_is_written(world: World) -> None:
    subject = buyer_of(world)

    def write(_: int) -> None:
        try:
            note_signals(None, [saw(world, name) for name in ("mug", "tea")], now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(write, n) for n in range(20)]
        clear_known(actor=world.buyer, now=NOW + DAY, subject_id=subject)
        for each in running:
            each.result()
    assert not rows()


def test_an_erasure_and_many_signals_at_once_do_not_wait_in_circles(world: World) -> None:
    shop = world.shops[0]
    of_shop = Noted(shop.id, SignalKind.DECLINE, PRODUCT, goods(world, "soap"), NOW)
    of_owner = Noted(shop.owner_id, SignalKind.FOLLOW, SHOP, world.shops[1].id, NOW)
    wrote, holds = Flag(), Flag()

    def erase() -> None:
        """Hold as an erasure does: the person, then their shops."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                wrote.wait(5)
                cursor.execute("select id from people_person where id = %s for update", (shop.owner_id,))
                holds.set()
                cursor.execute("select id from places_shop where owner_id = %s for update", (shop.owner_id,))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            note_signals(cursor, [of_shop], now=NOW)
            erasing = pool.submit(erase)
            wrote.set()
            assert not holds.wait(0.5)  # it waits for the shop's signal at its owner's row
            note_signals(cursor, [of_owner], now=NOW)
        erasing.result()
    assert kinds(shop.id) == {"decline": 1} and kinds(shop.owner_id) == {"follow": 1}


def test_a_change_of_name_waits_for_no_signal_and_no_signal_for_it(world: World) -> None:
    def rename() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("set local lock_timeout = '2s'")
                Person.objects.filter(id=buyer_of(world)).update(name="Ann")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, transaction.atomic(), connection.cursor() as cursor:
        note_signals(cursor, [saw(world)], now=NOW)
        pool.submit(rename).result()


def test_nothing_of_before_a_clearing_is_written_again_and_what_comes_after_is(
    world: World, history: list[Happened]
) -> None:
    subject = buyer_of(world)
    settle(NOW + DAY)
    Showing.objects.create(list="home", viewer_id=subject, ranker="people", things=[new_id()], at=NOW)
    ListOrder.objects.create(
        list="home", viewer_id=subject, ranker="people", things=[new_id()], reasons=[], made_at=NOW
    )
    clear_known(actor=world.buyer, now=NOW + 2 * DAY, subject_id=subject)
    assert not rows(subject) and not Showing.objects.exists() and not ListOrder.objects.exists()
    deliver(history)
    assert not rows(subject)
    note_signals(None, [saw(world, at=NOW + 3 * DAY)], now=NOW + 3 * DAY)
    assert kinds(subject) == {"view": 1}


def test_who_is_without_is_not_written_of_and_has_no_taste(world: World) -> None:
    subject = buyer_of(world)
    note_signals(None, [saw(world)], now=NOW)
    ListOrder.objects.create(
        list="home", viewer_id=subject, ranker="people", things=[new_id()], reasons=[], made_at=NOW
    )
    choose_without(actor=world.buyer, now=NOW, subject_id=subject, without=True)
    assert profile_of(subject).without and not ListOrder.objects.exists()
    assert note_signals(None, [saw(world, "tea")], now=NOW) == []
    assert kinds(subject) == {"view": 1} and taste_of(subject, now=NOW) == []
    choose_without(actor=world.buyer, now=NOW, subject_id=subject, without=False)
    choose_without(actor=world.buyer, now=NOW, subject_id=subject, without=False)
    assert [row.thing_id for row in taste_of(subject, now=NOW)] == [goods(world, "mug")]
    assert Event.objects.filter(kind="profile.changed").count() == 2


def test_nobody_else_sees_clears_or_chooses(world: World) -> None:
    note_signals(None, [saw(world)], now=NOW)
    subject, other = buyer_of(world), Actor(person("other@example.org").id)
    for actor, refusal in ((other, NotFound), (world.operator, NotFound), (ANONYMOUS, SignInNeeded)):
        with pytest.raises(refusal):
            list_known(actor, subject)
        with pytest.raises(refusal):
            count_known(actor, subject)
        with pytest.raises(refusal):
            clear_known(actor=actor, now=NOW, subject_id=subject)
        with pytest.raises(refusal):
            choose_without(actor=actor, now=NOW, subject_id=subject, without=True)
    assert kinds(subject) == {"view": 1} and not Profile.objects.exists()
    with pytest.raises(NotFound):
        list_known(world.creator(1), world.shops[0].id)
    assert list_known(world.creator(0), world.shops[0].id).items == []


def own_shop(world: World) -> None:
    world.shops[0].owner_id = buyer_of(world)
    world.shops[0].save()


def of_team(world: World) -> None:
    Membership.objects.create(person_id=buyer_of(world), role="creator", part="service", subject_id=world.shops[0].id,
                              created_at=NOW)  # fmt: skip


def of_supplier(world: World) -> None:
    Membership.objects.create(
        person_id=buyer_of(world), role="supplier", subject_id=world.suppliers[0].id, created_at=NOW
    )


@pytest.mark.parametrize("tie", [own_shop, of_team, of_supplier])
def test_dealings_of_ones_own_are_no_signals(world: World, tie: Any) -> None:
    tie(world)
    every = [saw(world, kind=kind) for kind in (SignalKind.VIEW, SignalKind.DWELL, SignalKind.CART)]
    assert note_signals(None, every, now=NOW) == []
    pay(place(world, mug=2))
    settle()
    assert not rows(buyer_of(world))
    # The same person's dealings with others are.
    assert len(note_signals(None, [saw(world, "soap")], now=NOW)) == 1


def test_a_shop_whose_people_are_the_suppliers_does_not_pick_for_others(world: World) -> None:
    helper = person("helper@example.org")
    Membership.objects.create(
        person=helper, role="creator", part="content", subject_id=world.shops[0].id, created_at=NOW
    )
    Membership.objects.create(person=helper, role="supplier", subject_id=world.suppliers[0].id, created_at=NOW)
    for name in ("mug", "tea"):
        keep_signal(Happened("pick.made", world.picks[name].id, NOW), NOW)
    assert [r[3] for r in rows()] == [goods(world, "tea")]


def test_who_lives_with_the_seller_or_is_one_with_another_buyer_does_not_count(world: World) -> None:
    home = {"region": "ZJ", "city": "Hangzhou", "postcode": "", "created_at": NOW, "recipient": "x"}
    Membership.objects.create(
        person_id=world.shops[0].owner_id, role="creator", subject_id=world.shops[0].id, created_at=NOW
    )
    theirs = Address.objects.create(person_id=world.shops[0].owner_id, phone="13800000001", street="1 Lake Rd", **home)
    pay(place(world, mug=1))
    settle()
    assert not rows()
    theirs.delete()
    first, second = person("first@example.org"), person("second@example.org")
    for number, each in enumerate((first, second)):
        lives = Address.objects.create(person=each, phone="13900000009", street="7 Hill Rd", **home)
        world.buyer, world.buyer_address = Actor(each.id), lives.id
        pay(place(world, f"key-1000000{number}", mug=1))
    settle()
    assert [r[0] for r in rows()] == [first.id]


def test_erased_or_closed_is_not_written_of(world: World) -> None:
    Person.objects.filter(id=buyer_of(world)).update(erased_at=NOW, email=None, name="")
    world.shops[0].open = False
    world.shops[0].save()
    decline = Noted(world.shops[0].id, SignalKind.DECLINE, PRODUCT, goods(world, "soap"), NOW)
    assert note_signals(None, [saw(world), decline], now=NOW) == []
    assert not rows()


def test_what_is_old_goes_and_what_holds_stays(world: World) -> None:
    note_signals(None, [saw(world), saw(world, at=NOW + 2 * DAY)], now=NOW)
    note_signals(None, [Noted(buyer_of(world), SignalKind.FOLLOW, SHOP, world.shops[1].id, NOW)], now=NOW)
    later = NOW + timedelta(days=RETENTION_DAYS + 1)
    assert sweep_signals(now=later) == 1
    assert sweep_signals(now=later) == 0
    assert kinds(buyer_of(world)) == {"view": 1, "follow": 1}
    assert note_signals(None, [saw(world)], now=later) == []


def test_a_taste_is_strongest_first_dislikes_too_and_fades(world: World) -> None:
    shop = world.shops[0].id
    note_signals(
        None,
        [
            Noted(shop, SignalKind.SAMPLE, PRODUCT, goods(world, "mug"), NOW),
            Noted(shop, SignalKind.DECLINE, PRODUCT, goods(world, "tea"), NOW),
            Noted(shop, SignalKind.PICK, PRODUCT, goods(world, "soap"), NOW - DAY, 3),
        ],
        now=NOW,
    )
    taste = {row.thing_id: row.weight for row in taste_of(shop, now=NOW + timedelta(days=HALF_LIFE_DAYS))}
    assert taste == {goods(world, "soap"): 16.0, goods(world, "tea"): -4.0, goods(world, "mug"): 2.0}
    assert [row.weight for row in taste_of(shop, now=NOW, limit=2)] == [16.0, -8.0]


def test_looking_around_pushes_no_follow_out_of_a_taste(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal_queries, "TASTE_ROWS_MAX", 2)
    subject, shop = buyer_of(world), world.shops[1].id
    note_signals(None, [Noted(subject, SignalKind.FOLLOW, SHOP, shop, NOW)], now=NOW)
    note_signals(None, [saw(world, name, at=NOW + DAY) for name in ("mug", "tea", "soap")], now=NOW + DAY)
    taste = taste_of(subject, now=NOW + DAY)
    assert (taste[0].thing_id, taste[0].weight) == (shop, KIND_WEIGHTS[SignalKind.FOLLOW]) and len(taste) == 3


@given(st.sampled_from(SignalKind), st.integers(1, 10**6), st.integers(0, 500), st.integers(0, 500))
def test_more_is_stronger_later_is_weaker_and_the_sign_stays(kind: SignalKind, amount: int, a: int, b: int) -> None:
    sign = 1 if KIND_WEIGHTS[kind] > 0 else -1
    assert sign * strength(kind, amount + 1) >= sign * strength(kind, amount) > 0
    young, old = sorted((a, b))
    at = (NOW - timedelta(days=young), NOW - timedelta(days=old))
    assert sign * weight(kind, amount, at[0], NOW) >= sign * weight(kind, amount, at[1], NOW) > 0


def test_what_is_known_comes_newest_first_by_pages_in_words(world: World) -> None:
    days = [NOW + n * DAY for n in range(5)]
    for day in days:
        note_signals(None, [saw(world, at=day)], now=day)
    first = list_known(world.buyer, buyer_of(world), limit=3)
    rest = list_known(world.buyer, buyer_of(world), after=first.next_cursor, limit=3)
    assert [row.at for row in [*first.items, *rest.items]] == days[::-1] and rest.next_cursor is None
    assert (first.items[0].title, first.items[0].shop_handle, first.items[0].pick_id) == (
        "mug",
        "lin",
        world.picks["mug"].id,
    )
    assert list_known(world.buyer, buyer_of(world), kinds=[SignalKind.ORDER]).items == []
    assert count_known(world.buyer, buyer_of(world)) == {SignalKind.VIEW: 5}
