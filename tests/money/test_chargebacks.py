"""Chargebacks: every row of the table of payments, who bears what, evidence, and every order of messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renmai.cli.check import read_violations
from renmai.kit.access import ANONYMOUS, SYSTEM
from renmai.kit.ids import new_id
from renmai.kit.media.actions import store_document
from renmai.kit.problems import Forbidden, NotFound, SignInNeeded
from renmai.money.gateways.evidence import send_due_evidence
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.payments.actions import claim_returns, finish_return
from renmai.money.payments.chargebacks import (
    ChargebackEarly,
    ChargebackNotNow,
    EvidenceMissing,
    EvidenceTooLate,
    answer_chargeback,
    claim_evidence,
    note_evidence,
)
from renmai.money.payments.models import Chargeback, MoneyException, Payment, PaymentReturn
from renmai.money.payments.rules import Message, Outcome, Said
from renmai.money.settlement.actions import settle_due
from renmai.money.splits.models import Split, SplitPart
from renmai.trade.captures.actions import (
    accept_short,
    pay_checkout,
    return_all,
    return_excess,
    sweep_expired,
    take_message,
)
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order, OrderLine, Parcel, Refund
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from renmai.trade.refunds.chargebacks import ChargebackDecided, UnknownBearer, decide_chargeback
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask, RefundTooMuch
from tests.money.desk import LATER, about_return, balances, capture, digest, place, told
from tests.money.test_conserved import _empty
from tests.trade import promoting
from tests.trade.world import NOW, World, make_world

DAY = timedelta(days=1)
PDF_BYTES = b"%PDF-1.4\nproof\n%%EOF\n"


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def about(kind: Said, payment: Payment, amount: int | None = None, *, ref: str = "cbk-1", event: str = "") -> Message:
    """What the provider says about a chargeback of a payment."""
    extra = {"chargeback_ref": ref, "reason": "fraudulent", "due_by": LATER + 7 * DAY}
    amount = payment.captured_minor if amount is None else amount
    at = LATER
    return Message(
        "sandbox", event or new_id().hex, kind, payment.provider_ref, amount, payment.currency, at, at, extra
    )


def bought(world: World, **goods: int) -> Payment:
    """A payment that was captured."""
    payment = pay_checkout(actor=world.buyer, now=NOW, checkout_id=place(world, **goods).checkout_id)
    assert capture(payment) is Outcome.PAID
    payment.refresh_from_db()
    return payment


def receive(world: World) -> None:
    """Every parcel is handed over and received."""
    for parcel in Parcel.objects.filter(state="waiting").order_by("id"):
        parcel_lane.submit(Act("hand_over", parcel.id, SYSTEM, NOW, "SF", "1"))
        parcel_lane.submit(Act("receive", parcel.id, SYSTEM, NOW))


def lose(payment: Payment, amount: int | None = None) -> Chargeback:
    take_message(about(Said.CHARGEBACK_LOST, payment, amount))
    return Chargeback.objects.get()


def since(count: int) -> list[tuple[str, str, str, int]]:
    """The transfers after the first `count`: (kind, debit, credit, amount), accounts by their kind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select kind, split_part(debit, ':', 1), split_part(credit, ':', 1), amount_minor"
            " from money_transfer order by xid, id offset %s",
            [count],
        )
        return sorted(cursor.fetchall())


def transfers() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from money_transfer")
        return int(cursor.fetchone()[0])


# --- every row of the table in docs/states.md


def unpaid(world: World, **goods: int) -> Payment:
    return pay_checkout(actor=world.buyer, now=NOW, checkout_id=place(world, **(goods or {"mug": 1})).checkout_id)


def _caught(amount: int | None = None, *, currency: str = "CNY") -> Callable[[World], Callable[[], object]]:
    def lead(world: World) -> Callable[[], object]:
        payment = unpaid(world)
        return lambda: capture(payment, amount, currency=currency)

    return lead


