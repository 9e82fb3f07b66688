"""Clips and reports over the API: everyone finds a clip, its shop hides it, and the report says what the page says."""

from __future__ import annotations

from typing import Any

import pytest

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.people.accounts.actions import make_token
from renmai.people.accounts.models import Membership
from renmai.places.streams.models import Clip
from renmai.trade.reports.shows import read_show_report
from tests.api.desk import Caller
from tests.trade.world import World, make_world
from tests.web.test_clips import over


@pytest.fixture
def world(house: None) -> World:
    made = make_world()
    for number in (0, 1):
        Membership.objects.create(
            person_id=made.creator(number).person_id, role="creator", subject_id=made.shops[number].id,
            created_at=clock.now(),
        )  # fmt: skip
    return made


def caller(person_id: Any) -> Caller:
    _, token = make_token(actor=Actor(person_id), now=clock.now(), name="t", scopes=["shop"])
    return Caller(token)


def test_clips_are_found_and_hidden(world: World) -> None:
    show = over(world)
    clip, everyone = Clip.objects.get(), Caller("")
    film = f"/live/{show.id}/clips/{clip.id}.mp4"
    paths = (f"/shows/{show.id}/clips", f"/picks/{clip.segment.pick_id}/clips")
    for path in paths:
        (found,) = everyone.call("GET", path).json["items"]
        assert (found["id"], found["milliseconds"]) == (str(clip.id), 3000) and found["film"].endswith(film)
    own, rival = (caller(world.creator(number).person_id) for number in (0, 1))
    assert rival.call("PUT", f"/clips/{clip.id}", {"shown": False}).status == 404 and Clip.objects.get().shown
    hidden = own.call("PUT", f"/clips/{clip.id}", {"shown": False})
    assert (hidden.status, hidden.json["shown"]) == (200, False)
    assert everyone.call("GET", f"/clips/{clip.id}").status == 404
    assert [everyone.call("GET", path).json["items"] for path in paths] == [[], []]


def test_a_report_is_read_by_those_whose_trade_it_was(world: World) -> None:
    show = over(world)
    own, rival = (caller(world.creator(number).person_id) for number in (0, 1))
    assert rival.call("GET", f"/shows/{show.id}/report").status == 404
    told = own.call("GET", f"/shows/{show.id}/report").json
    report = read_show_report(world.creator(0), show.id)
    assert (told["orders"], told["paid_minor"], told["came"]) == (0, 0, 0)
    (part,) = told["segments"]
    assert part["explained_seconds"] == report.parts[0].explained_seconds == 3 and part["earned_minor"] == 0
