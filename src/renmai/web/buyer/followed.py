"""What this browser followed: a signed cookie names the browser, and nothing else; the clicks are rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from renmai.kit.ids import new_secret
from renmai.kit.limits.actions import count_try
from renmai.kit.problems import TooMany
from renmai.trade.checkout.queries import NOBODY
from renmai.trade.checkout.rules import Followed
from renmai.trade.referrals.actions import claim_clicks
from renmai.trade.referrals.queries import clicks_of
from renmai.web.doors import Request

COOKIE = "renmai_visitor"
# As long as a click can count at most (the terms share_product_days and share_content_days).
KEPT = timedelta(days=90)
# A whole town may come from one address; a machine that makes up browsers stops here.
NEW_PER_HOUR_MAX = 2_000


def visitor_of(request: HttpRequest) -> str:
    """Return the name of this browser; nothing from a cookie that is not ours, or old."""
    return request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=KEPT) or ""


def name_visitor(request: HttpRequest) -> str:
    """Return the name of this browser, a new one for a browser without."""
    return visitor_of(request) or new_secret(16)


def may_be_new(request: Request) -> bool:
    """Return whether a browser may be named: one that has a name, or that of a caller who brought not too many new ones."""
    if visitor_of(request):
        return True
    caller = request.META.get("REMOTE_ADDR", "")
    try:
        count_try(name="visitor", who=caller, tries_max=NEW_PER_HOUR_MAX, window_seconds=3600, now=request.now)
    except TooMany:
        return False
    return True


def keep_visitor(response: HttpResponse, visitor: str) -> None:
    """Let the browser keep its name: scripts cannot read it, other sites cannot send it along."""
    response.set_signed_cookie(
        COOKIE,
        visitor,
        salt=COOKIE,
        max_age=KEPT,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def read_followed(request: Request, pick_ids: Iterable[UUID]) -> tuple[Followed, ...]:
    """Return what may count for an order of these picks: what this person (if known) or this browser
    followed. One statement."""
    visitor = visitor_of(request)
    rows = clicks_of(person_id=request.actor.person_id or NOBODY, visitor=visitor, pick_ids=pick_ids, now=request.now)
    return tuple(Followed(*row) for row in rows)


def claim_followed(request: Request) -> None:
    """Say that what this browser followed was followed by who is signed in now."""
    visitor = visitor_of(request)
    if visitor:
        claim_clicks(actor=request.actor, now=request.now, visitor=visitor)
