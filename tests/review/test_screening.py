"""A price that rises far is screened again, whichever way it rises."""

from __future__ import annotations

import pytest

from renmai.goods.products.actions import set_prices
from renmai.goods.products.models import Product
from renmai.kit.events.models import Event
from renmai.trade.checkout.rules import CheckoutRefused
from tests.money.desk import place
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def price(world: World, price_minor: int) -> Product:
    """Set what the mug (suggested 50.00) costs."""
    sku = world.skus["mug"]
    set_prices(
        actor=world.supplier(0), now=NOW, sku_id=sku.id, supply_minor=2500, floor_minor=3000, price_minor=price_minor
    )
    return Product.objects.get(id=sku.product_id)


def test_a_risen_price_waits_for_screening(world: World) -> None:
    assert price(world, 4900).state == "approved"
    assert price(world, 5500).state == "approved"  # a tenth above the 50.00 that was screened
    place(world, mug=1)
    assert price(world, 5501).state == "screening"
    assert Event.objects.filter(kind="product.submitted").count() == 1
    with pytest.raises(CheckoutRefused):
        place(world, mug=1)
    assert price(world, 5600).state == "screening"
    assert Event.objects.filter(kind="product.submitted").count() == 1
