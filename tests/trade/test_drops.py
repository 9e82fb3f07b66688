"""Drops: own stock, own price, so many a buyer; held on placing with a line behind, or for the first who pays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.pauses import pausing
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.money.payments.models import Payment, PaymentReturn
from renmai.money.payments.rules import Outcome
from renmai.money.splits.models import SplitDiscount, SplitPart
from renmai.places.shops.models import Pick
from renmai.trade.captures.actions import cancel_checkout, sweep_expired
from renmai.trade.checkout.models import Checkout
from renmai.trade.checkout.rules import CheckoutRefused, Receipt
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.promotions.drop_actions import end_drop, join_waitlist, leave_waitlist, sweep_drops
from renmai.trade.promotions.drop_rules import BadDrop, DropOver, DropPriceRefused, DropTooLarge, NoLine
from renmai.trade.promotions.models import Drop, DropWaiter
from renmai.trade.promotions.queries import access_drop, list_drops, live_drops
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.money.desk import balances, digest
from tests.trade.promoting import buyers, drop, pay, place, stock, wanted
from tests.trade.racers import Racers, flat, racing, violations
from tests.trade.threads import together
from tests.trade.world import NOW, World, make_world

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def racers(django_db_setup: None, django_db_blocker: Any) -> Iterator[Racers]:
    with django_db_blocker.unblock(), racing(2) as started:
        yield started


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def fault(world: World, *lines: Any, **more: Any) -> tuple[str, int | None]:
    """Place, expect one line to be refused and nothing to change; say why and what is left."""
    before = digest()
    with pytest.raises(CheckoutRefused) as refusal:
        place(world, *lines, **more)
    assert digest() == before
    (row,) = refusal.value.params["lines"]
    return row["code"], row.get("left")


def units(made: Drop) -> tuple[int, int]:
    made.refresh_from_db()
    return made.taken, made.offered


# --- made and ended


def test_a_drop_sets_its_own_stock_aside(world: World) -> None:
    made = drop(world, quantity=30)
    assert stock(world, "mug") == (0, 0, 30)
    assert fault(world, wanted(world, "mug", 71)) == ("sold_out", 70)
    place(world, wanted(world, "mug", 70))
    assert fault(world, wanted(world, "mug")) == ("sold_out", 0)
    assert place(world, wanted(world, "mug", of=made)).total_minor == 5500 + 800
    assert stock(world, "mug") == (71, 0, 29) and units(made) == (1, 0) and violations() == []
    with pytest.raises(DropTooLarge) as refusal:
        drop(world, quantity=1)
    assert refusal.value.params["left"] == 0 and Drop.objects.count() == 1


def test_only_its_creator_and_operators_make_and_end_a_drop(world: World) -> None:
    before = digest()
    for actor, error in ((ANONYMOUS, SignInNeeded), (world.creator(1), NotFound), (world.supplier(0), NotFound)):
        with pytest.raises(error):
            drop(world, actor=actor)
    assert digest() == before
    assert (
        drop(world, actor=world.operator, key="key-00000001").id
        == drop(world, actor=world.operator, key="key-00000001").id
    )
    end_drop(actor=world.operator, now=NOW, drop_id=Drop.objects.get().id)
    made = drop(world)
    for actor, error in ((ANONYMOUS, SignInNeeded), (world.creator(1), NotFound), (world.buyer, NotFound)):
        with pytest.raises(error):
            end_drop(actor=actor, now=NOW, drop_id=made.id)
    ended = end_drop(actor=world.operator, now=NOW, drop_id=made.id)
    assert ended.over_at == NOW == end_drop(actor=world.creator(0), now=NOW + MINUTE, drop_id=made.id).over_at
    assert stock(world, "mug") == (0, 0, 0) and violations() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"quantity": 0},
        {"per_buyer_max": 0},
        {"policy": "lottery"},
        {"hold_minutes": 0},
        {"hold_minutes": 121},
        {"ends_at": NOW},
        {"starts_at": NOW + timedelta(days=2)},
        {"ends_at": NOW + timedelta(days=31)},
        {"starts_at": NOW + timedelta(days=91), "ends_at": NOW + timedelta(days=92)},
        {"title": "x" * 81},
    ],
)
def test_impossible_drops_are_refused(world: World, fields: dict[str, Any]) -> None:
    with pytest.raises(BadDrop):
        drop(world, **fields)
    assert not Drop.objects.exists() and stock(world, "mug") == (0, 0, 0)


def test_the_price_stays_within_the_band_and_leaves_nobody_with_less_than_nothing(world: World) -> None:
    for name, price, why in (
        ("mug", 2999, "below_floor"),
        ("mug", 7501, "above_cap"),
        ("tea", 8801, "above_list"),
        ("tea", 7999, "below_floor"),
    ):
        with pytest.raises(DropPriceRefused) as refusal:
            drop(world, name, price_minor=price)
        assert refusal.value.params["fault"] == why
    Pick.objects.filter(id=world.picks["tea"].id).update(commission_bps=500)
    with pytest.raises(DropPriceRefused) as refusal:
        drop(world, "tea", price_minor=8359)
    assert refusal.value.params["fault"] == "below_cost"
    drop(world, "tea", price_minor=8360)


def test_on_commission_the_creator_pays_for_what_it_costs_less(world: World) -> None:
    made = drop(world, "tea", price_minor=8300, per_buyer_max=2)
    receipt = place(world, wanted(world, "tea", 2, of=made, seen=8300))
    assert receipt.total_minor == 16600
    line = OrderLine.objects.get()
    assert (line.unit_price_minor, line.discount_minor, line.paid_minor, line.drop_id) == (8800, 1000, 16600, made.id)
    discount = SplitDiscount.objects.get()
    assert (discount.funder, discount.cause_id, discount.amount_minor) == (
        f"creator:{world.shops[0].id}", made.id, 1000,
    )  # fmt: skip
    parts = {p.rule: p.amount_minor for p in SplitPart.objects.all()}
    assert parts == {"fee": 830, "supply": 13250, "creator": 2520} and violations() == []


# --- who may have a unit


def test_a_drop_is_had_only_while_it_is_on_and_so_many_a_buyer(world: World) -> None:
    soon = drop(world, starts_at=NOW + MINUTE, per_buyer_max=2, quantity=5)
    line = wanted(world, "mug", of=soon)
    assert fault(world, line) == ("drop_not_yet", 0)
    later = NOW + MINUTE
    assert fault(world, wanted(world, "mug", of=soon, seen=6000), at=later) == ("price_changed", None)
    place(world, line, at=later)
    assert fault(world, wanted(world, "mug", 2, of=soon), at=later) == ("drop_limit", 1)
    second = place(world, line, at=later)
    assert fault(world, line, at=later) == ("drop_limit", 0)
    cancel_checkout(actor=world.buyer, now=later, checkout_id=second.checkout_id)
    place(world, line, at=later)
    assert fault(world, line, at=soon.ends_at) == ("drop_over", 0)
    assert fault(world, wanted(world, "tea", of=soon)) == ("not_sold", None)
    assert units(soon) == (2, 0) and violations() == []


def test_placing_holds_for_minutes_and_what_comes_back_is_free_again(world: World) -> None:
    made = drop(world, quantity=1, hold_minutes=3)
    receipt = place(world, wanted(world, "mug", of=made), wanted(world, "tea"), method="transfer")
    assert receipt.expires_at == NOW + 3 * MINUTE
    assert stock(world, "mug") == (1, 0, 0) and units(made) == (1, 0)
    (other, _), *_ = buyers(1)
    assert fault(world, wanted(world, "mug", of=made), buyer=other) == ("sold_out", 0)
    assert sweep_expired(now=NOW + 3 * MINUTE) == 1
    assert stock(world, "mug") == (0, 0, 1) and units(made) == (0, 0) and violations() == []
    paid = place(world, wanted(world, "mug", of=made), buyer=other, at=NOW + 4 * MINUTE)
    assert pay(paid, at=NOW + 5 * MINUTE) is Outcome.PAID
    assert stock(world, "mug") == (0, 1, 0) and units(made) == (1, 0) and violations() == []


def test_time_ends_a_drop_and_the_rest_goes_to_everybody(world: World) -> None:
    made = drop(world, quantity=5, hold_minutes=60, per_buyer_max=5)
    held = place(world, wanted(world, "mug", 2, of=made), at=made.ends_at - MINUTE)
    assert sweep_drops(now=made.ends_at - MINUTE) == 0
    assert sweep_drops(now=made.ends_at) == 1 == Event.objects.filter(kind="drop.over").count()
    assert stock(world, "mug") == (2, 0, 0) and violations() == []
    assert sweep_drops(now=made.ends_at) == 0
    cancel_checkout(actor=world.buyer, now=made.ends_at, checkout_id=held.checkout_id)
    assert stock(world, "mug") == (0, 0, 0) and units(made) == (0, 0) and violations() == []


def test_refunded_units_go_to_everybody_and_the_drop_stays_exact(world: World) -> None:
    made = drop(world)
    pay(place(world, wanted(world, "mug", of=made)))
    refund_lane.submit(Ask(Order.objects.get().id, "refund-0001", b"x" * 32, "changed", world.buyer, NOW))
    assert stock(world, "mug") == (0, 0, 2) and units(made) == (1, 0) and violations() == []


# --- the line


def wait(actor: Actor, made: Drop, *, at: datetime = NOW, quantity: int = 1) -> DropWaiter:
    return join_waitlist(actor=actor, now=at, drop_id=made.id, quantity=quantity)


def test_the_first_in_line_is_offered_what_comes_back_and_nobody_overtakes(world: World) -> None:
    made = drop(world, quantity=1)
    (first, _), (second, _), (third, _) = buyers(3)
    with pytest.raises(NoLine, match="some are left"):
        wait(first, made)
    receipt = place(world, wanted(world, "mug", of=made))
    assert wait(first, made).id == wait(first, made).id
    wait(second, made)
    cancel_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id)
    assert units(made) == (0, 1) and stock(world, "mug") == (0, 0, 1)
    line = wanted(world, "mug", of=made)
    assert fault(world, line, buyer=third) == ("sold_out", 0) == fault(world, line, buyer=second)
    view = access_drop(first, made.id, now=NOW)
    assert (view.state, view.free, view.place, view.offered) == ("sold_out", 0, 1, 1)
    assert view.offered_until == NOW + 10 * MINUTE
    assert access_drop(second, made.id, now=NOW).place == 2
    place(world, line, buyer=first, at=NOW + 9 * MINUTE)
    assert units(made) == (1, 0) and violations() == []
    ended = DropWaiter.objects.get(buyer_id=first.person_id)
    assert (ended.ended_how, ended.ended_at) == ("taken", NOW + 9 * MINUTE)


def test_an_offer_nobody_takes_goes_to_the_next(world: World) -> None:
    made = drop(world, quantity=1)
    (first, _), (second, _) = buyers(2)
    receipt = place(world, wanted(world, "mug", of=made))
    wait(first, made)
    wait(second, made)
    cancel_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id)
    late = NOW + 10 * MINUTE
    assert sweep_drops(now=late - MINUTE) == 0
    assert fault(world, wanted(world, "mug", of=made), buyer=first, at=late) == ("sold_out", 0)
    assert sweep_drops(now=late) == 1
    assert units(made) == (0, 1) and access_drop(second, made.id, now=late).offered == 1
    leave_waitlist(actor=second, now=late, drop_id=made.id)
    assert units(made) == (0, 0) and violations() == []
    assert Counter(DropWaiter.objects.values_list("ended_how", flat=True)) == {"lapsed": 1, "left": 1}
    assert place(world, wanted(world, "mug", of=made), at=late).total_minor == 6300
    kinds = Counter(Event.objects.filter(subject_id=made.id).values_list("kind", flat=True))
    assert kinds == {
        "drop.created": 1, "drop.joined": 2, "drop.offered": 2, "drop.offer_lapsed": 1, "drop.left": 1,
    }  # fmt: skip


def test_who_wants_more_than_came_back_is_offered_what_there_is(world: World) -> None:
    made = drop(world, quantity=2, per_buyer_max=2)
    (first, _), (second, _) = buyers(2)
    one, _other = (place(world, wanted(world, "mug", of=made)) for _ in range(2))
    wait(first, made, quantity=2)
    wait(second, made)
    cancel_checkout(actor=world.buyer, now=NOW, checkout_id=one.checkout_id)
    assert access_drop(first, made.id, now=NOW).offered == 1 and units(made) == (1, 1)
    assert fault(world, wanted(world, "mug", 2, of=made), buyer=first) == ("sold_out", 1)
    place(world, wanted(world, "mug", of=made), buyer=first)
    assert units(made) == (2, 0) and access_drop(second, made.id, now=NOW).place == 1 and violations() == []


def test_there_is_no_line_where_nothing_could_come_back(world: World) -> None:
    made = drop(world, quantity=1)
    (first, _), *_ = buyers(1)
    place(world, wanted(world, "mug", of=made))
    with pytest.raises(NoLine, match="no more"):
        wait(world.buyer, made)
    with pytest.raises(NoLine, match="no more"):
        wait(first, made, quantity=2)
    with pytest.raises(DropOver):
        wait(first, made, at=made.ends_at)
    with pytest.raises(SignInNeeded):
        wait(ANONYMOUS, made)
    with pytest.raises(NoLine, match="first who pays"):
        wait(first, drop(world, "soap", price_minor=2500, policy="first_paid"))
    wait(first, made)
    end_drop(actor=world.creator(0), now=NOW, drop_id=made.id)
    assert DropWaiter.objects.get().ended_how == "over" and violations() == []


# --- for the first who pays


def test_the_first_who_pays_has_it_and_the_others_money_goes_back_by_itself(world: World) -> None:
    made = drop(world, quantity=1, policy="first_paid")
    people = [world.buyer, *(actor for actor, _ in buyers(2))]
    receipts = [place(world, wanted(world, "mug", of=made), buyer=buyer) for buyer in people]
    assert stock(world, "mug") == (0, 0, 1) and units(made) == (0, 0) and violations() == []
    assert not Checkout.objects.filter(holds_stock=True).exists()
    assert [pay(receipts[n]) for n in (1, 0, 2)] == [Outcome.PAID, Outcome.SOLD_OUT, Outcome.SOLD_OUT]
    assert stock(world, "mug") == (0, 1, 0) and units(made) == (1, 0) and violations() == []
    states = {c.buyer_id: c.state for c in Checkout.objects.all()}
    assert [states[b.person_id] for b in people] == ["expired", "paid", "expired"]  # type: ignore[index]
    assert Counter(Order.objects.values_list("state", flat=True)) == {"expired": 2, "paid": 1}
    assert list(PaymentReturn.objects.values_list("reason", "amount_minor")) == [("sold_out", 6300)] * 2
    assert balances() == {"gateway:sandbox": -3 * 6300, "escrow": 6300, "return_due": 2 * 6300}
    why = Event.objects.filter(kind="order.expired").values_list("data__why", flat=True)
    assert list(why) == ["sold_out", "sold_out"]
    assert pay(receipts[0]) is Outcome.LATE
    assert fault(world, wanted(world, "mug", of=made), buyer=people[2]) == ("sold_out", 0)


def test_who_pays_too_little_has_not_paid_first(world: World) -> None:
    made = drop(world, quantity=1, policy="first_paid")
    receipt = place(world, wanted(world, "mug", of=made))
    assert pay(receipt, amount_minor=6299) is Outcome.SHORT
    assert balances() == {"gateway:sandbox": -6299, "return_due": 6299} and units(made) == (0, 0)
    assert pay(receipt, amount_minor=6301) is Outcome.EXCESS
    assert units(made) == (1, 0) and stock(world, "mug") == (0, 1, 0) and violations() == []


def test_it_stands_alone_in_its_checkout_holds_nothing_and_counts_open_orders(world: World) -> None:
    made = drop(world, quantity=2, policy="first_paid")
    line = wanted(world, "mug", of=made)
    assert fault(world, line, wanted(world, "tea")) == ("drop_alone", None)
    place(world, line)
    assert fault(world, line) == ("drop_limit", 0)
    assert sweep_expired(now=NOW + 31 * MINUTE) == 1
    assert stock(world, "mug") == (0, 0, 2) and violations() == []
    receipt = place(world, line, at=NOW + 32 * MINUTE)
    end_drop(actor=world.creator(0), now=NOW + 33 * MINUTE, drop_id=made.id)
    assert pay(receipt, at=NOW + 34 * MINUTE) is Outcome.SOLD_OUT
    assert stock(world, "mug") == (0, 0, 0) and violations() == []


# --- at once


def buy(made: Drop, people: list[Any], number: int, quantity: int = 1, key: str = "") -> list[Any]:
    actor, address = people[number]
    line = [str(made.pick_id), str(made.sku_id), quantity, str(made.id)]
    return ["place", str(actor.person_id), str(address.id), key or f"key-{number:08d}", [line]]


def test_a_rush_holds_exactly_what_was_set_aside(world: World, racers: Racers) -> None:
    made = drop(world, quantity=9)
    people = buyers(24)
    plans = [[[buy(made, people, 12 * p + n)] for n in range(12)] for p in range(2)]
    assert Counter(a[0] for a in flat(racers.race(*plans))) == {"placed": 9, "checkout.refused": 15}
    assert stock(world, "mug") == (9, 0, 0) and units(made) == (9, 0) and violations() == []


def test_a_buyers_limit_holds_in_a_rush(world: World, racers: Racers) -> None:
    people = buyers(1)
    for policy in ("hold", "first_paid"):
        made = drop(world, quantity=9, per_buyer_max=2, policy=policy)
        plans = [[[buy(made, people, 0, key=f"{policy}-{p}-{n:06d}")] for n in range(6)] for p in range(2)]
        assert Counter(a[0] for a in flat(racers.race(*plans))) == {"placed": 2, "checkout.refused": 10}
    assert violations() == []


def test_of_all_who_pay_at_once_as_many_get_it_as_there_are_units(world: World, racers: Racers) -> None:
    made = drop(world, quantity=5, policy="first_paid")
    receipts = [place(world, wanted(world, "mug", of=made), buyer=buyer) for buyer, _ in buyers(16)]
    tasks = [[_captured(receipt)] for receipt in receipts]
    answers = Counter(answer[0] for answer in flat(racers.race(tasks[:8], tasks[8:])))
    assert answers == {"paid": 5, "sold_out": 11}
    assert PaymentReturn.objects.filter(reason="sold_out").count() == 11
    assert stock(world, "mug") == (0, 5, 0) and units(made) == (5, 0) and violations() == []


def _captured(receipt: Receipt) -> list[Any]:
    payment = Payment.objects.create(
        subject_id=receipt.checkout_id, gateway="sandbox", method="card", provider_ref=new_id().hex,
        amount_minor=receipt.total_minor, currency="CNY", created_at=NOW,
    )  # fmt: skip
    return ["capture", payment.provider_ref, payment.provider_ref, receipt.total_minor, 1]


def test_placing_expiring_and_the_line_at_once_stay_exact(world: World, racers: Racers) -> None:
    made = drop(world, quantity=4)
    people = buyers(12)
    racers.race([[buy(made, people, n)] for n in range(4)])
    for actor, _ in people[4:8]:
        wait(actor, made)
    rush = [[buy(made, people, n, key=f"more-{n:08d}")] for n in range(4, 12)]
    racers.race([[["expire", 6]], *rush[:4]], [[["expire", 6]], *rush[4:]])
    racers.race([[["expire", 6]]])
    taken, offered = units(made)
    held, sold, aside = stock(world, "mug")
    assert (held + aside, sold, taken) == (4, 0, held) and taken + offered <= 4
    assert violations() == []


def test_a_payment_and_the_end_of_a_drop_at_once(world: World) -> None:
    """The payment stands with the drop locked while its creator ends it: the unit is the payer's."""
    made = drop(world, quantity=2, policy="first_paid")
    receipt = place(world, wanted(world, "mug", of=made))
    with pausing("capture.read") as pause:
        paying = together(lambda: pay(receipt))
        pause.wait()
        ending = together(lambda: end_drop(actor=world.creator(0), now=NOW, drop_id=made.id))
        pause.go()
        assert paying() is Outcome.PAID and ending().taken == 1
    assert stock(world, "mug") == (0, 1, 0) and violations() == []


