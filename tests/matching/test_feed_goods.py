"""The centre in a shop's own order by page and API, the home by API, and what was taken together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client

from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound
from renmai.matching.feed.actions import order_for
from renmai.matching.feed.also import also_of_buyers
from renmai.matching.feed.goods import _own
from renmai.matching.feed.models import ListOrder
from renmai.matching.feed.rankers import ORDERS
from renmai.matching.push.actions import decline, undo_decline
from renmai.matching.push.models import Push
from renmai.matching.shown.models import Experiment, Showing
from renmai.matching.signals.actions import choose_without, clear_known
from renmai.matching.signals.models import Signal
from renmai.people.accounts.models import Person
from renmai.places.shops.models import Pick, Shop
from renmai.trade.orders.models import Order, OrderLine
from tests.goods.pool import NOW
from tests.matching.market import Market
from tests.matching.test_feed import page_of, served
from tests.web.buyer_world import Fair, make_fair
from tests.web.test_selection import Desk

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(house: None) -> Desk:
    return Desk()


@pytest.fixture
def fair(house: None) -> Iterator[Fair]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield make_fair(creators=2)


def picked(desk: Desk, handle: str) -> None:
    Pick.objects.create(
        shop=desk.shop,
        product_id=desk.market.ids[handle],
        term="commission",
        commission_bps=1,
        word="x",
        created_at=NOW,
    )


def order_of(market: Market, shop_id: UUID, now: Any) -> dict[str, list[Any]]:
    names = {product_id: handle for handle, product_id in market.ids.items()}
    order = order_for("centre", shop_id, now=now)
    return {names[one]: reason for one, reason in zip(order.things, order.reasons, strict=True)}


def test_the_centre_begins_with_what_fits_and_says_why(desk: Desk) -> None:
    ids = desk.market.ids
    picked(desk, "cup")
    found = order_of(desk.market, desk.shop.id, NOW)
    assert (
        next(iter(found)) == "pot"
        and found["pot"] == ["kind_picked", 1]
        and list(found)[-1] == "cup"
        and len(found) == 7
    )
    served("creators", {ids["cup"]: [ids["coat"]]})
    assert order_of(desk.market, desk.shop.id, NOW + 11 * MINUTE)["coat"] == ["near_picked", str(ids["cup"])]
    page = page_of(desk.client, "/creator/pool")
    assert "Often picked with “Celadon teacup”, which you picked" in page
    showing = Showing.objects.get(list="centre")
    assert showing.viewer_id == desk.shop.id and showing.ranker == "fit" and len(showing.things) == 7
    Push.objects.create(
        product_id=ids["pot"], supplier_id=new_id(), shop_id=desk.shop.id, rank=1, score=1, found_at=NOW, told_at=NOW, told_on=NOW.date(), told_place=1,
        declined_at=NOW,
    )  # fmt: skip
    Signal.objects.create(
        subject_id=desk.shop.id, kind="decline", thing="product", thing_id=ids["pot"], amount=1, on=NOW.date(),
        at=clock.now(),
    )  # fmt: skip
    assert "pot" not in desk.shown("/creator/pool")


def test_what_is_near_to_the_declined_sinks_in_the_centre(desk: Desk) -> None:
    ids = desk.market.ids
    picked(desk, "cup")
    served("creators", {ids["cup"]: [ids["coat"], ids["phones"]], ids["bank"]: [ids["coat"]]})
    before = order_of(desk.market, desk.shop.id, NOW)
    assert before["coat"] == before["phones"] == ["near_picked", str(ids["cup"])]
    assert list(before).index("coat") < list(before).index("phones")
    Signal.objects.create(
        subject_id=desk.shop.id, kind="decline", thing="product", thing_id=ids["bank"], amount=1, on=NOW.date(), at=NOW
    )
    after = order_of(desk.market, desk.shop.id, NOW + 11 * MINUTE)
    assert "bank" not in after and after["phones"] == ["near_picked", str(ids["cup"])] != after["coat"]
    assert list(after).index("phones") < list(after).index("coat")


def test_both_arms_of_the_centre_see_the_same_goods_and_a_newcomer_one_order(desk: Desk) -> None:
    running = Experiment.objects.create(list="centre", a="fit", b="quality", started_at=NOW)
    shops = [Shop.objects.create(owner_id=new_id(), handle=f"n{n}", name="N", created_at=NOW) for n in range(16)]
    orders = [order_for("centre", shop.id, now=NOW) for shop in shops]
    assert {(one.arm, one.ranker) for one in orders} == {("a", "fit"), ("b", "quality")}
    assert len({tuple(one.things) for one in orders}) == 1 and {one.experiment_id for one in orders} == {running.id}
    for shop in shops:
        Pick.objects.create(
            shop=shop, product_id=desk.market.ids["tea"], term="commission", commission_bps=1, word="x", created_at=NOW
        )
    later = [order_for("centre", shop.id, now=NOW + 20 * MINUTE) for shop in shops]
    assert len({frozenset(one.things) for one in later}) == 1 and len({tuple(one.things) for one in later}) == 2


def test_a_decline_and_its_undoing_change_the_centre_at_once_with_or_without_profile(desk: Desk) -> None:
    pot, actor = (
        desk.market.ids["pot"],
        Actor(desk.person.id, frozenset({Grant("owner", desk.shop.id), Grant("creator", desk.shop.id)})),
    )
    Push.objects.create(
        product_id=pot, supplier_id=new_id(), shop_id=desk.shop.id, rank=1, score=1, found_at=NOW, told_at=NOW,
        told_on=NOW.date(), told_place=1,
    )  # fmt: skip
    at = NOW
    for without in (False, True):
        choose_without(actor=actor, now=at, subject_id=desk.shop.id, without=without)
        assert "pot" in order_of(desk.market, desk.shop.id, at)
        decline(actor=actor, now=at + MINUTE, shop_id=desk.shop.id, product_id=pot)
        assert "pot" not in order_of(desk.market, desk.shop.id, at + 2 * MINUTE)
        undo_decline(actor=actor, now=at + 3 * MINUTE, shop_id=desk.shop.id, product_id=pot)
        assert "pot" in order_of(desk.market, desk.shop.id, at + 4 * MINUTE)
        at += 5 * MINUTE


def test_an_order_of_what_is_cleared_meanwhile_is_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = Actor(desk.person.id, frozenset({Grant("owner", desk.shop.id), Grant("creator", desk.shop.id)}))

    def cleared(viewer_id: UUID, *, now: Any) -> list[Any]:
        clear_known(actor=actor, now=now, subject_id=viewer_id)
        return [(desk.market.ids["cup"], ["quality"])]

    monkeypatch.setitem(ORDERS, ("centre", "fit"), cleared)
    order_for("centre", desk.shop.id, now=NOW)
    assert not ListOrder.objects.exists()


def test_what_went_back_or_was_bought_by_the_shop_itself_did_not_sell(fair: Fair) -> None:
    shop = fair.shops["linwan"]
    key = next(key for handle, key in fair.picks if handle == "linwan")

    def sold() -> int:
        return next(one for one in _own(shop.id, clock.now()) if one.goods.product_id == fair.products[key].id).sold

    bought(fair, shop, shop.owner_id, [key])
    bought(fair, shop, new_id(), [key])
    assert sold() == 1
    OrderLine.objects.update(refunded_minor=100)
    assert sold() == 0


def token_of(person: Person, scopes: list[str]) -> dict[str, str]:
    from renmai.people.accounts.actions import token_hash
    from renmai.people.accounts.models import Token

    Token.objects.create(
        person_id=person.id, name="t", token_hash=token_hash(f"rnm_{person.id}"), scopes=scopes, created_at=clock.now()
    )
    return {"authorization": f"Bearer rnm_{person.id}"}


def test_orders_by_api_have_reasons_and_go_on_by_cursor(desk: Desk) -> None:
    picked(desk, "cup")
    headers = token_of(desk.person, ["buy", "shop"])
    address = f"/api/v1/shops/{desk.shop.id}/for-you?limit=4"
    first = Client().get(address, headers=headers).json()
    assert first["ranker"] == "fit" and first["items"][0]["reason"] == ["kind_picked", 1] and len(first["items"]) == 4
    second = Client().get(f"{address}&after={first['next']}", headers=headers).json()
    assert len({row["id"] for row in first["items"] + second["items"]}) == 7 and second["next"] is None
    assert Client().get(f"/api/v1/shops/{new_id()}/for-you", headers=headers).status_code == 404
    other = Shop.objects.create(owner_id=new_id(), handle="other", name="Other", created_at=NOW)
    home = Client().get("/api/v1/home", headers=headers).json()
    assert [(row["handle"], row["reason"]) for row in home["items"]] == [("other", ["house"])] and home[
        "ranker"
    ] == "people"
    assert Showing.objects.get(list="home").things == [other.id]
    assert Client().get("/api/v1/home").status_code == 401


# --- taken together ---------------------------------------------------------------------------------------------------


def bought(fair: Fair, shop: Shop, buyer_id: UUID, keys: list[str]) -> None:
    order = Order.objects.create(
        checkout_id=new_id(), shop_id=shop.id, buyer_id=buyer_id, state="settled", currency="CNY", goods_minor=100,
        freight_minor=0, total_minor=100, placed_at=NOW, paid_at=NOW,
    )  # fmt: skip
    for key in keys:
        OrderLine.objects.create(
            order=order, kind="goods", supplier_id=new_id(), sku_id=fair.skus[key][0].id, title="x", unit_price_minor=100,
            paid_minor=100,
        )  # fmt: skip


def test_what_buyers_took_too_is_told_from_three_of_them_on(fair: Fair) -> None:
    shop = fair.shops["linwan"]
    keys = [key for handle, key in fair.picks if handle == "linwan"][:3]
    ids = [fair.products[key].id for key in keys]
    actor = Actor(shop.owner_id, frozenset({Grant("creator", shop.id)}))
    now = clock.now()

    def told() -> list[tuple[UUID, int]]:
        return [(row["product_id"], row["buyers"]) for row in also_of_buyers(actor, shop.id, ids[0], now=now)]

    people = [new_id() for _ in range(3)]
    for person_id in (*people[:2], people[0]):
        bought(fair, shop, person_id, keys[:2])
    assert told() == []
    bought(fair, shop, people[2], keys)
    assert told() == [(ids[1], 3)]
    with pytest.raises(NotFound):
        also_of_buyers(Actor(new_id()), shop.id, ids[0], now=now)


def test_a_pick_says_what_people_who_took_it_took_too_from_the_same_shop(fair: Fair) -> None:
    keys = [key for handle, key in fair.picks if handle == "linwan"][:2]
    pick, other = (fair.picks["linwan", key] for key in keys)
    said = "People who took this from Lin Wan also took"
    assert said not in page_of(Client(), f"/picks/{pick.id}")
    elsewhere = next(p.product_id for (handle, _), p in fair.picks.items() if handle == "unclezhou")
    served("buyers", {pick.product_id: [elsewhere, other.product_id]})
    for person_id in (new_id(), new_id(), fair.shops["linwan"].owner_id):
        bought(fair, fair.shops["linwan"], person_id, keys)
    assert said not in page_of(Client(), f"/picks/{pick.id}")
    bought(fair, fair.shops["linwan"], new_id(), keys)
    page = page_of(Client(), f"/picks/{pick.id}")
    assert said in page and f'href="/picks/{other.id}"' in page and not Showing.objects.exists()
    client = Client()
    client.force_login(fair.buyer)
    page_of(client, f"/picks/{pick.id}")
    assert Showing.objects.get().things == [other.product_id]
    Pick.objects.filter(id=other.id).update(removed_at=NOW)
    assert said not in page_of(client, f"/picks/{pick.id}")
