"""Whatever sides, operators and time do with cases in whatever order: the books hold, and the bearer alone pays."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from renmai.kit.ids import new_id
from renmai.kit.lane import stop_lanes
from renmai.kit.problems import DomainError
from renmai.money.ledger.models import Transfer
from renmai.money.settlement.actions import settle_due
from renmai.money.splits.models import Split, SplitPart
from renmai.trade.care.actions import answer_case, open_case, sweep_cases
from renmai.trade.care.models import Case
from renmai.trade.care.rules import BEARERS, CASE_ENDS, EVENT_SIDES, KINDS_OF_REASON, REMEDIES, events_of, remedy_of
from renmai.trade.orders.models import Order, OrderLine, RefundPart
from renmai.trade.refunds.actions import refund_order
from renmai.trade.reports.queries import list_violations
from tests.money.desk import balances
from tests.trade.care_desk import RECEIVED, Sides, needed, ordered
from tests.trade.world import World, make_world

GOODS = ({"mug": 2, "tea": 1}, {"mug": 1}, {"tea": 3})
ANSWERS = [event for event, sides in EVENT_SIDES.items() if sides != ("house",)]
number = st.integers(0, 10_000)


class Care(RuleBasedStateMachine):
    """Three orders with two suppliers; numbers choose what happens to what."""

    world: World
    now: datetime

    @initialize(kinds=st.lists(st.sampled_from(REMEDIES), min_size=4, max_size=4), settled=st.booleans())
    def begin(self, kinds: list[str], settled: bool) -> None:
        """Begin with a case for every line but one, of sales settled or not."""
        call_command("flush", verbosity=0, interactive=False)
        self.world, self.now = make_world(stock=12), RECEIVED
        for at, goods in enumerate(GOODS):
            ordered(self.world, received=at != 1, **goods)
        if settled:
            self.now += timedelta(days=20)
            settle_due(now=self.now)
        for which, kind in enumerate(kinds):
            self.open(which, "damaged", kind, 0)

    def sides(self, case: Case) -> Sides:
        suppliers = [supplier.id for supplier in self.world.suppliers]
        return Sides(self.world, suppliers.index(case.supplier_id))

    @rule(which=number, reason=st.sampled_from(sorted(KINDS_OF_REASON)), kind=st.sampled_from(REMEDIES), amount=number)
    def open(self, which: int, reason: str, kind: str, amount: int) -> None:
        lines = list(OrderLine.objects.filter(kind="goods").order_by("id"))
        line = lines[which % len(lines)]
        with suppress(DomainError):
            open_case(
                actor=self.world.buyer, now=self.now, key=new_id().hex, order_id=line.order_id, line_id=line.id,
                kind=kind, reason=reason, quantity=1 + which % line.quantity, amount_minor=amount or None, words="so",
            )  # fmt: skip

    @rule(which=number, steps=st.lists(number, min_size=1, max_size=6), amount=number, bearer=st.sampled_from(BEARERS))
    def go_on(self, which: int, steps: list[int], amount: int, bearer: str) -> None:
        """A case goes on by answers that the table allows; giving up and adding words come last and seldom."""
        cases = list(Case.objects.filter(closed_at=None).order_by("id"))
        if cases:
            case = cases[which % len(cases)]
            for step in steps:
                case.refresh_from_db()
                events = events_of(case.state, remedy_of(case.kind, case.agreed_minor))
                people = [event for event in events if event in ANSWERS and event != "cancel"]
                if people:
                    self.answer(case, people[step % len(people)], amount, bearer)

    @rule(which=number, event=st.sampled_from(ANSWERS), amount=number, bearer=st.sampled_from(BEARERS))
    def say_anything(self, which: int, event: str, amount: int, bearer: str) -> None:
        cases = list(Case.objects.order_by("id"))
        if cases:
            self.answer(cases[which % len(cases)], event, amount, bearer)

    def answer(self, case: Case, event: str, amount: int, bearer: str) -> None:
        side = EVENT_SIDES[event][amount % len(EVENT_SIDES[event])]
        given = needed(event)
        given |= {"amount_minor": amount} if "amount_minor" in given else {}
        given |= {"bearer": bearer} if "bearer" in given else {}
        with suppress(DomainError):
            answer_case(actor=self.sides(case).actors[side], now=self.now, case_id=case.id, event=event, **given)

    @rule(hours=st.sampled_from((1, 25, 49, 24 * 8, 24 * 31)))
    def time_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        sweep_cases(now=self.now)

    @rule()
    def settle(self) -> None:
        settle_due(now=self.now)

    @rule(which=number, amount=number, side=st.sampled_from(("creator", "supplier", "platform")))
    def refund(self, which: int, amount: int, side: str) -> None:
        lines = list(OrderLine.objects.order_by("id"))
        line = lines[which % len(lines)]
        suppliers = [supplier.id for supplier in self.world.suppliers]
        assert line.supplier_id is not None
        actor = Sides(self.world, suppliers.index(line.supplier_id)).actors[side]
        wanted = {line.id: amount if amount % 3 else line.paid_minor - line.refunded_minor}
        with suppress(DomainError):
            refund_order(actor=actor, now=self.now, order_id=line.order_id, key=new_id().hex, reason="x", lines=wanted)

    @invariant()
    def the_books_hold(self) -> None:
        if not hasattr(self, "world"):
            return
        with connection.cursor() as cursor:
            assert list_violations(cursor) == []
        for order in Order.objects.all():
            split = Split.objects.get(subject_id=order.id)
            open_cases = Case.objects.filter(order_id=order.id, closed_at=None).count()
            assert split.settled_at is not None or split.holds == open_cases
        assert not Case.objects.filter(state__in=CASE_ENDS, closed_at=None).exists()

    @invariant()
    def everyone_has_what_the_sale_and_its_refunds_leave_them(self) -> None:
        """Work each account out anew: settled parts, plus what was made good, less what was borne."""
        if not hasattr(self, "world"):
            return
        settled = set(Split.objects.exclude(settled_at=None).values_list("subject_id", flat=True))
        parts = {part.id: part for part in SplitPart.objects.all()}
        due: dict[str, int] = {}
        for part in parts.values():
            left = part.amount_minor - part.reversed_minor if part.subject_id in settled else 0
            due[part.payee] = due.get(part.payee, 0) + left
        for taken in RefundPart.objects.exclude(borne_by=""):
            payee = parts[taken.part_id].payee
            due[payee] = due.get(payee, 0) + taken.amount_minor
            due[taken.borne_by] = due.get(taken.borne_by, 0) - taken.amount_minor
        found = balances()
        assert {account: found.get(account, 0) for account in due} == due
        for move in Transfer.objects.filter(kind="bear"):
            assert move.key.split(":")[1] in {
                str(each) for each in RefundPart.objects.values_list("refund_id", flat=True)
            }


@pytest.mark.usefixtures("house")
def test_any_history_of_cases_leaves_the_books_sound() -> None:
    try:
        run_state_machine_as_test(
            Care,
            settings=settings(
                max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
    finally:
        stop_lanes()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("house")
def test_a_long_history_reaches_every_corner(seed: int) -> None:
    """The same rules by a seeded walk, long enough that cases go all their ways; any seed walks the same way again."""
    chance, care = Random(seed), Care()
    care.begin([chance.choice(REMEDIES) for _ in range(4)], seed % 2 == 1)
    reasons = sorted(KINDS_OF_REASON)
    for _ in range(60):
        which, amount, bearer = chance.randrange(10_000), chance.randrange(6_000), chance.choice(BEARERS)
        match chance.randrange(10):
            case 0 | 1:
                care.open(which, chance.choice(reasons), chance.choice(REMEDIES), amount * (which % 2))
            case 2:
                care.say_anything(which, chance.choice(ANSWERS), amount, bearer)
            case 3:
                care.time_goes_by(chance.choice((1, 25, 24 * 8)))
                care.sweep()
                care.settle()
            case 4 if which % 4 == 0:
                care.refund(which, amount // 10, chance.choice(("creator", "supplier", "platform")))
            case _:
                care.go_on(which, [chance.randrange(10_000) for _ in range(3)], amount, bearer)
        care.the_books_hold()
        care.everyone_has_what_the_sale_and_its_refunds_leave_them()
    assert Case.objects.filter(state="refunded").exists() and Transfer.objects.filter(kind="bear").exists()
