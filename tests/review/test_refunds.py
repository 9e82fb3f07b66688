"""Refunds: the freight of a parcel nobody sends, and who hears the answer to a key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from renmai.goods.products.models import Stock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound
from renmai.money.ledger.rules import supplier_account
from renmai.money.payments.models import PaymentReturn
from renmai.money.settlement.actions import settle_due
from renmai.trade.captures.actions import pay_checkout
from renmai.trade.orders.models import Order, Parcel
from renmai.trade.parcels.actions import hand_over, receive_order
from renmai.trade.refunds.actions import refund_order
from renmai.trade.refunds.rules import Refunded
from tests.money.desk import balances, capture, digest, place
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def paid(world: World, **quantities: int) -> Order:
    receipt = place(world, **quantities)
    capture(pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id))
    return Order.objects.get()


def refund(actor: Actor, order: Order, *, amount: int | None = None, line: str = "", world: World) -> Refunded:
    """Refund so much of the line of these goods, or everything."""
    lines = None
    if line:
        lines = {order.lines.get(sku_id=world.skus[line].id).id: amount or 0}
    return refund_order(actor=actor, now=NOW, order_id=order.id, key="refund-0001", reason="gone", lines=lines)


def test_the_freight_of_a_parcel_that_is_not_sent_goes_back(world: World) -> None:
    order = paid(world, mug=1, tea=1)
    assert refund(world.supplier(0), order, line="mug", amount=6000, world=world).amount_minor == 6000 + 800
    assert Parcel.objects.get(supplier_id=world.suppliers[0].id).state == "cancelled"
    assert Stock.objects.get(sku=world.skus["mug"]).sold == 0
    hand_over(
        actor=world.supplier(1), now=NOW, carrier="SF", tracking="T1",
        parcel_id=Parcel.objects.get(supplier_id=world.suppliers[1].id).id,
    )  # fmt: skip
    receive_order(actor=world.buyer, now=NOW, order_id=order.id)
    assert settle_due(now=NOW + timedelta(days=30)) == 1
    assert supplier_account(world.suppliers[0].id) not in balances()
    assert PaymentReturn.objects.get().amount_minor == 6800


def test_an_order_whose_goods_all_go_back_is_refunded(world: World) -> None:
    order = paid(world, mug=1)
    refund(world.creator(0), order, line="mug", amount=6000, world=world)
    order.refresh_from_db()
    assert (order.state, order.refunded_minor) == ("refunded", 6800)
    assert "escrow" not in balances()


def test_freight_stays_where_the_parcel_was_handed_over_or_goods_are_left(world: World) -> None:
    order = paid(world, mug=2)
    assert refund(world.creator(0), order, line="mug", amount=11_999, world=world).amount_minor == 11_999
    assert Parcel.objects.get().state == "waiting"


def test_a_stranger_hears_nothing_of_a_key(world: World) -> None:
    order = paid(world, mug=1)
    refund(world.buyer, order, world=world)
    before = digest()
    with pytest.raises(NotFound):
        refund(Actor(new_id()), order, world=world)
    assert digest() == before
    assert refund(world.buyer, order, world=world).repeated
