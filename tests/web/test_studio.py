"""The studio: who comes in, what they see and do there, with scripts and without."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.people.accounts.models import Membership, Person
from renmai.people.standing.models import Standing
from renmai.places.live.actions import Plan, Slot, add_to_show, answer_point, plan_show, write_run
from renmai.places.live.models import Show
from renmai.places.live.rules import POINTS
from renmai.places.streams.engines import CameraRefused, authorise
from renmai.places.streams.models import Camera
from renmai.places.talk.lane import said, talk_lane
from renmai.places.talk.models import LuckyBag, RoomLine, Silence
from renmai.trade.promotions.models import Drop
from tests.places.stage import on_air
from tests.trade.promoting import pay, place, wanted
from tests.trade.test_prizes import of_shop
from tests.trade.world import World, make_world, person
from tests.web.operator_world import signed_in

SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def world(house: None) -> World:
    """The world, whose creators sign in as such."""
    made = make_world()
    for number in (0, 1):
        Membership.objects.create(
            person_id=made.shops[number].owner_id,
            role="creator",
            subject_id=made.shops[number].id,
            created_at=clock.now(),
        )
    return made


def client_of(actor: Actor) -> Client:
    return signed_in(Person.objects.get(id=str(actor.person_id)))


def studio(show: Show, door: str = "") -> str:
    return f"/creator/shows/{show.id}/studio{f'/{door}' if door else ''}"


def helper(world: World, show: Show, part: str) -> Client:
    somebody = person(f"{part}@example.org")
    add_to_show(actor=world.creator(0), now=clock.now(), show_id=show.id, person_id=somebody.id, part=part)
    return signed_in(somebody)


def test_each_of_a_shows_people_finds_their_part(world: World) -> None:
    show = on_air(world)
    host = client_of(world.creator(0)).get(studio(show)).content.decode()
    assert all(f'id="{name}"' in host for name in ("go-live", "curtain", "end-now", "make-key", "pin", "say"))
    assert "data-booth" in host and 'data-figure="turnover"' in host and 'data-figure="earned"' in host
    guest = helper(world, show, "host").get(studio(show)).content.decode()
    assert "data-booth" in guest and 'data-figure="turnover"' in guest and 'data-figure="earned"' not in guest
    keeper = helper(world, show, "moderator")
    page = keeper.get(studio(show)).content.decode()
    assert "data-booth" not in page and 'data-figure="turnover"' not in page and 'id="pin"' in page
    assert set(keeper.get(studio(show, "now")).json()["figures"]) == {"viewers", "likes"}
    for other in (world.creator(1), world.buyer):
        assert client_of(other).get(studio(show)).status_code == 404
        assert client_of(other).get(studio(show, "now")).status_code == 404
        assert client_of(other).post(studio(show, "end"), {}).status_code == 404
    assert Client().get(studio(show))["Location"].startswith("/sign-in")
    for door in ("end", "curtain", "segment", "drop", "bag", "coupon", "camera", "encoder"):
        assert keeper.post(studio(show, door), {"key": new_id().hex, "closed": "1"}).status_code in (404, 422), door
    show.refresh_from_db()
    assert show.state == "live" and show.covered_at is None and not Camera.objects.exists()


def test_a_show_is_begun_held_and_ended_without_scripts(world: World) -> None:
    creator, now = world.creator(0), clock.now()
    show = plan_show(actor=creator, now=now, shop_id=world.shops[0].id, plan=Plan("Tea", now, 60))
    pick = world.picks["mug"]
    (segment,) = write_run(actor=creator, now=now, show_id=show.id, slots=[Slot(pick.id)])
    host = client_of(creator)
    assert "8 points of the checklist are open" in host.get(studio(show)).content.decode()
    assert "go through the checklist first" in host.post(studio(show, "begin"), {}, follow=True).content.decode()
    for point in POINTS:
        answer_point(actor=creator, now=now, show_id=show.id, point=point.name)
    banned = Standing.objects.create(
        subject_id=show.shop_id, term="live_allowed", value=0, reason="x", version=1, at=now
    )
    refused = host.post(studio(show, "begin"), {}, headers=SCRIPT)
    assert (refused.status_code, "may not go live" in refused.json()["said"]) == (403, True)
    banned.delete()
    assert "You are live." in host.post(studio(show, "begin"), {}, follow=True).content.decode()
    assert host.post(studio(show, "begin"), {})["Location"] == studio(show)
    host.post(studio(show, "segment"), {"segment": str(segment.id)})
    host.post(studio(show, "pin"), {"words": "Shipping is on us"})
    host.post(studio(show, "curtain"), {"closed": "1"})
    show.refresh_from_db()
    assert (show.state, show.stage_segment_id, show.pinned, show.covered_at is None) == (
        "live", segment.id, "Shipping is on us", False,
    )  # fmt: skip
    page = host.get(studio(show)).content.decode()
    assert "Open the curtain" in page and "Shipping is on us" in page and "Explaining now" in page
    host.post(studio(show, "segment"), {"segment": ""})
    host.post(studio(show, "pin"), {"words": "anything", "away": "1"})
    host.post(studio(show, "curtain"), {"closed": "0"})
    assert "The show is over." in host.post(studio(show, "end"), {}, follow=True).content.decode()
    show.refresh_from_db()
    assert (show.state, show.stage_segment_id, show.pinned, show.covered_at) == ("ended", None, "", None)


def test_a_drop_and_a_bag_are_raised_once_a_form(world: World) -> None:
    show, like, host = on_air(world), of_shop(world), client_of(world.creator(0))
    page = host.get(studio(show)).content.decode()
    assert f'value="{show.stage_segment_id}.{world.skus["mug"].id}"' in page and "FRIENDS" in page
    form = {
        "key": new_id().hex, "what": f"{show.stage_segment_id}.{world.skus['mug'].id}", "price": "55.00",
        "quantity": "2", "per_buyer_max": "1", "seconds": "0", "minutes": "5", "policy": "hold",
    }  # fmt: skip
    for _ in range(2):
        answer = host.post(studio(show, "drop"), form, headers=SCRIPT)
        assert (answer.status_code, answer.json()["said"]) == (200, "The drop is raised.")
    drop = Drop.objects.get()
    assert (drop.price_minor, drop.quantity, drop.show_id) == (5500, 2, show.id)
    wrong = host.post(studio(show, "drop"), form | {"key": new_id().hex, "price": "x"}, headers=SCRIPT)
    assert wrong.status_code == 422 and wrong.json()["key"] != form["key"] and Drop.objects.count() == 1
    shown = host.get(studio(show, "now")).json()["parts"]["drops"]
    assert "0 of 2 taken" in shown and "csrfmiddlewaretoken" not in shown
    host.post(studio(show, "drop/end"), {"drop": str(drop.id)})
    assert Drop.objects.get().over_at is not None
    form = {"key": new_id().hex, "word": "spring", "coupon": str(like.id), "winners": "3", "minutes": "2"}
    for _ in range(2):
        host.post(studio(show, "bag"), form)
    assert (LuckyBag.objects.get().winners_max, LuckyBag.objects.get().word) == (3, "spring")
    host.post(studio(show, "coupon"), {"coupon": str(like.id)})
    kinds = list(RoomLine.objects.filter(show=show).order_by("number").values_list("kind", flat=True))
    assert kinds[-4:] == ["drop", "drop_over", "bag", "coupon"]


def test_who_keeps_order_mutes_hides_and_lets_speak_again(world: World) -> None:
    show, buyer = on_air(world), world.buyer
    assert buyer.person_id
    number = talk_lane.submit(
        said(show_id=show.id, person_id=buyer.person_id, name="Mei", words="buy mine", now=clock.now())
    )
    keeper = helper(world, show, "moderator")
    assert "buy mine" in keeper.get(studio(show)).content.decode()
    who = {"person": str(buyer.person_id)}
    keeper.post(studio(show, "silence"), who | {"minutes": "5"})
    held = Silence.objects.get(lifted_at=None)
    assert held.until and held.until - held.at == timedelta(minutes=5)
    assert "Muted until" in keeper.get(studio(show, "now")).json()["parts"]["silenced"]
    keeper.post(studio(show, "silence"), who | {"removed": "1"})
    assert Silence.objects.get(lifted_at=None).removed
    keeper.post(studio(show, "lift"), who)
    assert not Silence.objects.filter(lifted_at=None).exists()
    keeper.post(studio(show, "hide"), {"number": str(number)})
    assert RoomLine.objects.get(show=show, number=number).hidden_at is not None
    assert "buy mine" not in keeper.get(studio(show)).content.decode()
    own = keeper.post(studio(show, "silence"), {"person": str(show.host_id)}, headers=SCRIPT)
    assert own.status_code == 409 and not Silence.objects.filter(person_id=show.host_id).exists()


def test_a_camera_gets_its_key_once_and_in_no_address(world: World) -> None:
    show, host = on_air(world), client_of(world.creator(0))
    answer: Any = host.post(studio(show, "camera"), headers=SCRIPT)
    key = answer.json()["key"]
    assert answer["Cache-Control"] == "no-store" and authorise(engine="browser", key=key).show_id == show.id
    assert key not in host.get(studio(show)).content.decode()
    page = host.post(studio(show, "encoder"), {})
    first = re.search(r'id="copy-stream-key" value="([\w-]+)"', page.content.decode())
    assert first and page["Cache-Control"] == "private, no-store"
    assert authorise(engine="rtmp", key=first[1]).show_id == show.id
    second = host.post(studio(show, "encoder"), {}, headers=SCRIPT).json()["stream_key"]
    assert "has not sent anything yet" in host.get(studio(show, "now")).json()["parts"]["encoder"]
    host.post(studio(show, "encoder"), {"away": "1"})
    for gone in (first[1], second):
        with pytest.raises(CameraRefused):
            authorise(engine="rtmp", key=gone)
    assert authorise(engine="browser", key=key).show_id == show.id


def test_sales_are_counted_while_the_show_is_on(world: World) -> None:
    now = clock.now()
    place(world, wanted(world, "mug"), at=now - timedelta(minutes=5))
    show, host = on_air(world), client_of(world.creator(0))
    assert host.get(studio(show, "now")).json()["figures"]["orders"] == "0"
    pay(place(world, wanted(world, "mug", 2), at=clock.now()), at=clock.now())
    place(world, wanted(world, "mug"), at=clock.now())
    figures = host.get(studio(show, "now")).json()["figures"]
    price = Show.objects.get(id=show.id).segments.get().pick.prices.filter(sku_id=world.skus["mug"].id).first()
    each = price.price_minor if price else world.skus["mug"].price_minor
    assert (figures["orders"], figures["turnover"]) == ("2", f"¥{3 * each / 100:.2f}")
    assert figures["turnover_minute"] == f"+¥{3 * each / 100:.2f} in a minute" and figures["earned"] != "¥0.00"


def test_what_is_asked_every_few_seconds_costs_the_same_whatever_there_is(world: World) -> None:
    show, like, host = on_air(world), of_shop(world), client_of(world.creator(0))
    address = studio(show, "now")
    host.get(address)
    with CaptureQueriesContext(
        connection,
    ) as little:
        host.get(address)
    slots = [Slot(world.picks["mug"].id, id=show.stage_segment_id), *[Slot(world.picks["mug"].id) for _ in range(6)]]
    write_run(actor=world.creator(0), now=clock.now(), show_id=show.id, slots=slots)
    for number in range(4):
        somebody = person(f"loud{number}@example.org")
        client_of(world.creator(0)).post(studio(show, "silence"), {"person": str(somebody.id), "minutes": "5"})
    host.post(
        studio(show, "bag"), {"key": new_id().hex, "word": "x", "coupon": str(like.id), "winners": "3", "minutes": "2"}
    )
    with CaptureQueriesContext(connection) as much:
        host.get(address)
    assert len(much) == len(little) <= 15
