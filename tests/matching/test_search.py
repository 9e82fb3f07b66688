"""Search: a small bilingual pool with exact answers, in both scripts, mistyped too; filters, orders, pages and who may ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renmai.goods.products.actions import set_sale_terms
from renmai.goods.products.models import Product, Sku, Stock
from renmai.goods.recalls.actions import recall_product
from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.ids import new_id
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.matching.search.actions import refresh_all
from renmai.matching.search.models import Card, Word
from renmai.matching.search.queries import (
    COUNT_SQL,
    FOUND,
    HITS_SQL,
    LIKE,
    LIVE_SQL,
    ORDER_SQL,
    Found,
    find_cards,
    read_cards,
)
from renmai.matching.search.rules import Ask
from renmai.places.shops.actions import pick_product
from tests.goods.pool import NOW, member, operator, shop
from tests.matching.market import Market, settle


@pytest.fixture
def market(db: None) -> Market:
    return Market()


QUESTIONS: dict[str, list[str]] = {
    "茶杯": ["cup"],
    "青瓷": ["cup"],
    "龙泉 茶杯": ["cup"],
    "蓝牙耳机": ["phones"],
    "耳机 蓝牙": ["phones"],
    "充电宝": ["bank"],
    "小米充电宝": ["bank"],
    "羽绒服": ["coat"],
    "服": ["coat"],
    "茶": ["tea", "pot", "cup"],
    "龙井": ["tea"],
    "手工": ["tea"],
    "窑街": ["tea", "pot", "cup"],
    "Teacup": ["cup", "coat"],
    "teacups": ["cup", "coat"],
    "TEA": ["tea", "cup", "pot", "coat"],
    "green tea": ["tea", "cup"],
    "head": ["phones"],
    "20000": ["bank"],
    "hill": ["pot"],
    "山子": ["pot"],
    "ＢＬＵＥＴＯＯＴＨ": ["phones"],
    "phones": [],
    "nothing of the kind": [],
    "': * & ! | (": ["tea", "filter", "bank", "phones", "pot", "cup", "coat"],
}


def test_each_question_finds_exactly_its_products(market: Market) -> None:
    found = {question: market.find(question) for question in QUESTIONS}
    assert {q: set(names) for q, names in found.items()} == {q: set(names) for q, names in QUESTIONS.items()}


def test_titles_come_before_texts_and_the_better_known_first(market: Market) -> None:
    assert market.find("teacup") == ["cup", "coat"]
    Card.objects.filter(product_id=market.ids["coat"]).update(quality=90_000)
    assert market.find("teacup") == ["cup", "coat"]
    Card.objects.filter(product_id=market.ids["pot"]).update(quality=90_000)
    assert market.find("茶")[0] == "pot"


@pytest.mark.parametrize(
    ("question", "instead", "names"),
    [
        ("taepot", "teapot", ["pot"]),
        ("bluetoth headphnes", "bluetooth headphone", ["phones"]),
        ("blutooth 耳机", "bluetooth 耳机", ["phones"]),
        ("净化气", None, ["filter"]),
        ("羽容服", "羽绒服", ["coat"]),
        ("teapot", None, ["pot"]),
        ("zzzzzz", None, []),
    ],
)
def test_a_mistyped_word_is_read_as_the_likest_one(
    market: Market, question: str, instead: str | None, names: list[str]
) -> None:
    found = find_cards(market.creator, Ask(q=question))
    assert (found.instead, market.names(found), found.count) == (instead, names, len(names))


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["cup", "pot", "phones", "bank", "tea", "filter", "coat"]),
    ({"category": "home"}, ["cup", "pot"]),
    ({"category": "nowhere"}, []),
    ({"category": "' | 'home"}, []),
    ({"term": "margin"}, ["cup", "pot", "bank", "tea", "filter", "coat"]),
    ({"term": "commission"}, ["cup", "pot", "phones", "tea", "filter", "coat"]),
    ({"earn_from_minor": 3_600}, ["pot", "phones", "tea", "filter", "coat"]),
    ({"earn_from_minor": 5_000}, ["pot", "filter", "coat"]),
    ({"multiple_to_bps": 13_333}, ["bank"]),
    ({"multiple_to_bps": 13_334}, ["phones", "bank"]),
    ({"multiple_to_bps": 20_000}, ["phones", "bank", "tea", "filter"]),
    ({"hours_to": 24}, ["pot", "tea"]),
    ({"hours_to": 12}, ["tea"]),
    ({"hours_to": 48}, ["cup", "pot", "tea"]),
    ({"hours_to": 500}, ["cup", "pot", "phones", "bank", "tea", "filter", "coat"]),
    ({"in_stock": True}, ["cup", "pot", "phones", "tea", "filter", "coat"]),
    ({"sample": True}, ["cup", "pot", "phones", "tea", "filter", "coat"]),
    ({"since": NOW - timedelta(days=3)}, ["cup", "pot", "phones"]),
    ({"rating_from_x100": 400}, []),
    ({"category": "digital", "in_stock": True, "term": "margin"}, ["filter"]),
]


@pytest.mark.parametrize(("asked", "names"), FILTERS)
def test_each_filter_keeps_exactly_what_it_says(market: Market, asked: dict[str, Any], names: list[str]) -> None:
    assert market.find(**asked) == names


def test_brand_and_supplier(market: Market) -> None:
    assert market.find(brand_id=market.brand.id) == ["pot"]
    assert market.find(supplier_id=market.suppliers[1].id) == ["phones", "bank", "filter", "coat"]
    assert market.find("茶", supplier_id=market.suppliers[1].id) == []


ORDERS = {
    "newest": ["cup", "pot", "phones", "bank", "tea", "filter", "coat"],
    "earning": ["coat", "filter", "pot", "tea", "phones", "cup", "bank"],
    "multiple": ["bank", "phones", "tea", "filter", "pot", "cup", "coat"],
}


@pytest.mark.parametrize("sort", ORDERS)
def test_orders(market: Market, sort: Any) -> None:
    found = market.find(sort=sort)
    assert found == ORDERS[sort]
    Card.objects.filter(product_id=market.ids["tea"]).update(rated=470, sold_30_days=9)
    assert market.find(sort="rated")[0] == market.find(sort="sold")[0] == "tea"


def pages(market: Market, ask: Ask, size: int) -> list[list[str]]:
    """All pages of a question."""
    found: list[Found] = [find_cards(market.creator, ask, limit=size)]
    while (after := found[-1].next_cursor) is not None:
        found.append(find_cards(market.creator, ask, after=after, limit=size))
    return [market.names(page) for page in found]


@pytest.mark.parametrize("sort", [None, "newest", "earning", "multiple", "sold", "rated", "relevance"])
@pytest.mark.parametrize(
    "asked", [{}, {"q": "茶"}, {"q": "te"}, {"in_stock": True}, {"category": "digital"}, {"q": "taepot"}]
)
def test_pages_have_no_doubles_and_no_gaps(market: Market, asked: dict[str, Any], sort: Any) -> None:
    ask = Ask(**asked, sort=sort)
    whole = [name for page in pages(market, ask, 100) for name in page]
    assert len(whole) == len(set(whole)) > 0
    for size in (1, 2, 3):
        parts = pages(market, ask, size)
        assert [name for page in parts for name in page] == whole
        assert all(len(page) == size for page in parts[:-1])


def test_pages_while_cards_change(market: Market) -> None:
    ask = Ask(q="茶", sort="earning")
    first = find_cards(market.creator, ask, limit=1)
    assert market.names(first) == ["pot"]
    Card.objects.filter(product_id=market.ids["pot"]).update(earn_minor=1_000_000)
    Product.objects.filter(id=market.ids["tea"]).update(title="Changed", title_zh="变了")
    rest = find_cards(market.creator, ask, after=first.next_cursor, limit=10)
    assert market.names(rest) == ["tea", "cup"]
    for wrong in (Ask(q="茶"), Ask(q="茶", sort="multiple")):
        with pytest.raises(BadCursor):
            find_cards(market.creator, wrong, after=first.next_cursor)
    for cursor in ("x", "eA", "ZWFybmluZ3xofCcgfCAnfDF8eA"):
        with pytest.raises(BadCursor):
            find_cards(market.creator, ask, after=cursor)


@pytest.mark.parametrize("asked", [{}, {"q": "茶杯"}, {"category": "home"}])
def test_what_leaves_the_pool_is_gone_at_once(market: Market, asked: dict[str, Any]) -> None:
    assert "cup" in market.find(**asked)
    recall_product(actor=operator(), now=NOW, product_id=market.ids["cup"], reason="It cracks.")
    assert "cup" not in market.find(**asked)
    assert read_cards(market.creator, [market.ids["cup"]]) == []
    market.suppliers[0].state = "suspended"
    market.suppliers[0].save()
    assert not {"pot", "tea"} & set(market.find(**asked))


def test_what_happens_reaches_the_cards(house: None) -> None:
    market = Market()
    cup = Card.objects.filter(product_id=market.ids["cup"])
    set_sale_terms(
        actor=member(market.suppliers[0]),
        now=NOW,
        product_id=market.ids["cup"],
        commission_bps=9000,
        margin_allowed=False,
    )
    shop_of, creator = shop("lin")
    pick_product(
        actor=creator, now=NOW, shop_id=shop_of.id, product_id=market.ids["cup"], term="commission", word="Good."
    )
    assert cup.values_list("earn_minor", "earn_term", "shops")[0] == (3200, "margin", 0)
    settle()
    assert cup.values_list("earn_minor", "earn_term", "shops")[0] == (5400, "commission", 1)
    assert market.find(term="margin", category="home") == ["pot"]
    recall_product(actor=operator(), now=NOW, product_id=market.ids["cup"], reason="It cracks.")
    settle()
    assert not cup.exists()
    assert not Word.objects.filter(word="celadon").exists()
    assert Word.objects.get(word="teapot").cards == 1


def test_price_and_stock_are_live(market: Market) -> None:
    Sku.objects.filter(product_id=market.ids["cup"]).update(price_minor=7000)
    Stock.objects.filter(sku__product_id=market.ids["cup"]).update(sold=12)
    row = next(row for row in find_cards(market.creator, Ask(q="茶杯")).rows if row["id"] == market.ids["cup"])
    assert (row["price_from_minor"], row["left"], row["sample"]) == (7000, 0, False)
    assert market.find("茶杯", in_stock=True) == []


@pytest.mark.parametrize("who", [ANONYMOUS, Actor(new_id()), Actor(new_id(), frozenset({Grant("agency", new_id())}))])
def test_buyers_find_nothing(market: Market, who: Actor) -> None:
    with pytest.raises((SignInNeeded, NotFound)):
        find_cards(who, Ask(q="茶杯"))
    with pytest.raises((SignInNeeded, NotFound)):
        read_cards(who, [market.ids["cup"]])


def test_statements_are_few_and_do_not_grow(market: Market) -> None:
    for asked, most in (({}, 3), ({"q": "茶"}, 3), ({"category": "home", "q": "celadon"}, 3), ({"q": "taepot"}, 6)):
        with CaptureQueriesContext(
            connection,
        ) as asked_of:
            find_cards(market.creator, Ask(**asked))
        assert len(asked_of) == most, asked
    first = find_cards(market.creator, Ask(q="茶"), limit=1)
    with CaptureQueriesContext(connection) as asked_of:
        find_cards(market.creator, Ask(q="茶"), after=first.next_cursor)
    assert len(asked_of) == 2


def test_every_statement_fits_the_schema(db: None) -> None:
    every = [*HITS_SQL.values(), *ORDER_SQL.values(), *COUNT_SQL.values(), FOUND, LIKE, LIVE_SQL]
    with connection.cursor() as cursor:
        for number, sql in enumerate(every):
            parts = sql.split("%s")
            numbered = "".join(f"{part}${place}" for place, part in enumerate(parts[:-1], 1)) + parts[-1]
            cursor.execute(f"prepare every_{number} as {numbered.replace('%%', '%')}")
            cursor.execute(f"deallocate every_{number}")


def test_a_product_that_is_offered_on_neither_term_holds_up_no_other(market: Market) -> None:
    Product.objects.filter(id=market.ids["bank"]).update(commission_bps=None, margin_allowed=False)
    refresh_all(now=market.now)
    assert Card.objects.get(product_id=market.ids["bank"]).earn_minor == 0
    assert Card.objects.count() == len(market.ids)
