"""Search for buyers: people, goods and posts by Chinese and English words; only what everyone may see."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit.access import ANONYMOUS
from renmai.kit.events.actions import Happened
from renmai.kit.ids import new_id
from renmai.matching.finds.actions import keep_findable
from renmai.matching.finds.models import Findable
from renmai.matching.finds.queries import find_goods, find_people, find_posts, question_of, understood
from renmai.matching.search.actions import refresh_all
from renmai.people.follows.actions import follow
from renmai.places.posts.models import Post
from renmai.places.shops.models import Pick, Shop
from tests.web.buyer_world import NOW, Fair, make_fair


@pytest.fixture
def fair(house: None) -> Iterator[Fair]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    made = make_fair(creators=2)
    for shop in made.shops.values():
        keep_findable(Happened("shop.opened", shop.id, NOW))
    refresh_all(now=NOW)
    yield made


def a_post(shop: Shop, title: str, body: str = "") -> Post:
    post = Post.objects.create(
        shop=shop, author_id=shop.owner_id, title=title, body=body, state="published", published_at=NOW, created_at=NOW,
        changed_at=NOW,
    )  # fmt: skip
    keep_findable(Happened("post.published", post.id, NOW))
    return post


def people(text: str) -> list[str]:
    return [row["handle"] for row in find_people(question_of(text))]


@pytest.mark.parametrize("text", ["Lin Wan", "lin", "LINWAN", "林晚", "catalogued books"])
def test_people_are_found_by_name_address_and_words(fair: Fair, text: str) -> None:
    assert people(text) == ["linwan"]


def test_a_mistyped_name_is_forgiven(fair: Fair) -> None:
    assert people("Zhou Dehia")[:1] == ["unclezhou"]
    assert people("qqqqqqqq") == []


def test_goods_are_found_with_who_stands_for_them(fair: Fair) -> None:
    found = find_goods(ANONYMOUS, question_of("spring mist"))
    assert [(row["title"], row["handle"]) for row in found] == [("Spring Mist green tea", "linwan")]
    assert [row["handle"] for row in find_goods(ANONYMOUS, question_of("春雾"))] == ["linwan"]
    tea = fair.picks["linwan", "spring-mist-green"]
    Pick.objects.create(
        shop=fair.shops["unclezhou"], product_id=tea.product_id, term="commission", commission_bps=1000, word="Mine.",
        created_at=NOW,
    )  # fmt: skip
    assert [row["handle"] for row in find_goods(ANONYMOUS, question_of("spring mist"))] == ["unclezhou"]
    follow(actor=fair.actor, now=NOW, person_id=fair.shops["linwan"].owner_id)
    assert [row["handle"] for row in find_goods(fair.actor, question_of("spring mist"))] == ["linwan"]


def test_posts_are_found_by_title_before_words(fair: Fair) -> None:
    lin = fair.shops["linwan"]
    title = a_post(lin, "第一泡的水温", "八十度。")
    body = a_post(lin, "Mornings", "水温不重要。")
    assert [row["id"] for row in find_posts(question_of("水温"))] == [title.id, body.id]
    Post.objects.filter(id=title.id).update(state="withdrawn")
    assert [row["id"] for row in find_posts(question_of("水温"))] == [body.id]
    keep_findable(Happened("post.withdrawn", title.id, NOW))
    assert not Findable.objects.filter(subject_id=title.id).exists()


def test_what_is_closed_hidden_or_gone_is_not_found(fair: Fair) -> None:
    lin = fair.shops["linwan"]
    a_post(lin, "Water first")
    for change in ({"open": False}, {"open": True, "hidden_at": NOW}):
        Shop.objects.filter(id=lin.id).update(**change)
        assert people("Lin Wan") == [] and find_posts(question_of("water")) == []
        assert find_goods(ANONYMOUS, question_of("spring mist")) == []
    keep_findable(Happened("shop.changed", new_id(), NOW))
    assert Findable.objects.count() == 3


def test_writing_it_anew_is_harmless(fair: Fair) -> None:
    lin = fair.shops["linwan"]
    Shop.objects.filter(id=lin.id).update(name="Wan Lin")
    for _ in range(2):
        keep_findable(Happened("shop.changed", lin.id, NOW))
    assert Findable.objects.get(subject_id=lin.id).named.startswith("wan lin")


def test_a_mistyped_thing_is_understood(fair: Fair) -> None:
    meant = understood(question_of("teapto"))
    assert meant is not None and find_goods(ANONYMOUS, meant)
    assert understood(question_of("")) is None


@pytest.mark.parametrize("text", ["", "   ", "!!!", "' | :*", "%_\\", "a" * 400, "<b>", "𝄞", "茶\r\n茶", "zz\x1b"])
def test_odd_questions_find_nothing_and_hurt_nothing(fair: Fair, text: str) -> None:
    assert Client().get("/search", {"q": text}).status_code == 200


@pytest.mark.parametrize("text", ["\0", "zz\0qq"])
def test_what_nobody_can_type_is_no_question(fair: Fair, text: str) -> None:
    assert Client().get("/search", {"q": text}).status_code == 404
    assert find_people(question_of(text)) == [] and understood(question_of("\0")) is None


def test_a_single_chinese_sign_and_mixed_text(fair: Fair) -> None:
    a_post(fair.shops["linwan"], "第一泡的水温 80 degrees")
    assert people("林") == ["linwan"] and people("林晚 lin") == ["linwan"] and people("茶") == ["linwan"]
    assert [row["handle"] for row in find_goods(ANONYMOUS, question_of("雾"))] == ["linwan"]
    for text in ("水", "水温 80", "degrees 水温", "８０ 水温", "Degrees，水温！", "水温\0degrees"):
        assert len(find_posts(question_of(text))) == 1, text
    assert find_posts(question_of("水温 90")) == []


def text_of(page: Any) -> str:
    return html.unescape(page.content.decode())


def test_the_page_shows_people_first_then_goods_then_posts(fair: Fair) -> None:
    a_post(fair.shops["linwan"], "On tea")
    Shop.objects.filter(handle="linwan").update(words="Tea at four.")
    keep_findable(Happened("shop.changed", fair.shops["linwan"].id, NOW))
    page = text_of(Client().get("/search?q=tea"))
    places = [page.index(words) for words in ("<h2>People</h2>", "Goods, and who stands for them", "<h2>Posts</h2>")]
    assert places == sorted(places) and "On tea" in page
    assert "Nothing fits “zzzzzz”" in text_of(Client().get("/search?q=zzzzzz"))
    assert "Nothing fits “teapto”. This is what fits" in text_of(Client().get("/search?q=teapto"))


@pytest.mark.parametrize("count", [3, 30])
def test_a_search_costs_the_same_however_much_fits(fair: Fair, count: int) -> None:
    for n in range(count):
        shop = Shop.objects.create(owner_id=new_id(), handle=f"tea{n}", name=f"Tea {n}", created_at=NOW)
        keep_findable(Happened("shop.opened", shop.id, NOW))
        a_post(shop, f"Tea post {n}")
    with CaptureQueriesContext(connection) as seen:
        assert Client().get("/search?q=tea").status_code == 200
    assert len(seen) == 7  # people, who of them is live, goods, whose credit it is twice, posts, the posts' cards
    names: list[str] = []
    address = "/search?kind=people&q=tea"
    while address:
        page = text_of(Client().get(address))
        names += re.findall(r'person-card__name clamp-2">([^<]+)<', page)
        more = re.search(r'href="(\?[^"]*cursor=[^"]+)"', page)
        address = f"/search{more[1]}" if more else ""
    assert sorted(name for name in names if name.startswith("Tea ")) == sorted(f"Tea {n}" for n in range(count))
    assert len(names) == len(set(names))
