"""The selection centre by HTTP: searched, filtered, saved, compared; both languages, and nobody else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.people.accounts.models import Membership, Person
from renmai.places.shops.models import SavedProduct, Shop
from renmai.places.shops.saving import SAVED_MAX, SavedTooMany, list_saved, save_product, unsave_product
from tests.goods.pool import NOW, refused, strangers
from tests.matching.market import Market
from tests.web.desk_world import key, statements, words_of
from tests.web.operator_world import signed_in


class Desk:
    """A creator with a shop, at the pages, over the bilingual pool."""

    def __init__(self) -> None:
        self.market = Market(clock.now())
        self.person = Person.objects.create(email="mei@example.org", name="Mei", created_at=NOW)
        self.shop = Shop.objects.create(owner_id=self.person.id, handle="mei", name="Mei", created_at=NOW)
        Membership.objects.create(person=self.person, role="creator", subject_id=self.shop.id, created_at=NOW)
        self.actor = Actor(self.person.id, frozenset({Grant("creator", self.shop.id)}))
        self.client = signed_in(self.person)

    def shown(self, address: str) -> list[str]:
        """The handles of the cards on a page, in order."""
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        names = {product_id: handle for handle, product_id in self.market.ids.items()}
        return [names[row["id"]] for row in answer.context["rows"]]

    def save(self, handle: str, **more: str) -> Any:
        """Press save."""
        return self.client.post(f"/creator/pool/{self.market.ids[handle]}/saved", {"key": key(), **more})


@pytest.fixture
def desk(house: None) -> Desk:
    return Desk()


# A shop without a past is given the pool by its quality; whoever asks for something else gets that.
BEST = ["filter", "tea", "coat", "phones", "pot", "cup", "bank"]
PAGES = {
    "": BEST,
    "?sort=quality": BEST,
    "?sort=newest": ["cup", "pot", "phones", "bank", "tea", "filter", "coat"],
    "?q=耳机": ["phones"],
    "?q=taepot": ["pot"],
    "?category=home&sort=multiple": ["pot", "cup"],
    "?earn=5000&hours=24": ["pot"],
    "?term=commission&in_stock=on&sort=earning": ["coat", "filter", "pot", "tea", "phones", "cup"],
    "?rating=400": [],
    "?days=7&multiple=20000&sample=on": ["phones", "tea", "filter"],
    "?category=nothing&earn=x&brand=x&sort=x&term=x&hours=-1&days=99999999999": BEST,
}  # fmt: skip


def test_the_form_finds_what_it_says(desk: Desk) -> None:
    assert {query: desk.shown(f"/creator/pool{query}") for query in PAGES} == PAGES
    assert desk.shown(f"/creator/pool?brand={desk.market.brand.id}") == ["pot"]
    assert desk.shown(f"/creator/pool?maker={desk.market.suppliers[1].id}") == ["phones", "bank", "filter", "coat"]


def test_a_card_says_all_that_is_needed_in_both_languages(desk: Desk) -> None:
    words = words_of(desk.client.get("/creator/pool?q=青瓷"))
    for said in (
        "Celadon teacup",
        "Kiln Street",
        "¥ 60 .00",
        "Supply ¥25.00",
        "+¥32.00",
        "+¥12.00",
        "12 left",
        "within 48 h",
    ):
        assert said in words, said
    assert "1 product" in words and "Not rated yet" in words and "Sample to be had" in words
    desk.client.cookies["renmai_language"] = "zh-hans"
    words = words_of(desk.client.get("/creator/pool?q=青瓷"))
    for said in ("选品中心", "龙泉青瓷茶杯", "窑街", "48 小时内发货", "1 件商品", "暂无评分"):
        assert said in words, said


def test_a_mistyped_word_and_an_empty_answer_are_explained(desk: Desk) -> None:
    assert "Showing results for “teapot”." in words_of(desk.client.get("/creator/pool?q=taepot"))
    page = desk.client.get("/creator/pool?q=青瓷&category=digital&in_stock=on")
    assert "Nothing fits all of that" in words_of(page)
    assert [chip.href for chip in page.context["chips"]] == [
        "/creator/pool?category=digital&in_stock=on",
        "/creator/pool?q=%E9%9D%92%E7%93%B7&in_stock=on",
        "/creator/pool?q=%E9%9D%92%E7%93%B7&category=digital",
    ]


def test_saved_shown_and_taken_away(desk: Desk) -> None:
    back = desk.save("cup", next="/creator/pool?q=x")
    assert (back.status_code, back["Location"]) == (302, "/creator/pool?q=x")
    assert desk.save("tea", next="https://elsewhere.example/")["Location"] == "/creator/saved"
    desk.save("cup")
    assert desk.shown("/creator/saved") == ["tea", "cup"]
    desk.market.suppliers[0].state = "suspended"
    desk.market.suppliers[0].save()
    page = desk.client.get("/creator/saved")
    assert (
        page.context["rows"] == [] and "No longer in the pool" in words_of(page) and "Celadon teacup" in words_of(page)
    )
    desk.save("cup", do="unsave")
    assert [row.product_id for row in SavedProduct.objects.all()] == [desk.market.ids["tea"]]
    assert desk.save("filter", key="").status_code == 302  # without a key nothing is done
    assert SavedProduct.objects.count() == 1


def test_saving_has_a_limit_and_an_owner(desk: Desk) -> None:
    cup = desk.market.ids["cup"]
    SavedProduct.objects.bulk_create(
        [SavedProduct(shop=desk.shop, product_id=UUID(int=n), at=NOW) for n in range(SAVED_MAX - 1)]
    )
    first = save_product(actor=desk.actor, now=NOW, shop_id=desk.shop.id, product_id=cup)
    assert save_product(actor=desk.actor, now=NOW, shop_id=desk.shop.id, product_id=cup) == first
    with pytest.raises(SavedTooMany):
        save_product(actor=desk.actor, now=NOW, shop_id=desk.shop.id, product_id=desk.market.ids["tea"])
    assert "500" in words_of(
        desk.client.post(f"/creator/pool/{desk.market.ids['tea']}/saved", {"key": key()}, follow=True)
    )
    for who in strangers():
        kind = SignInNeeded if who.person_id is None else NotFound
        for do in (save_product, unsave_product):
            refused(kind, lambda do=do, who=who: do(actor=who, now=NOW, shop_id=desk.shop.id, product_id=cup))
        with pytest.raises(kind):
            list_saved(who, desk.shop.id)


def test_compared_side_by_side(desk: Desk) -> None:
    ids = desk.market.ids
    page = desk.client.get(f"/creator/pool/compare?ids={ids['cup']}&ids={ids['pot']},{ids['tea']}")
    best = {line.label: [cell.text for cell in line.cells if cell.best] for line in page.context["lines"]}
    assert best["Earns at the suggested price"] == ["+¥91.00".lstrip("+")]
    assert best["Multiple"] == ["2.0x"] and best["Handed over within"] == ["12 hours"]
    assert best["Category"] == [] and best["Rating"] == []
    five = ",".join(str(ids[name]) for name in ("cup", "pot", "tea", "bank", "coat"))
    page = desk.client.get(f"/creator/pool/compare?ids={five}")
    assert len(page.context["rows"]) == 4 and "the first four are shown" in words_of(page)
    assert desk.client.get("/creator/pool/compare")["Location"] == "/creator/pool"
    assert desk.client.get("/creator/pool/compare?ids=x").status_code == 404
    unknown = desk.client.get(f"/creator/pool/compare?ids={UUID(int=5)}")
    assert "Nothing to compare" in words_of(unknown)


def test_buyers_get_nothing(desk: Desk) -> None:
    buyer = signed_in(Person.objects.create(email="buyer@example.org", name="B", created_at=NOW))
    for address in ("/creator/pool?q=茶", "/creator/saved", f"/creator/pool/compare?ids={desk.market.ids['cup']}"):
        assert buyer.get(address).status_code == 404
        assert Client().get(address).status_code == 302
    assert buyer.post(f"/creator/pool/{desk.market.ids['cup']}/saved", {"key": key()}).status_code == 404
    assert not SavedProduct.objects.exists()


def test_statements_do_not_grow_with_the_cards(desk: Desk) -> None:
    assert statements(desk.client, "/creator/pool?q=耳机") == statements(desk.client, "/creator/pool?in_stock=on")
    desk.save("cup")
    one = statements(desk.client, "/creator/saved")
    desk.save("tea")
    assert statements(desk.client, "/creator/saved") == one
