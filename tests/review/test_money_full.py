"""Orders and money at full strength, attacked: keys of the house, what is stuck again, doubled rows of a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from renmai.kit.db import connect
from renmai.kit.ids import new_id
from renmai.money.ledger.lane import write_moves
from renmai.money.ledger.models import Transfer
from renmai.money.ledger.rules import Move
from renmai.money.payments.actions import AlreadyDecided, NotDecidable, acknowledge
from renmai.money.payments.models import Chargeback, MoneyException, Payment
from renmai.money.payments.rules import Outcome, Said
from renmai.money.settlement.actions import settle_again, settle_due
from renmai.money.splits.models import Split, SplitPart
from renmai.trade.captures.actions import pay_checkout, return_all, return_excess, sweep_expired, take_message
from renmai.trade.care.actions import sweep_cases
from renmai.trade.checkout.actions import place_intent
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Receipt, Wanted
from renmai.trade.orders.models import Order, Refund
from renmai.trade.refunds.actions import refund_order
from renmai.trade.refunds.chargebacks import decide_chargeback
from renmai.trade.reports.queries import list_violations
from tests.money.desk import LATER, balances, capture, digest, place
from tests.money.test_chargebacks import about, bought
from tests.money.test_reconciliation import file_of, found, take
from tests.trade.care_desk import DAY, RECEIVED, Sides, asked, line_of, ordered
from tests.trade.world import NOW, World, make_world

MUCH_LATER = RECEIVED + 60 * DAY


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def sound() -> None:
    with connection.cursor() as cursor:
        assert list_violations(cursor) == []


def test_nobody_refunds_under_the_key_of_a_case_and_so_stops_it(world: World) -> None:
    order, sides = ordered(world, mug=1), Sides(world)
    case = asked(world, order)
    for _ in range(2):
        first = refund_order(
            actor=world.supplier(0), now=RECEIVED + DAY, order_id=order.id, key=f"case:{case.id}", reason="a cent",
            lines={line_of(world, order, "mug").id: 1},
        )  # fmt: skip
    assert first.repeated and first.amount_minor == 1
    sides.answer("creator", case, "pass_on")
    assert sweep_cases(now=MUCH_LATER) == 1
    case.refresh_from_db()
    assert case.state == "refunded"
    assert Refund.objects.get(order=order, key=f"case:{case.id}").amount_minor == 5999 + 800
    sound()


def test_nobody_refunds_under_the_key_of_a_chargeback_and_so_stops_its_decision(world: World) -> None:
    payment, order = bought(world, mug=1), Order.objects.get()
    take_message(about(Said.CHARGEBACK, payment, 3000))
    take_message(about(Said.CHARGEBACK_LOST, payment, 3000))
    row = Chargeback.objects.get()
    refund_order(
        actor=world.supplier(0), now=LATER, order_id=order.id, key=f"chargeback-{row.id.hex}", reason="a cent",
        lines={line_of(world, order, "mug").id: 1},
    )  # fmt: skip
    assert decide_chargeback(actor=world.operator, now=LATER, chargeback_id=row.id, bearer="shared").bearer == "shared"
    sound()


def test_what_is_paid_short_again_after_the_first_part_was_charged_back_is_shown_again(world: World) -> None:
    checkout_id = place(world, mug=1).checkout_id
    first = pay_checkout(actor=world.buyer, now=NOW, checkout_id=checkout_id)
    capture(first, 1000)
    second = pay_checkout(actor=world.buyer, now=NOW, checkout_id=checkout_id)
    sweep_expired(now=NOW + 2 * DAY)
    first.refresh_from_db()
    take_message(about(Said.CHARGEBACK, first))
    take_message(about(Said.CHARGEBACK_LOST, first))
    assert MoneyException.objects.get(kind="short").decision == "overtaken"
    capture(second, 500)
    sweep_expired(now=NOW + 3 * DAY)
    short = MoneyException.objects.get(kind="short", closed_at=None)
    assert (short.difference_minor, short.decision) == (-6300, "")
    return_all(actor=world.operator, now=NOW + 3 * DAY, exception_id=short.id)
    assert balances() == {"return_due": 500, "gateway:sandbox": -500}
    sound()


def poison(order: Order) -> str:
    """Have the order's settlement fail: a transfer has the key that one of its own will need."""
    part = SplitPart.objects.filter(subject_id=order.id, amount_minor__gt=0).first()
    assert part is not None
    key = f"settle:{part.id}"
    with connection.cursor() as cursor:
        write_moves(cursor, [Move("a", "b", 1, "CNY", "test", new_id(), key, NOW)])
    return key


def test_a_settlement_that_is_stuck_again_is_shown_again_and_goes_on_in_the_end(world: World) -> None:
    key = poison(ordered(world, mug=1))
    for _ in range(3):
        assert settle_due(now=MUCH_LATER) == 0
        stuck = MoneyException.objects.get(kind="stuck", closed_at=None)
        assert (Split.objects.get().holds, stuck.decision, stuck.closed_by_id) == (1, "", None)
        settle_again(actor=world.operator, now=MUCH_LATER, exception_id=stuck.id)
    Transfer.objects.filter(key=key).delete()
    assert settle_due(now=MUCH_LATER) == 1
    assert not MoneyException.objects.filter(closed_at=None).exists()
    sound()


