"""Letting somebody in: the session, what this browser had put in its basket, and whether a second factor was given."""

from __future__ import annotations

from django.contrib.auth import login

from renmai.people.accounts.models import Person
from renmai.people.accounts.queries import actor_of
from renmai.web.buyer.visitor import join_basket
from renmai.web.doors import Request

BACKEND = "django.contrib.auth.backends.ModelBackend"


def let_in(request: Request, person: Person, *, confirmed: bool = False) -> None:
    """Sign `person` in for this browser; `confirmed`: by a way that counts as the second factor, too.

    What lay in the visitor's basket is in the person's cart afterwards.
    """
    login(request, person, backend=BACKEND)
    if confirmed:
        request.session["confirmed_at"] = request.now.timestamp()
    request.actor = actor_of(person, confirmed=confirmed)
    join_basket(request)
