"""The door: people who are live, whom one follows, whom one's friends trust, then by interest. Never goods without a person."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.api.v1.paging import place_after
from renmai.kit.access import require_person
from renmai.kit.paging import BadCursor, cursor_of, page_of
from renmai.matching.feed.queries import OrderPage, list_people, names_in
from renmai.matching.shown.models import ShownList
from renmai.matching.signals.actions import choose_without
from renmai.people.circles.queries import CircleView, list_offered_circles
from renmai.places.posts.queries import list_newest_posts
from renmai.places.shops.followed import list_followed_shops
from renmai.places.shops.foremost import list_foremost_shops
from renmai.places.shops.found import shops_by_id
from renmai.places.shops.models import Shop
from renmai.trust.trusted.queries import Trust, trusted_by_friends
from renmai.web.buyer.came_by import offer_of
from renmai.web.buyer.cards import PickCard, PostCard, pick_card, post_card
from renmai.web.buyer.live import coming_up, people_live
from renmai.web.buyer.newest import newest_picks
from renmai.web.buyer.previews import preview_of_house
from renmai.web.buyer.shown import LARGE_PX, SMALL_PX, picture, picture_set, say
from renmai.web.credit.badges import CreditLine, credit_lines
from renmai.web.doors import Request, attempt, door
from renmai.web.matching.order_reasons import order_reason
from renmai.web.matching.showing import shown

PEOPLE_A_PAGE = 12
FOLLOWED_SHOWN, TRUSTED_SHOWN, CIRCLES_SHOWN = 6, 6, 10
POSTS_READ = 24
ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Host:
    """A creator at the door, with the newest pick and the newest post if there are any."""

    name: str
    href: str
    face: str
    words: str
    ai_persona: bool
    newest: PickCard | None
    post: PostCard | None = None
    face_set: str = ""
    credit: CreditLine | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody whom friends trust: which friend says so and why, and how many more do."""

    name: str
    href: str
    face: str
    face_set: str
    friend: str
    orders: int
    score: int | None
    others: int


@door("public")
def home(request: Request) -> HttpResponse:
    """Show who is live, whom one follows, whom friends trust, circles, then people: each reader's own order, or everyone."""
    return _own_home(request) if request.actor.person_id else _home_of_everyone(request)


def _home_of_everyone(request: Request) -> HttpResponse:
    """Show a visitor everyone as the house orders them: who shows something first. Nothing is recorded."""
    after = place_after(request.GET.get("cursor"))
    rows = list_foremost_shops(after=after, limit=PEOPLE_A_PAGE + 1)
    last = rows[PEOPLE_A_PAGE - 1] if len(rows) > PEOPLE_A_PAGE else None
    page = page_of(rows, PEOPLE_A_PAGE, cursor_of(last["rank"], last["id"]) if last else None)
    picks = newest_picks(row["id"] for row in page.items)
    lines = credit_lines(row["owner_id"] for row in page.items)
    hosts = [(row["rank"], _host(row, picks.get(row["id"]), credit=lines.get(row["owner_id"]))) for row in page.items]
    context = {
        "hosts": [host for rank, host in hosts if rank],
        "newcomers": [host for rank, host in hosts if not rank],
        "next_cursor": page.next_cursor,
        "first_page": after is None,
    }
    return render(request, "buyer/home.html", context | (_front(request, [], picks, {}) if after is None else {}))


def _own_home(request: Request) -> HttpResponse:
    """Show a person their own order, each with the reason in words. Whom they follow stands before it on the first page,
    with news; the order leaves these out on every page, so that nobody is met twice. The link to the next page names them:
    whom one follows, and who has news, may be others by then."""
    cursor, above = _parted(request.GET.get("cursor"))
    page = list_people(request.actor, now=request.now, after=cursor, limit=PEOPLE_A_PAGE)
    newest = page.order.ranker == "newest"
    followed = _followed(request) if cursor is None and not newest else []
    faces = {row["id"] for row in followed}
    rows = [row for row in page.rows if row["id"] not in above | faces]
    _record(request, page, [row["id"] for row in (*followed, *rows)], above)
    names = names_in(row["reason"] for row in rows)
    picks = newest_picks({*faces, *(row["id"] for row in rows)})
    posts = _newest_posts({*faces, *(row["id"] for row in rows if newest)})
    lines = credit_lines(row["owner_id"] for row in rows)
    hosts = [
        replace(
            _host(row, picks.get(row["id"]), posts.get(row["id"]) if newest else None, lines.get(row["owner_id"])),
            why=order_reason(row["reason"], names),
        )
        for row in rows
    ]
    context = {
        "own_order": "newest" if newest else "people",
        "follows_somebody": bool(followed) or any(row["reason"] == ["you_follow"] for row in rows),
        "hosts": [host for host in hosts if host.face or host.newest],
        "newcomers": [host for host in hosts if not (host.face or host.newest)],
        "next_cursor": _joined(page.next_cursor, above | faces),
        "first_page": cursor is None,
    }
    front = _front(request, followed, picks, posts) if cursor is None else {}
    return render(request, "buyer/home.html", context | front)


