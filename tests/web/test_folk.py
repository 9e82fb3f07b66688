"""The pages about people: the door, a person, following, friends, circles; what they show whom, and what they cost."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.kit.ids import new_id
from renmai.people.accounts.models import Person
from renmai.people.circles.actions import join_circle, open_circle
from renmai.people.circles.models import CircleMember
from renmai.people.follows.actions import follow, show_trust
from renmai.people.follows.models import Consent, Follow, FriendLink, TrustShown
from renmai.places.posts.models import Post
from renmai.places.shops.models import Pick, PickPrice, Shop
from renmai.trade.orders.models import Order
from renmai.trade.promotions.models import Drop
from renmai.trust.reviews.models import Review
from tests.web.buyer_world import NOW, Fair, make_fair

DAY = timedelta(days=1)
HTMX = {"HX-Request": "true"}
HOUSE = Actor(new_id(), frozenset({Grant("operator")}))
TEA = ("linwan", "spring-mist-green")


@pytest.fixture
def fair(house: None) -> Iterator[Fair]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield make_fair(creators=2)


@pytest.fixture
def buyer(fair: Fair) -> Client:
    return entered(fair.buyer)


def entered(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(page: Any) -> str:
    return html.unescape(page.content.decode())


def statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def a_person(name: str) -> Person:
    return Person.objects.create(email=f"{name.lower()}@example.org", name=name, created_at=NOW)


def a_drop(fair: Fair, handle: str, *, ends: timedelta = DAY) -> Drop:
    key = next(key for key in fair.picks if key[0] == handle)
    now = clock.now()
    return Drop.objects.create(
        shop_id=fair.shops[handle].id, pick_id=fair.picks[key].id, sku_id=fair.skus[key[1]][0].id, price_minor=900,
        quantity=5, policy="hold", starts_at=now - DAY, ends_at=now + ends, created_by_id=new_id(), created_at=now,
    )  # fmt: skip


def a_post(shop: Shop, title: str, **more: Any) -> Post:
    return Post.objects.create(
        shop=shop, author_id=shop.owner_id, title=title, body="Words.", state="published", published_at=NOW,
        created_at=NOW, changed_at=NOW, **more,
    )  # fmt: skip


def befriend(one: Person, other: Person) -> None:
    follow(actor=Actor(one.id), now=NOW, person_id=other.id)
    follow(actor=Actor(other.id), now=NOW, person_id=one.id)
    show_trust(actor=Actor(other.id), now=NOW, shown=True)


def reviewed(buyer: Person, shop: Shop, score: int) -> None:
    order = Order.objects.create(
        checkout_id=new_id(), shop_id=shop.id, buyer_id=buyer.id, state="received", currency="CNY", goods_minor=1,
        freight_minor=0, total_minor=1, placed_at=NOW, paid_at=NOW, received_at=NOW,
    )  # fmt: skip
    Review.objects.create(order_id=order.id, shop_id=shop.id, buyer_id=buyer.id, score=score, at=NOW)


# --- the door ---------------------------------------------------------------------------------------------------------


def test_the_door_shows_live_then_followed_then_trusted_then_circles_then_everyone(fair: Fair, buyer: Client) -> None:
    friend = a_person("Tang")
    befriend(fair.buyer, friend)
    reviewed(friend, fair.shops["unclezhou"], 5)
    follow(actor=fair.actor, now=NOW, person_id=fair.shops["linwan"].owner_id)
    a_post(fair.shops["linwan"], "Water first")
    a_drop(fair, "unclezhou")
    open_circle(actor=HOUSE, now=NOW, slug="tea", name="Tea people")
    page = text_of(buyer.get("/"))
    order = ["Live now", "People you follow", "Water first", "Your friends trust", "<strong>Tang</strong> gave 5 of 5", "Tea people", "Chosen for you"]  # fmt: skip
    places = [page.index(words, page.index("<main")) for words in order]
    assert places == sorted(places)
    assert len(page.encode()) < 100_000
    nobody = text_of(Client().get("/"))
    assert "Live now" in nobody and "Tea people" in nobody
    assert "People you follow" not in nobody and "Your friends trust" not in nobody and "Tang" not in nobody


def test_the_door_of_an_empty_house(house: None) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    page = text_of(Client().get("/"))
    assert "Nobody has opened a shop yet" in page and "Live now" not in page


def test_who_follows_nobody_is_told_what_comes_here(buyer: Client) -> None:
    assert "what they say and pick comes first here" in text_of(buyer.get("/"))


@pytest.mark.parametrize("count", [3, 30])
def test_the_door_costs_the_same_however_many_there_are(fair: Fair, buyer: Client, count: int) -> None:
    zhou = next(key for key in fair.picks if key[0] == "unclezhou")
    now = clock.now()
    for n in range(count):
        owner, friend = a_person(f"Owner{n}"), a_person(f"Friend{n}")
        shop = Shop.objects.create(owner_id=owner.id, handle=f"s{n}", name=f"S{n}", created_at=NOW)
        pick = Pick.objects.create(
            shop=shop, product_id=fair.products[zhou[1]].id, term="margin", word="Mine.", created_at=NOW
        )
        PickPrice.objects.create(pick=pick, sku_id=fair.skus[zhou[1]][0].id, price_minor=9900)
        follow(actor=fair.actor, now=NOW, person_id=owner.id)
        befriend(fair.buyer, friend)
        reviewed(friend, shop, 5)
        a_post(shop, f"P{n}")
        Drop.objects.create(
            shop_id=shop.id, pick_id=pick.id, sku_id=fair.skus[zhou[1]][0].id, price_minor=900, quantity=5, policy="hold",
            starts_at=now - DAY, ends_at=now + DAY, created_by_id=new_id(), created_at=now,
        )  # fmt: skip
        open_circle(actor=HOUSE, now=NOW, slug=f"c{n}", name=f"C{n}")
    assert statements(Client(), "/") == 10
    assert statements(buyer, "/") == 33, "where the reader's order is made anew"
    assert statements(buyer, "/") == 23
    assert len(buyer.get("/").content) < 100_000


def test_a_drop_that_is_over_or_taken_is_not_live(fair: Fair) -> None:
    drop = a_drop(fair, "unclezhou")
    assert "Live now" in text_of(Client().get("/"))
    Drop.objects.update(taken=drop.quantity)
    assert "Live now" not in text_of(Client().get("/"))
    Drop.objects.update(taken=0, ends_at=clock.now() - timedelta(minutes=1))
    assert "Live now" not in text_of(Client().get("/"))
    Drop.objects.update(ends_at=clock.now() + DAY, starts_at=clock.now() + timedelta(hours=1))
    assert "Live now" not in text_of(Client().get("/"))


# --- a person ---------------------------------------------------------------------------------------------------------


def test_a_person_is_followed_with_and_without_scripts(fair: Fair, buyer: Client) -> None:
    lin = fair.shops["linwan"]
    assert 'href="/sign-in?next=/@linwan"' in text_of(Client().get("/@linwan"))
    answer = buyer.post("/@linwan/follow", {"do": "follow"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/@linwan")
    assert Follow.objects.get().followed_id == lin.owner_id
    page = text_of(buyer.get("/@linwan"))
    assert "1 follower" in page and "Following" in page and "Lin Wan does not see who you are." in page
    piece = buyer.post("/@linwan/follow", {"do": "reach"}, headers=HTMX)
    assert piece.status_code == 200 and "<html" not in text_of(piece) and "may write to you" in text_of(piece)
    assert Consent.objects.get().given_to_id == lin.owner_id
    buyer.post("/@linwan/follow", {"do": "unfollow"}, headers=HTMX)
    assert not Follow.objects.exists()


def test_nobody_follows_without_signing_in_and_nobody_themselves(fair: Fair) -> None:
    away = Client().post("/@linwan/follow", {"do": "follow"})
    assert away.status_code == 302 and away.headers["Location"].startswith("/sign-in")
    lin = entered(Person.objects.get(id=fair.shops["linwan"].owner_id))
    assert 'value="follow"' not in text_of(lin.get("/@linwan"))
    lin.post("/@linwan/follow", {"do": "follow"})
    assert not Follow.objects.exists()


def test_what_stands_for_a_person_is_seen_at_a_glance(fair: Fair, buyer: Client) -> None:
    lin = fair.shops["linwan"]
    page = text_of(buyer.get("/@linwan"))
    assert "No review yet" in page and "No complaint so far" in page
    friend = a_person("Tang")
    befriend(fair.buyer, friend)
    reviewed(friend, lin, 5)
    reviewed(a_person("He"), lin, 4)
    page = text_of(buyer.get("/@linwan"))
    assert "<strong>4.5</strong> of 5 from 2 reviews" in page and "<strong>Tang</strong> gave 5 of 5" in page
    assert "Tang" not in text_of(Client().get("/@linwan"))


def test_sections_stand_in_the_order_and_colour_that_were_chosen(fair: Fair) -> None:
    lin = fair.shops["linwan"]
    a_post(lin, "Water first")
    a_drop(fair, "linwan")
    marks = ["<h2>Drops</h2>", "Water first", "What Lin Wan picked", "About Lin Wan"]
    page = text_of(Client().get("/@linwan"))
    assert [page.index(mark) for mark in marks] == sorted(page.index(mark) for mark in marks)
    Shop.objects.filter(id=lin.id).update(sections=["about", "picks"], accent="moss", ai_persona=True)
    page = text_of(Client().get("/@linwan"))
    places = [page.index(mark) for mark in (marks[3], marks[2], marks[0], marks[1])]
    assert places == sorted(places) and "accent--moss" in page and "AI persona" in page
    Shop.objects.filter(id=lin.id).update(accent='x" onload="')
    assert "onload" not in text_of(Client().get("/@linwan"))


@pytest.mark.parametrize("count", [3, 30])
def test_a_person_costs_the_same_however_much_there_is(fair: Fair, buyer: Client, count: int) -> None:
    lin = fair.shops["linwan"]
    for n in range(count):
        a_post(lin, f"P{n}")
        friend = a_person(f"F{n}")
        befriend(fair.buyer, friend)
        reviewed(friend, lin, 5)
        open_circle(actor=HOUSE, now=NOW, slug=f"c{n}", name=f"C{n}")
        join_circle(actor=Actor(lin.owner_id), now=NOW, slug=f"c{n}")
    a_drop(fair, "linwan")
    assert statements(Client(), "/@linwan") == 20
    assert statements(buyer, "/@linwan") == 30


def test_all_that_somebody_said_is_paged(fair: Fair) -> None:
    for n in range(15):
        a_post(fair.shops["linwan"], f"Said {n:02}")
    first = text_of(Client().get("/@linwan/posts"))
    cursor = re.search(r"\?cursor=([\w-]+)", first)
    assert cursor is not None
    second = text_of(Client().get(f"/@linwan/posts?cursor={cursor[1]}"))
    said = [re.findall(r">(Said \d\d)<", page) for page in (first, second)]
    assert [len(each) for each in said] == [12, 3] and len({*said[0], *said[1]}) == 15
    assert Client().get("/@linwan/posts?cursor=nonsense").status_code == 422
    assert Client().get("/@nobody/posts").status_code == 404


def test_the_same_goods_from_others_one_follows(fair: Fair, buyer: Client) -> None:
    tea, zhou = fair.picks[TEA], fair.shops["unclezhou"]
    other = Pick.objects.create(
        shop=zhou, product_id=tea.product_id, term="commission", commission_bps=1000, word="In my lunch break.", created_at=NOW
    )  # fmt: skip
    assert "Others you follow" not in text_of(buyer.get(f"/picks/{tea.id}"))
    follow(actor=fair.actor, now=NOW, person_id=zhou.owner_id)
    page = text_of(buyer.get(f"/picks/{tea.id}"))
    assert "Others you follow have it too" in page and "In my lunch break." in page and f"/picks/{other.id}" in page
    assert "Others you follow" not in text_of(buyer.get(f"/picks/{other.id}"))
    assert "Others you follow" not in text_of(Client().get(f"/picks/{tea.id}"))


# --- friends ----------------------------------------------------------------------------------------------------------


def test_friends_find_each_other_by_a_link(fair: Fair, buyer: Client) -> None:
    buyer.post("/following", {"do": "open_link"})
    token = FriendLink.objects.get().token
    assert f"/friends/{token}" in text_of(buyer.get("/following"))
    tang = a_person("Tang")
    hers = entered(tang)
    assert "顾宁" in text_of(hers.get(f"/friends/{token}"))
    assert Client().post(f"/friends/{token}/follow").headers["Location"].startswith("/sign-in")
    hers.post(f"/friends/{token}/follow")
    mine = text_of(buyer.get("/following"))
    assert "They follow you" in mine and "Tang" in mine
    buyer.post("/following", {"do": "back", "follow": Follow.objects.get().id})
    assert Follow.objects.count() == 2 and "Friend" in text_of(hers.get("/following"))
    buyer.post("/following", {"do": "close_link"})
    assert hers.get(f"/friends/{token}").status_code == 404


def test_everybody_who_waits_to_be_followed_back_is_found(fair: Fair, buyer: Client) -> None:
    names = [f"Person {n:02}" for n in range(30)]
    for name in names:
        follow(actor=Actor(a_person(name).id), now=NOW, person_id=fair.buyer.id, reachable=True)
    first = text_of(buyer.get("/following"))
    assert 'href="/followers"' in first and sum(f">{name}<" in first for name in names) == 6
    page = text_of(buyer.get("/followers"))
    cursor = re.search(r"cursor=([\w-]+)", page)
    assert cursor
    page += text_of(buyer.get(f"/followers?cursor={cursor[1]}"))
    assert all(f">{name}<" in page for name in names)
    back = buyer.post("/following", {"do": "back", "follow": Follow.objects.first().id, "next": "/followers"})
    assert back.headers["Location"] == "/followers"


def test_following_is_ones_own_to_change_and_only_ones_own(fair: Fair, buyer: Client) -> None:
    tang = a_person("Tang")
    found = follow(actor=Actor(tang.id), now=NOW, person_id=fair.shops["linwan"].owner_id, reachable=True)
    for do in ("unfollow", "hide", "back"):
        assert buyer.post("/following", {"do": do, "follow": found.id}).status_code == 302
    assert buyer.post("/following", {"do": "unfollow", "follow": "x"}).status_code == 302
    assert Consent.objects.get().at == NOW and Follow.objects.count() == 1
    hers = entered(tang)
    hers.post("/following", {"do": "hide", "follow": found.id})
    assert not Consent.objects.exists()
    hers.post("/following", {"do": "unfollow", "follow": found.id})
    assert not Follow.objects.exists()


def test_trust_is_shown_and_hidden_from_the_page(buyer: Client, fair: Fair) -> None:
    buyer.post("/following", {"do": "show_trust"})
    assert TrustShown.objects.get().person_id == fair.buyer.id
    assert "from whom you bought again" in text_of(buyer.get("/following"))
    buyer.post("/following", {"do": "hide_trust"})
    assert not TrustShown.objects.exists()


# --- circles ----------------------------------------------------------------------------------------------------------


def test_a_circle_is_joined_and_left_and_shows_its_people(fair: Fair, buyer: Client) -> None:
    circle = open_circle(actor=HOUSE, now=NOW, slug="tea", name="Tea people", name_zh="喝茶的人")
    join_circle(actor=Actor(fair.shops["linwan"].owner_id), now=NOW, slug="tea")
    a_post(fair.shops["unclezhou"], "On stoves", circle_id=circle.id)
    assert "Tea people" in text_of(Client().get("/circles"))
    page = text_of(Client().get("/circles/tea"))
    assert "Lin Wan" in page and "On stoves" in page and "1 person" in page
    assert 'href="/sign-in?next=/circles/tea"' in page
    buyer.post("/circles/tea/membership", {"do": "join"})
    assert CircleMember.objects.count() == 2
    page = text_of(buyer.get("/circles/tea"))
    assert "2 people" in page and "顾宁" not in page  # who has no shop is not named
    assert "喝茶的人" in text_of(buyer.get("/circles/tea", headers={"Accept-Language": "zh-hans"}))
    buyer.post("/circles/tea/membership", {"do": "leave"})
    assert CircleMember.objects.count() == 1
    assert Client().get("/circles/none").status_code == 404
    assert "Lin Wan" in text_of(Client().get("/circles/tea/people"))


@pytest.mark.parametrize("count", [3, 30])
def test_a_circle_costs_the_same_however_many_are_in_it(fair: Fair, count: int) -> None:
    circle = open_circle(actor=HOUSE, now=NOW, slug="tea", name="Tea people")
    for n in range(count):
        owner = a_person(f"O{n}")
        shop = Shop.objects.create(owner_id=owner.id, handle=f"s{n}", name=f"S{n}", created_at=NOW)
        join_circle(actor=Actor(owner.id), now=NOW, slug="tea")
        a_post(shop, f"P{n}", circle_id=circle.id)
    assert statements(Client(), "/circles/tea") == 3
    assert statements(Client(), "/circles/tea/people") == 2
