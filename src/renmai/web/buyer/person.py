"""A person's page: who it is, what stands for them, what is on now, their posts, what they picked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.api.v1.paging import place_after
from renmai.kit.access import Actor
from renmai.kit.paging import cursor_of, moment_of, page_of, parts_of
from renmai.people.circles.queries import list_own_circles
from renmai.people.follows.actions import follow, set_reachable, unfollow
from renmai.people.follows.queries import standing_to
from renmai.places.live.queries import list_replays, list_shows_of_shop
from renmai.places.posts.queries import list_posts_of_shop
from renmai.places.shops.models import Shop
from renmai.places.shops.queries import access_shop, list_shop_picks
from renmai.places.shops.theme import ACCENTS, sections_in_order
from renmai.places.talk.queries import viewers_of
from renmai.trade.promotions.queries import coupons_for, live_drops
from renmai.trust.trusted.queries import Record, Trust, read_record, trusted_by_friends
from renmai.web.buyer.cards import PostCard, pick_card, post_card
from renmai.web.buyer.clips import clip_cards
from renmai.web.buyer.drops import drop_cards
from renmai.web.buyer.home import circle_chip
from renmai.web.buyer.links import sharing_of
from renmai.web.buyer.live import ShowCard, show_card
from renmai.web.buyer.previews import preview_of_shop
from renmai.web.buyer.reviews import reviews_beside
from renmai.web.buyer.shown import LARGE_PX, picture, picture_set, say
from renmai.web.credit.badges import credit_line
from renmai.web.desks.coupons import coupon_words
from renmai.web.doors import Request, attempt, door, uuid_or_404
from renmai.web.matching.showing import look
from renmai.web.review_words import mean_text
from renmai.web.visits import count_visit

PICKS_A_PAGE, POSTS_SHOWN, POSTS_A_PAGE = 24, 4, 12
TICKETS_MAX = 6
COMING_SHOWN, REPLAYS_SHOWN = 3, 6
COVER_PX = 1600


@door("public")
def shop(request: Request, handle: str) -> HttpResponse:
    """Show a person: the face and words, what stands for them, then their sections in the order they chose."""
    found = access_shop(handle)
    count_visit(request, found.id)
    place = place_after(request.GET.get("cursor"))
    looked = place is None and look(request, shop_id=found.id)
    rows = list_shop_picks(found.id, after=place, limit=PICKS_A_PAGE + 1)
    page = page_of(rows, PICKS_A_PAGE, _after_pick(rows[PICKS_A_PAGE - 1]) if len(rows) > PICKS_A_PAGE else None)
    context = {
        "shop": found,
        "shop_id": found.id,
        "looked": looked,
        "shop_name": say(found, "name"),
        "words": say(found, "words"),
        "face": picture(found.face_id, LARGE_PX),
        "face_set": picture_set(found.face_id),
        "cover": picture(found.cover_id, COVER_PX),
        "cover_set": picture_set(found.cover_id, (LARGE_PX, COVER_PX)),
        "accent": found.accent if found.accent in ACCENTS else "",
        "cards": [pick_card(row, row["price_from_minor"], "" if row["left"] > 0 else "sold_out") for row in page.items],
        "next_cursor": page.next_cursor,
        "first_page": place is None,
        "sections": sections_in_order(found.sections) if place is None else ("picks",),
        **stands(request, found),
    }
    return render(request, "buyer/shop.html", context | (_front(request, found) if place is None else {}))


def _front(request: Request, found: Shop) -> dict[str, Any]:
    """Return what the first page has beside the picks."""
    posts = list_posts_of_shop(found.id, limit=POSTS_SHOWN + 1)
    circles = list_own_circles(Actor(found.owner_id), limit=TICKETS_MAX)
    record = read_record(found.id)
    summary, review_cards = reviews_beside(request, "shop", found.id)
    return {
        "record": record,
        "summary": summary,
        "review_cards": review_cards,
        "reviews_href": f"/@{found.handle}/reviews",
        "score": score_text(record),
        "credit": credit_line(found.owner_id),
        "friends": friends_who(trusted_by_friends(request.actor, shop_ids=[found.id])),
        **shows_of(found, request.now),
        "drops": drop_cards(live_drops(found.id, now=request.now)),
        "clips": clip_cards(shop_id=found.id),
        "posts": [post_card(row) for row in posts[:POSTS_SHOWN]],
        "more_posts": len(posts) > POSTS_SHOWN,
        "circles": [circle_chip(view) | {"joined": False} for view in circles],  # theirs, not the reader's
        "sharing": sharing_of(request, found.id),
        "preview": preview_of_shop(found),
        "tickets": _tickets(request, found.id),
    }


def shows_of(found: Shop, now: datetime) -> dict[str, Any]:
    """Return the show that is on, those that come, and those to be watched again; one statement, two while it is on."""
    shows = list_shows_of_shop(found.id, now=now, coming=COMING_SHOWN, replays=REPLAYS_SHOWN + 1)
    live = [show.id for show in shows if show.state == "live"]
    viewers = viewers_of(live, now=now) if live else {}
    cards: dict[str, list[ShowCard]] = {"live": [], "planned": [], "ended": []}
    for show in shows:
        show.shop = found
        cards[show.state].append(show_card(show, viewers.get(show.id, 0)))
    return {
        "live_shows": cards["live"],
        "coming_shows": cards["planned"],
        "replays": cards["ended"][:REPLAYS_SHOWN],
        "more_replays": len(cards["ended"]) > REPLAYS_SHOWN,
    }


@door("public")
def replays(request: Request, handle: str) -> HttpResponse:
    """Show all shows of a person that can be watched again, newest first."""
    found = access_shop(handle)
    parts = parts_of(request.GET.get("cursor"), 2)
    after = (moment_of(parts[0]), uuid_or_404(parts[1])) if parts else None
    rows = list_replays(found.id, after=after, limit=POSTS_A_PAGE + 1)
    last = rows[POSTS_A_PAGE - 1] if len(rows) > POSTS_A_PAGE else None
    page = page_of(
        rows, POSTS_A_PAGE, cursor_of(last.began_at.isoformat(), last.id) if last and last.began_at else None
    )
    context = {"shop": found, "shop_name": say(found, "name"), "shows": [show_card(show) for show in page.items]}
    return render(request, "buyer/replays.html", context | {"next_cursor": page.next_cursor})


def stands(request: Request, found: Shop) -> dict[str, Any]:
    """Return how the reader stands to a shop's person, as the follow button shows it; one statement."""
    return {"standing": standing_to(request.actor, found.owner_id), "own": request.actor.person_id == found.owner_id}


