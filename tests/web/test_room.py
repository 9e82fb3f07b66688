"""A live room as buyers meet it, and the pass that lets them speak there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from renmai.kit import clock
from renmai.people.accounts.models import Person
from renmai.places.live.actions import Plan, plan_show
from renmai.places.talk.passes import read_pass
from tests.places.stage import on_air
from tests.trade.world import World, make_world
from tests.web.operator_world import signed_in


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def buyer(world: World) -> Client:
    return signed_in(Person.objects.get(id=world.buyer.person_id))


def test_a_pass_says_who_comes_and_holds_for_this_room_only(world: World) -> None:
    show = on_air(world)
    Person.objects.filter(id=world.buyer.person_id).update(name="Mei")
    answer: Any = buyer(world).post(f"/live/{show.id}/pass")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    held = read_pass(answer.json()["pass"], show_id=show.id, now=clock.now())
    assert (held.person_id, held.name, held.keeps_order) == (world.buyer.person_id, "Mei", False)
    host = signed_in(Person.objects.get(id=show.host_id)).post(f"/live/{show.id}/pass").json()["pass"]
    assert read_pass(host, show_id=show.id, now=clock.now()).keeps_order
    draft = plan_show(
        actor=world.creator(0), now=clock.now(), shop_id=world.shops[0].id, plan=Plan("x", clock.now(), 5)
    )
    assert buyer(world).post(f"/live/{draft.id}/pass").status_code == 404
    assert Client().post(f"/live/{show.id}/pass")["Location"].startswith("/sign-in")
    csrf = Client(enforce_csrf_checks=True)
    csrf.cookies = buyer(world).cookies
    assert csrf.post(f"/live/{show.id}/pass").status_code == 403
