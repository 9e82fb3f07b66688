"""Who comes into a room, and under which name."""

from __future__ import annotations

from datetime import datetime

from renmai.kit.access import Actor, require_person
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.places.live.models import ShowState
from renmai.places.live.queries import ShowView
from renmai.places.talk.passes import make_pass
from renmai.places.talk.queries import is_removed

ROOMS = (ShowState.PLANNED, ShowState.LIVE, ShowState.ENDED)


def name_in(actor: Actor, view: ShowView) -> str:
    """Return the actor's name in a show's room: the shop's for its people, else their own; "" is nobody's name."""
    if actor.person_id is None:
        return ""
    if view.own:
        return view.show.shop.name
    return Person.objects.filter(id=actor.person_id).values_list("name", flat=True).first() or ""


def pass_for(actor: Actor, view: ShowView, *, now: datetime) -> str | None:
    """Return a pass into the room of a show that the actor may see, for one connection; None to who was taken out of it.

    Errors: SignInNeeded, NotFound where the show has no room.
    """
    person_id = require_person(actor)
    if view.show.state not in ROOMS:
        raise NotFound()
    if is_removed(actor, view.show.id):
        return None
    keeps_order = "moderator" in view.parts
    return make_pass(
        show_id=view.show.id, person_id=person_id, name=name_in(actor, view), keeps_order=keeps_order, now=now
    )
