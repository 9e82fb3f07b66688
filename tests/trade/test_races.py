"""What happens at once: expiry and capture, capture twice, cancel and capture, refunds, refund and settlement; and, with one
thread stopped at a named point, the last unit, the last use of a coupon, a drop, a refund, a payout."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from renmai.goods.products.models import Stock
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.kit.lane import Lane
from renmai.kit.pauses import pausing
from renmai.kit.problems import DomainError
from renmai.money.ledger.queries import balance_of, balances_of, roll_up
from renmai.money.ledger.rules import creator_account
from renmai.money.payments.models import GatewayEvent, Payment, PaymentReturn
from renmai.money.payments.rules import Message, Outcome, Said
from renmai.money.payouts.actions import request_payout
from renmai.money.payouts.models import Payout
from renmai.money.settlement.actions import settle_due
from renmai.trade.captures.actions import cancel_checkout, sweep_expired
from renmai.trade.captures.lane import capture_lane
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.models import Checkout
from renmai.trade.checkout.rules import Place, Receipt, Wanted
from renmai.trade.orders.models import Order, OrderLine, Parcel, Refund
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from renmai.trade.promotions.drop_actions import join_waitlist
from renmai.trade.promotions.models import CouponUse
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.money.desk import earn
from tests.trade.promoting import buyers, coupon, drop, wanted
from tests.trade.racers import Racers, flat, racing, violations
from tests.trade.threads import together
from tests.trade.world import NOW, World, make_world

COUNT = 16
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


@pytest.fixture(scope="module")
def racers(django_db_setup: None, django_db_blocker: Any) -> Iterator[Racers]:
    with django_db_blocker.unblock(), racing(3) as started:
        yield started


@pytest.fixture
def world(house: None) -> World:
    return make_world(stock=100)


def place(world: World, count: int, **quantities: int) -> list[Receipt]:
    lines = tuple(Wanted(world.picks[name].id, world.skus[name].id, n) for name, n in quantities.items())
    assert world.buyer.person_id
    digest = input_hash(sorted(quantities.items()))
    places = [
        Place(world.buyer.person_id, f"key-{n:08d}", digest, lines, "card", NOW, address_id=world.buyer_address)
        for n in range(count)
    ]
    receipts = [outcome for outcome in checkout_lane.run(places) if isinstance(outcome, Receipt)]
    assert len(receipts) == count
    return receipts


def payment(receipt: Receipt) -> str:
    """Start a payment; return the provider's reference."""
    return Payment.objects.create(
        subject_id=receipt.checkout_id, gateway="sandbox", method="card", provider_ref=str(new_id()),
        amount_minor=receipt.total_minor, currency="CNY", created_at=NOW,
    ).provider_ref  # fmt: skip


def captured(ref: str, receipt: Receipt, *, event: str = "", minutes: float = 1) -> list[Any]:
    """A racer's task."""
    return ["capture", ref, event or ref, receipt.total_minor, minutes]


def paid(world: World, **quantities: int) -> Order:
    """An order that is paid."""
    (receipt,) = place(world, 1, **quantities)
    ref, at = payment(receipt), NOW + timedelta(minutes=1)
    message = Message("sandbox", ref, Said.CAPTURED, ref, receipt.total_minor, "CNY", at, at)
    assert capture_lane.submit(message) is Outcome.PAID
    return Order.objects.get(checkout_id=receipt.checkout_id)


def stock(world: World, name: str) -> tuple[int, int]:
    row = Stock.objects.get(sku=world.skus[name])
    return row.held, row.sold


def test_a_checkout_is_paid_or_expired_and_late_money_goes_back(world: World, racers: Racers) -> None:
    receipts = place(world, COUNT, mug=1, soap=1)
    payments = [(payment(receipt), receipt) for receipt in receipts]
    captures = [[captured(ref, receipt, minutes=31)] for ref, receipt in payments]
    answers = racers.race(captures, [[["expire", 31]]], [[["expire", 31]]])
    outcomes = [thread[0][0] for thread in answers[0]]
    assert set(outcomes) <= {"paid", "late"}
    for outcome, (ref, receipt) in zip(outcomes, payments, strict=True):
        state = "paid" if outcome == "paid" else "expired"
        assert Checkout.objects.get(id=receipt.checkout_id).state == state
        assert set(Order.objects.filter(checkout_id=receipt.checkout_id).values_list("state", flat=True)) == {state}
        returns = list(PaymentReturn.objects.filter(payment__provider_ref=ref).values_list("reason", "amount_minor"))
        assert returns == ([] if outcome == "paid" else [("late", receipt.total_minor)])
    swept = sum(thread[0][1] for process in answers[1:] for thread in process)
    assert swept == outcomes.count("late")
    assert stock(world, "mug") == stock(world, "soap") == (0, outcomes.count("paid"))
    assert violations() == []


