"""Supply prices by quantity, and goods that are not sent somewhere or not sold in a channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from renmai.goods.products.exclusions import excluded_place, sold_in
from renmai.goods.products.models import Product, Sku, Stock
from renmai.kit.access import Actor
from renmai.money.splits.models import SplitPart
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.carts.queries import read_cart
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.models import Checkout
from renmai.trade.checkout.queries import Quote, quote_checkout
from renmai.trade.checkout.rules import CheckoutRefused, Receipt, Wanted
from renmai.trade.orders.models import OrderLine
from tests.trade.racers import violations
from tests.trade.world import NOW, World, make_world

TIERS = [[10, 2200], [50, 2000]]


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def order(world: World, key: str, *, actor: Actor | None = None, **quantities: int) -> Receipt:
    lines = [Wanted(world.picks[name].id, world.skus[name].id, n) for name, n in quantities.items()]
    return place_checkout(
        actor=actor or world.buyer, now=NOW, key=key, lines=lines, method="card", address_id=world.buyer_address
    )


def ask(world: World, *, actor: Actor | None = None, to: dict[str, str] | None = None, **quantities: int) -> Quote:
    lines = [Wanted(world.picks[name].id, world.skus[name].id, n) for name, n in quantities.items()]
    where: dict[str, Any] = {"address": to} if to is not None else {"address_id": world.buyer_address}
    return quote_checkout(actor=actor or world.buyer, now=NOW, lines=lines, **where)


def parts(line: OrderLine) -> dict[str, int]:
    return dict(SplitPart.objects.filter(line_id=line.id).values_list("rule", "amount_minor"))


@pytest.mark.parametrize(("quantity", "supply"), [(1, 2500), (9, 2500), (10, 2200), (49, 2200), (50, 2000)])
def test_on_margin_the_tier_that_the_line_reaches_holds(world: World, quantity: int, supply: int) -> None:
    Sku.objects.filter(id=world.skus["mug"].id).update(supply_tiers=TIERS)
    order(world, f"key-{quantity:08d}", mug=quantity)
    line = OrderLine.objects.get(kind="goods")
    paid, fee = 6000 * quantity, 300 * quantity
    assert (line.supply_price_minor, line.paid_minor) == (supply, paid)
    assert parts(line) == {"supply": supply * quantity, "fee": fee, "creator": paid - fee - supply * quantity}
    assert violations() == []


def test_on_commission_the_supplier_has_the_rest_whatever_the_tiers(world: World) -> None:
    Sku.objects.filter(id=world.skus["tea"].id).update(supply_tiers=[[2, 3000]])
    order(world, "key-00000001", tea=10)
    line = OrderLine.objects.get(kind="goods")
    assert (line.supply_price_minor, sum(parts(line).values())) == (4000, 88_000)


def test_the_cap_goes_by_the_list_supply_price(world: World) -> None:
    """60.00 is 3 x 20.00: by the tier it would pass a cap of 2.5, by the list price of 25.00 it does not."""
    Sku.objects.filter(id=world.skus["mug"].id).update(supply_tiers=[[2, 2000]])
    world.skus["mug"].product.category.__class__.objects.update(cap_multiple_bps=25_000)
    assert ask(world, mug=10).sound
    order(world, "key-00000001", mug=10)
    assert OrderLine.objects.get(kind="goods").supply_price_minor == 2000


def test_a_tier_that_lets_a_low_price_stand_is_seen_by_the_quote_too(world: World) -> None:
    """At 25.50 a fee of 1.27 leaves less than the list supply price; from 10 on there is enough."""
    sku = world.skus["mug"]
    Sku.objects.filter(id=sku.id).update(supply_tiers=TIERS, floor_price_minor=2500)
    world.picks["mug"].prices.update(price_minor=2550)
    nine, ten = ask(world, mug=9), ask(world, mug=10)
    assert ([fault["code"] for fault in nine.lines], ten.sound) == (["below_cost"], True)
    with pytest.raises(CheckoutRefused):
        order(world, "key-00000001", mug=9)
    order(world, "key-00000002", mug=10)
    assert Checkout.objects.count() == 1


def exclude(world: World, name: str, **fields: list[str]) -> None:
    Product.objects.filter(id=world.picks[name].product_id).update(**fields)


@pytest.mark.parametrize("where", ["zj", " ZJ ", "cn"])
def test_a_line_that_is_not_sent_there_is_refused_and_says_where(world: World, where: str) -> None:
    exclude(world, "mug", excluded_regions=["Tibet", where])
    with pytest.raises(CheckoutRefused) as refusal:
        order(world, "key-00000001", mug=1, tea=1)
    (fault,) = refusal.value.params["lines"]
    assert (fault["line"], fault["code"], fault["where"]) == (0, "region_excluded", where)
    assert Checkout.objects.count() == 0 and Stock.objects.get(sku=world.skus["mug"]).held == 0
    quote = ask(world, mug=1, tea=1)
    assert quote.lines == [fault] and quote.goods_minor == 8800
    assert ask(world, to={"region": "Hubei", "country": "US"}, mug=1).sound
    assert ask(world, to={}, mug=1).sound  # nobody knows yet where to


def test_a_channel_that_is_excluded_is_refused_for_an_app_and_not_for_the_pages(world: World) -> None:
    exclude(world, "mug", excluded_channels=["app", "live"])
    app = replace(world.buyer, scopes=frozenset({"buy"}))
    with pytest.raises(CheckoutRefused) as refusal:
        order(world, "key-00000001", actor=app, mug=1)
    (fault,) = refusal.value.params["lines"]
    assert (fault["code"], fault["channel"]) == ("channel_excluded", "app") and Checkout.objects.count() == 0
    assert ask(world, actor=app, mug=1).lines == [fault] and ask(world, mug=1).sound
    order(world, "key-00000002", mug=1)
    exclude(world, "mug", excluded_channels=["shop"])
    with pytest.raises(CheckoutRefused):
        order(world, "key-00000003", mug=1)
    order(world, "key-00000004", actor=app, mug=1)


def test_the_cart_says_so_beforehand(world: World) -> None:
    exclude(world, "mug", excluded_regions=["Tibet"])
    exclude(world, "tea", excluded_channels=["shop"])
    for name in ("mug", "tea"):
        set_cart_line(actor=world.buyer, now=NOW, pick_id=world.picks[name].id, sku_id=world.skus[name].id, quantity=1)
    cart = read_cart(world.buyer)
    lines = {line.title: line for parcel in cart.shops[0].parcels for line in parcel.lines}
    assert (lines["mug"].fault, lines["mug"].excluded_regions) == (None, ["Tibet"])
    assert lines["tea"].fault == "channel_excluded"
    there = read_cart(world.buyer, region="tibet")
    assert [line.where for line in there.shops[0].parcels[0].lines] == ["Tibet"] and there.faults == 2


def test_a_variant_that_a_recall_holds_back_cannot_be_bought(world: World) -> None:
    set_cart_line(actor=world.buyer, now=NOW, pick_id=world.picks["mug"].id, sku_id=world.skus["mug"].id, quantity=1)
    Sku.objects.filter(id=world.skus["mug"].id).update(recall_id=world.shops[0].id)
    with pytest.raises(CheckoutRefused) as refusal:
        order(world, "key-00000001", mug=1)
    assert refusal.value.params["lines"][0]["code"] == "not_sold"
    assert read_cart(world.buyer).shops[0].parcels[0].lines[0].fault == "not_sold"


def test_places_are_compared_without_case_and_unknown_ones_exclude_nothing() -> None:
    address = {"region": "Xinjiang", "country": "CN"}
    assert excluded_place(["tibet", "XINJIANG"], address) == "XINJIANG"
    assert excluded_place(["cn"], address) == "cn" and excluded_place(["Xin"], address) is None
    assert excluded_place([""], {}) is None and excluded_place([], address) is None
    assert sold_in(["app"], "shop") and not sold_in(["app"], "app")