def _free(world: World) -> Callable[[], object]:
    """Nothing is left to be paid."""
    receipt = place(world, mug=1)
    order = Order.objects.get()
    OrderLine.objects.filter(order=order).update(unit_price_minor=0, paid_minor=0)
    Order.objects.update(goods_minor=0, freight_minor=0, total_minor=0)
    Checkout.objects.update(total_minor=0)
    Split.objects.update(paid_minor=0)
    SplitPart.objects.all().delete()
    return lambda: pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id)


def _drop(world: World, amount: int) -> Callable[[], object]:
    """A checkout of a drop for the first who pays, when another has paid first."""
    made = promoting.drop(world, quantity=1, policy="first_paid")
    others = promoting.buyers(1)[0][0]
    mine, theirs = (
        promoting.place(world, promoting.wanted(world, "mug", of=made), buyer=buyer) for buyer in (world.buyer, others)
    )
    payment = pay_checkout(actor=world.buyer, now=NOW, checkout_id=mine.checkout_id)
    if amount == 6300:
        assert promoting.pay(theirs) is Outcome.PAID
    return lambda: capture(payment, amount)


def _partial(world: World) -> Callable[[], object]:
    payment = unpaid(world)
    return lambda: capture(payment, 5000)


def _rest(world: World) -> Callable[[], object]:
    payment = unpaid(world)
    capture(payment, 5000)
    rest = pay_checkout(actor=world.buyer, now=NOW, checkout_id=payment.subject_id)
    return lambda: capture(rest)


def _two(world: World) -> Callable[[], object]:
    payment = unpaid(world)
    other = Payment.objects.get(id=payment.id)
    other.id, other.provider_ref = new_id(), "second"
    other.save(force_insert=True)
    capture(payment)
    return lambda: capture(other)


def _late(world: World) -> Callable[[], object]:
    payment = unpaid(world)
    sweep_expired(now=NOW + timedelta(hours=1))
    return lambda: capture(payment)


def _short(world: World, decide: Callable[..., object]) -> Callable[[], object]:
    capture(unpaid(world), 5000)
    sweep_expired(now=NOW + timedelta(minutes=31))
    row = MoneyException.objects.get(kind="short")
    return lambda: decide(actor=world.operator, now=LATER, exception_id=row.id)


def _excess(world: World) -> Callable[[], object]:
    capture(unpaid(world), 7000)
    row = MoneyException.objects.get(kind="excess")
    return lambda: return_excess(actor=world.operator, now=LATER, exception_id=row.id)


def _return(world: World, *said: Said) -> Callable[[], object]:
    bought(world, mug=1)
    refund_lane.submit(Ask(Order.objects.get().id, "refund-0001", b"x" * 32, "no", world.buyer, NOW))
    row = PaymentReturn.objects.get()
    claim_returns(gateways=["sandbox"], now=NOW, limit=9)
    for kind in said[:-1]:
        finish_return(about_return(row, kind))
    return lambda: finish_return(about_return(row, said[-1]))


def _dispute(world: World, *said: Said) -> Callable[[], object]:
    payment = bought(world, mug=1)
    for kind in said[:-1]:
        take_message(about(kind, payment))
    return lambda: take_message(about(said[-1], payment))


def _lost(world: World, bearer: str, *, settled: bool = False) -> Callable[[], object]:
    payment = bought(world, mug=1)
    if settled:
        receive(world)
        assert settle_due(now=NOW + 30 * DAY) == 1
    row = lose(payment)
    return lambda: decide_chargeback(actor=world.operator, now=LATER, chargeback_id=row.id, bearer=bearer)


def _overtaken(world: World) -> Callable[[], object]:
    payment = bought(world, mug=1)
    refund_lane.submit(Ask(Order.objects.get().id, "refund-0001", b"x" * 32, "no", world.buyer, NOW))
    take_message(about(Said.CHARGEBACK, payment))
    return lambda: take_message(about(Said.CHARGEBACK_LOST, payment))


