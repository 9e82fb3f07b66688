"""Paying a checkout, providers' messages in every order, and operators' decisions on what does not add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from renmai.goods.products.models import Stock
from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, NotFound, SignInNeeded
from renmai.money.gateways.rules import MethodNotOffered, UnknownGateway
from renmai.money.payments.actions import AlreadyDecided, NotDecidable
from renmai.money.payments.models import GatewayEvent, MoneyException, Payment, PaymentReturn
from renmai.money.payments.rules import Message, Outcome, Said
from renmai.trade.captures.actions import (
    accept_short,
    pay_checkout,
    return_all,
    return_excess,
    sweep_expired,
    take_message,
)
from renmai.trade.captures.lane import capture_lane, pay_lane
from renmai.trade.captures.rules import CheckoutOver, Pay, Started
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.models import Checkout
from renmai.trade.checkout.rules import Receipt, Wanted
from renmai.trade.orders.models import Order, OrderLine, Parcel
from tests.money.desk import LATER, balances, capture, digest, place, told
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def pay(world: World, receipt: Receipt, **more: object) -> Payment:
    return pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id, **more)  # type: ignore[arg-type]


def exception(kind: str) -> MoneyException:
    return MoneyException.objects.get(kind=kind)


def short(world: World) -> tuple[Receipt, Payment, MoneyException]:
    """A mug (68.00) of which 50.00 came in before the window was over."""
    receipt = place(world, mug=1)
    payment = pay(world, receipt)
    assert capture(payment, 5000) is Outcome.PARTIAL
    assert sweep_expired(now=NOW + timedelta(minutes=31)) == 1
    return receipt, payment, exception("short")


# --- starting a payment


def test_paying_asks_for_what_is_missing_and_starts_once(world: World) -> None:
    receipt = place(world, mug=2, soap=1)
    first = pay(world, receipt)
    assert (first.amount_minor, first.currency, first.method) == (12000 + 800 + 3000, "CNY", "card")
    assert first.provider_ref == first.id.hex and first.pay_url.startswith("http")
    assert pay(world, receipt).id == first.id
    assert pay(world, receipt).pay_url == first.pay_url
    assert Payment.objects.count() == 1


def test_a_batch_starts_one_payment_per_checkout_and_refuses_strangers(world: World) -> None:
    mine, also = place(world, mug=1), place(world, tea=1)
    buyer = world.buyer.person_id
    assert buyer is not None
    answers = pay_lane.run(
        [
            Pay(buyer, mine.checkout_id, "key-00000001", NOW),
            Pay(new_id(), mine.checkout_id, "key-00000002", NOW),
            Pay(buyer, also.checkout_id, "key-00000003", NOW),
            Pay(buyer, mine.checkout_id, "key-00000004", NOW),
            Pay(buyer, new_id(), "key-00000005", NOW),
        ]
    )
    started = [answer for answer in answers if isinstance(answer, Started)]
    assert [type(answer) for answer in answers] == [Started, NotFound, Started, Started, NotFound]
    assert started[0] == started[2]
    assert [each.amount_minor for each in started] == [6800, 8800, 6800]
    assert Payment.objects.count() == 2


@pytest.mark.parametrize("who", [ANONYMOUS, Actor(new_id())])
def test_only_the_buyer_pays_and_a_denial_changes_nothing(world: World, who: Actor) -> None:
    receipt = place(world, mug=1)
    before = digest()
    with pytest.raises((SignInNeeded, NotFound)):
        pay_checkout(actor=who, now=NOW, checkout_id=receipt.checkout_id)
    assert digest() == before


def test_a_checkout_that_is_over_cannot_be_paid(world: World) -> None:
    receipt = place(world, mug=1)
    before = digest()
    with pytest.raises(CheckoutOver):
        pay_checkout(actor=world.buyer, now=NOW + timedelta(minutes=30), checkout_id=receipt.checkout_id)
    for gateway, refusal in (("nobody", UnknownGateway), ("house", MethodNotOffered)):
        with pytest.raises(refusal):
            pay(world, receipt, gateway=gateway)
    assert digest() == before


def test_what_costs_nothing_is_paid_at_once(world: World) -> None:
    receipt = place(world, soap=1)
    Checkout.objects.update(total_minor=0)
    OrderLine.objects.update(unit_price_minor=0, paid_minor=0)
    Order.objects.update(total_minor=0, goods_minor=0)
    payment = pay(world, receipt)
    assert (payment.gateway, payment.state, payment.amount_minor, payment.pay_url) == ("none", "captured", 0, "")
    assert Order.objects.get().state == "paid" and Parcel.objects.count() == 1
    assert pay(world, receipt).id == payment.id
    assert balances() == {}


def test_paying_a_paid_checkout_gives_its_payment_and_asks_for_nothing(world: World) -> None:
    receipt = place(world, mug=1)
    first = pay(world, receipt)
    capture(first)
    again = pay_lane.submit(Pay(world.buyer.person_id, receipt.checkout_id, "key-00000009", NOW))  # type: ignore[arg-type]
    assert (again.payment_id, again.state, again.pay_url) == (first.id, "captured", "")


# --- what providers say


def test_the_same_message_three_times_counts_once(world: World) -> None:
    payment = pay(world, place(world, mug=1))
    message = told(Said.CAPTURED, payment.provider_ref, 6800)
    assert [take_message(message) for _ in range(3)] == [Outcome.PAID, Outcome.REPEATED, Outcome.REPEATED]
    assert balances() == {"gateway:sandbox": -6800, "escrow": 6800}
    assert GatewayEvent.objects.count() == 1


def test_another_message_about_a_captured_payment_is_a_repeat(world: World) -> None:
    payment = pay(world, place(world, mug=1))
    assert [capture(payment), capture(payment)] == [Outcome.PAID, Outcome.REPEATED]
    assert balances()["escrow"] == 6800


def test_a_failure_told_after_the_success_changes_nothing(world: World) -> None:
    payment = pay(world, place(world, mug=1))
    failed = told(Said.FAILED, payment.provider_ref, 6800, at=NOW - timedelta(minutes=1))
    assert [capture(payment), take_message(failed), take_message(failed)] == [
        Outcome.PAID, Outcome.NOTED, Outcome.REPEATED,
    ]  # fmt: skip
    payment.refresh_from_db()
    assert payment.state == "captured" and Order.objects.get().state == "paid"


def test_two_pay_pages_for_one_checkout_the_second_payment_goes_back(world: World) -> None:
    receipt = place(world, mug=1)
    first = pay(world, receipt)
    assert take_message(told(Said.FAILED, first.provider_ref, 6800)) is Outcome.NOTED
    second = pay(world, receipt)
    assert second.id != first.id and second.amount_minor == 6800
    assert [capture(second), capture(first)] == [Outcome.PAID, Outcome.SECOND]
    back = PaymentReturn.objects.get()
    assert (back.payment_id, back.amount_minor, back.reason) == (first.id, 6800, "second_payment")
    assert balances() == {"gateway:sandbox": -13600, "escrow": 6800, "return_due": 6800}


def test_a_part_and_then_exactly_the_rest(world: World) -> None:
    receipt = place(world, mug=1, soap=1)
    first = pay(world, receipt)
    assert capture(first, 3000) is Outcome.PARTIAL
    assert balances() == {"gateway:sandbox": -3000, "unapplied": 3000}
    rest = pay(world, receipt)
    assert (rest.id == first.id, rest.amount_minor) == (False, 6800)
    assert capture(rest) is Outcome.PAID
    assert balances() == {"gateway:sandbox": -9800, "escrow": 9800}
    assert set(Order.objects.values_list("state", flat=True)) == {"paid"}


def test_another_currency_and_late_money_go_back_by_themselves(world: World) -> None:
    receipt = place(world, mug=1)
    foreign = pay(world, receipt)
    assert capture(foreign, 6800, currency="USD") is Outcome.WRONG_CURRENCY
    late = pay(world, receipt)
    assert sweep_expired(now=NOW + timedelta(minutes=31)) == 1
    assert capture(late, at=NOW + timedelta(minutes=40)) is Outcome.LATE
    assert sorted(PaymentReturn.objects.values_list("reason", "currency", "amount_minor")) == [
        ("late", "CNY", 6800), ("wrong_currency", "USD", 6800),
    ]  # fmt: skip
    assert Stock.objects.get(sku=world.skus["mug"]).held == 0


def test_money_nobody_asked_for_is_shown_once(world: World) -> None:
    message = told(Said.CAPTURED, "nobody-knows", 500)
    assert [take_message(message), take_message(message)] == [Outcome.UNKNOWN, Outcome.REPEATED]
    assert exception("unknown").difference_minor == 500
    assert balances() == {}


def test_a_chargeback_keeps_the_ledger_equal_to_the_provider(world: World) -> None:
    payment = pay(world, place(world, mug=1))
    capture(payment)
    message = told(Said.CHARGEBACK, payment.provider_ref, 6800, at=LATER)
    assert [take_message(message), take_message(message)] == [Outcome.NOTED, Outcome.REPEATED]
    assert balances() == {"escrow": 6800, "chargeback": -6800}
    assert exception("chargeback").difference_minor == -6800
    payment.refresh_from_db()
    assert payment.state == "disputed"
    assert capture(payment) is Outcome.REPEATED


# --- what operators decide


def test_excess_is_paid_kept_apart_and_given_back_once(world: World) -> None:
    receipt = place(world, mug=1)
    assert capture(pay(world, receipt), 7000) is Outcome.EXCESS
    assert balances() == {"gateway:sandbox": -7000, "escrow": 6800, "unapplied": 200}
    row = exception("excess")
    for _ in range(2):
        decided = return_excess(actor=world.operator, now=LATER, exception_id=row.id)
        assert (decided.decision, decided.closed_by_id) == ("return_excess", world.operator.person_id)
    assert balances() == {"gateway:sandbox": -7000, "escrow": 6800, "return_due": 200}
    assert Checkout.objects.get().received_minor == 6800
    assert Event.objects.filter(kind="exception.decided").count() == 1
    with pytest.raises(NotDecidable):
        return_all(actor=world.operator, now=LATER, exception_id=row.id)


def test_excess_of_a_payment_that_was_charged_back_makes_the_loss_smaller(world: World) -> None:
    payment = pay(world, place(world, mug=1))
    capture(payment, 7000)
    take_message(told(Said.CHARGEBACK, payment.provider_ref, 7000, at=LATER))
    return_excess(actor=world.operator, now=LATER, exception_id=exception("excess").id)
    assert PaymentReturn.objects.count() == 0
    assert balances() == {"escrow": 6800, "chargeback": -6800}


def test_short_return_all_ends_the_checkout_and_frees_its_stock(world: World) -> None:
    receipt, payment, row = short(world)
    assert Stock.objects.get(sku=world.skus["mug"]).held == 1
    return_all(actor=world.operator, now=LATER, exception_id=row.id)
    assert return_all(actor=world.operator, now=LATER, exception_id=row.id).decision == "return_all"
    checkout = Checkout.objects.get(id=receipt.checkout_id)
    assert (checkout.state, checkout.received_minor) == ("cancelled", 0)
    assert Order.objects.get().state == "cancelled"
    assert Stock.objects.get(sku=world.skus["mug"]).held == 0
    assert PaymentReturn.objects.get().payment_id == payment.id
    assert balances() == {"gateway:sandbox": -5000, "return_due": 5000}
    with pytest.raises(AlreadyDecided):
        accept_short(actor=world.operator, now=LATER, exception_id=row.id)


def test_short_accepted_the_platform_pays_the_difference(world: World) -> None:
    _, _, row = short(world)
    accept_short(actor=world.operator, now=LATER, exception_id=row.id)
    accept_short(actor=world.operator, now=LATER, exception_id=row.id)
    assert Order.objects.get().state == "paid"
    assert balances() == {"gateway:sandbox": -5000, "platform": -1800, "escrow": 6800}
    assert sorted(Payment.objects.values_list("gateway", "captured_minor")) == [("house", 1800), ("sandbox", 5000)]


def test_the_rest_that_comes_in_overtakes_the_decision(world: World) -> None:
    receipt, _, row = short(world)
    rest = pay_checkout(actor=world.buyer, now=LATER, checkout_id=receipt.checkout_id)
    assert rest.amount_minor == 1800 and capture(rest) is Outcome.PAID
    before = balances()
    assert return_all(actor=world.operator, now=LATER, exception_id=row.id).decision == "overtaken"
    assert accept_short(actor=world.operator, now=LATER, exception_id=row.id).decision == "overtaken"
    assert balances() == before


@pytest.mark.parametrize("decide", [return_excess, return_all, accept_short])
def test_only_operators_decide(world: World, decide: object) -> None:
    _, _, row = short(world)
    before = digest()
    for who, refusal in ((ANONYMOUS, SignInNeeded), (world.buyer, Forbidden), (world.creator(0), Forbidden)):
        with pytest.raises(refusal):
            decide(actor=who, now=LATER, exception_id=row.id)  # type: ignore[operator]
    with pytest.raises(NotFound):
        decide(actor=world.operator, now=LATER, exception_id=new_id())  # type: ignore[operator]
    assert digest() == before


def test_one_checkout_that_cannot_expire_holds_back_no_other(world: World) -> None:
    bad, good = place(world, mug=1), place(world, soap=2)
    with connection.cursor() as cursor:
        cursor.execute("update goods_stock set held = 0 where sku_id = %s", (world.skus["mug"].id,))
    assert sweep_expired(now=NOW + timedelta(minutes=31)) == 1
    states = dict(Checkout.objects.values_list("id", "state"))
    assert states == {bad.checkout_id: "open", good.checkout_id: "expired"}
    assert exception("stuck").subject_id == bad.checkout_id
    assert sweep_expired(now=NOW + timedelta(minutes=32)) == 0


def test_a_message_is_data_nothing_of_it_is_trusted_beyond_its_payment(world: World) -> None:
    payment = pay(world, place(world, mug=1))
    foreign = replace(told(Said.CAPTURED, payment.provider_ref, 6800), gateway="house")
    assert take_message(foreign) is Outcome.UNKNOWN
    assert Order.objects.get().state == "placed"


def test_a_second_payment_of_nothing_is_noted_and_gives_nothing_back(house: None) -> None:
    world = make_world()
    receipt = place_checkout(
        actor=world.buyer, now=NOW, key="zero-0000001", method="card", address_id=world.buyer_address,
        lines=[Wanted(world.picks["mug"].id, world.skus["mug"].id, 1)],
    )  # fmt: skip
    for amount, outcome in ((receipt.total_minor, Outcome.PAID), (0, Outcome.NOTED)):
        ref = str(new_id())
        Payment.objects.create(
            subject_id=receipt.checkout_id, gateway="sandbox", method="card", provider_ref=ref, amount_minor=amount,
            currency="CNY", created_at=NOW,
        )  # fmt: skip
        assert capture_lane.submit(Message("sandbox", ref, Said.CAPTURED, ref, amount, "CNY", NOW, NOW)) is outcome
    assert PaymentReturn.objects.count() == 0
