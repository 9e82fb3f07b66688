"""Two at once: one thread stands with its rows locked and nothing committed, while the other wants the same."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from renmai.kit.ids import new_id
from renmai.kit.pauses import pausing
from renmai.kit.problems import DomainError
from renmai.money.settlement.actions import settle_due
from renmai.money.splits.models import Split
from renmai.trade.care.actions import sweep_cases
from renmai.trade.care.models import Case, CaseEntry
from renmai.trade.care.rules import CaseNotNow, CaseNotOpen
from renmai.trade.orders.models import Order, Refund
from renmai.trade.refunds.actions import refund_order
from renmai.trade.reports.queries import list_violations
from tests.trade.care_desk import DAY, RECEIVED, Sides, asked, line_of, ordered
from tests.trade.world import World, make_world

AT = RECEIVED + DAY


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def outcome(work: Callable[[], Any]) -> Any:
    """What a thread of its own comes to: an answer or a refusal."""
    try:
        return work()
    except DomainError as refusal:
        return refusal
    finally:
        connection.close()


def raced(point: str, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """Run `first` up to `point`, start `second`, see that it waits, let `first` go on; return what both came to."""
    with ThreadPoolExecutor(2) as threads, pausing(point) as pause:
        one = threads.submit(outcome, first)
        pause.wait()
        two = threads.submit(outcome, second)
        waits(two)
        pause.go()
        return one.result(20), two.result(20)


def waits(running: Future[Any]) -> None:
    """See that somebody waits for a lock, and that it is this one."""
    for _ in range(400):
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            )
            if cursor.fetchone() == (1,):
                break
    assert not running.done()


def sound() -> None:
    with connection.cursor() as cursor:
        assert list_violations(cursor) == []


def with_supplier(world: World) -> tuple[Order, Sides, Case]:
    order, sides = ordered(world, mug=2), Sides(world)
    case = asked(world, order)
    return order, sides, sides.answer("creator", case, "pass_on")


def test_of_two_answers_at_once_one_counts(world: World) -> None:
    _, sides, case = with_supplier(world)
    approved, refused = raced(
        "case.written",
        lambda: sides.answer("supplier", case, "approve"),
        lambda: sides.answer("supplier", case, "refuse"),
    )
    assert approved.state == "refunded"
    assert isinstance(refused, CaseNotNow) and refused.params == {"state": "refunded"}
    assert Refund.objects.count() == 1
    sound()


def test_the_same_answer_twice_at_once_is_one_refund_and_both_are_told(world: World) -> None:
    _, sides, case = with_supplier(world)
    one, two = raced(
        "case.written",
        lambda: sides.answer("supplier", case, "approve"),
        lambda: sides.answer("supplier", case, "approve"),
    )
    assert one.refund_id == two.refund_id == Refund.objects.get().id
    assert CaseEntry.objects.filter(event="approve").count() == 1
    sound()


def test_a_buyer_who_cancels_while_the_supplier_approves_comes_too_late(world: World) -> None:
    _, sides, case = with_supplier(world)
    approved, cancelled = raced(
        "case.written", lambda: sides.answer("supplier", case, "approve"), lambda: sides.answer("buyer", case, "cancel")
    )
    assert approved.state == "refunded" and isinstance(cancelled, CaseNotNow)
    sound()


def test_a_supplier_who_approves_while_the_buyer_cancels_pays_nothing(world: World) -> None:
    order, sides, case = with_supplier(world)
    cancelled, approved = raced(
        "case.written", lambda: sides.answer("buyer", case, "cancel"), lambda: sides.answer("supplier", case, "approve")
    )
    assert cancelled.state == "cancelled"
    assert isinstance(approved, CaseNotNow) and approved.params == {"state": "cancelled"}
    assert (Refund.objects.count(), Split.objects.get(subject_id=order.id).holds) == (0, 0)
    sound()


def whole_line(world: World, order: Order) -> Callable[[], Any]:
    lines = {line_of(world, order, "mug").id: 12_000}
    return lambda: refund_order(
        actor=world.operator, now=AT, order_id=order.id, key=new_id().hex, reason="x", lines=lines
    )


def test_a_refund_while_a_case_is_answered_finds_nothing_left(world: World) -> None:
    order, sides, case = with_supplier(world)
    answered, refunded = raced(
        "case.written", lambda: sides.answer("supplier", case, "approve"), whole_line(world, order)
    )
    assert answered.state == "refunded"
    assert isinstance(refunded, DomainError) and not isinstance(refunded, CaseNotNow)
    assert Order.objects.get(id=order.id).refunded_minor == 12_800
    sound()


def test_a_case_answered_while_its_line_is_refunded_is_closed_without_a_second_refund(world: World) -> None:
    order, sides, case = with_supplier(world)
    refunded, answered = raced(
        "refund.written", whole_line(world, order), lambda: sides.answer("supplier", case, "approve")
    )
    assert refunded.amount_minor == 12_000
    assert isinstance(answered, CaseNotNow) and answered.params == {"state": "closed"}
    assert Case.objects.get(id=case.id).state == "closed"
    assert Order.objects.get(id=order.id).refunded_minor == 12_000
    sound()


def test_a_part_refunded_while_a_case_is_answered_leaves_the_rest_to_it(world: World) -> None:
    order, sides, case = with_supplier(world)
    part = {line_of(world, order, "mug").id: 5000}
    refunded, answered = raced(
        "refund.written",
        lambda: refund_order(actor=world.operator, now=AT, order_id=order.id, key="part-of-it", reason="x", lines=part),
        lambda: sides.answer("supplier", case, "approve"),
    )
    assert (refunded.amount_minor, answered.state) == (5000, "refunded")
    assert Refund.objects.get(id=answered.refund_id).amount_minor == 7000 + 800
    sound()


def test_of_two_cases_opened_at_once_for_a_line_one_is_refused(world: World) -> None:
    order = ordered(world, mug=2)
    one, two = raced("case.opened", lambda: asked(world, order), lambda: asked(world, order))
    assert one.number == 1 and isinstance(two, CaseNotOpen)
    assert (Case.objects.count(), Split.objects.get(subject_id=order.id).holds) == (1, 1)
    sound()


def test_the_same_key_at_once_opens_one_case(world: World) -> None:
    order = ordered(world, mug=2)
    one, two = raced(
        "case.opened", lambda: asked(world, order, key="once-only"), lambda: asked(world, order, key="once-only")
    )
    assert one.id == two.id and Case.objects.count() == 1
    sound()


def test_settlement_passes_by_an_order_whose_case_is_being_opened(world: World) -> None:
    order = ordered(world, mug=2)
    due = RECEIVED + 7 * DAY
    with ThreadPoolExecutor(1) as threads, pausing("case.opened") as pause:
        opening = threads.submit(outcome, lambda: asked(world, order, now=due))
        pause.wait()
        assert settle_due(now=due) == 0
        pause.go()
        assert opening.result(20).state == "with_creator"
    assert settle_due(now=due + DAY) == 0
    sound()


def test_two_sweeps_at_once_and_an_answer_move_a_case_once(world: World) -> None:
    _, sides, case = with_supplier(world)
    late = AT + 3 * DAY
    with ThreadPoolExecutor(3) as threads:
        swept = [threads.submit(outcome, lambda: sweep_cases(now=late)) for _ in range(2)]
        answered = threads.submit(outcome, lambda: sides.answer("supplier", case, "refuse", late))
        assert sum(each.result(20) for each in swept) <= 1
        assert isinstance(answered.result(20), CaseNotNow)
    assert (Case.objects.get(id=case.id).state, Refund.objects.count()) == ("refunded", 1)
    sound()
