"""Carts and addresses: through their lanes, with real commits; and a cart as it stands now."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from renmai.goods.products.models import Product, Stock
from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.ids import new_id
from renmai.kit.problems import Invalid, KeyReused, SignInNeeded
from renmai.people.accounts.lane import ADDRESSES_MAX, TooManyAddresses, add_address, address_intent, address_lane
from renmai.people.accounts.models import Address
from renmai.places.shops.models import Pick, PickPrice
from renmai.trade.carts.actions import line_intent, set_cart_line
from renmai.trade.carts.lane import cart_lane
from renmai.trade.carts.models import CartLine
from renmai.trade.carts.queries import count_units, read_cart
from renmai.trade.carts.rules import LINES_MAX, BadCartQuantity, CartFull, LineSet, NotForSale
from tests.goods.pool import person, product, refused, supplier
from tests.trade.world import NOW, World, make_world

FIELDS = {"recipient": " Lin ", "phone": "+86 138-0000", "region": "ZJ", "city": "Hangzhou", "street": "1 Lake Rd"}


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def put(world: World, name: str, quantity: int, key: str | None = None, actor: Actor | None = None) -> LineSet:
    return set_cart_line(
        actor=actor or world.buyer, now=NOW, pick_id=world.picks[name].id, sku_id=world.skus[name].id,
        quantity=quantity, key=key,
    )  # fmt: skip


def test_a_line_is_set_changed_and_taken_out(world: World) -> None:
    put(world, "mug", 2)
    assert put(world, "mug", 5) == LineSet(5)
    assert CartLine.objects.get().quantity == 5
    put(world, "mug", 0)
    assert put(world, "mug", 0) == LineSet(0)
    assert CartLine.objects.count() == 0


def test_a_key_answers_once(world: World) -> None:
    put(world, "mug", 2, "key-00000001")
    put(world, "mug", 7)
    assert put(world, "mug", 2, "key-00000001") == LineSet(2, repeated=True)
    assert CartLine.objects.get().quantity == 7
    refused(KeyReused, lambda: put(world, "mug", 3, "key-00000001"))
    other = person("other")
    assert put(world, "mug", 3, "key-00000001", other) == LineSet(3)


def test_refusals_leave_nothing(world: World) -> None:
    refused(SignInNeeded, lambda: put(world, "mug", 1, actor=ANONYMOUS))
    for quantity in (-1, 1000):
        refused(BadCartQuantity, lambda quantity=quantity: put(world, "mug", quantity))
    mug, tea = world.picks["mug"], world.skus["tea"]
    refused(NotForSale, lambda: set_cart_line(actor=world.buyer, now=NOW, pick_id=mug.id, sku_id=tea.id, quantity=1))
    refused(NotForSale, lambda: set_cart_line(actor=world.buyer, now=NOW, pick_id=new_id(), sku_id=tea.id, quantity=1))
    Pick.objects.filter(id=mug.id).update(removed_at=NOW)
    refused(NotForSale, lambda: put(world, "mug", 1))
    with pytest.raises(SignInNeeded):
        read_cart(ANONYMOUS)


def test_a_cart_has_room_for_fifty_goods(world: World) -> None:
    row = product(supplier(), "many", bands=((1000, 1000, 2000),) * (LINES_MAX + 1))
    pick = Pick.objects.create(
        shop=world.shops[0], product_id=row.id, term="commission", commission_bps=100, word="x", created_at=NOW
    )
    skus = list(row.skus.order_by("position"))

    def add(place: int) -> LineSet:
        return set_cart_line(actor=world.buyer, now=NOW, pick_id=pick.id, sku_id=skus[place].id, quantity=1)

    for place in range(LINES_MAX):
        add(place)
    refused(CartFull, lambda: add(LINES_MAX))
    add(0)
    set_cart_line(actor=world.buyer, now=NOW, pick_id=pick.id, sku_id=skus[0].id, quantity=0)
    assert add(LINES_MAX) == LineSet(1)


def test_a_batch_mixes_good_and_bad_and_several_changes_of_one_line(world: World) -> None:
    person_id = world.buyer.person_id
    assert person_id
    mug, sku = world.picks["mug"].id, world.skus["mug"].id
    intents = [
        line_intent(person_id=person_id, now=NOW, pick_id=mug, sku_id=sku, quantity=n, key=key)
        for n, key in ((2, "key-0000000a"), (1000, None), (4, None), (2, "key-0000000a"), (3, "key-0000000a"))
    ]
    outcomes = cart_lane.run(intents)
    assert outcomes[0] == LineSet(2) and outcomes[2] == LineSet(4) and outcomes[3] == LineSet(2, repeated=True)
    assert [type(outcomes[n]) for n in (1, 4)] == [BadCartQuantity, KeyReused]
    assert CartLine.objects.get().quantity == 4


def test_many_buyers_at_once(world: World) -> None:
    buyers = [person(f"b{n}") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: put(world, "mug", n % 9 + 1, actor=buyers[n]), range(40)))
    assert sorted(CartLine.objects.values_list("quantity", flat=True)) == sorted(n % 9 + 1 for n in range(40))


def test_a_cart_shows_shops_suppliers_freight_and_totals(world: World) -> None:
    for name, quantity in (("mug", 2), ("tea", 1), ("soap", 3)):
        put(world, name, quantity)
    cart = read_cart(world.buyer)
    assert [
        (s.handle, [(p.supplier_name, p.freight_minor, [line.title for line in p.lines]) for p in s.parcels])
        for s in cart.shops
    ] == [
        ("lin", [("Kiln", 800, ["mug"]), ("Hill", 0, ["tea"])]),
        ("mei", [("Hill", 0, ["soap"])]),
    ]
    assert (cart.goods_minor, cart.freight_minor, cart.total_minor) == (12000 + 8800 + 9000, 800, 30600)
    assert (cart.units, cart.faults, cart.currency) == (6, 0, "CNY")
    mug = cart.shops[0].parcels[0].lines[0]
    assert (mug.price_minor, mug.multiple_bps, mug.left, mug.total_minor) == (6000, 24000, 100, 12000)
    assert count_units(world.buyer) == 6
    assert read_cart(person("other")).shops == []


def faults(world: World) -> dict[str, str | None]:
    cart = read_cart(world.buyer)
    return {line.title: line.fault for shop in cart.shops for parcel in shop.parcels for line in parcel.lines}


def test_a_cart_says_what_cannot_be_bought_any_more(world: World) -> None:
    for name in ("mug", "tea", "soap"):
        put(world, name, 2)
    Stock.objects.filter(sku=world.skus["mug"]).update(held=99)
    Product.objects.filter(handle="tea").update(state="recalled")
    PickPrice.objects.filter(sku_id=world.skus["soap"].id).update(price_minor=3601)
    assert faults(world) == {"mug": "sold_out", "tea": "not_sold", "soap": "above_cap"}
    cart = read_cart(world.buyer)
    assert (cart.total_minor, cart.faults) == (0, 3)
    PickPrice.objects.filter(sku_id=world.skus["soap"].id).update(price_minor=1499)
    assert faults(world)["soap"] == "below_floor"


@pytest.mark.parametrize("count", [1, 20])
def test_a_cart_is_read_by_one_statement(world: World, django_assert_num_queries: Any, count: int) -> None:
    row = product(supplier(), "many", bands=((1000, 1000, 2000),) * count)
    pick = Pick.objects.create(
        shop=world.shops[0], product_id=row.id, term="commission", commission_bps=100, word="x", created_at=NOW
    )
    for sku in row.skus.all():
        CartLine.objects.create(
            person_id=world.buyer.person_id, pick_id=pick.id, sku_id=sku.id, quantity=1, added_at=NOW
        )
    with django_assert_num_queries(1):
        assert read_cart(world.buyer).units == count


def test_an_address_is_kept_once_per_key(world: World) -> None:
    first = add_address(actor=world.buyer, now=NOW, fields=FIELDS, key="key-00000001")
    assert add_address(actor=world.buyer, now=NOW, fields=FIELDS, key="key-00000001") == first
    kept = Address.objects.get(id=first)
    assert (kept.recipient, kept.country, kept.postcode, kept.person_id) == ("Lin", "CN", "", world.buyer.person_id)
    refused(
        KeyReused, lambda: add_address(actor=world.buyer, now=NOW, fields=FIELDS | {"city": "X"}, key="key-00000001")
    )
    assert Address.objects.filter(recipient="Lin", phone="+86 138-0000").count() == 1


def test_an_address_is_refused_by_field(world: World) -> None:
    wrong = {"recipient": "x" * 81, "phone": "call me", "region": "", "city": 5, "country": "China"}
    refusal = refused(Invalid, lambda: add_address(actor=world.buyer, now=NOW, fields=wrong))
    assert sorted(refusal.params["fields"]) == ["city", "country", "phone", "recipient", "region", "street"]
    refused(SignInNeeded, lambda: add_address(actor=ANONYMOUS, now=NOW, fields=FIELDS))


def test_addresses_have_a_limit(world: World) -> None:
    person_id = person("many").person_id
    assert person_id
    outcomes = address_lane.run(
        [address_intent(person_id=person_id, now=NOW, fields=FIELDS) for _ in range(ADDRESSES_MAX + 1)]
    )
    assert isinstance(outcomes[-1], TooManyAddresses)
    assert Address.objects.filter(person_id=person_id).count() == ADDRESSES_MAX
