"""Whatever happens in whatever order, money is conserved and every account says what it should."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renmai.cli.check import read_violations
from renmai.goods.products.models import Stock
from renmai.kit.access import SYSTEM
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError
from renmai.money.gateways.actions import send_due_returns
from renmai.money.ledger.queries import balances_of, roll_up
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.payments.actions import claim_returns
from renmai.money.payments.models import Chargeback, MoneyException, Payment, PaymentReturn
from renmai.money.payments.rules import CAUGHT, Message, Said
from renmai.money.payouts.actions import approve_payout, claim_payouts, refuse_payout, request_payout
from renmai.money.payouts.debts import write_off
from renmai.money.payouts.models import Payout
from renmai.money.settlement.actions import settle_due
from renmai.money.splits.models import Split, SplitDiscount
from renmai.money.statements.queries import read_statement
from renmai.trade.captures.actions import (
    accept_short,
    pay_checkout,
    return_all,
    return_excess,
    sweep_expired,
    take_message,
)
from renmai.trade.care.actions import answer_case, open_case, sweep_cases
from renmai.trade.care.models import Case
from renmai.trade.care.rules import BEARERS, EVENT_SIDES, events_of, remedy_of
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order, OrderLine, Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from renmai.trade.promotions.models import Coupon
from renmai.trade.refunds.chargebacks import decide_chargeback
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.money.desk import about_payout, about_return, balances, capture, place, told
from tests.trade.care_desk import Sides
from tests.trade.promoting import coupon, wanted
from tests.trade.promoting import place as buy
from tests.trade.world import NOW, World, make_world

Step = tuple[str, int, int]
STEPS = (
    "place", "start", "capture", "capture", "part", "excess", "foreign", "fail", "repeat", "sweep", "decide", "ship",
    "receive", "settle", "refund", "refund_part", "return_done", "return_failed", "charge_back", "charge_back",
    "charge_back_end", "bear", "payout", "payout_end", "care", "care", "exchange", "answer", "answer", "answer", "answer",
    "silence", "forgive", "place_with_coupon",
)  # fmt: skip


class History:
    """One world in which steps happen; numbers choose what they happen to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now: datetime = NOW

    def do(self, step: Step) -> None:
        word, number, amount = step
        self.now += timedelta(minutes=number)
        with suppress(DomainError):
            getattr(self, word)(number, amount)

    def pick(self, rows: Any, number: int) -> Any:
        found = list(rows.order_by("id"))
        return found[-1 - number % len(found)] if found else None

    def place(self, number: int, amount: int) -> None:
        goods = [{"mug": 1}, {"tea": 2, "mug": 1}, {"soap": 1, "mug": 3}][number % 3]
        receipt = place(self.world, at=self.now, **goods)
        pay_checkout(actor=self.world.buyer, now=self.now, checkout_id=receipt.checkout_id)

    def start(self, number: int, amount: int) -> None:
        if checkout := self.pick(Checkout.objects.all(), number):
            pay_checkout(actor=self.world.buyer, now=self.now, checkout_id=checkout.id)

    def _captured(self, number: int, amount_of: Callable[[int], int], currency: str = "CNY") -> None:
        if payment := self.pick(Payment.objects.exclude(gateway="house"), number):
            capture(payment, amount_of(payment.amount_minor), currency=currency, at=self.now)

    def capture(self, number: int, amount: int) -> None:
        self._captured(number, lambda asked: asked)

    def part(self, number: int, amount: int) -> None:
        self._captured(number, lambda asked: max(1, asked * (amount % 99 + 1) // 100))

    def excess(self, number: int, amount: int) -> None:
        self._captured(number, lambda asked: asked + amount)

    def foreign(self, number: int, amount: int) -> None:
        self._captured(number, lambda asked: asked, "USD")

    def fail(self, number: int, amount: int) -> None:
        if payment := self.pick(Payment.objects.all(), number):
            take_message(told(Said.FAILED, payment.provider_ref, payment.amount_minor, at=self.now))

    def repeat(self, number: int, amount: int) -> None:
        if payment := self.pick(Payment.objects.filter(gateway="sandbox"), number):
            message = told(Said.CAPTURED, payment.provider_ref, payment.amount_minor, event=payment.id.hex, at=self.now)
            take_message(message)
            take_message(message)

    def sweep(self, number: int, amount: int) -> None:
        self.now += timedelta(minutes=31 * (number % 2))
        sweep_expired(now=self.now)

    def decide(self, number: int, amount: int) -> None:
        if row := self.pick(MoneyException.objects.filter(kind__in=["short", "excess"]), number):
            decide = return_excess if row.kind == "excess" else (return_all, accept_short)[amount % 2]
            decide(actor=self.world.operator, now=self.now, exception_id=row.id)

    def ship(self, number: int, amount: int) -> None:
        for parcel in Parcel.objects.filter(state="waiting"):
            with suppress(DomainError):
                parcel_lane.submit(Act("hand_over", parcel.id, SYSTEM, self.now, "SF", "1"))

    def receive(self, number: int, amount: int) -> None:
        for parcel in Parcel.objects.filter(state="handed_over"):
            with suppress(DomainError):
                parcel_lane.submit(Act("receive", parcel.id, SYSTEM, self.now))

    def settle(self, number: int, amount: int) -> None:
        self.now += timedelta(days=8 * (number % 2))
        settle_due(now=self.now)

    def refund(self, number: int, amount: int) -> None:
        if order := self.pick(Order.objects.all(), number):
            refund_lane.submit(Ask(order.id, new_id().hex, b"x" * 32, "whole", SYSTEM, self.now))

    def refund_part(self, number: int, amount: int) -> None:
        if order := self.pick(Order.objects.all(), number):
            line = order.lines.order_by("id")[0]
            refund_lane.submit(Ask(order.id, new_id().hex, b"x" * 32, "part", SYSTEM, self.now, {line.id: amount}))

    def return_done(self, number: int, amount: int) -> None:
        send_due_returns(now=self.now) if number == 0 else claim_returns(gateways=["sandbox"], now=self.now, limit=9)
        if row := self.pick(PaymentReturn.objects.filter(payment__gateway="sandbox", currency="CNY"), number):
            take_message(about_return(row, Said.RETURN_DONE, at=self.now))

    def return_failed(self, number: int, amount: int) -> None:
        if row := self.pick(PaymentReturn.objects.filter(payment__gateway="sandbox", currency="CNY"), number):
            take_message(about_return(row, Said.RETURN_FAILED, at=self.now))

    def charge_back(self, number: int, amount: int) -> None:
        payments = Payment.objects.filter(gateway="sandbox", state__in=CAUGHT, currency="CNY", captured_minor__gt=0)
        if payment := self.pick(payments, number):
            most = payment.captured_minor
            self._dispute(Said.CHARGEBACK, payment, most if amount % 2 else 1 + amount % most, f"cbk-{amount % 3}")

    def charge_back_end(self, number: int, amount: int) -> None:
        if row := self.pick(Chargeback.objects.all(), number):
            said = Said.CHARGEBACK_WON if amount % 3 == 0 else Said.CHARGEBACK_LOST
            self._dispute(said, row.payment, row.amount_minor, row.provider_ref)

    def _dispute(self, kind: Said, payment: Payment, amount: int, ref: str) -> None:
        extra = {"chargeback_ref": ref, "reason": "fraudulent"}
        told_ref, at = payment.provider_ref, self.now
        take_message(Message("sandbox", new_id().hex, kind, told_ref, amount, "CNY", at, at, extra))

    def bear(self, number: int, amount: int) -> None:
        if row := self.pick(Chargeback.objects.filter(state="lost"), number):
            bearer = ("shared", "platform")[amount % 2]
            decide_chargeback(actor=self.world.operator, now=self.now, chargeback_id=row.id, bearer=bearer)

    def payout(self, number: int, amount: int) -> None:
        payee, actor = creator_account(self.world.shops[0].id), self.world.creator(0)
        request_payout(actor=actor, now=self.now, payee=payee, amount_minor=1000 + amount, key=new_id().hex)

    def payout_end(self, number: int, amount: int) -> None:
        if row := self.pick(Payout.objects.all(), number):
            decide = approve_payout if amount % 4 else lambda **given: refuse_payout(**given, reason="no")
            with suppress(DomainError):
                decide(actor=self.world.operator, now=self.now, payout_id=row.id)
            claim_payouts(gateways=["sandbox"], now=self.now, limit=9)
            said = (Said.PAYOUT_PAID, Said.PAYOUT_FAILED, Said.PAYOUT_RETURNED)[amount % 3]
            row.refresh_from_db()
            take_message(about_payout(row, said, at=self.now))

    def place_with_coupon(self, number: int, amount: int) -> None:
        if not Coupon.objects.exists():
            coupon(self.world, "SPRING", per_buyer_max=3, total_max=5)
            coupon(self.world, "KILN", funder="supplier", per_buyer_max=3, total_max=5)
        codes = (("SPRING",), ("KILN",), ("SPRING", "KILN"))[number % 3]
        receipt = buy(self.world, wanted(self.world, "mug", 1 + number % 3), codes=codes, at=self.now)
        pay_checkout(actor=self.world.buyer, now=self.now, checkout_id=receipt.checkout_id)

    def _open(self, number: int, amount: int, kinds: tuple[str, ...]) -> None:
        sent = OrderLine.objects.filter(kind="goods", order__state__in=["shipped", "received", "settled"])
        if line := self.pick(sent, number):
            reason = ("damaged", "wrong_item", "fake", "other")[amount % 4]
            open_case(
                actor=self.world.buyer, now=self.now, key=new_id().hex, order_id=line.order_id, line_id=line.id,
                kind=kinds[amount % len(kinds)], reason=reason, quantity=1 + amount % line.quantity,
                amount_minor=None if amount % 3 else 1 + amount, words="It is so.",
            )  # fmt: skip

    def care(self, number: int, amount: int) -> None:
        self._open(number, amount, ("refund_only", "return_refund"))

    def exchange(self, number: int, amount: int) -> None:
        self._open(number, amount, ("exchange",))

    def answer(self, number: int, amount: int) -> None:
        """Whoever may answers in one of the ways that are open; a decision may lay it on anyone."""
        if (case := self.pick(Case.objects.filter(closed_at=None), number)) is None:
            return
        events = [
            e for e in events_of(case.state, remedy_of(case.kind, case.agreed_minor)) if "house" not in EVENT_SIDES[e]
        ]
        event = events[amount % len(events)]
        shop = next(n for n, each in enumerate(self.world.shops) if each.id == case.shop_id)
        sender = next(n for n, each in enumerate(self.world.suppliers) if each.id == case.supplier_id)
        sides = Sides(self.world, sender, shop).actors
        answer_case(
            actor=sides[EVENT_SIDES[event][amount % len(EVENT_SIDES[event])]], now=self.now, case_id=case.id, event=event,
            words="Because.", amount_minor=1 + amount % case.asked_minor, carrier="SF", tracking="R1",
            bearer=BEARERS[amount % len(BEARERS)], goods_back=amount % 2 == 0,
        )  # fmt: skip

    def silence(self, number: int, amount: int) -> None:
        self.now += timedelta(days=3 * (number % 3))
        sweep_cases(now=self.now)

    def forgive(self, number: int, amount: int) -> None:
        payee = creator_account(self.world.shops[0].id)
        write_off(
            actor=self.world.operator, now=self.now, payee=payee, amount_minor=amount, reason="gone", key=new_id().hex
        )


SPLITS = """
select l.id, l.paid_minor, l.refunded_minor, sum(p.amount_minor)::bigint, sum(p.reversed_minor)::bigint
from trade_orderline l join money_splitpart p on p.line_id = l.id
group by l.id having l.paid_minor <> sum(p.amount_minor) or l.refunded_minor <> sum(p.reversed_minor)
"""


def check_splits() -> None:
    """See that the parts of each line re-add to what was paid for it, and what they gave back to what was refunded."""
    with connection.cursor() as cursor:
        cursor.execute(SPLITS)
        assert cursor.fetchall() == []


def check_statements(world: World, now: datetime) -> None:
    """See that the statement of each payee, over any period, says what its transfers add up to."""
    held = balances()
    payees = [creator_account(shop.id) for shop in world.shops] + [supplier_account(s.id) for s in world.suppliers]
    for payee in (*payees, "platform"):
        middle, end = NOW + (now - NOW) / 2, now + timedelta(days=9_999)
        whole, first, second = (read_statement(payee, *span) for span in ((NOW, end), (NOW, middle), (middle, end)))
        for shown in (whole, first, second):
            bill, balance = shown.bill, shown.bill.opening_minor
            for line in shown.lines:
                balance += line.amount_minor
                assert line.balance_minor == balance
            assert (
                bill.closing_minor == balance == bill.opening_minor + sum(each.amount_minor for each in bill.subtotals)
            )
        assert whole.bill.closing_minor == second.bill.closing_minor == held.get(payee, 0)
        assert first.bill.closing_minor == second.bill.opening_minor
        assert (whole.lines, whole.bill.opening_minor) == (first.lines + second.lines, 0)


def check(world: World) -> None:
    """Compare every account with what the other tables say it should hold."""
    held = balances()
    assert sum(held.values()) == 0
    assert _escrow_by_order() == _expected_escrow()
    assert held.get("escrow", 0) == sum(_expected_escrow().values())
    open_returns = [r.amount_minor for r in PaymentReturn.objects.exclude(state__in=["done", "overtaken"])]
    assert held.get("return_due", 0) == sum(open_returns)
    waiting = Payout.objects.filter(state__in=["requested", "approved", "sent"])
    undecided = Chargeback.objects.exclude(state="won").filter(bearer="")
    assert held.get("chargeback", 0) == -sum(c.amount_minor - c.covered_minor for c in undecided)
    assert read_violations() == []
    assert held.get("payout_due", 0) == sum(p.amount_minor for p in waiting)
    assert held.get("unapplied", 0) == sum(
        c.received_minor - (c.total_minor if c.state == "paid" else 0) for c in Checkout.objects.all()
    )
    assert -held.get("gateway:sandbox", 0) == _lies_at_provider()
    roll_up()
    assert {k: v for k, v in balances_of(held).items() if v} == held
    for name, sku in world.skus.items():
        placed = Order.objects.filter(state="placed", lines__sku_id=sku.id).values_list("lines__quantity", flat=True)
        assert Stock.objects.get(sku=sku).held == sum(placed), name


def _escrow_by_order() -> dict[object, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select subject_id, sum(case when credit = 'escrow' then amount_minor else -amount_minor end)::bigint"
            " from money_transfer where 'escrow' in (credit, debit) group by subject_id"
        )
        return {subject: amount for subject, amount in cursor.fetchall() if amount}


def _expected_escrow() -> dict[object, int]:
    settled = set(Split.objects.exclude(settled_at=None).values_list("subject_id", flat=True))
    paid = Order.objects.exclude(paid_at=None)
    left = {o.id: 0 if o.id in settled else o.total_minor - o.refunded_minor for o in paid}
    return {order_id: amount for order_id, amount in left.items() if amount}


def _lies_at_provider() -> int:
    payments = Payment.objects.filter(gateway="sandbox")
    kept = sum(p.captured_minor for p in payments)
    kept -= sum(c.amount_minor for c in Chargeback.objects.exclude(state="won"))
    done = PaymentReturn.objects.filter(payment__gateway="sandbox", state="done")
    out = Payout.objects.filter(state="paid")
    return kept - sum(r.amount_minor for r in done) - sum(p.amount_minor for p in out)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9), st.integers(1, 9000)), min_size=5, max_size=40)
)
def test_money_is_conserved_in_every_history(house: None, steps: list[Step]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_empty())
    history = History(make_world(stock=10_000))
    history.do(("place", 0, 1))
    for step in steps:
        history.do(step)
        check_splits()
    check(history.world)
    check_statements(history.world, history.now)


def _empty() -> str:
    with connection.cursor() as cursor:
        tables = [
            name
            for name in connection.introspection.table_names(cursor)
            if name.startswith(("money_", "trade_", "kit_", "goods_", "places_", "people_"))
        ]
    return f"truncate {', '.join(tables)} cascade"


def test_a_long_history_touches_every_state(house: None) -> None:
    history = History(make_world(stock=10_000))
    words = [*STEPS, "place", "capture", "ship", "receive", "settle", "payout", "payout_end", "return_done"]
    for turn in range(6):
        for place_in_row, word in enumerate(words):
            history.do((word, (turn + place_in_row) % 5, 701 + 13 * turn + place_in_row))
            check_splits()
        check(history.world)
        check_statements(history.world, history.now)
    assert {"captured", "disputed", "charged_back"} <= set(Payment.objects.values_list("state", flat=True))
    assert Payout.objects.exists() and PaymentReturn.objects.filter(state="done").exists()
    assert Order.objects.filter(state="settled").exists()
    assert Case.objects.exclude(closed_at=None).exists() and SplitDiscount.objects.exists()
