"""Products: stock, prices, terms, handing in, the pool and who may see what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from renmai.goods.catalogue.rules import match_category
from renmai.goods.products.actions import (
    BadQuantity,
    BandRefused,
    CommissionRefused,
    NothingToSell,
    ServiceRefused,
    StockTooLow,
    WrongProductState,
    change_category,
    change_stock,
    set_prices,
    set_sale_terms,
    submit_product,
)
from renmai.goods.products.models import Product, Sku, Stock, StockReceipt
from renmai.goods.products.queries import (
    access_product,
    list_own_products,
    list_pool,
    list_screening_queue,
    pool_page,
    read_product_page,
)
from renmai.goods.products.rules import STEPS, band_fault, default_floor, highest_minor, may_become
from renmai.kit.access import Actor, Grant
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, NotFound, SignInNeeded
from tests.goods.pool import NOW, category, member, operator, person, product, refused, strangers, supplier


def first_sku(row: Product) -> Sku:
    return row.skus.order_by("position")[0]


@pytest.mark.django_db
def test_stock_is_counted_by_receipts_and_never_below_what_is_promised() -> None:
    row = product(supplier(), stock=10)
    sku, own = first_sku(row), member(row.supplier)
    Stock.objects.filter(sku=sku).update(sold=3, held=2)

    def change(delta: int, actor: Actor = own, reason: str = "count") -> Stock:
        return change_stock(actor=actor, now=NOW, sku_id=sku.id, quantity_delta=delta, reason=reason)

    assert change(4).received == 14
    assert refused(StockTooLow, lambda: change(-10)).params == {"left": 9}
    assert change(-9).received == 5
    assert sum(StockReceipt.objects.filter(sku=sku).values_list("quantity", flat=True)) == 5
    for wrong in (0, 10**9 + 1):
        refused(BadQuantity, lambda delta=wrong: change(delta))
    refused(BadQuantity, lambda: change(1, reason=" "))
    for stranger in strangers():
        refused(NotFound if stranger.person_id else SignInNeeded, lambda actor=stranger: change(1, actor))
    assert Event.objects.filter(kind="stock.changed").count() == 2


@pytest.mark.django_db
def test_prices_stand_in_order_and_under_the_cap() -> None:
    row = product(supplier())
    sku, own = first_sku(row), member(row.supplier)

    def price(supply: int, floor: int, high: int, actor: Actor = own) -> Sku:
        return set_prices(actor=actor, now=NOW, sku_id=sku.id, supply_minor=supply, floor_minor=floor, price_minor=high)

    assert price(3333, 3500, 9999).price_minor == 9999
    price(3333, 3500, 9999)
    data = Event.objects.get(kind="sku.priced").data
    assert (data["before_minor"], data["after_minor"]) == ([2500, 3000, 5000], [3333, 3500, 9999])
    assert refused(BandRefused, lambda: price(3333, 3500, 10000)).params == {
        "fault": "above_cap",
        "highest_minor": 9999,
    }
    assert refused(BandRefused, lambda: price(3333, 3300, 9000)).params["fault"] == "not_ordered"
    assert refused(BandRefused, lambda: price(3333, 9001, 9000)).params["fault"] == "not_ordered"
    assert refused(BandRefused, lambda: price(0, 0, 9000)).params["fault"] == "out_of_range"
    for stranger in strangers():
        refused(NotFound if stranger.person_id else SignInNeeded, lambda actor=stranger: price(1, 1, 1, actor))


@pytest.mark.django_db
def test_terms_leave_a_way_to_sell() -> None:
    row = product(supplier())
    own = member(row.supplier)

    def terms(bps: int | None, margin: bool, actor: Actor = own) -> Product:
        return set_sale_terms(actor=actor, now=NOW, product_id=row.id, commission_bps=bps, margin_allowed=margin)

    assert terms(9000, False).commission_bps == 9000
    for bps, margin in ((None, False), (9001, True), (0, True)):
        refused(CommissionRefused, lambda bps=bps, margin=margin: terms(bps, margin))
    for stranger in strangers():
        refused(NotFound if stranger.person_id else SignInNeeded, lambda actor=stranger: terms(1, True, actor))


@pytest.mark.django_db
def test_a_service_fee_stands_beside_a_commission_within_limits() -> None:
    row = product(supplier())
    own = member(row.supplier)

    def terms(bps: int | None, service: int | None, actor: Actor = own) -> Product:
        return set_sale_terms(
            actor=actor, now=NOW, product_id=row.id, commission_bps=bps, margin_allowed=True, service_bps=service
        )

    assert terms(5000, 4000).service_bps == 4000
    for bps, service in ((5001, 4000), (1000, 4001), (1000, -1), (None, 1), (5001, None)):
        refused(ServiceRefused, lambda bps=bps, service=service: terms(bps, service))
    assert terms(4000, None).service_bps == 4000  # what is not named stays
    assert terms(None, None).service_bps == 0  # and goes with the commission
    for stranger in strangers():
        refused(NotFound if stranger.person_id else SignInNeeded, lambda actor=stranger: terms(1, 1, actor))


@pytest.mark.django_db
def test_handing_in_and_the_right_category() -> None:
    row, empty = product(supplier(), state="draft"), product(supplier(), "none", state="draft", bands=())
    own, op, tea = member(row.supplier), operator(), category("tea", 20_000)
    submit_product(actor=own, now=NOW, product_id=row.id)
    assert submit_product(actor=own, now=NOW, product_id=row.id).state == "screening"
    assert Event.objects.filter(kind="product.submitted").count() == 1
    refused(NothingToSell, lambda: submit_product(actor=op, now=NOW, product_id=empty.id))
    refused(Forbidden, lambda: change_category(actor=own, now=NOW, product_id=row.id, category_id=tea.id))
    assert change_category(actor=op, now=NOW, product_id=row.id, category_id=tea.id).category == tea
    refused(WrongProductState, lambda: change_category(actor=op, now=NOW, product_id=empty.id, category_id=tea.id))
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: submit_product(actor=actor, now=NOW, product_id=row.id))


@pytest.mark.django_db
def test_the_pool_pages_newest_first_without_gaps_or_repeats() -> None:
    kiln = supplier()
    rows = [product(kiln, f"p{n}", minutes=n // 2, stock=n) for n in range(9)]
    product(supplier("Out", "suspended"), "hidden")
    product(kiln, "waiting", state="screening")
    product(kiln, "bare", bands=())
    held = product(kiln, "held")
    Sku.objects.filter(product=held).update(recall_id=new_id())
    creator, seen, after = person("c", Grant("creator", new_id())), [], None
    while page := list_pool(creator, after=after, limit=4):
        seen += [row["id"] for row in page]
        after = (page[-1]["approved_at"], page[-1]["id"])
    assert seen == [row.id for row in sorted(rows, key=lambda r: (r.approved_at, r.id), reverse=True)]
    assert rows[0].id not in {row["id"] for row in list_pool(creator, in_stock=True)}


@pytest.mark.django_db
def test_a_pool_row_says_what_a_creator_asks() -> None:
    kiln = supplier("Kiln")
    row = product(kiln, "mug", bands=((2500, 3000, 5000), (2000, 2000, 6000)), stock=7)
    fixed = product(kiln, "tea", commission_bps=2000)
    Product.objects.filter(id=fixed.id).update(margin_allowed=False)
    plain = product(kiln, "soap", commission_bps=None)
    creator = person("c", Grant("creator", new_id()))
    found = {r["id"]: r for r in list_pool(creator)}[row.id]
    expected = {
        "title": "mug", "category": "home", "category_name_zh": "类home", "supplier_name": "Kiln",
        "supply_price_from_minor": 2000, "price_from_minor": 5000, "multiple_bps": 30000, "commission_bps": 1000,
        "margin_allowed": True, "left": 14, "sku_count": 2, "currency": "CNY",
    }  # fmt: skip
    assert {key: found[key] for key in expected} == expected
    assert {r["id"] for r in list_pool(creator, term="margin")} == {row.id, plain.id}
    assert {r["id"] for r in list_pool(creator, term="commission")} == {row.id, fixed.id}
    assert list_pool(creator, category="tea") == []
    assert len(list_pool(creator, category="home")) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 20])
def test_lists_take_one_statement_whatever_their_length(django_assert_num_queries: Any, count: int) -> None:
    kiln = supplier()
    for n in range(count):
        product(kiln, f"p{n}")
    creator, own, op = person("c", Grant("creator", new_id())), member(kiln), operator()
    with django_assert_num_queries(1):
        assert len(list_pool(creator)) == count
    with django_assert_num_queries(1), connection.cursor() as cursor:
        assert len(pool_page(cursor, after=None, limit=24, category="home")) == count
    with django_assert_num_queries(1):
        assert len(list_own_products(own, kiln.id)) == count
    with django_assert_num_queries(1):
        assert len(list_screening_queue(op, state="approved")) == count
    shown = list_pool(creator)[0]["id"]
    with django_assert_num_queries(3):
        read_product_page(creator, shown)


@pytest.mark.django_db
def test_who_sees_a_product() -> None:
    kiln = supplier()
    shown, waiting = product(kiln, "shown"), product(kiln, "waiting", state="screening")
    own, op, buyer = member(kiln), operator(), person("buyer")
    creator, other = person("c", Grant("creator", new_id())), person("s", Grant("supplier", new_id()))
    for reader in (own, op, creator, other):
        assert access_product(reader, shown.id) == shown
    for reader in (own, op):
        assert access_product(reader, waiting.id) == waiting
    for reader in (creator, other, buyer):
        with pytest.raises(NotFound):
            access_product(reader, waiting.id)
    with pytest.raises(NotFound):
        access_product(buyer, shown.id)
    with pytest.raises(NotFound):
        list_pool(buyer)
    with pytest.raises(NotFound):
        list_own_products(other, kiln.id)
    page = read_product_page(creator, shown.id)
    assert [(s["price_minor"], s["highest_price_minor"], s["multiple_bps"], s["left"]) for s in page["skus"]] == [
        (5000, 7500, 20000, 10)
    ]


def test_the_table_of_states_is_walked_whole() -> None:
    states = ("draft", "screening", "approved", "rejected", "recalled")
    assert set(STEPS) == set(states)
    assert {(a, b) for a in states for b in states if may_become(a, b)} == {
        ("draft", "screening"), ("screening", "approved"), ("screening", "rejected"), ("rejected", "screening"),
        ("approved", "screening"), ("approved", "recalled"), ("screening", "recalled"), ("rejected", "recalled"),
    }  # fmt: skip


@given(st.integers(1, 10**9), st.integers(10_000, 100_000))
def test_the_highest_price_is_exactly_the_last_within_the_cap(supply: int, cap: int) -> None:
    top = min(highest_minor(supply, cap), 10**9)
    assert band_fault(supply_minor=supply, floor_minor=supply, price_minor=top, cap_bps=cap) is None
    if top < 10**9:
        assert band_fault(supply_minor=supply, floor_minor=supply, price_minor=top + 1, cap_bps=cap) == "above_cap"


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_the_default_floor_lies_between_supply_price_and_price(supply: int, more: int) -> None:
    floor = default_floor(supply, supply + more)
    assert supply <= floor <= supply + more
    assert floor * 10_000 >= supply * 10_800 or floor == supply + more


def test_categories_are_matched_by_name_or_by_the_last_known_part_of_a_path() -> None:
    names = {"tea": "tea", "茶": "tea", "kitchen & table": "kitchen", "kitchen": "kitchen"}
    assert match_category("TEA", names) == "tea"
    assert match_category("茶", names) == "tea"
    assert match_category("Home & Garden > Kitchen & Table > Mugs", names) == "kitchen"
    assert match_category("Gadgets", names) == "other"
    assert match_category("", names) == "other"