G, E, U, R, C, P = "gateway", "escrow", "unapplied", "return_due", "chargeback", "platform"
LOSS = ("chargeback", C, G, 6800)
# name in docs/states.md -> (what leads there, the transfers it makes)
ROWS: dict[str, tuple[Callable[[World], Callable[[], object]], list[tuple[str, str, str, int]]]] = {
    "paid": (_caught(), [("capture", G, E, 6800)]),
    "partial": (_partial, [("capture", G, U, 5000)]),
    "the rest": (_rest, [("apply", U, E, 6800), ("capture", G, U, 1800)]),
    "excess": (_caught(7000), [("capture", G, E, 6800), ("capture", G, U, 200)]),
    "excess returned": (_excess, [("return", U, R, 200)]),
    "second payment": (_two, [("capture", G, U, 6800), ("return", U, R, 6800)]),
    "late": (_late, [("capture", G, U, 6800), ("return", U, R, 6800)]),
    "wrong currency": (
        _caught(currency="USD"),
        [("capture", G, U, 6800), ("return", U, R, 6800)],
    ),
    "sold out": (lambda w: _drop(w, 6300), [("capture", G, U, 6300), ("return", U, R, 6300)]),
    "too little for a drop": (lambda w: _drop(w, 6299), [("capture", G, U, 6299), ("return", U, R, 6299)]),
    "zero total": (_free, []),
    "short returned": (lambda w: _short(w, return_all), [("return", U, R, 5000)]),
    "short accepted": (lambda w: _short(w, accept_short), [("apply", U, E, 6800), ("capture", P, U, 1800)]),
    "return done": (lambda w: _return(w, Said.RETURN_DONE), [("return_done", R, G, 6800)]),
    "return failed": (lambda w: _return(w, Said.RETURN_FAILED), []),
    "return done after all": (lambda w: _return(w, Said.RETURN_FAILED, Said.RETURN_DONE), [("return_done", R, G, 6800)]),
    "chargeback opened": (lambda w: _dispute(w, Said.CHARGEBACK), [LOSS]),
    "chargeback won": (lambda w: _dispute(w, Said.CHARGEBACK, Said.CHARGEBACK_WON), [("chargeback_won", G, C, 6800)]),
    "chargeback lost": (lambda w: _dispute(w, Said.CHARGEBACK, Said.CHARGEBACK_LOST), []),
    "lost at once": (lambda w: _dispute(w, Said.CHARGEBACK_LOST), [LOSS]),
    "won at once": (lambda w: _dispute(w, Said.CHARGEBACK_WON), [LOSS, ("chargeback_won", G, C, 6800)]),
    "lost over a return": (_overtaken, [("return_overtaken", R, C, 6800)]),
    "borne by the platform": (lambda w: _lost(w, "platform"), [("chargeback_borne", P, C, 6800)]),
    "shared before settlement": (lambda w: _lost(w, "shared"), [("chargeback_shared", E, C, 6800)]),
    "shared after settlement": (
        lambda w: _lost(w, "shared", settled=True),
        [
            ("chargeback_shared", E, C, 6800), ("claw_back", "creator", E, 3200), ("claw_back", P, E, 300),
            ("claw_back", "supplier", E, 800), ("claw_back", "supplier", E, 2500),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_every_row_of_the_table_makes_exactly_its_transfers(world: World, name: str) -> None:
    lead, expected = ROWS[name]
    happen = lead(world)
    before = transfers()
    happen()
    assert since(before) == sorted(expected)
    happen()
    assert since(before) == sorted(expected)
    assert read_violations() == []


# --- holds


def test_a_payment_in_dispute_settles_only_when_it_is_won_and_the_lost_days_are_added(world: World) -> None:
    payment = bought(world, mug=1)
    receive(world)
    due = Split.objects.get().settle_at
    take_message(about(Said.CHARGEBACK, payment))
    assert settle_due(now=NOW + 90 * DAY) == 0
    won = about(Said.CHARGEBACK_WON, payment)
    take_message(Message(*[getattr(won, name) for name in Message.__slots__[:7]], LATER + 20 * DAY, won.extra))
    split = Split.objects.get()
    assert due is not None and (split.holds, split.settle_at) == (0, due + 20 * DAY)
    assert settle_due(now=due + 19 * DAY) == 0
    assert settle_due(now=due + 20 * DAY) == 1
    payment.refresh_from_db()
    assert (payment.state, payment.returned_minor) == ("captured", 0)
    assert MoneyException.objects.get().decision == "won"


def test_a_lost_one_holds_until_somebody_bears_it(world: World) -> None:
    payment = bought(world, mug=1)
    receive(world)
    row = lose(payment)
    assert settle_due(now=NOW + 90 * DAY) == 0
    assert balances() == {"escrow": 6800, "chargeback": -6800}
    decide_chargeback(actor=world.operator, now=LATER, chargeback_id=row.id, bearer="platform")
    assert settle_due(now=NOW + 90 * DAY) == 1
    held = balances()
    assert held == {
        supplier_account(world.suppliers[0].id): 3300,
        creator_account(world.shops[0].id): 3200,
        "platform": 300 - 6800,
    }
    assert Order.objects.get().state == "settled"


def test_shared_ends_the_orders_refunded_and_puts_nothing_back(world: World) -> None:
    payment = bought(world, mug=1, soap=1)
    row = lose(payment)
    decide_chargeback(actor=world.operator, now=LATER, chargeback_id=row.id, bearer="shared")
    assert set(Order.objects.values_list("state", flat=True)) == {"refunded"}
    assert {refund.reason for refund in Refund.objects.all()} == {"chargeback"}
    assert set(Refund.objects.values_list("lines__restocked", flat=True)) == {0}
    assert PaymentReturn.objects.count() == 0 and balances() == {}
    assert set(Split.objects.values_list("holds", flat=True)) == {0}
    row.refresh_from_db()
    assert (row.bearer, row.decided_by_id) == ("shared", world.operator.person_id)


def test_a_part_is_shared_by_what_is_left_of_each_line_to_the_cent(world: World) -> None:
    payment = bought(world, mug=1)
    row = lose(payment, 1001)
    decide_chargeback(actor=world.operator, now=LATER, chargeback_id=row.id, bearer="shared")
    order = Order.objects.get()
    assert (order.state, order.refunded_minor) == ("paid", 1001)
    assert sorted(line.refunded_minor for line in order.lines.all()) == [118, 883]
    assert balances() == {"gateway:sandbox": -5799, "escrow": 5799}
    assert read_violations() == []


# --- double jeopardy


def test_what_the_bank_took_cannot_be_refunded_too(world: World) -> None:
    payment = bought(world, mug=1)
    take_message(about(Said.CHARGEBACK, payment, 6000))
    ask = Ask(Order.objects.get().id, "refund-0001", b"x" * 32, "no", world.operator, NOW)
    before = digest()
    with pytest.raises(RefundTooMuch):
        refund_lane.submit(ask)
    assert digest() == before
    line = Order.objects.get().lines.get(kind="goods")
    part = Ask(Order.objects.get().id, "refund-0002", b"x" * 32, "no", world.operator, NOW, {line.id: 800})
    refund_lane.submit(part)
    assert claim_returns(gateways=["sandbox"], now=LATER, limit=9) == []
    take_message(about(Said.CHARGEBACK_LOST, payment, 6000))
    assert [due.amount_minor for due in claim_returns(gateways=["sandbox"], now=LATER, limit=9)] == [800]


def test_a_refund_under_way_is_overtaken_and_never_sent(world: World) -> None:
    payment = bought(world, mug=1)
    refund_lane.submit(Ask(Order.objects.get().id, "refund-0001", b"x" * 32, "no", world.buyer, NOW))
    row = lose(payment)
    assert (row.bearer, row.covered_minor) == ("nobody", 6800)
    assert claim_returns(gateways=["sandbox"], now=LATER + DAY, limit=9) == []
    assert balances() == {} and PaymentReturn.objects.get().state == "overtaken"
    back = PaymentReturn.objects.get()
    assert finish_return(about_return(back, Said.RETURN_DONE)) is Outcome.NOTED
    assert MoneyException.objects.filter(kind="unknown").count() == 1


def test_a_refund_under_way_goes_out_after_all_when_the_dispute_is_won(world: World) -> None:
    payment = bought(world, mug=1)
    refund_lane.submit(Ask(Order.objects.get().id, "refund-0001", b"x" * 32, "no", world.buyer, NOW))
    take_message(about(Said.CHARGEBACK, payment))
    assert claim_returns(gateways=["sandbox"], now=LATER, limit=9) == []
    take_message(about(Said.CHARGEBACK_WON, payment))
    assert len(claim_returns(gateways=["sandbox"], now=LATER, limit=9)) == 1


def test_one_that_was_asked_for_is_overtaken_when_the_provider_says_it_failed(world: World) -> None:
    payment = bought(world, mug=1)
    refund_lane.submit(Ask(Order.objects.get().id, "refund-0001", b"x" * 32, "no", world.buyer, NOW))
    assert len(claim_returns(gateways=["sandbox"], now=NOW, limit=9)) == 1
    row = lose(payment)
    assert (row.bearer, row.covered_minor) == ("", 0)
    take_message(about_return(PaymentReturn.objects.get(), Said.RETURN_FAILED, at=LATER))
    row.refresh_from_db()
    assert (row.bearer, row.covered_minor) == ("nobody", 6800)
    assert balances() == {} and read_violations() == []


def test_a_refund_that_was_done_and_then_charged_back_is_the_platforms_loss_alone(world: World) -> None:
    payment = bought(world, mug=1)
    refund_lane.submit(Ask(Order.objects.get().id, "refund-0001", b"x" * 32, "no", world.buyer, NOW))
    claim_returns(gateways=["sandbox"], now=NOW, limit=9)
    finish_return(about_return(PaymentReturn.objects.get(), Said.RETURN_DONE))
    row = lose(payment)
    decide_chargeback(actor=world.operator, now=LATER, chargeback_id=row.id, bearer="shared")
    assert balances() == {"gateway:sandbox": 6800, "platform": -6800}
    assert read_violations() == []


# --- money that lies apart


def test_a_part_payment_that_is_lost_is_taken_from_what_lay_apart(world: World) -> None:
    payment = unpaid(world)
    capture(payment, 5000)
    payment.refresh_from_db()
    sweep_expired(now=NOW + timedelta(minutes=31))
    row = lose(payment)
    assert (row.bearer, row.covered_minor, balances()) == ("nobody", 5000, {})
    assert MoneyException.objects.get(kind="short").decision == "overtaken"
    assert sweep_expired(now=LATER + DAY) == 1
    assert Checkout.objects.get().state == "expired" and read_violations() == []


def test_what_was_covered_in_vain_goes_back_when_the_dispute_is_won(world: World) -> None:
    payment = unpaid(world)
    capture(payment, 5000)
    payment.refresh_from_db()
    sweep_expired(now=NOW + timedelta(minutes=31))
    take_message(about(Said.CHARGEBACK, payment))
    row = MoneyException.objects.get(kind="short")
    return_all(actor=world.operator, now=LATER, exception_id=row.id)
    assert balances() == {} and PaymentReturn.objects.count() == 0
    take_message(about(Said.CHARGEBACK_WON, payment))
    assert balances() == {"gateway:sandbox": -5000, "return_due": 5000}
    assert read_violations() == []


# --- messages in any order


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations([0, 1, 1, 0, 1]), won=st.booleans())
def test_the_end_is_the_same_in_every_order_and_repeated(house: None, order: list[int], won: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_empty())
    payment = bought(make_world(), mug=1)
    end = about(Said.CHARGEBACK_WON if won else Said.CHARGEBACK_LOST, payment, event="evt-end")
    again = about(end.kind, payment, event="evt-end-again")
    messages = [about(Said.CHARGEBACK, payment, event="evt-start"), end]
    for index in order:
        take_message(messages[index])
    take_message(again)
    payment.refresh_from_db()
    row = Chargeback.objects.get()
    assert (row.state, payment.state) == (("won", "captured") if won else ("lost", "charged_back"))
    assert balances() == ({"gateway:sandbox": -6800, "escrow": 6800} if won else {"escrow": 6800, "chargeback": -6800})
    assert row.answer_by is not None and MoneyException.objects.count() == 1
    assert Split.objects.get().holds == (0 if won else 1) and read_violations() == []


def test_two_chargebacks_of_one_payment_in_every_order(world: World) -> None:
    for first, second in permutations([Said.CHARGEBACK_WON, Said.CHARGEBACK_LOST]):
        payment = bought(world, tea=1)
        take_message(about(Said.CHARGEBACK, payment, 3000, ref="a"))
        take_message(about(Said.CHARGEBACK, payment, 5800, ref="b"))
        assert Split.objects.get(subject_id=Order.objects.get(checkout_id=payment.subject_id).id).holds == 2
        take_message(about(first, payment, 3000, ref="a"))
        payment.refresh_from_db()
        assert payment.state == "disputed"
        take_message(about(second, payment, 5800, ref="b"))
        payment.refresh_from_db()
        assert payment.state == "charged_back"
        assert read_violations() == []


def test_what_contradicts_or_cannot_be_is_shown_and_moves_nothing(world: World) -> None:
    payment = bought(world, mug=1)
    take_message(about(Said.CHARGEBACK_WON, payment))
    held = balances()
    assert take_message(about(Said.CHARGEBACK_LOST, payment)) is Outcome.NOTED
    assert take_message(about(Said.CHARGEBACK_LOST, payment, 6799)) is Outcome.UNKNOWN
    assert take_message(about(Said.CHARGEBACK, payment, 0, ref="none")) is Outcome.UNKNOWN
    assert take_message(told(Said.CHARGEBACK, "nobody", 5)) is Outcome.UNKNOWN
    assert balances() == held and MoneyException.objects.filter(kind="unknown").count() == 4


def test_one_for_a_payment_that_is_not_captured_yet_is_shown_and_asked_for_again(world: World) -> None:
    payment = unpaid(world)
    early = about(Said.CHARGEBACK, payment, 6800)
    for _ in range(2):
        with pytest.raises(ChargebackEarly):
            take_message(early)
    assert MoneyException.objects.get().kind == "unknown" and Chargeback.objects.count() == 0
    capture(payment)
    assert take_message(early) is Outcome.NOTED
    assert MoneyException.objects.get(kind="unknown").decision == "overtaken"
    assert balances() == {"escrow": 6800, "chargeback": -6800}


# --- deciding


def test_only_operators_decide_and_only_once(world: World) -> None:
    payment = bought(world, mug=1)
    take_message(about(Said.CHARGEBACK, payment))
    row = Chargeback.objects.get()
    before = digest()
    for who, bearer, refusal in (
        (ANONYMOUS, "shared", SignInNeeded), (world.creator(0), "shared", Forbidden),
        (world.operator, "shared", ChargebackNotNow), (world.operator, "buyer", UnknownBearer),
    ):  # fmt: skip
        with pytest.raises(refusal):
            decide_chargeback(actor=who, now=LATER, chargeback_id=row.id, bearer=bearer)
    with pytest.raises(NotFound):
        decide_chargeback(actor=world.operator, now=LATER, chargeback_id=new_id(), bearer="shared")
    assert digest() == before
    take_message(about(Said.CHARGEBACK_LOST, payment))
    for _ in range(2):
        decide_chargeback(actor=world.operator, now=LATER, chargeback_id=row.id, bearer="shared")
    with pytest.raises(ChargebackDecided):
        decide_chargeback(actor=world.operator, now=LATER, chargeback_id=row.id, bearer="platform")
    assert Refund.objects.count() == 1 and balances() == {}


# --- evidence


def evidence(world: World) -> UUID:
    return store_document(data=PDF_BYTES, name="proof.pdf", actor=world.operator, now=NOW).id


def test_evidence_is_written_sent_once_and_replaced_by_new(world: World) -> None:
    take_message(about(Said.CHARGEBACK, bought(world, mug=1)))
    row = Chargeback.objects.get()
    media = evidence(world)
    for _ in range(2):
        answer_chargeback(actor=world.operator, now=LATER, chargeback_id=row.id, words=" It came. ", media_ids=[media])
    (due,) = claim_evidence(gateways=["sandbox"], now=LATER, limit=9)
    assert (due.words, due.media_ids, due.provider_ref) == ("It came.", (media,), "cbk-1")
    assert claim_evidence(gateways=["sandbox"], now=LATER, limit=9) == []
    answer_chargeback(actor=world.operator, now=LATER + DAY, chargeback_id=row.id, words="Signed for.")
    note_evidence(due=due, error="", final=False, now=LATER + DAY)
    (again,) = claim_evidence(gateways=["sandbox"], now=LATER + DAY, limit=9)
    assert again.key != due.key and again.words == "Signed for."
    note_evidence(due=again, error="no answer", final=False, now=LATER + DAY)
    row.refresh_from_db()
    assert (row.state, row.error, row.sent_at, row.retry_at) == (
        "answered", "no answer", None, LATER + DAY + timedelta(seconds=30),
    )  # fmt: skip
    note_evidence(due=again, error="too late", final=True, now=LATER + DAY)
    row.refresh_from_db()
    assert (row.error, row.retry_at) == ("too late", None)
    note_evidence(due=again, error="", final=False, now=LATER + DAY)
    row.refresh_from_db()
    assert (row.error, row.sent_at) == ("", LATER + DAY)


def test_evidence_is_refused_without_words_with_others_files_and_too_late(world: World) -> None:
    take_message(about(Said.CHARGEBACK, bought(world, mug=1)))
    row = Chargeback.objects.get()
    others = store_document(data=PDF_BYTES, name="x.pdf", actor=world.creator(0), now=NOW).id
    before = digest()
    for who, at, words, media, refusal in (
        (ANONYMOUS, LATER, "It came.", [], SignInNeeded),
        (world.creator(0), LATER, "It came.", [], Forbidden),
        (world.operator, LATER, "  ", [], EvidenceMissing),
        (world.operator, LATER, "It came.", [others], EvidenceMissing),
        (world.operator, LATER + 8 * DAY, "It came.", [], EvidenceTooLate),
    ):
        with pytest.raises(refusal):
            answer_chargeback(actor=who, now=at, chargeback_id=row.id, words=words, media_ids=media)
    assert digest() == before
    take_message(about(Said.CHARGEBACK_WON, Payment.objects.get()))
    with pytest.raises(ChargebackNotNow):
        answer_chargeback(actor=world.operator, now=LATER, chargeback_id=row.id, words="It came.")


def test_a_provider_that_refuses_evidence_is_shown(world: World) -> None:
    payment = bought(world, mug=1)
    take_message(about(Said.CHARGEBACK, payment))
    row = Chargeback.objects.get()
    answer_chargeback(
        actor=world.operator, now=LATER, chargeback_id=row.id, words="It came.", media_ids=[evidence(world)]
    )
    Payment.objects.update(gateway="house")
    assert send_due_evidence(now=LATER) == 0
    row.refresh_from_db()
    assert row.error == "The payment provider refused: the house charges nothing back." and row.retry_at is None
