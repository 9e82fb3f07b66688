"""Who sees what of an order: addresses, other people's parcels and refunds, and in which role."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from renmai.kit.access import Actor, Grant
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.trade.captures.actions import pay_checkout
from renmai.trade.orders.models import Order, Parcel
from renmai.trade.orders.queries import access_order, list_orders, list_parcels
from renmai.trade.parcels.actions import hand_over
from renmai.trade.refunds.actions import refund_order
from tests.money.desk import capture, place
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def placed(world: World, **quantities: int) -> Order:
    place(world, **quantities)
    return Order.objects.get()


def paid(world: World, **quantities: int) -> Order:
    receipt = place(world, **quantities)
    capture(pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id))
    return Order.objects.get()


def give_back(world: World, order: Order, goods: str, amount: int) -> None:
    lines = {order.lines.get(sku_id=world.skus[goods].id).id: amount}
    refund_order(actor=world.operator, now=NOW, order_id=order.id, key=f"refund-{goods}", reason="gone", lines=lines)


def send(world: World, number: int) -> None:
    parcel = Parcel.objects.get(supplier_id=world.suppliers[number].id)
    hand_over(actor=world.supplier(number), now=NOW, parcel_id=parcel.id, carrier="SF", tracking=f"T{number}")


def test_only_who_sends_or_answers_for_it_sees_the_address(world: World) -> None:
    order = paid(world, mug=1, tea=1)
    give_back(world, order, "mug", 6000)
    assert access_order(world.buyer, order.id).address["recipient"] == "Lin"
    assert access_order(world.operator, order.id).address["recipient"] == "Lin"
    assert access_order(world.supplier(1), order.id).address["recipient"] == "Lin"
    assert access_order(world.creator(0), order.id).address == {}
    assert access_order(world.supplier(0), order.id).address == {}
    cancelled = list_parcels(world.supplier(0), supplier_id=world.suppliers[0].id).items[0]
    sent = list_parcels(world.supplier(1), supplier_id=world.suppliers[1].id).items[0]
    assert (cancelled.address, sent.address["recipient"]) == ({}, "Lin")


def test_a_supplier_sees_no_order_before_it_is_paid(world: World) -> None:
    order = placed(world, mug=1)
    with pytest.raises(NotFound):
        access_order(world.supplier(0), order.id)


def test_a_supplier_sees_its_part_of_refunds_and_its_own_parcels_moments(world: World) -> None:
    order = paid(world, mug=1, tea=1)
    send(world, 1)
    give_back(world, order, "tea", 800)
    lines = {line.id: line.paid_minor for line in order.lines.exclude(sku_id=world.skus["tea"].id)}
    tea = order.lines.get(sku_id=world.skus["tea"].id).id
    refund_order(
        actor=world.operator, now=NOW, order_id=order.id, key="refund-both", reason="gone", lines=lines | {tea: 1000}
    )
    kiln, hill = access_order(world.supplier(0), order.id), access_order(world.supplier(1), order.id)
    assert [refund.amount_minor for refund in kiln.refunds] == [6800]
    assert [refund.amount_minor for refund in hill.refunds] == [800, 1000]
    assert [refund.amount_minor for refund in access_order(world.buyer, order.id).refunds] == [800, 7800]
    assert "T1" not in str([event.data for event in kiln.moments])
    assert "T1" in str([event.data for event in hill.moments])
    assert all(event.kind != "order.refund" for event in kiln.moments + hill.moments)


def test_whoever_bought_in_their_own_shop_may_look_in_either_role(world: World) -> None:
    order = paid(world, mug=1)
    both = replace(world.buyer, grants=frozenset({Grant("creator", world.shops[0].id)}))
    assert (access_order(both, order.id).role, access_order(both, order.id).parts) == ("buyer", [])
    view = access_order(both, order.id, "creator")
    assert (view.role, view.address, len(view.parts)) == ("creator", {}, 1)
    for role in ("supplier", "operator"):
        with pytest.raises(NotFound):
            access_order(both, order.id, role)


def test_a_cursor_that_no_list_made_is_refused_as_such(world: World) -> None:
    cursor = base64.urlsafe_b64encode(b"not-a-uuid").decode().rstrip("=")
    with pytest.raises(BadCursor):
        list_orders(world.buyer, role="buyer", after=cursor)
    seller = Actor(world.buyer.person_id, frozenset({Grant("supplier", world.suppliers[0].id)}))
    with pytest.raises(BadCursor):
        list_parcels(seller, supplier_id=world.suppliers[0].id, after=cursor)