def score_text(record: Record) -> str:
    """Return the mean of the reviews as people write it: 4.8; nothing of none."""
    return mean_text(record.mean_x100)


def friends_who(trusts: Sequence[Trust]) -> dict[str, Any] | None:
    """Return which friend trusts a person and why, and how many more do; None without any."""
    if not trusts:
        return None
    first = trusts[0]
    return {"name": first.friend, "orders": first.orders, "score": first.score, "others": len(trusts) - 1}


def _tickets(request: Request, shop_id: UUID) -> list[dict[str, Any]]:
    coupons = coupons_for(request.actor, shop_id, now=request.now)
    return [{"coupon": coupon, "gives": coupon_words(coupon)} for coupon in coupons[:TICKETS_MAX]]


def _after_pick(row: Mapping[str, Any]) -> str:
    return cursor_of(row["position"], row["id"])


@door("public")
def posts(request: Request, handle: str) -> HttpResponse:
    """Show all that a person published, newest first."""
    found = access_shop(handle)
    cards, next_cursor = posts_page(
        request, lambda after, limit: list_posts_of_shop(found.id, after=after, limit=limit)
    )
    context = {"shop": found, "shop_name": say(found, "name"), "posts": cards, "next_cursor": next_cursor}
    return render(request, "buyer/posts_of.html", context)


def posts_page(request: Request, read: Any) -> tuple[list[PostCard], str | None]:
    """Return a page of posts and the cursor of the next; `read(after, limit)` reads them. Errors: BadCursor, NotFound."""
    parts = parts_of(request.GET.get("cursor"), 2)
    rows = read((moment_of(parts[0]), uuid_or_404(parts[1])) if parts else None, POSTS_A_PAGE + 1)
    last = rows[POSTS_A_PAGE - 1] if len(rows) > POSTS_A_PAGE else None
    page = page_of(rows, POSTS_A_PAGE, cursor_of(last["published_at"].isoformat(), last["id"]) if last else None)
    return [post_card(row) for row in page.items], page.next_cursor


@door("person", "POST")
def follow_button(request: Request, handle: str) -> HttpResponse:
    """Follow a person or no more, and say whether they may write. Answers with the button alone where htmx asks."""
    found = access_shop(handle)
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "person_id": found.owner_id}
    name = {"name": say(found, "name")}
    ways: dict[str, tuple[str, Callable[[], object]]] = {
        "follow": (_("You follow %(name)s.") % name, lambda: follow(**who)),
        "unfollow": (_("You do not follow %(name)s any more.") % name, lambda: unfollow(**who)),
        "reach": (_("%(name)s may write to you.") % name, lambda: set_reachable(**who, reachable=True)),
        "hide": (_("%(name)s may not write to you.") % name, lambda: set_reachable(**who, reachable=False)),
    }
    told, do = ways.get(request.POST.get("do", ""), ways["follow"])
    if request.headers.get("HX-Request") != "true":
        attempt(request, told, do)
        return HttpResponseRedirect(f"/@{found.handle}")
    do()
    return render(
        request, "buyer/follow_button.html", {"shop": found, "shop_name": say(found, "name"), **stands(request, found)}
    )
