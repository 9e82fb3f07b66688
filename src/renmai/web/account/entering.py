"""Letting somebody in: the session, what this browser had put in its basket, and whether a second factor was given."""

from __future__ import annotations

from django.contrib.auth import login
from django.http import HttpResponse, HttpResponseRedirect

from renmai.people.accounts.models import Person
from renmai.people.accounts.queries import actor_of
from renmai.web.buyer.followed import claim_followed
from renmai.web.buyer.visitor import join_basket
from renmai.web.doors import Request

BACKEND = "django.contrib.auth.backends.ModelBackend"


def let_in(request: Request, person: Person, *, confirmed: bool = False) -> None:
    """Sign `person` in for this browser; `confirmed`: by a way that counts as the second factor, too.

    What lay in the visitor's basket is in the person's cart afterwards, and links followed in this browser are the person's.
    """
    login(request, person, backend=BACKEND)
    if confirmed:
        request.session["confirmed_at"] = request.now.timestamp()
    request.actor = actor_of(person, confirmed=confirmed)
    join_basket(request)
    claim_followed(request)


def enter(request: Request, person: Person, *, confirmed: bool = False) -> HttpResponse:
    """Let a person in and lead them on to where they were going, else to where they work, else to the door."""
    target = request.session.pop("next", "") or _home_of(person)
    let_in(request, person, confirmed=confirmed)
    return HttpResponseRedirect(target)


def _home_of(person: Person) -> str:
    roles = set(person.memberships.values_list("role", flat=True))
    return next((f"/{role}" for role in ("operator", "supplier", "creator", "agency") if role in roles), "/")
