"""Count that somebody opened a page of a shop: the person's, a pick's, a post's.

One opened page is one visit. Not counted: robots that say so, what a browser fetches ahead, pieces of a page, whoever
belongs to the shop's team, and whoever asks not to be (`DNT`, `Sec-GPC`).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from renmai.kit.access import Actor
from renmai.people.accounts.rules import for_team
from renmai.places.visits.lane import visits_lane
from renmai.web.doors import Request

# CUBOT makes phones: whoever holds one looks.
PREVIEWS = re.compile(r"(?<!cu)bot|crawl|spider|slurp|preview|facebookexternalhit|^whatsapp", re.IGNORECASE)
ROBOTS = re.compile(r"monitor|curl|wget|python|headless|lighthouse|go-http", re.IGNORECASE)


def count_visit(request: Request, shop_id: UUID) -> None:
    """Count one visit of a shop, if it is one. Nothing waits for it."""
    if is_visit(request, request.actor, shop_id):
        visits_lane.post((shop_id, day_of(request.now)))


def is_visit(request: HttpRequest, actor: Actor, shop_id: UUID) -> bool:
    """Return whether this request is a visit."""
    headers = request.headers
    unseen = "HX-Request" in headers or not is_looking(request)
    agent = headers.get("User-Agent", "")
    own = not actor.grants.isdisjoint(for_team(shop_id))
    return not (unseen or asks_not(request) or own or not agent or ROBOTS.search(agent))


def asks_not(request: HttpRequest) -> bool:
    """Return whether a browser asks that nothing be recorded of it (`DNT`, `Sec-GPC`)."""
    return request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1"


def is_looking(request: HttpRequest) -> bool:
    """Return whether somebody looks: not a robot that says so (those who draw previews do), nor a browser ahead of its person."""
    headers = request.headers
    ahead = "prefetch" in headers.get("Sec-Purpose", "") + headers.get("Purpose", "")
    return request.method == "GET" and not ahead and not PREVIEWS.search(headers.get("User-Agent", ""))


def day_of(at: datetime) -> date:
    """Return the day that it is for the house."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