def test_the_same_webhook_at_once_counts_once(world: World, racers: Racers) -> None:
    payments = [(payment(receipt), receipt) for receipt in place(world, COUNT, mug=1)]
    plan = [[captured(ref, receipt)] for ref, receipt in payments]
    answers = racers.race(plan, plan[::-1], plan + plan)
    assert Counter(answer[0] for answer in flat(answers)) == {"paid": COUNT, "repeated": 3 * COUNT}
    assert GatewayEvent.objects.count() == COUNT and Parcel.objects.count() == COUNT
    assert stock(world, "mug") == (0, COUNT) and violations() == []


def test_two_events_for_one_payment_count_once(world: World, racers: Racers) -> None:
    payments = [(payment(receipt), receipt) for receipt in place(world, COUNT, mug=1)]
    plans = [[[captured(ref, receipt, event=f"{n}-{ref}")] for ref, receipt in payments] for n in range(3)]
    assert Counter(answer[0] for answer in flat(racers.race(*plans))) == {"paid": COUNT, "repeated": 2 * COUNT}
    assert PaymentReturn.objects.count() == 0 and stock(world, "mug") == (0, COUNT) and violations() == []


def test_two_payments_for_one_checkout_pay_once_and_one_goes_back(world: World, racers: Racers) -> None:
    receipts = place(world, COUNT, mug=1)
    plans = [[[captured(payment(receipt), receipt)] for receipt in receipts] for _ in range(2)]
    assert Counter(answer[0] for answer in flat(racers.race(*plans))) == {"paid": COUNT, "second_payment": COUNT}
    assert list(PaymentReturn.objects.values_list("reason", "amount_minor").distinct()) == [
        ("second_payment", receipts[0].total_minor)
    ]
    assert PaymentReturn.objects.count() == COUNT and violations() == []


def test_an_unknown_payment_is_noted_once(world: World, racers: Racers) -> None:
    plan = [[["capture", f"nobody-{n}", f"event-{n}", 100, 1]] for n in range(4)]
    answers = flat(racers.race(plan, plan, plan))
    assert Counter(answer[0] for answer in answers) == {"unknown_payment": 4, "repeated": 8}
    assert GatewayEvent.objects.count() == 4


def test_a_checkout_is_cancelled_or_paid(world: World, racers: Racers) -> None:
    payments = [(payment(receipt), receipt) for receipt in place(world, COUNT, mug=2)]
    cancels = [[["cancel", str(world.buyer.person_id), str(receipt.checkout_id)]] for _, receipt in payments]
    captures = [[captured(ref, receipt)] for ref, receipt in payments]
    won, lost = ([thread[0][0] for thread in process] for process in racers.race(captures, cancels))
    assert {(capture, cancel) for capture, cancel in zip(won, lost, strict=True)} <= {
        ("paid", "order.not_now"),
        ("late", "cancelled"),
    }
    assert Checkout.objects.filter(state="paid").count() == won.count("paid")
    assert Checkout.objects.filter(state="cancelled").count() == won.count("late") == PaymentReturn.objects.count()
    assert stock(world, "mug") == (0, 2 * won.count("paid")) and violations() == []


