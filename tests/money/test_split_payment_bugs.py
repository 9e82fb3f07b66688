"""The twelve bugs of split payments that others have met, each with what right looks like (FIELD.md section 5).

Item 11 speaks of twelve and names eight (spree/spree PR 14622): the webhook registered twice; its secret deleted; sellers
onboarded but never payable; split orders never fulfillable; a parcel split and its delivery charged twice; a fully refunded
order still read as paid; a payout larger than what the account held; a payout the bank returned still read as settled.
The other four are those of items 5, 6 and 7, 13, and 14 that are about split payments: paid, but no order; the client's
confirmation races the webhook; a failed payout that is silent and sent twice; a commission that changes after the sale.

One mug is 60.00 (supply 25.00, fee 5 %: platform 3.00, supplier 25.00, creator 32.00) and 8.00 of freight; one tea 88.00 on
commission of 20 % (platform 4.40, supplier 66.00, creator 17.60).
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from renmai.goods.products.models import Sku, Stock
from renmai.kit.events.models import Event
from renmai.kit.problems import DomainError
from renmai.money.gateways.rules import BadSignature
from renmai.money.gateways.sandbox.client import Sandbox
from renmai.money.gateways.sandbox.keys import webhook_key
from renmai.money.gateways.sandbox.rules import sign
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import agency_account, creator_account, sharer_account, supplier_account
from renmai.money.payments.models import GatewayEvent, Payment, PaymentReturn
from renmai.money.payments.rules import Outcome, Said
from renmai.money.payouts.actions import approve_payout, claim_payouts, request_payout, retry_payout
from renmai.money.payouts.models import Payout
from renmai.money.payouts.queries import list_payouts
from renmai.money.payouts.rules import PAYEES, PayoutShort, payee_owner
from renmai.money.settlement.actions import settle_due
from renmai.money.splits.models import SplitPart
from renmai.people.standing.models import Standing
from renmai.places.shops.models import Pick
from renmai.trade.captures.actions import pay_checkout, sweep_expired, take_message, take_webhook
from renmai.trade.orders.models import Order, OrderLine, Parcel
from renmai.trade.refunds.actions import refund_order
from renmai.trade.reports.queries import list_violations
from tests.money.desk import about_payout, balances, capture, earn, place, told
from tests.trade.care_desk import DAY, RECEIVED, ordered
from tests.trade.world import NOW, World, make_world

SETTLED = RECEIVED + 8 * DAY
BODY = (
    b'{"id":"evt_1","kind":"payment.captured","ref":"%s","amount_minor":6800,"currency":"CNY",'
    b'"at":"2026-03-01T12:00:00+00:00"}'
)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def accounts(world: World) -> tuple[str, str, str]:
    """The creator's account, and both suppliers'."""
    first, second = (supplier_account(each.id) for each in world.suppliers)
    return creator_account(world.shops[0].id), first, second


def sound() -> None:
    with connection.cursor() as cursor:
        assert list_violations(cursor) == []


def started(world: World, **goods: int) -> Payment:
    receipt = place(world, **goods)
    return pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id)


def paid_out(world: World, amount: int = 5000) -> Payout:
    """A payout of the creator's that was approved and sent."""
    payee = accounts(world)[0]
    asked = request_payout(actor=world.creator(0), now=NOW, payee=payee, amount_minor=amount, key="payout-0001")
    approve_payout(actor=world.operator, now=NOW, payout_id=asked.id)
    assert len(claim_payouts(gateways=["sandbox"], now=NOW, limit=9)) == 1
    asked.refresh_from_db()
    return asked


