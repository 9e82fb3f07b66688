"""The same goods of several suppliers: who serves, by hand and by rule, and what checkout makes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from renmai.goods.plans.actions import end_plan, make_plan
from renmai.goods.products.models import Product, ProductChange, Sku, Stock
from renmai.goods.sources.actions import (
    BadSourceRule,
    NotTheSameGoods,
    SourceTooDear,
    TooManySources,
    link_source,
    set_source_rule,
    sweep_sources,
    switch_source,
    unlink_source,
)
from renmai.goods.sources.models import Source, SourceRule
from renmai.goods.sources.queries import access_sources
from renmai.goods.sources.rules import Candidate, Rule, most_supply_minor, serving_now
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import ANONYMOUS
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, NotFound, SignInNeeded
from renmai.money.splits.models import SplitPart
from renmai.places.shops.queries import access_pick_page, list_shop_picks, list_shop_skus
from renmai.places.shops.rates import sweep_rates
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.carts.queries import read_cart
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.models import Checkout
from renmai.trade.checkout.queries import quote_checkout
from renmai.trade.checkout.rules import CheckoutRefused, Receipt, Wanted
from renmai.trade.orders.models import OrderLine
from tests.trade.racers import violations
from tests.trade.sourcing import linked_mug, other_mug
from tests.trade.threads import together
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def buy(world: World, key: str, quantity: int = 1) -> Receipt:
    lines = [Wanted(world.picks["mug"].id, world.skus["mug"].id, quantity)]
    return place_checkout(
        actor=world.buyer, now=NOW, key=key, lines=lines, method="card", address_id=world.buyer_address
    )


def switch(world: World, other: Sku | None) -> None:
    sku_id = world.skus["mug"].id
    switch_source(actor=world.operator, now=NOW, sku_id=sku_id, other_id=other.id if other else None)


def rule(world: World, **fields: str) -> None:
    values = {"mode": "by_product", "on_sold_out": "stay", "on_late": "stay", **fields}
    set_source_rule(actor=world.operator, now=NOW, product_id=world.picks["mug"].product_id, **values)


def serving(world: World) -> Any:
    return Sku.objects.get(id=world.skus["mug"].id).served_by_id


def count(sku: Sku, left: int) -> None:
    Stock.objects.filter(sku=sku).update(received=left)


# --- rules -----------------------------------------------------------------------------------------------------------

OWN, SECOND, THIRD = new_id(), new_id(), new_id()


def candidates(*states: str) -> list[Candidate]:
    """ready, empty, gone (may not be sold) or late, in order."""
    ids = (OWN, SECOND, THIRD)
    return [Candidate(i, s != "gone", 0 if s == "empty" else 5, s == "late") for i, s in zip(ids, states, strict=False)]


NEXT = {"on_sold_out": "next", "on_late": "next"}


@pytest.mark.parametrize(
    ("kept", "states", "current", "shall"),
    [
        (Rule(**NEXT), ("ready", "ready"), OWN, OWN),
        (Rule(**NEXT), ("empty", "ready"), OWN, SECOND),
        (Rule(**NEXT), ("gone", "ready"), OWN, SECOND),
        (Rule(**NEXT), ("late", "ready"), OWN, SECOND),
        (Rule(**NEXT), ("late", "ready"), SECOND, SECOND),
        (Rule(**NEXT), ("ready", "ready"), SECOND, OWN),
        (Rule(**NEXT), ("empty", "empty", "ready"), SECOND, THIRD),
        (Rule(**NEXT), ("empty", "late", "gone"), OWN, OWN),
        (Rule(), ("empty", "ready"), OWN, OWN),
        (Rule(on_sold_out="next"), ("late", "ready"), OWN, OWN),
        (Rule(on_sold_out="next"), ("empty", "late"), OWN, SECOND),
        (Rule(on_late="next"), ("empty", "ready"), OWN, OWN),
        (Rule("manual", **NEXT), ("ready", "ready"), SECOND, SECOND),
        (Rule("manual", **NEXT), ("ready", "empty", "ready"), SECOND, OWN),
        (Rule("manual"), ("ready", "empty"), SECOND, SECOND),
        (Rule("manual", **NEXT), ("empty", "ready"), THIRD, SECOND),
    ],
)
def test_the_rule_says_who_serves(kept: Rule, states: tuple[str, ...], current: Any, shall: Any) -> None:
    assert serving_now(kept, candidates(*states), current) == shall


def test_what_every_pick_covers() -> None:
    """Floor 30.00 less 5 % = 28.50; on 20 % commission of 50.00: 50.00 - 2.50 - 10.00 - 2.50 = 35.00, so the floor decides."""
    assert (
        most_supply_minor(floor_minor=3000, price_minor=5000, fee_bps=500, commission_bps=None, service_bps=0) == 2850
    )
    assert (
        most_supply_minor(floor_minor=3000, price_minor=5000, fee_bps=500, commission_bps=2000, service_bps=500) == 2850
    )
    assert (
        most_supply_minor(floor_minor=4900, price_minor=5000, fee_bps=500, commission_bps=2000, service_bps=500) == 3500
    )


def test_what_a_plan_gives_away_no_source_has_to_bear(world: World) -> None:
    other, product_id = linked_mug(world), world.picks["mug"].product_id
    Product.objects.filter(id=product_id).update(commission_bps=1000)
    plan = make_plan(
        actor=world.supplier(0), now=NOW, product_ids=[product_id], kind="targeted", commission_bps=5500,
        shop_ids=[world.shops[0].id],
    )[0]  # fmt: skip
    with pytest.raises(SourceTooDear) as refusal:
        switch(world, other)
    assert refusal.value.params == {"most_minor": 2000}  # 50.00 less 5 % and 55 %
    end_plan(actor=world.supplier(0), now=NOW, plan_id=plan.id)
    with pytest.raises(SourceTooDear):  # what ended is kept for picks until its notice is over
        switch(world, other)
    sweep_rates(now=NOW + timedelta(days=31))
    switch(world, other)
    assert serving(world) == other.id


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_link_is_refused_to_others_and_where_picks_would_not_cover_it(world: World) -> None:
    mug = world.skus["mug"].id
    dear, fine = other_mug(world, name="Dear", supply=2851), other_mug(world, name="Fine", supply=2850)
    for actor, error in ((ANONYMOUS, SignInNeeded), (world.supplier(0), Forbidden), (world.creator(0), Forbidden)):
        with pytest.raises(error):
            link_source(actor=actor, now=NOW, sku_id=mug, other_id=fine.id)
        with pytest.raises(error):
            switch_source(actor=actor, now=NOW, sku_id=mug, other_id=fine.id)
        with pytest.raises(error):
            access_sources(actor, world.picks["mug"].product_id)
    with pytest.raises(SourceTooDear) as refusal:
        link_source(actor=world.operator, now=NOW, sku_id=mug, other_id=dear.id)
    assert refusal.value.params["most_minor"] == 2850
    for other in (mug, other_mug(world, name="Dollar", currency="USD").id):
        with pytest.raises(NotTheSameGoods):
            link_source(actor=world.operator, now=NOW, sku_id=mug, other_id=other)
    with pytest.raises(NotFound):
        link_source(actor=world.operator, now=NOW, sku_id=mug, other_id=new_id())
    assert Source.objects.count() == 0 and not Event.objects.filter(kind__startswith="sku.source").exists()
    first = link_source(actor=world.operator, now=NOW, sku_id=mug, other_id=fine.id)
    assert link_source(actor=world.operator, now=NOW, sku_id=mug, other_id=fine.id).id == first.id
    assert Event.objects.filter(kind="sku.source_linked").count() == 1


def test_a_variant_has_at_most_eight_sources(world: World) -> None:
    for n in range(8):
        linked_mug(world, name=f"S{n}")
    with pytest.raises(TooManySources):
        linked_mug(world, name="S8")


def test_a_switch_counts_for_new_orders_only(world: World) -> None:
    other, mug = linked_mug(world, supply_tiers=[[3, 2000]]), world.skus["mug"]
    buy(world, "key-00000001")
    switch(world, other)
    buy(world, "key-00000002", 3)
    switch(world, None)
    buy(world, "key-00000003")
    first, second, third = OrderLine.objects.filter(kind="goods").order_by("id")
    assert [line.sku_id for line in (first, second, third)] == [mug.id, other.id, mug.id]
    assert [line.supplier_id for line in (first, second)] == [world.suppliers[0].id, other.product.supplier_id]
    # Price and title are those of the pick; supply price (and its tiers) and freight those of who serves.
    assert (second.title, second.pick_id, second.unit_price_minor) == ("mug", world.picks["mug"].id, 6000)
    assert second.supply_price_minor == 2000
    parts = dict(SplitPart.objects.filter(line_id=second.id).values_list("rule", "amount_minor"))
    assert parts == {"supply": 6000, "fee": 900, "creator": 11_100}
    freight = OrderLine.objects.get(order_id=second.order_id, kind="freight")
    assert (freight.paid_minor, freight.supplier_id) == (500, other.product.supplier_id)
    assert (Stock.objects.get(sku=mug).held, Stock.objects.get(sku=other).held) == (2, 3)
    changes = ProductChange.objects.filter(kind="source").order_by("id")
    assert [(c.before, c.after) for c in changes] == [(None, str(other.id)), (str(other.id), None)]
    assert Event.objects.filter(kind="sku.source_switched").count() == 2 and violations() == []


def test_everything_that_shows_what_is_left_shows_who_serves(world: World) -> None:
    other = linked_mug(world, stock=7)
    set_cart_line(actor=world.buyer, now=NOW, pick_id=world.picks["mug"].id, sku_id=world.skus["mug"].id, quantity=8)
    switch(world, other)
    shop = world.shops[0].id
    page = access_pick_page(world.picks["mug"].id)
    parcel = read_cart(world.buyer).shops[0].parcels[0]
    assert page["skus"][0]["left"] == 7 and page["skus"][0]["freight_minor"] == 500
    assert page["skus"][0]["hand_over_hours"] == 24
    assert {row["title"]: row["left"] for row in list_shop_picks(shop)} == {"mug": 7, "tea": 100}
    assert {row["title"]: row["left"] for row in list_shop_skus(world.creator(0), shop)} == {"mug": 7, "tea": 100}
    assert (parcel.supplier_name, parcel.lines[0].left, parcel.lines[0].fault) == ("Clay", 7, "sold_out")
    with pytest.raises(CheckoutRefused) as refusal:
        buy(world, "key-00000001", 8)
    assert [(f["code"], f["left"]) for f in refusal.value.params["lines"]] == [("sold_out", 7)]
    lines = [Wanted(world.picks["mug"].id, world.skus["mug"].id, 7)]
    quote = quote_checkout(actor=world.buyer, now=NOW, lines=lines, address_id=world.buyer_address)
    assert quote.orders[0].freight == {other.product.supplier_id: 500} and quote.sound


@pytest.mark.parametrize("why", ["product", "supplier", "recall", "inactive"])
def test_a_source_that_may_not_be_sold_serves_nothing(world: World, why: str) -> None:
    other = linked_mug(world)
    switch(world, other)
    if why == "product":
        Product.objects.filter(id=other.product_id).update(state="screening")
    if why == "supplier":
        Supplier.objects.filter(id=other.product.supplier_id).update(state="suspended")
    if why == "recall":
        Sku.objects.filter(id=other.id).update(recall_id=new_id())
    if why == "inactive":
        Sku.objects.filter(id=other.id).update(active=False)
    with pytest.raises(CheckoutRefused) as refusal:
        buy(world, "key-00000001")
    assert [(f["code"], f["left"]) for f in refusal.value.params["lines"]] == [("sold_out", 0)]
    assert access_pick_page(world.picks["mug"].id)["skus"][0]["left"] == 0 and Checkout.objects.count() == 0
    rule(world, on_sold_out="next")
    assert (sweep_sources(now=NOW), serving(world)) == (0, None)  # by product: its own again
    buy(world, "key-00000002")


def test_a_choice_by_hand_is_refused_of_strangers_and_dear_ones(world: World) -> None:
    other, stranger = linked_mug(world), other_mug(world, name="Stranger")
    with pytest.raises(NotFound):
        switch(world, stranger)
    Sku.objects.filter(id=other.id).update(supply_price_minor=2851, floor_price_minor=2851)
    with pytest.raises(SourceTooDear):
        switch(world, other)
    assert serving(world) is None and not SourceRule.objects.exists()
    with pytest.raises(BadSourceRule):
        rule(world, mode="magic")


def test_unlinking_who_serves_gives_it_back(world: World) -> None:
    other = linked_mug(world)
    switch(world, other)
    unlink_source(actor=world.operator, now=NOW, source_id=Source.objects.get().id)
    assert serving(world) is None and Source.objects.count() == 0
    with pytest.raises(NotFound):
        unlink_source(actor=world.operator, now=NOW, source_id=new_id())


def test_the_page_shows_who_may_serve_and_suggests_by_barcode(world: World) -> None:
    linked_mug(world)
    Sku.objects.filter(id=world.skus["mug"].id).update(barcode="690123")
    same = other_mug(world, name="Same", barcode="690123")
    page = access_sources(world.operator, world.picks["mug"].product_id)
    (mug,) = page.variants
    assert [(s.supplier_name, s.left, s.covered) for s in mug.seen] == [("Kiln", 100, True), ("Clay", 50, True)]
    assert [sku.id for sku in page.suggested[mug.sku_id]] == [same.id] and mug.most_minor == 2850


# --- by rule ---------------------------------------------------------------------------------------------------------


def test_sold_out_goes_to_the_next_with_stock_and_comes_back(world: World) -> None:
    empty, full = linked_mug(world, name="Empty", stock=0), linked_mug(world, name="Full")
    count(world.skus["mug"], 0)
    assert (sweep_sources(now=NOW), serving(world)) == (0, None)  # nothing by itself unless a rule says so
    rule(world, on_sold_out="next")
    assert (sweep_sources(now=NOW), serving(world)) == (1, full.id)
    assert (sweep_sources(now=NOW), serving(world)) == (0, full.id)
    count(world.skus["mug"], 1)
    count(empty, 5)
    assert (sweep_sources(now=NOW), serving(world)) == (1, None)
    assert [c.via for c in ProductChange.objects.filter(kind="source")] == ["house", "house"]


def test_a_choice_by_hand_stays_when_its_own_has_stock(world: World) -> None:
    other = linked_mug(world)
    rule(world, on_sold_out="next")
    switch(world, other)
    assert (sweep_sources(now=NOW), serving(world), SourceRule.objects.get().mode) == (0, other.id, "manual")
    rule(world, on_sold_out="next")  # back to by product
    assert serving(world) is None


def test_late_ones_step_aside_while_they_are_late(world: World) -> None:
    other, mug = linked_mug(world), world.skus["mug"].id
    assert sweep_sources(now=NOW, late={mug}) == 0
    rule(world, on_late="next")
    assert (sweep_sources(now=NOW, late={mug}), serving(world)) == (1, other.id)
    assert sweep_sources(now=NOW, late={mug}) == 0
    assert (sweep_sources(now=NOW), serving(world)) == (1, None)


# --- at once ---------------------------------------------------------------------------------------------------------


def test_switches_while_orders_come_in_oversell_nothing(world: World) -> None:
    """Four buy and one switches to and fro: every order has one supplier, and each stock gave what its orders took."""
    other = linked_mug(world, stock=40)
    count(world.skus["mug"], 40)
    connection.cursor().execute(
        "update goods_stockreceipt set quantity = 40 where sku_id = %s", (world.skus["mug"].id,)
    )

    def shop(name: int) -> int:
        sold = 0
        for n in range(30):
            try:
                buy(world, f"key-{name}-{n:04d}")
                sold += 1
            except CheckoutRefused:
                continue
        return sold

    def turn() -> None:
        for n in range(40):
            switch(world, other if n % 2 == 0 else None)

    waits = [together(lambda name=name: shop(name)) for name in range(4)] + [together(turn)]  # type: ignore[misc]
    sold = sum(found or 0 for found in (wait() for wait in waits))
    lines = OrderLine.objects.filter(kind="goods")
    by_sku = {sku.id: lines.filter(sku_id=sku.id).count() for sku in (world.skus["mug"], other)}
    assert sum(by_sku.values()) == lines.count() == sold and all(n <= 40 for n in by_sku.values())
    for sku in (world.skus["mug"], other):
        assert Stock.objects.get(sku=sku).held == by_sku[sku.id]
        assert set(lines.filter(sku_id=sku.id).values_list("supplier_id", flat=True)) <= {sku.product.supplier_id}
    assert violations() == []


def test_two_workers_and_a_person_move_a_variant_once(world: World) -> None:
    linked_mug(world)
    rule(world, on_sold_out="next")
    count(world.skus["mug"], 0)
    waits = [together(lambda: sweep_sources(now=NOW)) for _ in range(4)]
    assert sum(wait() for wait in waits) == 1
    assert Event.objects.filter(kind="sku.source_switched").count() == 1
