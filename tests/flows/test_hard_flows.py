"""The flows that would tempt an upward import (DESIGN section 2), run through the layers as they stand.

Where a flow needs a room that does not exist yet (credit, live, agencies), a stub stands for it here: what it may know is
only what its layer may import, and it reaches other rooms only by their tables' owners or by wiring.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from renmai.goods.recalls.actions import recall_product
from renmai.kit.access import SYSTEM
from renmai.kit.events import actions as events
from renmai.kit.events.actions import Happened, append, deliver_all, on_after, on_within, record
from renmai.kit.ids import new_id
from renmai.money.ledger.queries import balances_of
from renmai.money.ledger.rules import creator_account
from renmai.money.payments.models import MoneyException, Payment
from renmai.money.payments.rules import Message, Outcome, Said
from renmai.money.settlement.actions import settle_due
from renmai.money.splits.models import Split
from renmai.people.standing.actions import set_term
from renmai.people.standing.models import Standing
from renmai.places.shops.models import Pick
from renmai.trade.captures.actions import pay_checkout, take_message
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.rules import CheckoutRefused, Receipt, Wanted
from renmai.trade.orders.models import Order, Parcel
from renmai.trade.parcels.actions import hand_over, receive_order
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@pytest.fixture
def stub_wiring() -> Iterator[None]:
    """Reactions declared by a test are forgotten after it."""
    within, after = {k: list(v) for k, v in events._within.items()}, dict(events._after)
    yield
    events._within.clear()
    events._within.update(within)
    events._after.clear()
    events._after.update(after)


def buy(world: World, key: str = "flow-0000001", **goods: int) -> Receipt:
    lines = [Wanted(world.picks[name].id, world.skus[name].id, n) for name, n in goods.items()]
    return place_checkout(
        actor=world.buyer, now=NOW, key=key, lines=lines, method="card", address_id=world.buyer_address
    )


def captured(payment: Payment, kind: Said = Said.CAPTURED, days: int = 0) -> Message:
    at = NOW + timedelta(minutes=1, days=days)
    event_id = f"{kind}:{payment.provider_ref}"
    return Message("sandbox", event_id, kind, payment.provider_ref, payment.amount_minor, payment.currency, at, at)


def settle(world: World, receipt: Receipt) -> Order:
    for parcel in Parcel.objects.all():
        number = 0 if parcel.supplier_id == world.suppliers[0].id else 1
        hand_over(actor=world.supplier(number), now=NOW, parcel_id=parcel.id, carrier="SF", tracking="1")
    for order_id, _, _ in receipt.orders:
        receive_order(actor=world.buyer, now=NOW, order_id=order_id)
    settle_due(now=NOW + timedelta(days=30))
    return Order.objects.get(pk=receipt.orders[0][0])


def test_payment_captured_makes_the_order_paid_though_money_knows_no_orders(world: World) -> None:
    receipt = buy(world, mug=1)
    payment = pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id)
    assert take_message(captured(payment)) is Outcome.PAID
    assert Order.objects.get().state == "paid"
    assert payment.subject_id == receipt.checkout_id


def test_a_recall_reaches_every_shop_and_cart_at_once(world: World) -> None:
    second = Pick.objects.create(
        shop=world.shops[1], product_id=world.picks["tea"].product_id, term="commission", commission_bps=2000, word="x",
        created_at=NOW,
    )  # fmt: skip
    recall_product(actor=world.operator, now=NOW, product_id=second.product_id, reason="Lead in the glaze.")
    assert not Pick.objects.filter(product_id=second.product_id, removed_at=None).exists()
    with pytest.raises(CheckoutRefused) as refusal:
        buy(world, tea=1)
    assert refusal.value.params["lines"][0]["code"] == "not_sold"


def test_credit_shortens_settlement_through_a_row_that_money_may_read(world: World, stub_wiring: None) -> None:
    """`trust` says what it concluded; wiring writes it in people/standing; checkout and settlement read it there."""

    def write_terms(event: Happened) -> None:
        set_term(
            actor=SYSTEM, now=event.at, term="settlement_days", value=event.data["days"], reason="credit: level A",
            subject_id=event.subject_id,
        )  # fmt: skip

    on_after("credit sets terms", ["credit.level_changed"], write_terms)
    before = buy(world, mug=1)
    with transaction.atomic():
        record(Happened("credit.level_changed", world.shops[0].id, NOW, {"days": 15}))
    deliver_all(now=NOW)
    after = buy(world, "flow-0000002", mug=1)
    assert Standing.objects.get().value == 15
    days = {s.subject_id: s.settle_days for s in Split.objects.all()}
    assert (days[before.orders[0][0]], days[after.orders[0][0]]) == (7, 15)


def test_a_drop_in_a_show_carries_the_segment_and_the_show_reads_it_above(world: World, stub_wiring: None) -> None:
    """`places/live` owns the segment; the drop is trade's and only carries its id; the report is trade's, above both."""
    segment_id = new_id()
    sold: dict[UUID, int] = {}

    def drop_sold(cursor: object, batch: object) -> None:
        for event in batch:  # type: ignore[attr-defined]
            order_id = UUID(event.data["order_id"])
            sold[event.subject_id] = sold.get(event.subject_id, 0) + Order.objects.get(pk=order_id).goods_minor

    on_within("drop.sold", drop_sold)
    receipt = buy(world, mug=2)
    with transaction.atomic(), connection.cursor() as cursor:
        append(cursor, [Happened("drop.sold", segment_id, NOW, {"order_id": str(receipt.orders[0][0])})])
    assert sold == {segment_id: 12_000}


def test_a_chargeback_after_settlement_is_shown_and_the_ledger_follows_the_provider(world: World) -> None:
    receipt = buy(world, tea=1)
    payment = pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id)
    take_message(captured(payment))
    assert settle(world, receipt).state == "settled"
    take_message(captured(payment, Said.CHARGEBACK, days=40))
    assert MoneyException.objects.get().kind == "chargeback"
    balances = balances_of(["gateway:sandbox", creator_account(world.shops[0].id), "chargeback"])
    assert balances["gateway:sandbox"] == 0
    assert balances[creator_account(world.shops[0].id)] == 1760
    assert balances["chargeback"] == -8800


def test_an_agency_leaving_touches_no_shop_and_no_frozen_split(world: World, stub_wiring: None) -> None:
    """The contract is people's; a split froze its payees when the order was placed; ending it changes only what follows."""
    receipt = buy(world, mug=1)
    frozen = sorted(Split.objects.values_list("subject_id", "paid_minor"))
    left: list[UUID] = []
    on_after("agency left", ["agency.contract_ended"], lambda event: left.append(event.subject_id))
    with transaction.atomic():
        record(Happened("agency.contract_ended", world.shops[0].id, NOW, {"version": 1}))
    deliver_all(now=NOW)
    assert left == [world.shops[0].id]
    assert sorted(Split.objects.values_list("subject_id", "paid_minor")) == frozen
    assert Pick.objects.filter(shop=world.shops[0], removed_at=None).count() == 2
    assert receipt.orders[0][1] == world.shops[0].id
