"""What happens at once: expiry and capture, capture twice, cancel and capture, refunds, refund and settlement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum

from renmai.goods.products.models import Stock
from renmai.kit.access import SYSTEM
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.money.ledger.queries import balances_of, roll_up
from renmai.money.payments.models import GatewayEvent, Payment, PaymentReturn
from renmai.money.payments.rules import Message, Outcome, Said
from renmai.trade.captures.lane import capture_lane
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.models import Checkout
from renmai.trade.checkout.rules import Place, Receipt, Wanted
from renmai.trade.orders.models import Order, OrderLine, Parcel, Refund
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from tests.trade.racers import Racers, flat, racing, violations
from tests.trade.world import NOW, World, make_world

COUNT = 16


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
