"""Circles: an interest with its people and what they say. Joining is one's own choice."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.people.circles.actions import join_circle, leave_circle
from renmai.people.circles.queries import access_circle, list_circles
from renmai.places.posts.queries import list_newest_posts
from renmai.places.shops.followed import list_circle_shops
from renmai.web.buyer.home import circle_chip
from renmai.web.buyer.person import posts_page
from renmai.web.buyer.shown import LARGE_PX, picture, picture_set, say
from renmai.web.doors import Request, attempt, door, uuid_or_404

CIRCLES_A_PAGE, PEOPLE_SHOWN, PEOPLE_A_PAGE = 24, 8, 24


@door("public")
def circles(request: Request) -> HttpResponse:
    """List open circles, newest first."""
    after = parts_of(request.GET.get("cursor"), 1)
    rows = list_circles(request.actor, after=uuid_or_404(after[0]) if after else None, limit=CIRCLES_A_PAGE + 1)
    last = rows[CIRCLES_A_PAGE - 1].circle.id if len(rows) > CIRCLES_A_PAGE else None
    page = page_of(rows, CIRCLES_A_PAGE, cursor_of(last) if last else None)
    context = {"circles": [circle_chip(view) for view in page.items], "next_cursor": page.next_cursor}
    return render(request, "buyer/circles.html", context)


@door("public")
def circle(request: Request, slug: str) -> HttpResponse:
    """Show a circle: its people, then what was said in it, newest first."""
    view = access_circle(request.actor, slug)
    people = list_circle_shops(view.circle.id, limit=PEOPLE_SHOWN + 1)
    cards, next_cursor = posts_page(
        request, lambda after, limit: list_newest_posts(circle_id=view.circle.id, after=after, limit=limit)
    )
    context = {
        "circle": circle_chip(view) | {"slug": slug},
        "people": [_person(row) for row in people[:PEOPLE_SHOWN]],
        "more_people": len(people) > PEOPLE_SHOWN,
        "posts": cards,
        "next_cursor": next_cursor,
    }
    return render(request, "buyer/circle.html", context)


def _person(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": say(row, "name"), "href": f"/@{row['handle']}", "face": picture(row["face_id"], LARGE_PX),
        "face_set": picture_set(row["face_id"]),
        "words": say(row, "words"), "ai_persona": row["ai_persona"],
    }  # fmt: skip


@door("public")
def circle_people(request: Request, slug: str) -> HttpResponse:
    """List the people of a circle who have a shop, joined last first."""
    view = access_circle(request.actor, slug)
    parts = parts_of(request.GET.get("cursor"), 2)
    place = (uuid_or_404(parts[0]), uuid_or_404(parts[1])) if parts else None
    rows = list_circle_shops(view.circle.id, after=place, limit=PEOPLE_A_PAGE + 1)
    last = rows[PEOPLE_A_PAGE - 1] if len(rows) > PEOPLE_A_PAGE else None
    page = page_of(rows, PEOPLE_A_PAGE, cursor_of(last["member_id"], last["id"]) if last else None)
    context = {
        "circle": circle_chip(view) | {"slug": slug},
        "people": [_person(row) for row in page.items],
        "next_cursor": page.next_cursor,
    }
    return render(request, "buyer/circle_people.html", context)


@door("person", "POST")
def membership(request: Request, slug: str) -> HttpResponse:
    """Join a circle, or leave it."""
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "slug": slug}
    if request.POST.get("do") == "leave":
        attempt(request, _("You left the circle."), lambda: leave_circle(**who))
    else:
        attempt(request, _("You are in the circle."), lambda: join_circle(**who))
    return HttpResponseRedirect(f"/circles/{slug}")
