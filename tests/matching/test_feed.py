"""Orders of the home and of the centre: made, kept, remade when something says so, paged through, forgotten."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.clock import local_day
from renmai.kit.ids import new_id
from renmai.kit.paging import cursor_of
from renmai.matching.feed.actions import KeptOrder, order_for, order_of, sweep_orders
from renmai.matching.feed.models import ListOrder
from renmai.matching.feed.people import rank_people
from renmai.matching.feed.queries import _page, list_people
from renmai.matching.fits.models import Fit, Near
from renmai.matching.shown.models import Experiment, Showing
from renmai.matching.shown.ranking import choose_ranker
from renmai.matching.signals.actions import choose_without
from renmai.matching.signals.models import Signal
from renmai.people.accounts.models import Person
from renmai.people.follows.actions import follow, unfollow
from renmai.people.follows.models import Follow, TrustShown
from renmai.places.live.models import Show
from renmai.places.shops.models import Pick, Shop
from renmai.trade.orders.models import Order
from tests.web.buyer_world import NOW, Fair, make_fair

MINUTE = timedelta(minutes=1)


@pytest.fixture
def fair(house: None) -> Iterator[Fair]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield make_fair(creators=4)


def a_shop(handle: str, *, product: UUID | None = None, days: int = 90, **more: Any) -> Shop:
    """A shop with a face and a word that opened `days` ago, and shows a product."""
    owner = Person.objects.create(email=f"{handle}@example.org", name=handle, created_at=NOW)
    shop = Shop.objects.create(
        owner_id=owner.id, handle=handle, name=handle.title(), words="Hello.", face_id=new_id(),
        created_at=NOW - timedelta(days=days), **more,
    )  # fmt: skip
    if product:
        Pick.objects.create(
            shop=shop, product_id=product, term="commission", commission_bps=1, word="x", created_at=shop.created_at
        )
    return shop


def reasons(person_id: UUID, now: Any = NOW) -> dict[str, list[Any]]:
    """Handle -> reason, in the order of a person's home."""
    order = order_for("home", person_id, now=now)
    handles = dict(Shop.objects.values_list("id", "handle"))
    return {handles[thing]: reason for thing, reason in zip(order.things, order.reasons, strict=True)}


def looked_at(person_id: UUID, product_id: UUID, *, kind: str = "order") -> None:
    Signal.objects.create(
        subject_id=person_id, kind=kind, thing="product", thing_id=product_id, amount=1, on=NOW.date(), at=NOW
    )


def served(name: str, near: dict[UUID, list[UUID]]) -> None:
    """Let a model serve in which these are near."""
    fit = Fit.objects.create(
        name=name, version=1, state="serving", rules_version=1, until=NOW, sha256="0" * 64, size_bytes=1, subjects=1,
        things=1, signals=1, seconds=1, fitted_at=NOW, served_at=NOW,
    )  # fmt: skip
    for product_id, others in near.items():
        Near.objects.create(
            fit=fit, product_id=product_id, near=others, weights=[1.0 / (n + 1) for n in range(len(others))]
        )


