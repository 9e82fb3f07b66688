"""The order in which the door shows everyone, and the offer to follow whose link one came by."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.people.accounts.models import Person
from renmai.people.follows.actions import follow
from renmai.people.follows.models import Follow
from renmai.places.posts.models import Post
from renmai.places.shops.foremost import list_foremost_shops
from renmai.places.shops.models import Pick, Shop
from renmai.trade.referrals.actions import make_share_link
from tests.web.buyer_world import NOW, Fair, make_fair


@pytest.fixture
def fair(house: None) -> Iterator[Fair]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield make_fair(creators=2)


def a_shop(handle: str, **more: Any) -> Shop:
    return Shop.objects.create(owner_id=new_id(), handle=handle, name=handle.title(), created_at=NOW, **more)


def handles(**asked: Any) -> list[str]:
    return [row["handle"] for row in list_foremost_shops(**asked)]


def text_of(page: Any) -> str:
    return html.unescape(page.content.decode())


def test_who_shows_a_face_a_word_and_goods_comes_before_newcomers(fair: Fair) -> None:
    Shop.objects.update(face_id=new_id())
    grown = handles()
    assert sorted(grown) == ["linwan", "unclezhou"]
    shown: dict[str, Any] = {"face_id": new_id(), "words": "Hello."}
    a_shop("bare")
    a_shop("faceless", words="Hello.")
    mute = a_shop("mute", face_id=new_id())
    a_shop("emptyhanded", **shown)
    newest = ["emptyhanded", "mute", "faceless", "bare"]
    assert handles() == [*grown, *newest]
    writer = a_shop("writer", face_id=new_id(), words_zh="你好。")
    assert handles()[2] == "writer"
    post = Post.objects.create(
        shop=writer, author_id=writer.owner_id, title="First", body="", state="draft", created_at=NOW, changed_at=NOW
    )
    assert handles()[2] == "writer"
    Post.objects.filter(id=post.id).update(state="published", published_at=NOW)
    assert handles() == ["writer", *grown, *newest]
    tea = fair.picks["linwan", "spring-mist-green"]
    Pick.objects.create(
        shop=mute, product_id=tea.product_id, term="commission", commission_bps=1, word="x", created_at=NOW
    )
    assert handles() == ["writer", *grown, *newest]
    Shop.objects.filter(id=mute.id).update(words="Now I speak.")
    assert handles() == ["writer", "mute", *grown, "emptyhanded", "faceless", "bare"]
    Pick.objects.filter(shop=mute).update(removed_at=NOW)
    Shop.objects.filter(handle="faceless").update(open=False)
    Shop.objects.filter(handle="bare").update(hidden_at=NOW)
    assert handles() == ["writer", *grown, "emptyhanded", "mute"]


@pytest.mark.parametrize("ready", [0, 1, 6, 12, 13, 24, 30])
def test_everyone_is_on_exactly_one_page(fair: Fair, ready: int) -> None:
    tea = fair.picks["linwan", "spring-mist-green"]
    Shop.objects.all().update(open=False)
    for n in range(30):
        shop = a_shop(f"s{n}", words="Hello.", face_id=new_id() if n < ready else None)
        Pick.objects.create(
            shop=shop, product_id=tea.product_id, term="commission", commission_bps=1, word="x", created_at=NOW
        )
    seen: list[str] = []
    address = "/"
    while address:
        page = text_of(Client().get(address))
        seen += re.findall(r'class="host__door" href="/@([a-z0-9]+)"', page)
        more = re.search(r'href="(\?cursor=[^"]+)"', page)
        address = f"/{more[1]}" if more else ""
    assert seen == [f"s{n}" for n in [*reversed(range(ready)), *reversed(range(ready, 30))]]


@pytest.mark.parametrize("address", ["/", "/@linwan", "/search?q=tea&kind=goods", "/search?q=tea&kind=people"])
@pytest.mark.parametrize("parts", ["x|y", "²|00000000-0000-7000-8000-000000000000", "9999999999|a", "1", "1|2|3"])
def test_a_cursor_nobody_made_is_refused(fair: Fair, address: str, parts: str) -> None:
    cursor = base64.urlsafe_b64encode(parts.encode()).decode().rstrip("=")
    sign = "&" if "?" in address else "?"
    assert Client().get(f"{address}{sign}cursor={cursor}").status_code == 422


# --- whose link one came by -------------------------------------------------------------------------------------------


def link_of(shop: Shop) -> str:
    return make_share_link(actor=Actor(shop.owner_id), now=NOW, kind="shop", subject_id=shop.id).token


def test_who_came_by_a_link_is_offered_to_follow_until_it_is_answered(fair: Fair) -> None:
    lin, client = fair.shops["linwan"], Client()
    assert "You came by" not in text_of(client.get("/"))
    client.get(f"/s/{link_of(lin)}")
    page = text_of(client.get("/"))
    assert "You came by Lin Wan’s link" in page and 'href="/sign-in?next=/@linwan"' in page
    assert "You came by" not in text_of(Client().get("/"))
    assert client.post("/came-by", {"next": "https://elsewhere.example/"}).headers["Location"] == "/"
    assert "You came by" not in text_of(client.get("/"))
    client.get(f"/s/{link_of(lin)}")
    assert "You came by" not in text_of(client.get("/"))
    client.get(f"/s/{link_of(fair.shops['unclezhou'])}")
    assert f"You came by {fair.shops['unclezhou'].name}’s link" in text_of(client.get("/"))


def test_the_offer_is_gone_once_one_follows(fair: Fair) -> None:
    lin, client = fair.shops["linwan"], Client()
    client.force_login(fair.buyer)
    client.get(f"/s/{link_of(lin)}")
    assert "You came by Lin Wan’s link" in text_of(client.get("/"))
    client.post("/@linwan/follow", {"do": "follow"})
    assert Follow.objects.get().followed_id == lin.owner_id
    assert "You came by" not in text_of(client.get("/"))


def test_only_people_with_a_shop_are_named_and_nobody_to_themselves(fair: Fair) -> None:
    lin = fair.shops["linwan"]
    hers, guest = Client(), Client()
    hers.force_login(Person.objects.get(id=lin.owner_id))
    hers.get(f"/s/{link_of(lin)}")
    assert "You came by" not in text_of(hers.get("/"))
    token = make_share_link(actor=fair.actor, now=NOW, kind="shop", subject_id=lin.id).token
    guest.get(f"/s/{token}")
    page = text_of(guest.get("/"))
    assert "You came by" not in page and fair.buyer.name not in page
    follow(actor=fair.actor, now=NOW, person_id=lin.owner_id)
    Shop.objects.filter(id=lin.id).update(open=False)
    guest.get(f"/s/{token}")
    assert "You came by" not in text_of(guest.get("/"))


def test_a_cookie_that_is_not_ours_offers_nobody(fair: Fair) -> None:
    client = Client()
    client.cookies["renmai_came_by"] = f"{fair.shops['linwan'].id.hex} "
    assert "You came by" not in text_of(client.get("/"))
    assert client.post("/came-by").status_code == 302
