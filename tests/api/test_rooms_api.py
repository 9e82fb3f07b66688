"""The room of a show over HTTP: how it stands, its line, and the pass."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from renmai.kit import clock
from renmai.places.live.stage_actions import pin
from renmai.places.talk.lane import said, talk_lane
from renmai.places.talk.passes import read_pass
from renmai.trade.promotions.models import Drop
from tests.api.test_contract import caller_of
from tests.places.stage import on_air
from tests.trade.promoting import drop
from tests.trade.world import World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def test_a_room_is_read_and_entered(world: World) -> None:
    show, now = on_air(world), clock.now()
    pin(actor=world.creator(0), now=now, show_id=show.id, words="Free freight")
    made = drop(world, quantity=2, now=now, starts_at=now + timedelta(minutes=1), ends_at=now + timedelta(hours=1))
    Drop.objects.filter(id=made.id).update(segment_id=show.stage_segment_id, show_id=show.id)
    assert world.buyer.person_id is not None
    for words in ("One", "Two", "Three"):
        talk_lane.submit(
            said(show_id=show.id, person_id=world.buyer.person_id, name="Mei", words=words, now=clock.now())
        )
    buyer: Any = caller_of(world.buyer)
    room = buyer.get(f"/shows/{show.id}/room")
    assert (room["state"], room["pinned"], room["segment_id"], room["viewers"]) == (
        "live", "Free freight", str(show.stage_segment_id), 0,
    )  # fmt: skip
    assert [(each["id"], each["free"]) for each in room["drops"]] == [(str(made.id), 2)]
    assert room["line"].startswith("ws://") and room["line"].endswith(f"/live/{show.id}/room")
    assert room["film"].endswith(f"/live/{show.id}/film.m3u8")
    first = buyer.get(f"/shows/{show.id}/room/lines", limit=4)
    assert [(line["kind"], line["words"]) for line in first["items"]] == [
        ("began", ""), ("explaining", ""), ("pinned", "Free freight"), ("said", "One"),
    ]  # fmt: skip
    rest = buyer.get(f"/shows/{show.id}/room/lines", after=first["next"])
    assert [(line["name"], line["words"]) for line in rest["items"]] == [("Mei", "Two"), ("Mei", "Three")]
    assert rest["next"] is None and first["items"][1]["data"] == {"segment_id": str(show.stage_segment_id)}
    answer = buyer.do("POST", f"/shows/{show.id}/room/pass")
    held = read_pass(answer["room_pass"], show_id=show.id, now=clock.now())
    assert (held.person_id, held.keeps_order, answer["seconds"]) == (world.buyer.person_id, False, 60)
