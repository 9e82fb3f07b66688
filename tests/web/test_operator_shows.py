"""The house sees shows that are on, one with all in it, and may end it, bar its shop and delete film; others see nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.events.models import Event
from renmai.people.accounts.models import Membership, Person
from renmai.people.notices.models import Notice
from renmai.people.standing.queries import term_in_force
from renmai.places.live.models import Show
from renmai.places.live.stage_actions import end_show
from renmai.places.streams.models import FilmDeletion, Fragment
from renmai.places.talk.lane import said, talk_lane
from tests.places.filming import film
from tests.places.stage import on_air
from tests.trade.world import World, make_world
from tests.web.operator_world import signed_in


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@pytest.fixture
def desk(world: World) -> Client:
    person = Person.objects.get(id=world.operator.person_id)
    Membership.objects.get_or_create(
        person=person, role="operator", subject_id=None, defaults={"created_at": clock.now()}
    )
    return signed_in(person)


def filmed(world: World) -> Show:
    show = on_air(world)
    film(world, show, seconds=3)
    assert world.buyer.person_id is not None
    talk_lane.submit(
        said(show_id=show.id, person_id=world.buyer.person_id, name="Mei", words="Is it sweet?", now=clock.now())
    )
    return show


def act(desk: Client, show: Show, do: str, **more: str) -> int:
    form = {"do": do, "words": "A word.", "key": f"{do}-00000001", **more}
    return desk.post(f"/operator/shows/{show.id}", form).status_code


def test_the_house_sees_what_is_on_and_what_is_said(world: World, desk: Client) -> None:
    show = filmed(world)
    listed = desk.get("/operator/shows").content.decode()
    assert f"/operator/shows/{show.id}" in listed and "Tea at noon" in listed
    assert "Tea at noon" not in desk.get("/operator/shows?state=ended").content.decode()
    page = desk.get(f"/operator/shows/{show.id}").content.decode()
    assert "Is it sweet?" in page and "Mei" in page
    for other in (Client(), signed_in(Person.objects.get(id=world.buyer.person_id))):
        assert other.get(f"/operator/shows/{show.id}").status_code in (302, 404)


def test_the_house_ends_a_show_and_its_people_are_told_why(world: World, desk: Client) -> None:
    show = filmed(world)
    assert act(desk, show, "stop", words="") == 422 and Show.objects.get().state == "live"
    assert act(desk, show, "stop") == 302
    ended = Show.objects.get()
    assert (ended.state, ended.ended_how) == ("ended", "by_house")
    assert Event.objects.get(kind="show.stopped").data == {"words": "A word."}
    notice = Notice.objects.get(kind="show.stopped", person_id=world.shops[0].owner_id)
    assert notice.data == {"title": "Tea at noon", "words": "A word."}


def test_the_house_bars_a_shop_and_deletes_film_by_order_only(world: World, desk: Client) -> None:
    show = filmed(world)
    assert act(desk, show, "bar") == 302 and term_in_force("live_allowed", show.shop_id) == 0
    assert act(desk, show, "allow") == 302 and term_in_force("live_allowed", show.shop_id) == 1
    end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    assert act(desk, show, "delete") == 422 and Fragment.objects.count() == 3
    assert act(desk, show, "delete", ordered="1", key="delete-00000002") == 302
    assert FilmDeletion.objects.get().why == "A word." and not Fragment.objects.exists()
    assert desk.get(f"/operator/shows/{show.id}").status_code == 200


def test_the_list_takes_the_same_statements_for_one_and_for_many(world: World, desk: Client) -> None:
    show = filmed(world)
    one = statements(desk)
    for number in range(3):
        Show.objects.create(
            shop=world.shops[1], host_id=world.shops[1].owner_id, title=f"Soap {number}", starts_at=show.starts_at,
            minutes=10, created_at=show.created_at, changed_at=show.changed_at,
        )  # fmt: skip
    assert statements(desk) == one


def statements(desk: Client) -> int:
    desk.get("/operator/shows")
    with CaptureQueriesContext(connection) as queries:
        desk.get("/operator/shows")
    return len(queries)
