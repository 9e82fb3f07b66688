"""Those who hold a show act while its room talks: nobody waits for the other in a circle."""

from __future__ import annotations

from dataclasses import replace

import pytest

from renmai.kit import clock
from renmai.kit.media.streams import NotAStream
from renmai.places.live.stage_actions import explain, pin
from renmai.places.streams.lane import Keep, film_lane
from renmai.places.streams.models import Fragment, Take
from renmai.places.talk.lane import said, talk_lane
from renmai.places.talk.models import RoomHead, RoomLine
from tests.places.filming import film
from tests.places.stage import on_air
from tests.trade.promoting import buyers
from tests.trade.threads import together
from tests.trade.world import World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def test_a_host_acts_in_the_middle_of_a_rush_of_words(world: World) -> None:
    show = on_air(world)
    segments = list(show.segments.order_by("position").values_list("id", flat=True))
    people = [str(number) for number in range(2)]
    (mei, _), *_ = buyers(1)
    assert mei.person_id is not None

    def talk(name: str) -> list[object]:
        one = [said(show_id=show.id, person_id=mei.person_id, name=name, words="so", now=clock.now())] * 10
        return [answer for _ in range(30) for answer in talk_lane.run(one)]

    def hold(_: str) -> list[object]:
        for number in range(25):
            explain(
                actor=world.creator(0), now=clock.now(), show_id=show.id, segment_id=segments[0] if number % 2 else None
            )
            pin(actor=world.creator(0), now=clock.now(), show_id=show.id, words=str(number))
        return []

    waiting = [together(lambda n=name: talk(n)) for name in people] + [together(lambda: hold(""))]  # type: ignore[misc]
    answers = [answer for wait in waiting for answer in wait()]
    assert not [each for each in answers if isinstance(each, Exception)], answers
    assert RoomLine.objects.filter(kind="said").count() == 600
    assert RoomHead.objects.get().last_number == RoomLine.objects.count()


def test_film_with_an_impossible_clock_is_refused_and_its_neighbours_are_kept(world: World) -> None:
    show = on_air(world)
    film(world, show, seconds=1)
    take, now = Take.objects.get(), clock.now()
    keep = Keep(show.id, take.number, 2, take.clock_ms + 1000, 1000, True, 9, bytes(32), now)
    bad = replace(keep, number=3, clock_ms=take.clock_ms + 90_000_000)
    refused, kept = film_lane.run([bad, keep])
    assert isinstance(refused, NotAStream) and kept == take.begins_ms + 1000
    assert list(Fragment.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