def test_refunds_at_once_never_give_more_than_was_paid(world: World, racers: Racers) -> None:
    order = paid(world, mug=3, tea=1)
    mug, tea = (OrderLine.objects.get(order=order, sku_id=world.skus[name].id) for name in ("mug", "tea"))
    part = {str(mug.id): mug.paid_minor // 4, str(tea.id): tea.paid_minor // 2}
    plans = [
        [[["refund", str(order.id), f"refund-{p}-{t}", part]] for t in range(3)]
        + [[["refund", str(order.id), f"whole-{p}", None]]]
        for p in range(3)
    ]
    answers = flat(racers.race(*plans))
    given = [answer[2] for answer in answers if answer[0] == "refunded"]
    order.refresh_from_db()
    assert sum(given) == order.refunded_minor == order.total_minor and order.state == "refunded"
    assert len(given) == Refund.objects.count() and len(given) <= 3
    assert PaymentReturn.objects.aggregate(all=Sum("amount_minor"))["all"] == order.total_minor
    assert stock(world, "mug")[0] == 0 and violations() == []


def test_the_same_refund_at_once_is_given_once(world: World, racers: Racers) -> None:
    order = paid(world, mug=3)
    line = OrderLine.objects.get(order=order, sku_id=world.skus["mug"].id)
    plan = [[["refund", str(order.id), "refund-0001", {str(line.id): 100}]] for _ in range(4)]
    answers = flat(racers.race(plan, plan, plan))
    assert {tuple(answer) for answer in answers} == {("refunded", str(Refund.objects.get().id), 100)}
    assert violations() == []


def test_a_refund_and_settlement_at_once_conserve_money(world: World, racers: Racers) -> None:
    order = paid(world, mug=2, tea=1)
    for parcel in Parcel.objects.filter(order=order):
        supplier = next(n for n, each in enumerate(world.suppliers) if each.id == parcel.supplier_id)
        parcel_lane.submit(Act("hand_over", parcel.id, world.supplier(supplier), NOW + timedelta(days=1), "SF", "T1"))
        parcel_lane.submit(Act("deliver", parcel.id, SYSTEM, NOW + timedelta(days=2)))
        parcel_lane.submit(Act("receive", parcel.id, world.buyer, NOW + timedelta(days=3)))
    line = OrderLine.objects.get(order=order, sku_id=world.skus["mug"].id)
    refunds = [[["refund", str(order.id), f"refund-{n:04d}", {str(line.id): 777}]] for n in range(6)]
    answers = racers.race(refunds, [[["settle", 30]]], [[["settle", 30]]])
    order.refresh_from_db()
    assert sum(thread[0][1] for process in answers[1:] for thread in process) in (0, 1)  # a busy row is passed over
    assert [thread[0][0] for thread in answers[0]] == ["refunded"] * 6 and order.refunded_minor == 6 * 777
    racers.race([[["settle", 30]]])
    order.refresh_from_db()
    assert order.state == "settled" and violations() == []
    roll_up()
    assert balances_of(["escrow"])["escrow"] == 0 and violations() == []


# --- one stands at a named point with its rows locked and nothing committed, while another wants the same


def raced(point: str, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """Run `first` up to `point`, start `second`, see that it waits for a lock, let `first` go on; return both outcomes."""
    with pausing(point) as pause:
        one = together(first)
        pause.wait()
        two = together(second)
        for _ in range(400):
            with connection.cursor() as cursor:
                cursor.execute(WAITING)
                if cursor.fetchone() == (1,):
                    break
            time.sleep(0.01)
        else:
            raise AssertionError("nobody waits")
        pause.go()
        return one(), two()


def alone(lane: Lane[Any, Any], intent: Any) -> Callable[[], Any]:
    """What runs one intent on a connection of its own: its outcome, or the code of its refusal."""

    def run() -> Any:
        (outcome,) = lane.run([intent])
        return outcome.code if isinstance(outcome, DomainError) else outcome

    return run


def told(do: Callable[[], Any]) -> Callable[[], Any]:
    """What answers with a code where it is refused."""

    def run() -> Any:
        try:
            return do()
        except DomainError as refusal:
            return refusal.code

    return run


def wants(world: World, key: str, *lines: Wanted, coupons: tuple[str, ...] = (), buyer: Any = None) -> Place:
    person_id, address = (world.buyer.person_id, world.buyer_address) if buyer is None else buyer
    return Place(person_id, key, input_hash(key), lines, "card", NOW, address_id=address, coupons=coupons)


def other_buyer() -> Any:
    ((actor, address),) = buyers(1)
    return actor.person_id, address.id


def test_of_two_who_want_the_last_unit_the_second_waits_and_reads_that_it_is_gone(house: None) -> None:
    world = make_world(stock=1)
    first, second = (wants(world, f"key-{n:08d}", wanted(world, "mug")) for n in range(2))
    receipt, refused = raced("checkout.written", alone(checkout_lane, first), alone(checkout_lane, second))
    assert isinstance(receipt, Receipt) and refused == "checkout.refused"
    assert stock(world, "mug") == (1, 0) and Order.objects.count() == 1 and violations() == []


def test_when_the_first_is_lost_the_one_who_waited_has_the_last_unit(house: None) -> None:
    world = make_world(stock=1)
    first, second = (wants(world, f"key-{n:08d}", wanted(world, "mug")) for n in range(2))
    reached, go = Event(), Event()

    def lost() -> None:
        if not reached.is_set():
            reached.set()
            go.wait(20)
            raise RuntimeError("the process is gone")

    with pausing("checkout.written", lost):
        one = together(lambda: checkout_lane.run([first]))
        assert reached.wait(20)
        two = together(lambda: checkout_lane.run([second]))
        go.set()
        assert isinstance(one()[0], RuntimeError) and isinstance(two()[0], Receipt)
    assert stock(world, "mug") == (1, 0) and Order.objects.count() == 1 and violations() == []


def test_the_same_key_twice_at_once_is_one_order(world: World) -> None:
    intent = wants(world, "key-00000001", wanted(world, "mug"))
    first, second = raced("checkout.written", alone(checkout_lane, intent), alone(checkout_lane, intent))
    assert (first.checkout_id, first.repeated, second.repeated) == (second.checkout_id, False, True)
    assert Order.objects.count() == 1 and stock(world, "mug") == (1, 0) and violations() == []


def test_the_last_use_of_a_coupon_is_had_once(world: World) -> None:
    made, other = coupon(world, total_max=1), other_buyer()
    first = wants(world, "key-00000001", wanted(world, "mug"), coupons=("SPRING",))
    second = wants(world, "key-00000002", wanted(world, "tea"), coupons=("SPRING",), buyer=other)
    receipt, refused = raced("checkout.written", alone(checkout_lane, first), alone(checkout_lane, second))
    made.refresh_from_db()
    assert receipt.total_minor == 6300 and refused == "checkout.coupons"
    assert (made.used, CouponUse.objects.count(), Order.objects.count()) == (1, 1, 1) and violations() == []


def test_a_coupon_that_is_freed_while_another_waits_for_it_is_had(world: World) -> None:
    made, other = coupon(world, total_max=1), other_buyer()
    receipt = alone(checkout_lane, wants(world, "key-00000001", wanted(world, "mug"), coupons=("SPRING",)))()
    second = wants(world, "key-00000002", wanted(world, "mug"), coupons=("SPRING",), buyer=other)
    with transaction.atomic():
        cancel_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id)
        waiting = together(alone(checkout_lane, second))
    assert waiting().total_minor == 6300
    made.refresh_from_db()
    assert (made.used, CouponUse.objects.filter(released_at=None).count()) == (1, 1) and violations() == []


def test_the_last_unit_of_a_drop_is_held_once_and_the_next_may_wait_in_line(world: World) -> None:
    made, other = drop(world, quantity=1, policy="hold"), other_buyer()
    first = wants(world, "key-00000001", wanted(world, "mug", of=made))
    second = wants(world, "key-00000002", wanted(world, "mug", of=made), buyer=other)
    receipt, refused = raced("checkout.written", alone(checkout_lane, first), alone(checkout_lane, second))
    assert isinstance(receipt, Receipt) and refused == "checkout.refused"
    made.refresh_from_db()
    assert (made.taken, made.offered) == (1, 0) and violations() == []
    assert join_waitlist(actor=Actor(other[0]), now=NOW, drop_id=made.id).quantity == 1


def test_of_two_who_pay_for_the_last_unit_of_a_drop_the_seconds_money_goes_back(world: World) -> None:
    made, other = drop(world, quantity=1, policy="first_paid"), other_buyer()
    receipts = [
        alone(checkout_lane, wants(world, f"key-{n:08d}", wanted(world, "mug", of=made), buyer=who))()
        for n, who in enumerate((None, other))
    ]
    messages = [_captured(payment(receipt), receipt) for receipt in receipts]
    assert raced("capture.written", alone(capture_lane, messages[0]), alone(capture_lane, messages[1])) == (
        Outcome.PAID, Outcome.SOLD_OUT,
    )  # fmt: skip
    back = PaymentReturn.objects.get()
    assert back.amount_minor == receipts[1].total_minor and back.payment.subject_id == receipts[1].checkout_id
    assert stock(world, "mug") == (0, 1) and violations() == []


def _captured(ref: str, receipt: Receipt) -> Message:
    at = NOW + timedelta(minutes=1)
    return Message("sandbox", ref, Said.CAPTURED, ref, receipt.total_minor, "CNY", at, at)


def test_a_checkout_that_is_being_paid_does_not_expire(world: World) -> None:
    (receipt,) = place(world, 1, mug=1)
    with pausing("capture.read") as pause:
        paying = together(alone(capture_lane, _captured(payment(receipt), receipt)))
        pause.wait()
        assert sweep_expired(now=NOW + timedelta(hours=1)) == 0
        pause.go()
        assert paying() is Outcome.PAID
    assert sweep_expired(now=NOW + timedelta(hours=1)) == 0
    assert stock(world, "mug") == (0, 1) and violations() == []


def _refund(order: Order, key: str, lines: dict[Any, int] | None = None) -> Ask:
    return Ask(order.id, key, input_hash(key), "race", SYSTEM, NOW + timedelta(days=1), lines)


def test_of_two_refunds_of_everything_one_is_given(world: World) -> None:
    order = paid(world, mug=2)
    asks = [_refund(order, f"refund-{n:04d}") for n in range(2)]
    given, refused = raced("refund.written", alone(refund_lane, asks[0]), alone(refund_lane, asks[1]))
    assert (given.amount_minor, refused) == (12_800, "order.not_now")
    assert PaymentReturn.objects.get().amount_minor == 12_800 and stock(world, "mug") == (0, 0) and violations() == []


def test_a_part_refunded_while_the_whole_is_asked_for_leaves_the_rest_to_it(world: World) -> None:
    order = paid(world, mug=2)
    line = OrderLine.objects.get(order=order, kind="goods")
    part, whole = _refund(order, "refund-0001", {line.id: 5000}), _refund(order, "refund-0002")
    first, second = raced("refund.read", alone(refund_lane, part), alone(refund_lane, whole))
    assert (first.amount_minor, second.amount_minor) == (5000, 7800)
    order.refresh_from_db()
    assert (order.state, order.refunded_minor) == ("refunded", 12_800) and violations() == []


def test_settlement_passes_by_an_order_that_is_being_refunded_and_settles_what_is_left(world: World) -> None:
    order = paid(world, mug=2)
    for parcel in Parcel.objects.filter(order=order):
        parcel_lane.submit(Act("hand_over", parcel.id, world.supplier(0), NOW + timedelta(days=1), "SF", "T1"))
        parcel_lane.submit(Act("receive", parcel.id, world.buyer, NOW + timedelta(days=3)))
    line, creator = OrderLine.objects.get(order=order, kind="goods"), creator_account(world.shops[0].id)
    with pausing("refund.written") as pause:
        refunding = together(alone(refund_lane, _refund(order, "refund-0001", {line.id: 6000})))
        pause.wait()
        assert settle_due(now=NOW + timedelta(days=30)) == 0
        pause.go()
        assert refunding().amount_minor == 6000
    assert settle_due(now=NOW + timedelta(days=30)) == 1
    assert balances_of([creator, "escrow"]) == {creator: 3200, "escrow": 0} and violations() == []


def _ask_payout(world: World, amount: int, key: str) -> Callable[[], Any]:
    payee = creator_account(world.shops[0].id)
    return told(
        lambda: request_payout(actor=world.creator(0), now=NOW, payee=payee, amount_minor=amount, key=key).amount_minor
    )


@pytest.mark.parametrize("point", ["payout.read", "payout.written"])
def test_of_two_payouts_of_one_balance_the_second_waits_and_is_short(world: World, point: str) -> None:
    payee = creator_account(world.shops[0].id)
    earn(payee, 10_000)
    one, two = (_ask_payout(world, 6000, f"payout-{n:04d}") for n in range(2))
    assert raced(point, one, two) == (6000, "payout.short")
    assert (Payout.objects.count(), balance_of(payee), balance_of("payout_due")) == (1, 4000, 6000)


def test_the_same_payout_asked_for_twice_at_once_is_one(world: World) -> None:
    payee = creator_account(world.shops[0].id)
    earn(payee, 10_000)
    ask = _ask_payout(world, 6000, "payout-0001")
    assert raced("payout.written", ask, ask) == (6000, 6000)
    assert (Payout.objects.count(), balance_of(payee)) == (1, 4000)


def test_a_claw_back_while_a_payout_is_asked_for_is_owed_afterwards(world: World) -> None:
    order = paid(world, mug=2)
    for parcel in Parcel.objects.filter(order=order):
        parcel_lane.submit(Act("hand_over", parcel.id, world.supplier(0), NOW + timedelta(days=1), "SF", "T1"))
        parcel_lane.submit(Act("receive", parcel.id, world.buyer, NOW + timedelta(days=3)))
    assert settle_due(now=NOW + timedelta(days=30)) == 1
    payee = creator_account(world.shops[0].id)
    with pausing("payout.written") as pause:
        asking = together(_ask_payout(world, 6400, "payout-0001"))
        pause.wait()
        assert alone(refund_lane, _refund(order, "refund-0001"))().amount_minor == 12_800
        pause.go()
        assert asking() == 6400
    assert (balance_of(payee), balance_of("payout_due")) == (-6400, 6400) and violations() == []
    assert _ask_payout(world, 1000, "payout-0002")() == "payout.short"
