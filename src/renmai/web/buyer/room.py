"""A live room as buyers meet it: the show before, while and after it is on."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.places.live.models import ShowState
from renmai.places.live.queries import ShowView, access_show
from renmai.places.talk.passes import make_pass
from renmai.web.buyer.shown import say
from renmai.web.buyer.shows import planned_page
from renmai.web.doors import Request, door

OPEN = (ShowState.PLANNED, ShowState.LIVE, ShowState.ENDED)


@door("public")
def room(request: Request, show_id: UUID) -> HttpResponse:
    """Show the room of a show, whatever its state. Errors: NotFound."""
    view = access_show(request.actor, show_id)
    if view.show.state not in (ShowState.LIVE, ShowState.ENDED):
        return planned_page(request, view)
    return render(
        request, "buyer/room.html", {"view": view, "show": view.show, "shop_name": say(view.show.shop, "name")}
    )


@door("person", "POST")
def room_pass(request: Request, show_id: UUID) -> HttpResponse:
    """Give a signed-in person a pass into a room, for one connection. Errors: NotFound, also where there is no room."""
    view = access_show(request.actor, show_id)
    if view.show.state not in OPEN:
        raise NotFound()
    answer = JsonResponse({"pass": pass_of(request, view)})
    answer["Cache-Control"] = "no-store"
    return answer


def pass_of(request: Request, view: ShowView) -> str:
    """Return a pass for who asks: under the shop's name for its people, else under their own; "" is nobody's name."""
    person = cast(Person, request.user)
    return make_pass(
        show_id=view.show.id,
        person_id=person.id,
        name=say(view.show.shop, "name") if view.own else person.name,
        keeps_order="moderator" in view.parts,
        now=request.now,
    )