def test_1_a_webhook_that_is_registered_twice_counts_once(world: World) -> None:
    """Item 11. Every message comes twice, and once more under another event id: money comes in once."""
    payment = started(world, mug=1)
    message = told(Said.CAPTURED, payment.provider_ref, 6800, event="evt_1")
    other = told(Said.CAPTURED, payment.provider_ref, 6800, event="evt_2")
    assert [take_message(each) for each in (message, message, other)] == [
        Outcome.PAID, Outcome.REPEATED, Outcome.REPEATED,
    ]  # fmt: skip
    assert balances() == {"escrow": 6800, "gateway:sandbox": -6800}
    assert Parcel.objects.count() == 1 and PaymentReturn.objects.count() == 0
    sound()


def test_2_without_the_right_secret_no_webhook_is_believed(world: World) -> None:
    """Item 11. With the secret gone, or another one, what comes is refused aloud and nothing is paid by it."""
    payment = started(world, mug=1)
    body, at = BODY % payment.provider_ref.encode(), int(NOW.timestamp())
    for header in ({}, {"sandbox-signature": sign(b"", body, at=at)}, {"sandbox-signature": sign(b"old", body, at=at)}):
        with pytest.raises(BadSignature):
            take_webhook(gateway="sandbox", headers=header, body=body, now=NOW)
    assert GatewayEvent.objects.count() == 0 and balances() == {}
    signed = {"sandbox-signature": sign(webhook_key(), body, at=at)}
    assert Sandbox().read_message(headers=signed, body=body, now=NOW)[0].event_id == "evt_1"
    assert take_webhook(gateway="sandbox", headers=signed, body=body, now=NOW) == [Outcome.PAID]


def test_3_everyone_who_can_earn_can_be_paid(world: World) -> None:
    """Item 11. Every kind of payee that a split names can ask for a payout and be paid, from the first sale on."""
    owner = world.shops[0].id
    names = [account(owner) for account in (supplier_account, creator_account, agency_account, sharer_account)]
    assert {payee_owner(name)[0] for name in names} == set(PAYEES)
    ordered(world, mug=1)
    assert settle_due(now=SETTLED) == 1
    for actor, payee, amount in (
        (world.creator(0), accounts(world)[0], 3200),
        (world.supplier(0), accounts(world)[1], 3300),
    ):
        payout = request_payout(actor=actor, now=SETTLED, payee=payee, amount_minor=amount, key="payout-0001")
        approve_payout(actor=world.operator, now=SETTLED, payout_id=payout.id)
        claim_payouts(gateways=["sandbox"], now=SETTLED, limit=9)
        take_message(about_payout(payout, Said.PAYOUT_PAID))
        assert (Payout.objects.get(id=payout.id).state, balance_of(payee)) == ("paid", 0)
    sound()


def test_4_an_order_split_over_suppliers_is_shipped_received_and_settled(world: World) -> None:
    """Item 11. One parcel for each supplier; the order follows when all have left, and settles to everyone."""
    order = ordered(world, mug=1, tea=1)
    assert Parcel.objects.filter(order=order, state="received").count() == 2 and order.state == "received"
    assert settle_due(now=RECEIVED + 16 * DAY) == 1
    order.refresh_from_db()
    creator, kiln, hill = accounts(world)
    held = balances()
    assert order.state == "settled" and held.get("escrow", 0) == 0
    assert (held["platform"], held[kiln], held[hill], held[creator]) == (740, 3300, 6600, 4960)
    sound()


def test_5_freight_is_charged_once_for_a_parcel_however_it_travels(world: World) -> None:
    """Item 11. One freight line for each supplier; sending its goods is no new charge, and each gets its own once."""
    order = ordered(world, mug=3, tea=2)
    freight = OrderLine.objects.filter(order=order, kind="freight")
    assert [(line.supplier_id, line.paid_minor) for line in freight] == [(world.suppliers[0].id, 800)]
    assert order.total_minor == 3 * 6000 + 2 * 8800 + 800
    assert Payment.objects.get().captured_minor == order.total_minor
    parts = SplitPart.objects.filter(subject_id=order.id, rule="freight")
    assert [(part.payee, part.amount_minor) for part in parts] == [(accounts(world)[1], 800)]
    sound()