def test_a_home_says_live_followed_trusted_like_and_new(fair: Fair) -> None:
    Shop.objects.update(created_at=NOW - timedelta(days=200))
    tea = fair.products["spring-mist-green"]
    pot = next(one for one in fair.products.values() if one != tea)
    on_air, loved, alike = a_shop("onair"), a_shop("loved"), a_shop("alike", product=pot.id)
    a_shop("fresh", product=tea.id, days=2)
    Show.objects.create(
        shop=on_air, host_id=on_air.owner_id, title="Now", starts_at=NOW, minutes=60, state="live", began_at=NOW,
        created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    friend = Person.objects.create(email="friend@example.org", name="Xia", created_at=NOW)
    for a, b in ((fair.buyer.id, friend.id), (friend.id, fair.buyer.id)):
        Follow.objects.create(follower_id=a, followed_id=b, at=NOW)
    TrustShown.objects.create(person_id=friend.id, at=NOW)
    for days in (60, 10):
        at = NOW - timedelta(days=days)
        Order.objects.create(
            checkout_id=new_id(), shop_id=loved.id, buyer_id=friend.id, state="settled", currency="CNY", goods_minor=1,
            freight_minor=0, total_minor=1, placed_at=at, paid_at=at, received_at=at,
        )  # fmt: skip
    Pick.objects.filter(product_id=pot.id).exclude(shop=alike).delete()
    Pick.objects.filter(product_id=tea.id).exclude(shop__handle="fresh").delete()
    bought = fair.products["spring-mist-green"].id
    served("buyers", {bought: [pot.id]})
    looked_at(fair.buyer.id, bought)
    follow(actor=fair.actor, now=NOW, person_id=fair.shops["unclezhou"].owner_id)
    found = reasons(fair.buyer.id, NOW + MINUTE)
    assert found["onair"] == ["live"] and found["unclezhou"] == ["you_follow"] and found["loved"] == ["trusted_by", 1]
    assert found["alike"] == ["shows_like", str(bought)] and found["fresh"] == ["shows_like", str(bought)]
    assert list(found)[:3] == ["onair", "unclezhou", "loved"] and len(found) == len(set(found)) == 8
    assert found["linwan"][0] in ("house", "like_followed")


def test_a_taste_is_summed_by_the_model_that_serves_and_what_is_near_to_the_disliked_says_nothing(fair: Fair) -> None:
    Shop.objects.update(created_at=NOW - timedelta(days=200))
    Pick.objects.update(removed_at=NOW)
    liked, also, sent_back = (new_id() for _ in range(3))
    once, twice, sunk = (one.id for one in list(fair.products.values())[:3])
    for handle, product in (("once", once), ("twice", twice), ("sunk", sunk)):
        a_shop(handle, product=product)
    for product in (liked, also):
        looked_at(fair.buyer.id, product)
    looked_at(fair.buyer.id, sent_back, kind="refund")
    served("buyers", {liked: [sunk]})
    Fit.objects.update(state="retired", version=2)
    assert "shows_like" not in {reason[0] for reason in reasons(fair.buyer.id).values()}
    served("buyers", {liked: [once, twice], also: [twice, sunk], sent_back: [sunk]})
    found = reasons(fair.buyer.id, NOW + 20 * MINUTE)
    assert list(found)[:2] == ["twice", "once"] and found["sunk"] == ["house"]
    assert found["twice"] == ["shows_like", str(also)] and found["once"] == ["shows_like", str(liked)]


def test_credit_shows_some_to_followers_alone_and_some_behind_the_others(fair: Fair) -> None:
    tea = fair.products["spring-mist-green"].id
    a_shop("last", product=tea, exposure=1)
    gone = a_shop("gone", product=tea, exposure=0)
    found = reasons(fair.buyer.id)
    assert list(found)[-1] == "last" and "gone" not in found
    follow(actor=fair.actor, now=NOW + MINUTE, person_id=gone.owner_id)
    assert reasons(fair.buyer.id, NOW + MINUTE)["gone"] == ["you_follow"]
    assert "gone" in [row["handle"] for row in list_people(fair.actor, now=NOW + MINUTE).rows]
    unfollow(actor=fair.actor, now=NOW + MINUTE, person_id=gone.owner_id)
    assert "gone" not in reasons(fair.buyer.id, NOW + MINUTE)


def test_an_order_is_kept_ten_minutes_and_made_anew_when_the_reader_does_something(fair: Fair) -> None:
    me, zhou = fair.buyer.id, fair.shops["unclezhou"]
    first = order_for("home", me, now=NOW)
    with CaptureQueriesContext(connection) as seen:
        assert order_for("home", me, now=NOW + 9 * MINUTE).made_at == first.made_at
    assert len(seen) == 1
    assert order_for("home", me, now=NOW + 10 * MINUTE).made_at == NOW + 10 * MINUTE
    follow(actor=fair.actor, now=NOW + 11 * MINUTE, person_id=zhou.owner_id)
    followed = order_for("home", me, now=NOW + 12 * MINUTE)
    assert followed.made_at == NOW + 12 * MINUTE and followed.things[0] == zhou.id
    unfollow(actor=fair.actor, now=NOW + 13 * MINUTE, person_id=zhou.owner_id)
    assert order_for("home", me, now=NOW + 13 * MINUTE).made_at == NOW + 13 * MINUTE
    looked_at(me, fair.products["spring-mist-green"].id, kind="view")
    assert order_for("home", me, now=NOW + 14 * MINUTE).made_at == NOW + 13 * MINUTE
    choose_without(actor=fair.actor, now=NOW + 15 * MINUTE, subject_id=me, without=True)
    plain = order_for("home", me, now=NOW + 15 * MINUTE)
    assert (plain.made_at, plain.ranker) == (NOW + 15 * MINUTE, "newest")


def test_an_experiment_decides_who_orders_and_an_order_of_before_is_made_anew(fair: Fair) -> None:
    people = [Person.objects.create(email=f"p{n}@example.org", name="P", created_at=NOW).id for n in range(24)]
    assert {order_for("home", one, now=NOW).ranker for one in people} == {"people"}
    running = Experiment.objects.create(list="home", a="people", b="newest", started_at=NOW)
    orders = [order_for("home", one, now=NOW + MINUTE) for one in people]
    assert {(one.ranker, one.arm, one.experiment_id) for one in orders} == {
        ("people", "a", running.id), ("newest", "b", running.id),
    }  # fmt: skip
    assert all(one.made_at == NOW + MINUTE for one in orders)
    assert [order_for("home", one, now=NOW + 2 * MINUTE).arm for one in people] == [one.arm for one in orders]
    choose_without(actor=Actor(people[0]), now=NOW + MINUTE, subject_id=people[0], without=True)
    assert order_for("home", people[0], now=NOW + 2 * MINUTE).experiment_id is None
    Experiment.objects.update(ended_at=NOW + 3 * MINUTE)
    assert {order_for("home", one, now=NOW + 3 * MINUTE).arm for one in people[1:]} == {""}
    operator = Actor(new_id(), frozenset({*SYSTEM.grants}))
    choose_ranker(actor=operator, now=NOW + 4 * MINUTE, list="home", ranker="newest")
    assert order_for("home", people[1], now=NOW + 4 * MINUTE).ranker == "newest"


def test_who_pages_while_the_order_is_made_anew_sees_nobody_twice(fair: Fair) -> None:
    tea, me = fair.products["spring-mist-green"].id, fair.actor
    shops = [a_shop(f"s{n}", product=tea) for n in range(20)]
    seen: list[str] = []
    page = list_people(me, now=NOW, limit=5)
    for n, shop in enumerate(shops[:2]):
        seen += [row["handle"] for row in page.rows]
        follow(actor=me, now=NOW + (n + 1) * MINUTE, person_id=shop.owner_id)
        anew = list_people(me, now=NOW + (n + 1) * MINUTE, limit=5)
        assert anew.order.made_at == NOW + (n + 1) * MINUTE and shop.handle in [row["handle"] for row in anew.rows]
        page = list_people(me, now=NOW + (n + 1) * MINUTE, after=page.next_cursor, limit=5)
    while True:
        seen += [row["handle"] for row in page.rows]
        if not page.next_cursor:
            break
        page = list_people(me, now=NOW + 30 * MINUTE, after=page.next_cursor, limit=5)
    assert len(seen) == len(set(seen)) == 24
    assert ListOrder.objects.count() == 3
    order_for("home", me.person_id or new_id(), now=NOW + 40 * MINUTE)
    assert ListOrder.objects.count() == 3 and not ListOrder.objects.filter(made_at=NOW).exists()
    assert order_of("home", fair.buyer.id, NOW, now=NOW + 40 * MINUTE).made_at == NOW + 40 * MINUTE


def test_after_the_last_one_of_an_order_come_all_others(fair: Fair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renmai.matching.feed.rules.PEOPLE_MAX", 6)
    monkeypatch.setattr("renmai.matching.feed.queries.ALL_BELOW", 6)
    for n in range(12):
        a_shop(f"s{n}", product=fair.products["spring-mist-green"].id)
    seen, page = [], list_people(fair.actor, now=NOW, limit=4)
    while True:
        seen += [row["handle"] for row in page.rows]
        if not page.next_cursor:
            break
        page = list_people(fair.actor, now=NOW, after=page.next_cursor, limit=4)
    assert len(seen) == len(set(seen)) == 16


def test_who_owns_the_first_shop_behind_the_order_meets_the_rest_of_the_house(
    fair: Fair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("renmai.matching.feed.rules.PEOPLE_MAX", 6)
    monkeypatch.setattr("renmai.matching.feed.queries.ALL_BELOW", 6)
    tea, made = fair.products["spring-mist-green"].id, []
    for n in range(12):
        made.append(a_shop(f"s{n}", product=tea))
    mine = a_shop("mine", product=tea)
    seen, firsts, page = [], [], list_people(Actor(mine.owner_id), now=NOW, limit=4)
    while True:
        firsts.append(page.first)
        seen += [row["handle"] for row in page.rows]
        if not page.next_cursor:
            break
        page = list_people(Actor(mine.owner_id), now=NOW, after=page.next_cursor, limit=4)
    assert len(seen) == len(set(seen)) == 16 and "mine" not in seen
    assert firsts == [0, 4, 6, 10, 14]


def test_a_large_page_skips_nobody_however_many_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renmai.matching.feed.queries.LIMIT_MAX", 10)
    things = [new_id() for _ in range(40)]
    order = KeptOrder("centre", new_id(), "fit", None, "", things, [["quality"]] * 40, NOW)
    read, first, seen = lambda ids: [{"id": one} for one in ids[:10]], 0, []
    while True:
        page = _page(order, first, 10, read)
        seen += [row["id"] for row in page.rows]
        first = page.rows[-1]["place"] + 1
        if page.next_cursor is None:
            break
    assert seen == things


def test_who_is_new_is_drawn_for_the_day_of_the_house(fair: Fair, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []

    def drawing(found: Any, **more: Any) -> list[Any]:
        drawn.append(more["on"])
        return []

    monkeypatch.setattr("renmai.matching.feed.people.order_people", drawing)
    late = NOW.replace(hour=20)
    rank_people(fair.buyer.id, now=late)
    assert drawn == [local_day(late)] and drawn != [late.date()]


def test_nobody_who_is_gone_has_an_order_kept_and_old_ones_go(fair: Fair) -> None:
    assert order_for("home", new_id(), now=NOW).things and not ListOrder.objects.exists()
    order_for("home", fair.buyer.id, now=NOW)
    assert sweep_orders(now=NOW + timedelta(days=30)) == 0 and sweep_orders(now=NOW + timedelta(days=31)) == 1
    order_for("home", fair.buyer.id, now=NOW)
    Person.objects.filter(id=fair.buyer.id).update(erased_at=NOW)
    ListOrder.objects.all().delete()
    order_for("home", fair.buyer.id, now=NOW)
    assert not ListOrder.objects.exists()


# --- the pages ---------------------------------------------------------------------------------------------------------


def page_of(client: Client, address: str = "/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(answer.content.decode()))


def signed(fair: Fair) -> Client:
    client = Client()
    client.force_login(fair.buyer)
    return client


def test_the_door_says_why_and_lets_one_choose_an_order_without_profile(fair: Fair) -> None:
    client, zhou = signed(fair), fair.shops["unclezhou"]
    shared = Pick.objects.filter(shop=zhou).order_by("-id")[0].product_id
    a_shop("alike", product=shared)
    page = page_of(client)
    assert "Chosen for you" in page and "One of the people here" in page and "Everyone here<" not in page
    follow(actor=fair.actor, now=clock.now(), person_id=zhou.owner_id)
    page = page_of(client)
    assert "Shows goods like those of Zhou Dehai, whom you follow" in page
    assert page.count('href="/@unclezhou"') == 1
    assert client.post("/order", {"do": "without"})["Location"] == "/#everyone"
    page = page_of(client)
    assert "Newest from people you follow" in page and "Chosen for you" not in page
    assert (
        re.findall(r'class="host__door" href="/@([a-z0-9]+)"', page)[0] == "unclezhou" and "Somebody you follow" in page
    )
    assert "Shows goods like" not in page
    client.post("/order", {"do": "with"})
    assert "Chosen for you" in page_of(client)
    assert Client().post("/order", {"do": "without"}).status_code in (302, 403)


def test_whom_one_follows_is_met_once_and_places_go_on_over_pages(fair: Fair) -> None:
    client, tea = signed(fair), fair.products["spring-mist-green"].id
    shops = [a_shop(f"s{n}", product=tea) for n in range(26)]
    for shop in shops[:8]:
        follow(actor=fair.actor, now=clock.now(), person_id=shop.owner_id)
    # Who is live stands between them, so that some of whom one follows come on the second page of the order.
    for shop in shops[8:20]:
        Show.objects.create(
            shop=shop, host_id=shop.owner_id, title="Now", starts_at=NOW, minutes=60, state="live", began_at=NOW,
            created_at=NOW, changed_at=NOW,
        )  # fmt: skip
    address: str | None = "/"
    while address:
        page = page_of(client, address)
        more = re.search(r'href="(\?cursor=[^"]+)"', page)
        address = f"/{more[1]}" if more else None
    showings = list(Showing.objects.filter(list="home").order_by("at", "id"))
    met = [thing for one in showings for thing in one.things]
    assert len(met) == len(set(met)) == 30
    places = [one.first + n for one in showings for n in range(len(one.things))]
    assert len(showings) == 3 and places == list(range(30))


def doors_on(page: str) -> list[str]:
    """The handles of whom a page shows, with news and in the order, from the top."""
    return re.findall(r'class="(?:news__who|host__door)" href="/@([a-z0-9-]+)"', page)


def test_who_follows_others_while_paging_meets_nobody_twice_and_misses_nobody(fair: Fair) -> None:
    client, tea = signed(fair), fair.products["spring-mist-green"].id
    shops = [a_shop(f"s{n}", product=tea) for n in range(26)]
    for shop in shops[:6]:
        follow(actor=fair.actor, now=clock.now(), person_id=shop.owner_id)
    # Who is live stands before them in the order, so that some of them come on its second page.
    for shop in shops[8:20]:
        Show.objects.create(
            shop=shop, host_id=shop.owner_id, title="Now", starts_at=NOW, minutes=60, state="live", began_at=NOW,
            created_at=NOW, changed_at=NOW,
        )  # fmt: skip
    page, met = page_of(client), []
    above = re.findall(r'class="news__who" href="/@([a-z0-9-]+)"', page)
    assert set(above) == {f"s{n}" for n in range(6)}
    order = [Shop.objects.get(id=thing).handle for thing in ListOrder.objects.get().things]
    assert set(above) & set(order[12:24])
    # One whom they met is followed no more; six whom they did not meet yet are, and would take all places above.
    unfollow(actor=fair.actor, now=clock.now(), person_id=shops[0].owner_id)
    for shop in shops[20:]:
        follow(actor=fair.actor, now=clock.now(), person_id=shop.owner_id)
    while True:
        met += doors_on(page)
        more = re.search(r'href="(\?cursor=[^"]+)"', page)
        if more is None:
            break
        page = page_of(client, f"/{more[1]}")
    assert len(met) == len(set(met)) == 30
    showings = list(Showing.objects.filter(list="home").order_by("at", "id"))
    assert [one.first + n for one in showings for n in range(len(one.things))] == list(range(30))
    # Who begins anew sees whom they follow now.
    assert set(re.findall(r'class="news__who" href="/@([a-z0-9-]+)"', page_of(client))) == {
        f"s{n}" for n in range(20, 26)
    }


def test_a_visitor_sees_the_order_of_the_house_and_nothing_is_kept(fair: Fair) -> None:
    page = page_of(Client())
    assert "Everyone here" in page and "Chosen for you" not in page and not ListOrder.objects.exists()


def test_a_home_costs_the_same_for_four_people_and_for_forty(fair: Fair) -> None:
    client = signed(fair)
    follow(actor=fair.actor, now=clock.now(), person_id=fair.shops["unclezhou"].owner_id)
    page_of(client)
    with CaptureQueriesContext(connection) as few:
        page_of(client)
    for n in range(36):
        a_shop(f"s{n}", product=fair.products["spring-mist-green"].id)
    ListOrder.objects.all().delete()
    page_of(client)
    with CaptureQueriesContext(connection) as many:
        page_of(client)
    assert len(many) == len(few)


@pytest.mark.parametrize(
    "parts", ["x|y", "999999|2026-03-01T00:00:00+00:00", "1|2026", "2|x|2026-03-01T00:00:00+00:00", "1"]
)
def test_a_cursor_nobody_made_is_refused_to_readers_too(fair: Fair, parts: str) -> None:
    cursor = base64.urlsafe_b64encode(parts.encode()).decode().rstrip("=")
    assert signed(fair).get(f"/?cursor={cursor}").status_code == 422


@pytest.mark.parametrize("above", ["AAAA", "x", "é", base64.urlsafe_b64encode(bytes(7 * 16)).decode()])
def test_nobody_stands_above_but_whom_the_first_page_named(fair: Fair, above: str) -> None:
    order = order_for("home", fair.buyer.id, now=clock.now())
    cursor = cursor_of(1, order.made_at.isoformat())
    client = signed(fair)
    assert client.get("/", {"cursor": cursor}).status_code == 200
    assert client.get("/", {"cursor": f"{cursor}.{above}"}).status_code == 422