def test_a_settlement_that_is_stuck_does_not_end_by_a_note(world: World) -> None:
    poison(ordered(world, mug=1))
    assert settle_due(now=MUCH_LATER) == 0
    stuck, before = MoneyException.objects.get(kind="stuck"), digest()
    with pytest.raises(NotDecidable):
        acknowledge(actor=world.operator, now=MUCH_LATER, exception_id=stuck.id, note="seen")
    assert digest() == before


def test_the_fee_of_a_line_that_a_file_has_twice_is_booked_once(world: World) -> None:
    row = ("capture", bought(world, mug=1).provider_ref, 6800, 41)
    assert take(world, file_of(row, row)).fees_minor == 41
    assert found() == [] and balances()["provider_fee"] == -41
    sound()


def test_the_fees_of_lines_that_several_files_have_are_booked_once_each(world: World) -> None:
    row, hour_later = ("capture", bought(world, mug=1).provider_ref, 6800, 41), NOW + timedelta(hours=1)
    take(world, file_of(row))
    take(world, file_of(row, at=hour_later))
    doubled = [("twice", "capture", 6800, 6800, "open")]
    assert found() == doubled and balances()["provider_fee"] == -82
    for number, at in enumerate((NOW, hour_later, NOW)):
        take(world, file_of(row, ("fee", f"paper-{number}", -5, 0), at=at))
    assert found() == doubled and balances()["provider_fee"] == -82 - 15
    sound()


def test_an_excess_is_given_back_while_a_chargeback_ends_and_nobody_waits_in_a_circle(world: World) -> None:
    payment = pay_checkout(actor=world.buyer, now=NOW, checkout_id=place(world, mug=1).checkout_id)
    capture(payment, 7800)
    payment.refresh_from_db()
    take_message(about(Said.CHARGEBACK, payment))
    excess = MoneyException.objects.get(kind="excess")
    ends = partial(take_message, about(Said.CHARGEBACK_LOST, payment))
    decided = partial(return_excess, actor=world.operator, now=LATER, exception_id=excess.id)
    with (
        closing(connect(application_name="test-other")) as other,
        ThreadPoolExecutor(2) as pool,
    ):
        other.execute("select 1 from trade_checkout for update")
        first = pool.submit(ended, ends)
        until_waiting(1)
        second = pool.submit(ended, decided)
        until_waiting(2)
        other.rollback()
        assert first.result(20) is Outcome.NOTED
        with pytest.raises(AlreadyDecided):
            second.result(20)
    excess.refresh_from_db()
    assert (excess.decision, balances().get("unapplied", 0)) == ("overtaken", 0)
    sound()


def ended(what: Callable[[], object]) -> object:
    """Do it in a thread that leaves no connection behind."""
    try:
        return what()
    finally:
        connection.close()


def until_waiting(many: int) -> None:
    """Wait until so many wait for a lock."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            )
            if cursor.fetchone()[0] >= many:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def lose(world: World, payment: Payment, amount_minor: int) -> None:
    """The bank takes money back for good, and the platform bears it."""
    take_message(about(Said.CHARGEBACK, payment, amount_minor))
    take_message(about(Said.CHARGEBACK_LOST, payment, amount_minor))
    row = Chargeback.objects.get()
    decide_chargeback(actor=world.operator, now=RECEIVED + 2 * DAY, chargeback_id=row.id, bearer="platform")


def test_a_case_ends_when_the_bank_gave_everything_back_and_its_order_settles(world: World) -> None:
    order, sides = ordered(world, mug=1), Sides(world)
    case = asked(world, order, kind="return_refund")
    for side, event in (("creator", "pass_on"), ("supplier", "approve"), ("buyer", "send_back")):
        sides.answer(side, case, event)
    lose(world, Payment.objects.get(), 6800)
    assert sweep_cases(now=MUCH_LATER) == 1
    case.refresh_from_db()
    assert (case.state, case.refund_id) == ("closed", None)
    assert settle_due(now=MUCH_LATER + 60 * DAY) == 1
    assert balances()["platform"] == 300 - 6800
    sound()


@pytest.mark.parametrize(("taken", "back"), [(6000, 6800), (12_300, 500), (12_700, 100), (100, 12_700)])
def test_a_case_gives_back_what_the_bank_has_left(world: World, taken: int, back: int) -> None:
    order, sides = ordered(world, mug=2), Sides(world)
    case = asked(world, order)
    lose(world, Payment.objects.get(), taken)
    sides.answer("creator", case, "pass_on")
    assert sweep_cases(now=MUCH_LATER) == 1
    case.refresh_from_db()
    assert case.state == "refunded"
    assert Refund.objects.get().amount_minor == back
    assert Payment.objects.get().returned_minor == 12_800
    sound()


def test_a_key_that_comes_twice_in_one_batch_gets_its_orders_once(house: None) -> None:
    world = make_world()
    basket = Wanted(world.picks["mug"].id, world.skus["mug"].id, 1)
    intent = place_intent(
        actor=world.buyer,
        now=NOW,
        key="twice-in-a-batch",
        lines=[basket],
        method="card",
        address_id=world.buyer_address,
    )
    first = checkout_lane.submit(intent)
    again = checkout_lane.run([intent, intent])
    assert [receipt.orders for receipt in again if isinstance(receipt, Receipt)] == [first.orders, first.orders]