@pytest.mark.parametrize("pieces", [[6800], [1, 6799], [800, 3333, 2667]])
def test_6_an_order_that_is_refunded_whole_is_refunded_not_paid(world: World, pieces: list[int]) -> None:
    """Item 11. In one piece or in many, before settlement or after: the order ends refunded and nobody keeps anything."""
    order = ordered(world, mug=1)
    if len(pieces) > 1:
        assert settle_due(now=SETTLED) == 1
    goods, freight = (OrderLine.objects.get(order=order, kind=kind) for kind in ("goods", "freight"))
    left = {goods.id: 6000, freight.id: 800}
    for number, piece in enumerate(pieces):
        of_goods = min(piece, left[goods.id])
        lines = {goods.id: of_goods, freight.id: piece - of_goods}
        left = {line_id: amount - lines[line_id] for line_id, amount in left.items()}
        refund_order(
            actor=world.operator, now=SETTLED, order_id=order.id, lines=lines, reason="no", key=f"refund-{number:04d}"
        )
    order.refresh_from_db()
    assert (order.state, order.refunded_minor) == ("refunded", 6800)
    assert balances() == {"gateway:sandbox": -6800, "return_due": 6800}
    sound()


def test_7_a_payout_is_never_larger_than_what_the_account_holds(world: World) -> None:
    """Item 11. Neither at once nor in two requests, nor after a refund took some of it back."""
    order = ordered(world, mug=1)
    assert settle_due(now=SETTLED) == 1
    payee = accounts(world)[0]

    def ask(amount: int, key: str) -> Payout:
        return request_payout(actor=world.creator(0), now=SETTLED, payee=payee, amount_minor=amount, key=key)

    with pytest.raises(PayoutShort) as refusal:
        ask(3201, "payout-0001")
    assert refusal.value.params["available_minor"] == 3200
    line = OrderLine.objects.get(order=order, kind="goods")
    refund_order(
        actor=world.operator, now=SETTLED, order_id=order.id, lines={line.id: 3000}, reason="no", key="refund-0001"
    )
    with pytest.raises(PayoutShort):
        ask(1601, "payout-0002")
    assert ask(1600, "payout-0003").amount_minor == 1600
    with pytest.raises(DomainError):
        ask(1000, "payout-0004")
    assert Payout.objects.count() == 1 and balance_of(payee) == 0
    sound()


def test_8_a_payout_that_the_bank_returned_is_on_the_balance_again(world: World) -> None:
    """Item 11. Paid, then sent back days later: the payee has the money again, reads why, and it is no longer paid."""
    payee = accounts(world)[0]
    earn(payee, 5000)
    payout = paid_out(world)
    take_message(about_payout(payout, Said.PAYOUT_PAID))
    assert balances() == {"escrow": -5000, "gateway:sandbox": 5000}
    take_message(about_payout(payout, Said.PAYOUT_RETURNED, reason="account closed"))
    payout.refresh_from_db()
    assert (payout.state, payout.reason) == ("returned", "account closed")
    assert balances() == {"escrow": -5000, payee: 5000}


def test_9_who_paid_has_an_order_or_the_money_back(world: World) -> None:
    """Item 5. The buyer closes the tab: the provider's word alone makes the order. Too late, the money goes back by itself."""
    closed, late = started(world, mug=1), started(world, mug=1)
    assert capture(closed) is Outcome.PAID
    assert Order.objects.get(checkout_id=closed.subject_id).state == "paid"
    assert sweep_expired(now=NOW + timedelta(minutes=31)) == 1
    assert capture(late, at=NOW + timedelta(minutes=32)) is Outcome.LATE
    assert Order.objects.get(checkout_id=late.subject_id).state == "expired"
    back = PaymentReturn.objects.get()
    assert (back.payment_id, back.amount_minor, back.reason) == (late.id, 6800, "late")
    assert balances() == {"escrow": 6800, "return_due": 6800, "gateway:sandbox": -13_600}
    assert Stock.objects.get(sku=world.skus["mug"]).sold == 1
    sound()