def _joined(cursor: str | None, above: set[UUID]) -> str | None:
    """Return a cursor of the order together with who stood above it on the first page."""
    if cursor is None or not above:
        return cursor
    return f"{cursor}.{urlsafe_b64encode(b''.join(each.bytes for each in sorted(above))).decode()}"


def _parted(cursor: str | None) -> tuple[str | None, set[UUID]]:
    """Return the cursor of the order, and who stood above it. Errors: BadCursor."""
    if cursor is None:
        return None, set()
    place, _, above = cursor.partition(".")
    try:
        ids = urlsafe_b64decode(above)
    except ValueError:
        raise BadCursor() from None
    if len(ids) % ID_BYTES or len(ids) > FOLLOWED_SHOWN * ID_BYTES:
        raise BadCursor()
    return place, {UUID(bytes=ids[at : at + ID_BYTES]) for at in range(0, len(ids), ID_BYTES)}


def _record(request: Request, page: OrderPage, ids: list[UUID], above: set[UUID]) -> None:
    """Record who was shown, at the places at which they were seen; nothing where nobody was.

    Those `above` were seen on the first page before all others, and not again where the order has them.
    """
    order = page.order
    if ids:
        first = page.first + len(above) - len(above.intersection(order.things[: page.first]))
        shown(request, ShownList.HOME, ids, order.ranker, first, experiment_id=order.experiment_id, arm=order.arm)


@door("person", "POST")
def order(request: Request) -> HttpResponse:
    """Choose the order without profile (`do` without), or the one of one's own again."""
    without = request.POST.get("do") == "without"
    told = _("Newest first, from people you follow.") if without else _("Ordered for you again.")
    person_id = require_person(request.actor)
    choose = lambda: choose_without(actor=request.actor, now=request.now, subject_id=person_id, without=without)
    attempt(request, told, choose)
    return HttpResponseRedirect("/#everyone")


def _followed(request: Request) -> list[dict[str, Any]]:
    person_id = request.actor.person_id
    return list_followed_shops(person_id, limit=FOLLOWED_SHOWN) if person_id else []


def _front(
    request: Request,
    followed: list[dict[str, Any]],
    picks: Mapping[UUID, Mapping[str, Any]],
    posts: Mapping[UUID, PostCard],
) -> dict[str, Any]:
    """Return what stands before everyone, on the first page only."""
    return {
        "preview": preview_of_house(),
        "came_by": offer_of(request),
        "live": people_live(now=request.now),
        "coming": coming_up(now=request.now),
        "followed": [_host(row, picks.get(row["id"]), posts.get(row["id"])) for row in followed],
        "vouched": vouched(trusted_by_friends(request.actor)),
        "circles": [circle_chip(view) for view in list_offered_circles(request.actor, limit=CIRCLES_SHOWN)],
    }


def _newest_posts(shop_ids: Iterable[UUID]) -> dict[UUID, PostCard]:
    """Return shop -> its newest post, of the newest of them all; one statement, none without shops."""
    ids = list(shop_ids)
    found: dict[UUID, PostCard] = {}
    for row in list_newest_posts(shop_ids=ids, limit=POSTS_READ) if ids else ():
        found.setdefault(row["shop_id"], post_card(row))
    return found


def _host(
    row: Mapping[str, Any],
    pick: Mapping[str, Any] | None,
    post: PostCard | None = None,
    credit: CreditLine | None = None,
) -> Host:
    return Host(
        name=say(row, "name"),
        href=f"/@{row['handle']}",
        face=picture(row["face_id"], LARGE_PX),
        words=say(row, "words"),
        ai_persona=bool(row.get("ai_persona")),
        newest=pick_card(pick, pick["price_minor"], size=SMALL_PX) if pick else None,
        post=post,
        face_set=picture_set(row["face_id"]),
        credit=credit,
    )


def vouched(trusts: Iterable[Trust], *, limit: int = TRUSTED_SHOWN) -> list[Vouched]:
    """Return whom friends trust, each person once, with the friend who did so last; one statement, none without friends."""
    by_shop: dict[UUID, list[Trust]] = {}
    for trust in trusts:
        by_shop.setdefault(trust.shop_id, []).append(trust)
    chosen = list(by_shop)[:limit]
    shops = shops_by_id(chosen) if chosen else {}
    return [_vouched(shops[shop_id], by_shop[shop_id]) for shop_id in chosen if shop_id in shops]


def _vouched(shop: Shop, trusts: list[Trust]) -> Vouched:
    first = trusts[0]
    return Vouched(
        say(shop, "name"), f"/@{shop.handle}", picture(shop.face_id, LARGE_PX), picture_set(shop.face_id), first.friend,
        first.orders, first.score, len(trusts) - 1,
    )  # fmt: skip


def circle_chip(view: CircleView) -> dict[str, Any]:
    """Return a circle as a list shows it."""
    return {
        "href": f"/circles/{view.circle.slug}", "name": say(view.circle, "name"), "words": say(view.circle, "words"),
        "members": view.members, "joined": view.joined, "cover": picture(view.circle.cover_id, LARGE_PX),
    }  # fmt: skip
