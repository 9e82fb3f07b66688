"""Shows over HTTP before they are on: planned, written, checked, announced, waited for and called off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.people.accounts.actions import make_token
from renmai.places.live.models import Show, ShowReminder
from renmai.places.live.rules import POINTS
from tests.api.desk import Caller
from tests.api.test_contract import caller_of
from tests.places.stage import on_air
from tests.trade.world import World, make_world, person


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def planned(world: World, **changed: Any) -> dict[str, Any]:
    starts_at = (clock.now() + timedelta(hours=1)).isoformat()
    body = {"shop_id": str(world.shops[0].id), "title": "Tea at four", "starts_at": starts_at, "minutes": 60, **changed}
    return dict(caller_of(world.creator(0)).do("POST", "/shows", body))


def test_a_show_from_its_plan_to_its_announcement(world: World) -> None:
    creator, anyone, show = caller_of(world.creator(0)), Caller(), planned(world)
    assert show["state"] == "draft" and show["open_points"] == [point.name for point in POINTS]
    assert anyone.call("GET", f"/shows/{show['id']}").status == 404
    slot = {
        "pick_id": str(world.picks["mug"].id), "sku_id": str(world.skus["mug"].id), "hook": "Smell this.", "minutes": 8,
        "talking_points": "Mine alone", "show_price_minor": 5000, "set_aside": 3,
    }  # fmt: skip
    written = creator.do("PUT", f"/shows/{show['id']}/run", {"segments": [slot]})
    assert written["segments"][0] | slot == written["segments"][0] and written["segments"][0]["has_show_price"]
    bad = creator.call("PUT", f"/shows/{show['id']}/run", {"segments": [slot | {"set_aside": 0}]})
    assert (bad.status, bad.json["code"]) == (422, "show.bad")
    for point in POINTS:
        left = creator.do("PUT", f"/shows/{show['id']}/points/{point.name}", {"note": ""})["open_points"]
    assert left == []
    assert creator.do("POST", f"/shows/{show['id']}/announcement")["announced_at"] is not None
    assert creator.call("POST", f"/shows/{show['id']}/announcement").json["code"] == "show.not_now"
    (card,) = anyone.get("/shows", state="planned")["items"]
    assert (card["id"], card["shop_handle"]) == (show["id"], world.shops[0].handle)
    seen = anyone.get(f"/shows/{show['id']}")
    assert seen["advertising"] and set(seen["segments"][0]) == {
        "id",
        "pick_id",
        "minutes",
        "hook",
        "gift",
        "has_show_price",
    }
    assert [row["id"] for row in creator.get(f"/shops/{world.shops[0].id}/shows")["items"]] == [show["id"]]


def test_somebody_waits_and_it_is_called_off(world: World) -> None:
    creator, show = caller_of(world.creator(0)), planned(world)
    buyer = caller_of(world.buyer)
    assert buyer.call("PUT", f"/shows/{show['id']}/reminder").status == 404
    creator.do("POST", f"/shows/{show['id']}/announcement")
    assert buyer.do("PUT", f"/shows/{show['id']}/reminder") == {"reminded": True}
    assert ShowReminder.objects.get().person_id == world.buyer.person_id
    assert buyer.do("DELETE", f"/shows/{show['id']}/reminder") == {"reminded": False}
    assert creator.do("POST", f"/shows/{show['id']}/cancellation")["state"] == "cancelled"
    assert Caller().get("/shows", state="planned")["items"] == []


def test_people_are_put_in_and_taken_out(world: World) -> None:
    creator, show, other = caller_of(world.creator(0)), planned(world), world.shops[1]
    _, token = make_token(actor=Actor(other.owner_id), now=clock.now(), name="t", scopes=["shop"])
    assert creator.call("PUT", f"/shows/{show['id']}/people", {"handle": "nobody", "part": "host"}).status == 422
    put = creator.do("PUT", f"/shows/{show['id']}/people", {"handle": other.handle, "part": "host"})
    assert put["people"] == [{"person_id": str(other.owner_id), "part": "host"}]
    assert Caller(token).call("GET", f"/me/shows/{show['id']}").status in (200, 403)
    gone = creator.do("DELETE", f"/shows/{show['id']}/people/{other.owner_id}")
    assert gone["people"] == []


def test_strangers_change_nothing(world: World) -> None:
    show, stranger = planned(world), caller_of(Actor(person("stranger@example.org").id))
    for method, path in (("POST", "announcement"), ("POST", "cancellation"), ("PUT", "run")):
        assert stranger.call(method, f"/shows/{show['id']}/{path}", {"segments": []}).status in (403, 404, 422)
    rival = caller_of(world.creator(1))
    assert rival.call("POST", f"/shows/{show['id']}/announcement").status == 404
    assert Show.objects.get().state == "draft"


def test_what_is_on_is_listed_page_by_page(world: World) -> None:
    show = on_air(world)
    (card,) = Caller().get("/shows")["items"]
    assert (card["id"], card["state"]) == (str(show.id), "live")
    for hours in (1, 2, 3):
        starts_at = (clock.now() + timedelta(hours=hours)).isoformat()
        made = planned(world, title=f"In {hours}", starts_at=starts_at)
        caller_of(world.creator(0)).do("POST", f"/shows/{made['id']}/announcement")
    first = Caller().get("/shows", state="planned", limit=2)
    assert [row["title"] for row in first["items"]] == ["In 1", "In 2"]
    rest = Caller().get("/shows", state="planned", limit=2, after=first["next"])
    assert ([row["title"] for row in rest["items"]], rest["next"]) == (["In 3"], None)
    assert Caller().call("GET", "/shows", query={"state": "ended"}).status == 422
    assert Caller().get("/shows", state="ended", shop_id=str(show.shop_id))["items"] == []
