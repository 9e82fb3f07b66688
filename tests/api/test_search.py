"""Search over HTTP: people, goods and posts, by whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from renmai.kit.events.actions import Happened
from renmai.kit.ids import new_id
from renmai.matching.finds.actions import keep_findable
from renmai.matching.search.actions import refresh_all
from renmai.places.posts.models import Post
from renmai.places.shops.models import Shop
from tests.api.desk import Caller
from tests.web.buyer_world import NOW, Fair, make_fair

ANYONE = Caller()


@pytest.fixture
def fair(house: None) -> Iterator[Fair]:
    made = make_fair(creators=2)
    for shop in made.shops.values():
        keep_findable(Happened("shop.opened", shop.id, NOW))
    refresh_all(now=NOW)
    yield made


def a_post(shop: Shop, title: str, **more: Any) -> Post:
    post = Post.objects.create(
        shop=shop, author_id=shop.owner_id, title=title, body="八十度。", state="published", published_at=NOW,
        created_at=NOW, changed_at=NOW, **more,
    )  # fmt: skip
    keep_findable(Happened("post.published", post.id, NOW))
    return post


def found(kind: str, **asked: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = ANYONE.call("GET", f"/search/{kind}", query=asked).json["items"]
    return items


def test_each_kind_is_found_by_everyone(fair: Fair) -> None:
    post = a_post(fair.shops["linwan"], "第一泡的水温")
    assert [row["handle"] for row in found("people", q="林晚")] == ["linwan"]
    goods = found("goods", q="春雾")
    tea = fair.picks["linwan", "spring-mist-green"]
    assert [(row["id"], row["product_id"], row["handle"]) for row in goods] == [
        (str(tea.id), str(tea.product_id), "linwan")
    ]
    assert goods[0]["price_minor"] == 7400 and goods[0]["word"]
    assert [(row["id"], row["shop_handle"], row["goods"]) for row in found("posts", q="水温")] == [
        (str(post.id), "linwan", 0)
    ]


@pytest.mark.parametrize("kind", ["people", "goods", "posts"])
@pytest.mark.parametrize("q", ["zzzzqqq", "!!!", "𝄞", "a" * 100, "' | :*", "%_\\"])
def test_what_nothing_fits_is_an_empty_list(fair: Fair, kind: str, q: str) -> None:
    assert ANYONE.call("GET", f"/search/{kind}", query={"q": q}).json == {"items": [], "next": None}


@pytest.mark.parametrize("kind", ["people", "goods", "posts"])
@pytest.mark.parametrize(
    "asked", [{}, {"q": ""}, {"q": "a" * 101}, {"q": "tea\0"}, {"q": "tea", "limit": 101}, {"q": "tea", "x": 1}]
)
def test_a_question_has_limits(fair: Fair, kind: str, asked: dict[str, Any]) -> None:
    assert ANYONE.refused("GET", f"/search/{kind}", query=asked)["code"] == "invalid"


def test_pages_hold_everything_once(fair: Fair) -> None:
    lin = fair.shops["linwan"]  # whose words have tea in them too
    for n in range(7):
        keep_findable(
            Happened("shop.opened", Shop.objects.create(owner_id=new_id(), handle=f"tea{n}", name=f"Tea {n}", created_at=NOW).id, NOW)
        )  # fmt: skip
        a_post(lin, f"Tea {n}")
    for kind, all_of_them in {"people": 8, "posts": 7}.items():
        seen, after = [], None
        while True:
            page = ANYONE.call(
                "GET", f"/search/{kind}", query={"q": "tea", "limit": 3} | ({"after": after} if after else {})
            )
            seen += [row["id"] for row in page.json["items"]]
            if (after := page.json["next"]) is None:
                break
        assert (len(seen), len(set(seen))) == (all_of_them, all_of_them)
    assert ANYONE.refused("GET", "/search/people", query={"q": "tea", "after": "nonsense"})["code"] == "bad_cursor"