def test_a_second_payer_waits_for_the_first_and_finds_nothing_left(world: World) -> None:
    made = drop(world, quantity=1, policy="first_paid")
    (other, _), *_ = buyers(1)
    first, second = (place(world, wanted(world, "mug", of=made), buyer=b) for b in (world.buyer, other))
    with pausing("capture.written") as pause:
        one = together(lambda: pay(first))
        pause.wait()
        two = together(lambda: pay(second))
        pause.go()
        assert (one(), two()) == (Outcome.PAID, Outcome.SOLD_OUT)
    assert stock(world, "mug") == (0, 1, 0) and violations() == []


# --- shown


def test_what_is_shown_of_drops(world: World) -> None:
    soon = drop(world, quantity=1, starts_at=NOW + timedelta(hours=1), title="Soon")
    on = drop(world, quantity=1, title="On", title_zh="现在")
    over = drop(world, quantity=1)
    end_drop(actor=world.creator(0), now=NOW, drop_id=over.id)
    assert [(v.drop.id, v.state, v.free) for v in live_drops(world.shops[0].id, now=NOW)] == [
        (on.id, "on", 1), (soon.id, "soon", 1),
    ]  # fmt: skip
    listed = list_drops(world.creator(0), world.shops[0].id, now=NOW)
    assert {(v.drop.id, v.state) for v in listed.items} == {(soon.id, "soon"), (on.id, "on"), (over.id, "over")}
    with pytest.raises(NotFound):
        list_drops(world.creator(1), world.shops[0].id, now=NOW)
    place(world, wanted(world, "mug", of=on))
    assert access_drop(ANONYMOUS, on.id, now=NOW).state == "sold_out"
    assert access_drop(world.buyer, on.id, now=NOW).bought == 1
