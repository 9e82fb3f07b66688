"""Clips on pages: of a product, of a person, and on their own; gone for everyone when they may not be seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.problems import NotFound
from renmai.places.live.models import Explained, Show
from renmai.places.live.stage_actions import end_show, open_replay
from renmai.places.streams.actions import cut_clips, show_clip
from renmai.places.streams.models import Clip
from tests.places.filming import film
from tests.places.stage import on_air
from tests.trade.world import World, make_world, person


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def shown(address: str, status: int = 200) -> str:
    response = Client().get(address)
    assert response.status_code == status, response.status_code
    return response.content.decode()


def over(world: World, spans: int = 1) -> Show:
    """A show that is over, of which the same goods were explained so many times for two seconds."""
    show = on_air(world)
    film(world, show, seconds=3 * spans)
    assert show.began_at is not None
    segment_id = show.stage_segment_id
    Explained.objects.filter(show=show).delete()
    for span in range(spans):
        begins = show.began_at + timedelta(seconds=3 * span)
        Explained.objects.create(
            show=show, segment_id=segment_id, began_at=begins, ended_at=begins + timedelta(seconds=3)
        )
    ended = end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    cut_clips(show_id=show.id, now=clock.now())
    return ended


def test_a_clip_is_found_from_its_product_and_its_person_until_it_is_hidden(world: World) -> None:
    show = over(world)
    clip = Clip.objects.get()
    pick_id = show.segments.get().pick_id
    film_at = f"/live/{show.id}/clips/{clip.id}.mp4"
    page = shown(f"/clips/{clip.id}")
    assert film_at in page and "Tea at noon" in page and f"/picks/{pick_id}" in page and f"/live/{show.id}" in page
    for address in (f"/picks/{pick_id}", "/@lin"):
        assert f"/clips/{clip.id}" in shown(address) and "0:03" in shown(address)
    show_clip(actor=world.creator(0), now=clock.now(), clip_id=clip.id, shown=False)
    shown(f"/clips/{clip.id}", 404)
    for address in (f"/picks/{pick_id}", "/@lin"):
        assert f"/clips/{clip.id}" not in shown(address)


def test_pages_of_clips_take_the_same_statements_for_one_and_for_many(world: World) -> None:
    show = over(world)
    clip, pick_id = Clip.objects.get(), show.segments.get().pick_id
    addresses = (f"/clips/{clip.id}", f"/picks/{pick_id}", "/@lin")
    one = [statements(address) for address in addresses]
    over(world, spans=4)
    assert Clip.objects.count() == 5 and [statements(address) for address in addresses] == one


def statements(address: str) -> int:
    shown(address)
    with CaptureQueriesContext(connection) as queries:
        shown(address)
    return len(queries)


def test_a_closed_replay_takes_the_film_and_its_clips_from_everyone_until_it_is_opened(world: World) -> None:
    show = over(world)
    clip, who = Clip.objects.get(), {"actor": world.creator(0), "now": clock.now(), "show_id": show.id}
    for _ in range(2):
        open_replay(**who, opened=False)
    shown(f"/clips/{clip.id}", 404)
    assert "There is no film of this show" in shown(f"/live/{show.id}")
    open_replay(**who, opened=True)
    shown(f"/clips/{clip.id}")
    kinds = Event.objects.filter(kind__startswith="show.replay").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["show.replay_closed", "show.replay_opened"]
    with pytest.raises(NotFound):
        open_replay(actor=Actor(person("stranger@example.org").id), now=clock.now(), show_id=show.id, opened=False)
