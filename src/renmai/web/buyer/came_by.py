"""Whose share link brought this browser here: following that person is offered until it is answered, and never again.

Only people with a shop are named, whose names are public anyway. A signed cookie holds it; nobody else can read it, and
it says nothing about anybody but to the browser that keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from renmai.people.follows.queries import standing_to
from renmai.places.shops.found import shops_by_id, shops_of_owners
from renmai.web.buyer.followed import KEPT
from renmai.web.buyer.shown import picture, say
from renmai.web.doors import Request, door, safe_next

COOKIE = "renmai_came_by"
ANSWERED_MAX = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """Whom to follow."""

    name: str
    handle: str
    href: str
    face: str
    ai_persona: bool


def _read(request: HttpRequest) -> tuple[UUID | None, list[UUID]]:
    """Return the shop that is offered still, and those that were answered, the latest last."""
    value = request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=KEPT) or ""
    waiting, _, answered = value.partition(" ")
    return (UUID(waiting) if waiting else None), [UUID(each) for each in answered.split()]


def _keep(response: HttpResponse, waiting: UUID | None, answered: list[UUID]) -> None:
    value = " ".join([waiting.hex if waiting else "", *(each.hex for each in answered[-ANSWERED_MAX:])])
    response.set_signed_cookie(
        COOKIE, value, salt=COOKIE, max_age=KEPT, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def remember_sharer(request: Request, response: HttpResponse, sharer_id: UUID) -> None:
    """Let the browser keep by whose link it came, unless that was answered, or it is one's own. One statement."""
    shop = shops_of_owners([sharer_id]).get(sharer_id) if sharer_id != request.actor.person_id else None
    _, answered = _read(request)
    if shop is not None and shop.id not in answered:
        _keep(response, shop.id, answered)


def offer_of(request: Request) -> Offer | None:
    """Return whom to offer following: two statements at most, none for a browser that came by no link."""
    waiting, _ = _read(request)
    shop = shops_by_id([waiting]).get(waiting) if waiting else None
    if shop is None or shop.owner_id == request.actor.person_id:
        return None
    if request.actor.person_id is not None and standing_to(request.actor, shop.owner_id).follows:
        return None
    return Offer(say(shop, "name"), shop.handle, f"/@{shop.handle}", picture(shop.face_id), shop.ai_persona)


@door("public", "POST")
def not_now(request: Request) -> HttpResponse:
    """Offer this person no more."""
    waiting, answered = _read(request)
    response = HttpResponseRedirect(safe_next(request, "/"))
    if waiting is not None:
        _keep(response, None, [*answered, waiting])
    return response