def test_10_a_client_that_confirms_beside_the_webhook_makes_nothing_twice(world: World) -> None:
    """Items 6 and 7. Paying again before, between and after the provider's word gives the same payment and one order."""
    payment = started(world, mug=1)
    again = pay_checkout(actor=world.buyer, now=NOW, checkout_id=payment.subject_id, key="another-key")
    assert capture(payment) is Outcome.PAID
    after = pay_checkout(actor=world.buyer, now=NOW, checkout_id=payment.subject_id)
    assert {payment.id, again.id, after.id} == {payment.id} and after.state == "captured"
    assert Order.objects.filter(state="paid").count() == Payment.objects.count() == 1
    assert balances() == {"escrow": 6800, "gateway:sandbox": -6800}


def test_11_a_payout_that_failed_says_why_and_goes_out_once_more_only_when_it_is_asked_for(world: World) -> None:
    """Item 13. The reason is the payee's to read; the same payout is retried, and an old word moves nothing."""
    payee = accounts(world)[0]
    earn(payee, 5000)
    payout = paid_out(world)
    failed = about_payout(payout, Said.PAYOUT_FAILED, reason="below the bank's minimum")
    assert [take_message(failed), take_message(failed)] == [Outcome.NOTED, Outcome.REPEATED]
    (shown,) = list_payouts(world.creator(0), payee)
    assert (shown.state, shown.reason, balance_of(payee)) == ("failed", "below the bank's minimum", 5000)
    assert claim_payouts(gateways=["sandbox"], now=NOW + DAY, limit=9) == []
    retry_payout(actor=world.creator(0), now=NOW + DAY, payout_id=payout.id)
    approve_payout(actor=world.operator, now=NOW + DAY, payout_id=payout.id)
    (due,) = claim_payouts(gateways=["sandbox"], now=NOW + DAY, limit=9)
    assert (due.id, due.round) == (payout.id, 2) and due.key != failed.provider_ref
    assert take_message(about_payout(payout, Said.PAYOUT_PAID)) is Outcome.UNKNOWN  # of the first round
    payout.refresh_from_db()
    assert take_message(about_payout(payout, Said.PAYOUT_PAID)) is Outcome.NOTED
    assert Payout.objects.count() == 1 and balances() == {"escrow": -5000, "gateway:sandbox": 5000}
    assert Event.objects.filter(subject_id=payout.id, kind="payout.failed").count() == 1


def test_12_a_sale_is_settled_by_the_rates_of_its_day(world: World) -> None:
    """Item 14. Commission, fee and price change after the sale: what was frozen is what is settled and refunded."""
    order = ordered(world, tea=1)
    frozen = sorted(SplitPart.objects.filter(subject_id=order.id).values_list("rule", "rate_bps", "amount_minor"))
    assert frozen == [("creator", 2000, 1760), ("fee", 500, 440), ("supply", None, 6600)]
    Pick.objects.filter(id=world.picks["tea"].id).update(commission_bps=9000)
    Sku.objects.filter(id=world.skus["tea"].id).update(price_minor=8100)
    Standing.objects.create(term="platform_fee_bps", value=3000, reason="dear", version=1, at=NOW)
    assert settle_due(now=RECEIVED + 16 * DAY) == 1
    creator, _, hill = accounts(world)
    assert (balance_of(creator), balance_of(hill), balance_of("platform")) == (1760, 6600, 440)
    refund_order(
        actor=world.operator, now=RECEIVED + 17 * DAY, order_id=order.id, reason="no", key="refund-0001",
        lines={OrderLine.objects.get(order=order).id: 4400},
    )  # fmt: skip
    assert (balance_of(creator), balance_of(hill), balance_of("platform")) == (880, 3300, 220)
    sound()
