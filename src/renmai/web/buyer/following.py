"""Whom one follows, one's friends, the link by which friends find one, and what friends may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import segno
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.people.follows.actions import (
    close_friend_link,
    follow_back,
    follow_by_link,
    open_friend_link,
    set_reachable,
    show_trust,
    unfollow,
)
from renmai.people.follows.queries import (
    Known,
    access_follow,
    access_friend,
    list_consents,
    list_following,
    list_to_follow_back,
    read_friend_link,
    shows_trust,
    standing_to,
)
from renmai.places.shops.found import shops_of_owners
from renmai.places.shops.models import Shop
from renmai.web.buyer.shown import picture, say
from renmai.web.doors import Request, attempt, door, safe_next, uuid_or_404

ROWS, WAITING_SHOWN = 24, 6


@door("person", "GET", "POST")
def following(request: Request) -> HttpResponse:
    """List whom one follows and who waits to be followed back; POST changes one of them, the link, or what friends see."""
    if request.method == "POST":
        return _changed(request)
    after = parts_of(request.GET.get("cursor"), 1)
    rows = list_following(request.actor, after=uuid_or_404(after[0]) if after else None, limit=ROWS + 1)
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].id) if len(rows) > ROWS else None)
    waiting = list_to_follow_back(request.actor, limit=WAITING_SHOWN + 1) if after is None else []
    consents = list_consents(request.actor) if after is None else []
    known_to = [each.given_to_id for each in consents]
    shops = shops_of_owners([*(row.person_id for row in (*page.items, *waiting)), *known_to])
    link = read_friend_link(request.actor)
    context = {
        "people": _shown(page.items, shops),
        "waiting": _shown(waiting[:WAITING_SHOWN], shops),
        "more_waiting": len(waiting) > WAITING_SHOWN,
        "known_to": [_keeper(person_id, shops.get(person_id)) for person_id in known_to],
        "next_cursor": page.next_cursor,
        "first_page": after is None,
        "shows_trust": shows_trust(request.actor),
        "link": address_of(link.token) if link else "",
        "code": _code(address_of(link.token)) if link else "",
    }
    return render(request, "buyer/following.html", context)


@door("person")
def followers(request: Request) -> HttpResponse:
    """List who waits to be followed back, newest first."""
    after = parts_of(request.GET.get("cursor"), 1)
    rows = list_to_follow_back(request.actor, after=uuid_or_404(after[0]) if after else None, limit=ROWS + 1)
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].id) if len(rows) > ROWS else None)
    shops = shops_of_owners(row.person_id for row in page.items)
    context = {"waiting": _shown(page.items, shops), "next_cursor": page.next_cursor}
    return render(request, "buyer/followers.html", context)


def _shown(rows: Sequence[Known], shops: Mapping[UUID, Shop]) -> list[dict[str, Any]]:
    return [_person(row, shops.get(row.person_id)) for row in rows]


def _person(row: Known, shop: Shop | None) -> dict[str, Any]:
    return {
        "id": row.id, "friend": row.friend, "reachable": row.reachable, **_keeper(row.person_id, shop, row.name),
    }  # fmt: skip


def _keeper(person_id: UUID, shop: Shop | None, name: str = "") -> dict[str, Any]:
    return {
        "person_id": person_id,
        "name": say(shop, "name") if shop else name or _("Somebody without a name"),
        "href": f"/@{shop.handle}" if shop else "",
        "face": picture(shop.face_id) if shop else "",
    }


def address_of(token: str) -> str:
    """Return the whole address of a friend link."""
    return f"{config().pages_origin}/friends/{token}"


def _code(address: str) -> str:
    return str(segno.make(address, error="m").svg_data_uri(border=3, light="#fff"))


def _changed(request: Request) -> HttpResponse:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}

    def of() -> UUID:
        return access_follow(request.actor, uuid_or_404(request.POST.get("follow"))).followed_id

    ways: dict[str, tuple[str, Callable[[], Any]]] = {
        "back": (
            _("You are friends now."),
            lambda: follow_back(**who, follow_id=uuid_or_404(request.POST.get("follow"))),
        ),
        "unfollow": (_("You do not follow them any more."), lambda: unfollow(**who, person_id=of())),
        "reach": (_("They may write to you."), lambda: set_reachable(**who, person_id=of(), reachable=True)),
        "hide": (_("They may not write to you."), lambda: set_reachable(**who, person_id=of(), reachable=False)),
        "forget": (
            _("They may not write to you."),
            lambda: set_reachable(**who, person_id=uuid_or_404(request.POST.get("person")), reachable=False),
        ),
        "open_link": (_("Your link is ready: send it to a friend."), lambda: open_friend_link(**who)),
        "close_link": (_("Your link leads nowhere now."), lambda: close_friend_link(**who)),
        "show_trust": (_("Your friends see whom you trust."), lambda: show_trust(**who, shown=True)),
        "hide_trust": (_("Nobody sees whom you trust."), lambda: show_trust(**who, shown=False)),
    }
    found = ways.get(request.POST.get("do", ""))
    if found:
        attempt(request, *found)
    return HttpResponseRedirect(safe_next(request, "/following"))


@door("public")
def friend(request: Request, token: str) -> HttpResponse:
    """Show whose friend link this is."""
    person = access_friend(token)
    shop = shops_of_owners([person.id]).get(person.id)
    context = {
        "token": token,
        "name": say(shop, "name") if shop else person.name,
        "face": picture(shop.face_id) if shop else "",
        "own": request.actor.person_id == person.id,
        "standing": standing_to(request.actor, person.id),
    }
    return render(request, "buyer/friend.html", context)


@door("person", "POST")
def friend_follow(request: Request, token: str) -> HttpResponse:
    """Follow the person whose friend link this is."""
    attempt(
        request,
        _("You follow them. When they follow back, you are friends."),
        lambda: follow_by_link(actor=request.actor, now=request.now, token=token),
    )
    return HttpResponseRedirect("/following")
