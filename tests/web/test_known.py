"""What is known of one's taste, by page and API: recorded of the signed-in only, seen, cleared, done without."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.matching.shown.lane import acts_lane
from renmai.matching.signals.actions import Noted, choose_without, note_signals
from renmai.matching.signals.models import Profile, Signal, SignalKind, SignalThing
from renmai.people.accounts.models import Membership, Person
from tests.api.test_contract import caller_of
from tests.trade.world import NOW, World, make_world
from tests.web.test_buyer import text_of


@pytest.fixture
def world(house: None) -> World:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    return make_world()


def signed_in(person_id: UUID | None) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=person_id))
    return client


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.buyer.person_id)


def known() -> dict[str, int]:
    """Kind -> amount, once what was posted is written."""
    acts_lane.stop()
    return dict(Signal.objects.values_list("kind", "amount"))


def note(world: World, *signals: tuple[str, SignalKind, int]) -> None:
    person_id, now = world.buyer.person_id, clock.now()
    assert person_id is not None
    rows = [
        Noted(
            person_id, kind, SignalThing.PRODUCT, world.picks[name].product_id, now, amount, world.picks[name].shop_id
        )
        for name, kind, amount in signals
    ]
    assert len(note_signals(None, rows, now=now)) == len(rows)


def test_looking_and_putting_in_the_cart_are_known_of_the_signed_in_only(world: World, client: Client) -> None:
    pick, sku = world.picks["mug"], world.skus["mug"]
    page = f"/picks/{pick.id}"
    visitor = Client()
    assert "web/dwell" not in text_of(visitor.get(page))
    visitor.post("/cart/lines", {"pick": pick.id, "sku": sku.id, "quantity": 1, "key": new_id().hex})
    assert known() == {}
    for asking in ({"DNT": "1"}, {"Sec-GPC": "1"}, {"Sec-Purpose": "prefetch"}, {"User-Agent": "SomeBot/1.0"}):
        assert "web/dwell" not in text_of(client.get(page, headers=asking))
    assert known() == {}
    assert f'data-pick="{pick.id}"' in text_of(client.get(page)) and f'data-shop="{pick.shop_id}"' in text_of(
        client.get("/@lin")
    )
    acts_lane.stop()
    assert set(Signal.objects.values_list("kind", "thing", "amount")) == {("view", "product", 1), ("view", "shop", 1)}


def test_how_long_is_taken_from_the_pages_script_within_bounds(world: World, client: Client) -> None:
    pick = world.picks["mug"]
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Person.objects.get(pk=world.buyer.person_id))
    assert strict.post("/me/dwell", {"pick": pick.id, "seconds": 30}).status_code == 403
    for said in ({}, {"pick": pick.id}, {"pick": pick.id, "seconds": "-1"}, {"pick": pick.id, "seconds": "1e9"},
                 {"seconds": 5}, {"pick": pick.id, "shop": pick.shop_id, "seconds": 5}, {"pick": "x", "seconds": 5}):  # fmt: skip
        assert client.post("/me/dwell", said).status_code == 404
    for seconds, asking in ((0, {}), (20, {"DNT": "1"})):
        assert client.post("/me/dwell", {"pick": pick.id, "seconds": seconds}, headers=asking).status_code == 204
    assert known() == {}
    assert client.post("/me/dwell", {"pick": pick.id, "seconds": 99_999}).status_code == 204
    assert client.post("/me/dwell", {"pick": pick.id, "seconds": 10}).status_code == 204
    assert known() == {"dwell": 1810}
    answers = [client.post("/me/dwell", {"pick": pick.id, "seconds": 1}).status_code for _ in range(40)]
    assert 429 in answers
    assert Client().post("/me/dwell", {"pick": pick.id, "seconds": 5}).status_code == 302


def test_the_page_says_it_in_words_by_groups_and_in_both_languages(world: World, client: Client) -> None:
    empty = text_of(client.get("/me/known"))
    assert "Nothing is known" in empty and "Clear all of it" not in empty
    note(world, ("mug", SignalKind.VIEW, 3), ("mug", SignalKind.DWELL, 130), ("tea", SignalKind.ORDER, 2))
    words = text_of(client.get("/me/known"))
    for said in ("Looked at 3 times", "Looked at for 2 minutes", "Bought 2 pieces", "with lin", "Clear all of it"):
        assert said in words
    assert f'href="/picks/{world.picks["mug"].id}"' in words
    bought = text_of(client.get("/me/known?show=bought"))
    assert "Bought 2 pieces" in bought and "Looked at 3 times" not in bought
    chinese = text_of(client.get("/me/known", headers={"Accept-Language": "zh-hans"}))
    assert "看了 3 次" in chinese and "全部清除" in chinese and "Looked" not in chinese
    assert 'href="/me/known"' in text_of(client.get("/me"))


def test_one_tick_clears_it_and_nothing_without_it(world: World, client: Client) -> None:
    note(world, ("mug", SignalKind.VIEW, 3))
    form = {"do": "clear", "key": new_id().hex}
    assert client.post("/me/known", form).status_code == 422 and known() == {"view": 3}
    done = client.post("/me/known", {**form, "understood": "on"}, follow=True)
    assert "Nothing of before is known any more" in text_of(done) and known() == {}


def test_without_profile_nothing_more_is_recorded(world: World, client: Client) -> None:
    assert "Without profile, please" in text_of(client.get("/me/known"))
    without = client.post("/me/known", {"do": "choose", "without": "1"}, follow=True)
    assert "Lists are now ordered without profile" in text_of(without)
    client.get(f"/picks/{world.picks['mug'].id}")
    assert known() == {} and Profile.objects.get().without
    client.post("/me/known", {"do": "choose", "without": "0"})
    client.get(f"/picks/{world.picks['mug'].id}")
    assert known() == {"view": 1}


def test_an_owner_sees_the_shops_and_nobody_else_does(world: World, client: Client) -> None:
    shop = world.shops[0]
    Membership.objects.create(person_id=shop.owner_id, role="creator", subject_id=shop.id, created_at=NOW)
    picked = Noted(shop.id, SignalKind.PICK, SignalThing.PRODUCT, world.picks["soap"].product_id, clock.now())
    note_signals(None, [picked], now=clock.now())
    owner = signed_in(shop.owner_id)
    page = f"/me/known?of={shop.id}"
    assert f'href="{page}"' in text_of(owner.get("/me/known")) and "Picked for the shop" in text_of(owner.get(page))
    form = {"do": "clear", "key": new_id().hex, "understood": "on"}
    for other in (client, signed_in(world.shops[1].owner_id)):
        assert other.get(page).status_code == 404 and other.post(page, form).status_code == 404
        assert other.post(page, {"do": "choose", "without": "1"}).status_code == 404
    assert known() == {"pick": 1} and not Profile.objects.exists()
    owner.post(page, form)
    assert known() == {}


def test_the_page_asks_the_same_whatever_lies_there(world: World, client: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get("/me/known")
        return len(seen)

    note(world, ("mug", SignalKind.VIEW, 3))
    before = statements()
    note(world, *((name, kind, 1) for name in ("mug", "tea", "soap") for kind in (SignalKind.CART, SignalKind.ORDER)))
    assert statements() == before


def test_by_the_api(world: World) -> None:
    note(world, ("mug", SignalKind.VIEW, 3), ("tea", SignalKind.ORDER, 2))
    buyer, other = caller_of(world.buyer), caller_of(world.creator(1))
    first = buyer.call("GET", "/me/known", query={"limit": 1}).json
    rest = buyer.call("GET", "/me/known", query={"limit": 1, "after": first["next"]}).json
    assert {(row["kind"], row["title"], row["amount"]) for row in [*first["items"], *rest["items"]]} == {
        ("view", "mug", 3), ("order", "tea", 2),
    }  # fmt: skip
    assert rest["next"] is None and other.call("GET", "/me/known").json["items"] == []
    me = str(world.buyer.person_id)
    assert other.refused("GET", "/me/known", query={"shop_id": me})["code"] == "not_found"
    assert other.refused("PUT", "/me/known/profile", {"shop_id": me, "without": True})["code"] == "not_found"
    assert buyer.call("PUT", "/me/known/profile", {"without": True}).json == {"without": True, "cleared_at": None}
    assert buyer.call("GET", "/me/known/profile").json["without"] is True
    assert buyer.call("DELETE", "/me/known").json["cleared_at"] is not None and known() == {}


def test_the_cart_by_page_and_by_api_is_known_once_a_key(world: World, client: Client) -> None:
    pick, sku = world.picks["mug"], world.skus["mug"]
    client.post("/cart/lines", {"pick": pick.id, "sku": sku.id, "quantity": 1, "key": new_id().hex})
    assert known() == {"cart": 1}
    line, key = {"pick_id": str(pick.id), "sku_id": str(sku.id), "quantity": 3}, new_id().hex
    buyer = caller_of(world.buyer)
    for _ in range(2):
        buyer.call("PUT", "/cart/lines", line, key=key)
    buyer.call("PUT", "/cart/lines", {**line, "quantity": 0})
    assert known() == {"cart": 2}
    choose_without(actor=world.buyer, now=clock.now(), subject_id=world.buyer.person_id or new_id(), without=True)
    buyer.call("PUT", "/cart/lines", line)
    assert known() == {"cart": 2}
