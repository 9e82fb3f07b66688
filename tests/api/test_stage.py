"""A show is held over the API: begun, explained, covered, ended; who keeps order there does that and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.people.accounts.actions import make_token
from renmai.people.accounts.models import Membership, Person
from renmai.places.live.actions import Plan, Slot, add_to_show, answer_point, plan_show, write_run
from renmai.places.live.models import Show
from renmai.places.live.rules import POINTS
from renmai.places.streams.engines import authorise
from renmai.places.streams.models import Camera
from renmai.places.talk.lane import said, talk_lane
from renmai.places.talk.models import RoomLine
from renmai.trade.promotions.models import Drop
from tests.api.desk import Caller
from tests.trade.test_prizes import of_shop
from tests.trade.world import World, make_world, person


@pytest.fixture
def world(house: None) -> World:
    made = make_world()
    Membership.objects.create(
        person_id=made.shops[0].owner_id, role="creator", subject_id=made.shops[0].id, created_at=clock.now()
    )
    return made


def caller(person_id: Any) -> Caller:
    _, token = make_token(actor=Actor(person_id), now=clock.now(), name="t", scopes=["shop"])
    return Caller(token)


def ready(world: World) -> Show:
    """A show with one segment, whose checklist is complete."""
    creator, now = world.creator(0), clock.now()
    show = plan_show(actor=creator, now=now, shop_id=world.shops[0].id, plan=Plan("Tea", now, 60))
    mug = world.skus["mug"].id
    slot = Slot(world.picks["mug"].id, sku_id=mug, show_price_minor=5500, set_aside=2)
    write_run(actor=creator, now=now, show_id=show.id, slots=[slot])
    for point in POINTS:
        answer_point(actor=creator, now=now, show_id=show.id, point=point.name)
    return show


def test_a_show_is_held_by_http(world: World) -> None:
    show, like = ready(world), of_shop(world)
    host, path, segment = caller(show.host_id), f"/shows/{show.id}", show.segments.get()
    early = host.call("POST", f"{path}/drops", {"segment_id": str(segment.id)})
    assert (early.status, early.json["code"]) == (409, "show.not_now") and not Drop.objects.exists()
    key = new_id().hex
    for _ in range(2):
        begun = host.call("POST", f"{path}/beginning", key=key)
        assert (begun.status, begun.json["state"]) == (200, "live")
    staged = host.call("PUT", f"{path}/stage", {"segment_id": str(segment.id)})
    assert staged.json["segment_id"] == str(segment.id)
    assert host.call("PUT", f"{path}/pin", {"words": "Hello"}).json["pinned"] == "Hello"
    assert host.call("PUT", f"{path}/curtain", {"closed": True}).json["covered"] is True
    assert host.call("PUT", f"{path}/curtain", {"closed": False}).json["covered"] is False
    raised = host.call("POST", f"{path}/drops", {"segment_id": str(segment.id), "seconds_to_start": 0}, key=key)
    assert (raised.status, raised.json["price_minor"], raised.json["quantity"]) == (201, 5500, 2)
    ended = host.call("DELETE", f"{path}/drops/{raised.json['id']}")
    assert ended.json["state"] == "over" and Drop.objects.count() == 1
    bag = {"word": "spring", "coupon_id": str(like.id), "winners_max": 1, "seconds": 60}
    assert host.call("POST", f"{path}/bags", bag).status == 201
    assert host.call("POST", f"{path}/bags", bag).json["code"] == "bag.open"
    assert host.call("POST", f"{path}/coupons", {"coupon_id": str(like.id)}).status == 200
    camera = host.call("POST", f"{path}/cameras", {"engine": "rtmp"})
    assert camera.json["address"].startswith("rtmp://")
    assert authorise(engine="rtmp", key=camera.json["key"]).id == Camera.objects.get().id
    assert host.call("DELETE", f"{path}/cameras/encoder").status == 200
    assert Camera.objects.get().revoked_at is not None
    board = host.call("GET", f"{path}/board").json
    assert (board["orders"], board["turnover_minor"], board["earned_minor"], board["viewers"]) == (0, 0, 0, 0)
    assert host.call("POST", f"{path}/ending").json["state"] == "ended"


def test_who_keeps_order_does_that_and_nothing_else(world: World) -> None:
    show, buyer = ready(world), world.buyer.person_id
    assert buyer
    somebody = person("keeper@example.org")
    add_to_show(actor=world.creator(0), now=clock.now(), show_id=show.id, person_id=somebody.id, part="moderator")
    host, keeper, path = caller(show.host_id), caller(somebody.id), f"/shows/{show.id}"
    host.call("POST", f"{path}/beginning")
    number = talk_lane.submit(said(show_id=show.id, person_id=buyer, name="Mei", words="hm", now=clock.now()))
    muted = keeper.call("PUT", f"{path}/silences/{buyer}", {"minutes": 5, "why": "loud"})
    assert (muted.status, muted.json["why"], muted.json["removed"]) == (200, "loud", False)
    board = keeper.call("GET", f"{path}/board").json
    assert (board["turnover_minor"], [row["person_id"] for row in board["silenced"]]) == (None, [str(buyer)])
    assert keeper.call("DELETE", f"{path}/silences/{buyer}").status == 200
    assert keeper.call("DELETE", f"{path}/lines/{number}").status == 200
    assert RoomLine.objects.get(show=show, number=number).hidden_at is not None
    for method, door, body in (
        ("POST", "ending", None), ("PUT", "curtain", {"closed": True}), ("POST", "cameras", {"engine": "browser"}),
        ("PUT", "stage", {}), ("POST", "coupons", {"coupon_id": str(show.id)}),
    ):  # fmt: skip
        assert keeper.call(method, f"{path}/{door}", body).status == 404, door
    stranger = caller(Person.objects.get(id=buyer).id)
    assert stranger.call("GET", f"{path}/board").status == 404
    show.refresh_from_db()
    assert show.state == "live" and show.covered_at is None and not Camera.objects.exists()
