"""Returns, exceptions and settlement: each counts once, and one bad row holds back no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from renmai.kit.access import ANONYMOUS
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, SignInNeeded
from renmai.money.gateways.actions import send_due_returns, start_payment
from renmai.money.ledger.lane import write_moves
from renmai.money.ledger.rules import Move
from renmai.money.payments.actions import (
    NotDecidable,
    acknowledge,
    claim_returns,
    finish_return,
    postpone_return,
    retry_return,
)
from renmai.money.payments.models import (
    ChargebackState,
    MoneyException,
    Payment,
    PaymentReturn,
    PaymentState,
    ReturnState,
)
from renmai.money.payments.queries import access_exception, list_exceptions, list_payments, list_returns
from renmai.money.payments.rules import CHARGEBACK_STATES, PAYMENT_STATES, RETURN_STATES, Outcome, Said, retry_seconds
from renmai.money.settlement.actions import settle_again, settle_due
from renmai.money.splits.models import Split, SplitPart
from renmai.trade.captures.actions import accept_short, pay_checkout, sweep_expired, take_message
from renmai.trade.orders.models import Order
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.money.desk import LATER, about_return, balances, capture, digest, place, told
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def paid(world: World, **goods: int) -> Payment:
    receipt = place(world, **goods)
    payment = pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id)
    assert capture(payment) is Outcome.PAID
    return payment


def returning(world: World) -> PaymentReturn:
    """A mug (68.00), paid and refunded whole."""
    paid(world, mug=1)
    refund_lane.submit(Ask(Order.objects.get().id, "refund-0001", b"x" * 32, "no", world.buyer, NOW))
    return PaymentReturn.objects.get()


def claim(minutes: float = 0, gateways: tuple[str, ...] = ("sandbox",)) -> int:
    return len(claim_returns(gateways=gateways, now=NOW + timedelta(minutes=minutes), limit=9))


def test_state_tables_name_only_states_there_are() -> None:
    assert {s for s, _ in CHARGEBACK_STATES} | set(CHARGEBACK_STATES.values()) == set(ChargebackState.values)
    assert {s for s, _ in RETURN_STATES} | set(RETURN_STATES.values()) == set(ReturnState.values)
    assert {s for s, _ in PAYMENT_STATES} | set(PAYMENT_STATES.values()) == set(PaymentState.values)
    assert [retry_seconds(n) for n in (0, 1, 2, 9)] == [30, 30, 120, 21_600]


@pytest.mark.parametrize("state", ReturnState.values)
@pytest.mark.parametrize("event", ["send", "finish", "fail"])
def test_every_event_in_every_state_of_a_return(world: World, state: str, event: str) -> None:
    row = returning(world)
    if state not in {"due", "overtaken"}:
        assert claim() == 1
    if state == "overtaken":
        take_message(told(Said.CHARGEBACK_LOST, row.payment.provider_ref, 6800))
    if state in {"done", "failed"}:
        finish_return(about_return(row, Said.RETURN_DONE if state == "done" else Said.RETURN_FAILED))
    if event == "send":
        claim(60)
    else:
        finish_return(about_return(row, Said.RETURN_DONE if event == "finish" else Said.RETURN_FAILED))
    row.refresh_from_db()
    assert row.state == RETURN_STATES.get((state, event), state)
    gone = row.state in {"done", "overtaken"}
    assert balances() == ({} if gone else {"gateway:sandbox": -6800, "return_due": 6800})


def test_a_return_that_fails_is_shown_until_it_succeeds(world: World) -> None:
    row = returning(world)
    claim()
    failed = about_return(row, Said.RETURN_FAILED)
    assert [finish_return(failed), finish_return(failed)] == [Outcome.NOTED, Outcome.REPEATED]
    shown = MoneyException.objects.get(kind="return_failed")
    assert (shown.subject_id, shown.difference_minor, shown.closed_at) == (row.id, 6800, None)
    assert [claim(0.4), claim(0.5)] == [0, 1]
    assert finish_return(about_return(row, Said.RETURN_DONE, at=LATER)) is Outcome.NOTED
    shown.refresh_from_db()
    row.refresh_from_db()
    assert (shown.decision, shown.closed_at) == ("returned", LATER)
    assert (row.done_at, row.retry_at, row.error, row.attempts) == (LATER, None, "", 2)
    assert balances() == {}


def test_an_operator_has_a_return_tried_now(world: World) -> None:
    row = returning(world)
    claim()
    finish_return(about_return(row, Said.RETURN_FAILED))
    shown = MoneyException.objects.get()
    assert claim(0.1) == 0
    before = digest()
    for who, refusal in ((ANONYMOUS, SignInNeeded), (world.buyer, Forbidden)):
        with pytest.raises(refusal):
            retry_return(actor=who, now=NOW, exception_id=shown.id)
    with pytest.raises(NotDecidable):
        acknowledge(actor=world.operator, now=NOW, exception_id=shown.id, note="never mind")
    assert digest() == before
    retry_return(actor=world.operator, now=NOW, exception_id=shown.id)
    assert claim(0.1) == 1


def test_a_provider_out_of_reach_is_shown_from_the_third_time_on(world: World) -> None:
    row = returning(world)
    for attempt in (1, 2, 3):
        assert claim(attempt * 30) == 1
        assert MoneyException.objects.count() == 0
        postpone_return(return_id=row.id, error="no answer", now=NOW + timedelta(minutes=attempt * 30))
    assert MoneyException.objects.get().kind == "return_failed"


def test_a_message_about_another_amount_or_no_return_moves_nothing(world: World) -> None:
    row = returning(world)
    claim()
    for ref, amount in ((row.id.hex, 6799), (new_id().hex, 6800), ("nonsense", 6800)):
        assert finish_return(told(Said.RETURN_DONE, ref, amount)) is Outcome.UNKNOWN
    assert balances()["return_due"] == 6800
    assert MoneyException.objects.filter(kind="unknown").count() == 3


def test_unknown_gateways_are_left_to_whoever_made_them(world: World) -> None:
    row = returning(world)
    Payment.objects.update(gateway="elsewhere")
    assert send_due_returns(now=LATER) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("due", 0)


def test_what_the_platform_covered_returns_to_the_platform(world: World) -> None:
    receipt = place(world, mug=1)
    capture(pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id), 5000)
    sweep_expired(now=NOW + timedelta(minutes=31))
    accept_short(actor=world.operator, now=LATER, exception_id=MoneyException.objects.get().id)
    refund_lane.submit(Ask(Order.objects.get().id, "refund-0001", b"x" * 32, "no", world.buyer, LATER))
    legs = {row.payment.gateway: row.amount_minor for row in PaymentReturn.objects.select_related("payment")}
    assert legs == {"sandbox": 5000, "house": 1800}
    (house,) = [row for row in claim_returns(gateways=["house"], now=LATER, limit=9)]
    PaymentReturn.objects.filter(id=house.id).update(retry_at=LATER)
    PaymentReturn.objects.exclude(id=house.id).update(retry_at=LATER + timedelta(days=1))
    assert send_due_returns(now=LATER) == 1
    assert balances() == {"gateway:sandbox": -5000, "return_due": 5000}


def test_a_payment_can_be_started_for_any_subject(world: World) -> None:
    subject = new_id()
    payment = start_payment(
        subject_id=subject, amount_minor=5, currency="CNY", method="card", title="x", back_url="http://h/", now=NOW
    )
    assert list_payments(subject) == [payment] and payment.state == "started"


def test_exceptions_are_for_operators(world: World) -> None:
    capture(paid(world, soap=1), 1)
    row = returning_exception(world)
    assert [each.id for each in list_exceptions(world.operator)] == [row.id]
    assert list_exceptions(world.operator, kind="short") == [] == list_exceptions(world.operator, before_id=row.id)
    assert access_exception(world.operator, row.id).id == row.id
    done = acknowledge(actor=world.operator, now=LATER, exception_id=row.id, note="asked the provider")
    assert acknowledge(actor=world.operator, now=LATER, exception_id=row.id, note="again").note == done.note
    assert list_exceptions(world.operator) == [] and len(list_exceptions(world.operator, still_open=False)) == 1
    for who, refusal in ((ANONYMOUS, SignInNeeded), (world.creator(0), Forbidden)):
        with pytest.raises(refusal):
            list_exceptions(who)
        with pytest.raises(refusal):
            access_exception(who, row.id)
    assert list_returns([new_id()]) == []


def returning_exception(world: World) -> MoneyException:
    finish_return(told(Said.RETURN_DONE, "nobody", 5))
    return MoneyException.objects.get()


# --- settlement


def due(world: World, *, goods: str) -> Split:
    """A paid order whose split is due."""
    payment = paid(world, **{goods: 1})
    order = Order.objects.get(checkout_id=payment.subject_id)
    Order.objects.filter(id=order.id).update(state="received")
    Split.objects.filter(subject_id=order.id).update(settle_at=NOW)
    return Split.objects.get(subject_id=order.id)


def test_settlement_goes_on_around_a_row_that_cannot_be_settled(world: World) -> None:
    bad, good = due(world, goods="soap"), due(world, goods="mug")
    part = SplitPart.objects.filter(subject_id=bad.subject_id, amount_minor__gt=0).order_by("id")[0]
    with connection.cursor() as cursor:
        move = Move("a", "b", 1, "CNY", "settle", new_id(), f"settle:{part.id}", NOW)
        write_moves(cursor, [move])
    assert settle_due(now=NOW) == 1
    assert settle_due(now=NOW) == 0
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (good.settled_at, bad.settled_at, bad.holds) == (NOW, None, 1)
    row = MoneyException.objects.get(kind="stuck")
    assert row.subject_id == bad.subject_id
    with connection.cursor() as cursor:
        cursor.execute("delete from money_transfer where debit = 'a'")
    with pytest.raises(Forbidden):
        settle_again(actor=world.creator(0), now=NOW, exception_id=row.id)
    settle_again(actor=world.operator, now=NOW, exception_id=row.id)
    settle_again(actor=world.operator, now=NOW, exception_id=row.id)
    assert settle_due(now=NOW) == 1
    assert balances().get("escrow", 0) == 0
    assert set(Order.objects.values_list("state", flat=True)) == {"settled"}
