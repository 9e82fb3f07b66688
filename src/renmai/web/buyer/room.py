"""A live room as buyers meet it: the film, what is explained, and the talk; afterwards the recording with its goods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from renmai.config import config
from renmai.kit.problems import NotFound
from renmai.people.follows.queries import standing_to
from renmai.places.live.models import Explained, Segment, ShowState
from renmai.places.live.queries import ShowView, access_show
from renmai.places.shops.queries import picks_by_id
from renmai.places.talk.admission import ROOMS, name_in, pass_for
from renmai.places.talk.queries import bag_for, hosts_of
from renmai.trade.promotions.models import Coupon
from renmai.trade.promotions.queries import coupons_for
from renmai.web.buyer.links import sharing_of
from renmai.web.buyer.previews import preview_of_show
from renmai.web.buyer.room_words import room_words
from renmai.web.buyer.shown import LARGE_PX, picture, say
from renmai.web.buyer.shows import planned_page
from renmai.web.desks.coupons import coupon_words
from renmai.web.doors import Request, door
from renmai.web.visits import count_visit

COVER_PX = 1600
TICKETS_MAX = 3


@door("public")
def room(request: Request, show_id: UUID) -> HttpResponse:
    """Show the room of a show, whatever its state. Errors: NotFound."""
    view = access_show(request.actor, show_id)
    if view.show.state not in (ShowState.LIVE, ShowState.ENDED):
        return planned_page(request, view)
    count_visit(request, view.show.shop_id)
    return render(request, "buyer/room.html", _head(view) | _room(request, view))


def _head(view: ShowView) -> dict[str, Any]:
    show, shop = view.show, view.show.shop
    return {
        "view": view,
        "show": show,
        "shop": shop,
        "preview": preview_of_show(view),
        "shop_name": say(shop, "name"),
        "face": picture(shop.face_id, LARGE_PX),
        "cover": picture(show.cover_id, COVER_PX),
    }


def _room(request: Request, view: ShowView) -> dict[str, Any]:
    show, shop = view.show, view.show.shop
    live = show.state == ShowState.LIVE
    coupons = coupons_for(request.actor, shop.id, now=request.now)[:TICKETS_MAX] if live else []
    return {
        "live": live,
        "watchable": live or show.replay_open,
        "signed": request.actor.person_id is not None,
        "own": request.actor.person_id == shop.owner_id,
        "standing": standing_to(request.actor, shop.owner_id),
        "sharing": sharing_of(request, shop.id, "show", show.id),
        "tickets": [{"coupon": coupon, "gives": coupon_words(coupon)} for coupon in coupons],
        **(_bag(request, view) if live else {}),
        **goods_of(view),
        "about": {
            "show": str(show.id),
            "fast": config().fast_origin,
            "state": show.state,
            "signed": request.actor.person_id is not None,
            "name": name_in(request.actor, view),
            "currency": config().currency,
            "hosts": [str(each) for each in hosts_of(show)],
            "segment": str(show.stage_segment_id or ""),
            "words": room_words(),
        },
    }


def goods_of(view: ShowView) -> dict[str, Any]:
    """Return the goods of a show in their order, of one that is over only those that were explained; two statements."""
    segments = list(view.segments)
    spans = _began(view) if view.show.state == ShowState.ENDED else {}
    if spans:
        segments = sorted((each for each in segments if each.id in spans), key=lambda each: spans[each.id])
    rows = picks_by_id({each.pick_id for each in segments})
    goods = [_thing(each, rows[each.pick_id], spans.get(each.id)) for each in segments if each.pick_id in rows]
    return {"goods": goods}


def _began(view: ShowView) -> dict[UUID, Any]:
    rows = Explained.objects.filter(show=view.show).order_by("-began_at").values_list("segment_id", "began_at")
    return dict(rows)


def _thing(segment: Segment, row: Mapping[str, Any], began_at: Any) -> dict[str, Any]:
    price = segment.show_price_minor
    return {
        "segment": segment,
        "began_at": began_at,
        "title": say(row, "title"),
        "word": say(row, "word"),
        "image": picture(row["cover_id"]),
        "price_minor": row["price_from_minor"],
        "show_price_minor": price if price and price < row["price_from_minor"] else None,
        "multiple_bps": row["multiple_bps"],
        "currency": row["currency"],
        "sold_out": row["left"] <= 0 or not row["sold_now"],
    }


@door("public")
def room_goods(request: Request, show_id: UUID) -> HttpResponse:
    """Give the list of goods alone: a run-of-show may be changed while the show is on. Errors: NotFound."""
    view = access_show(request.actor, show_id)
    if view.show.state not in ROOMS:
        raise NotFound()
    return render(request, "buyer/room_goods.html", _head(view) | goods_of(view) | {"live": True})


@door("public")
def room_bag(request: Request, show_id: UUID) -> HttpResponse:
    """Give the room's newest lucky bag as the reader stands to it. Errors: NotFound."""
    view = access_show(request.actor, show_id)
    signed = request.actor.person_id is not None
    context = {"show": view.show, "signed": signed, **_bag(request, view)}
    return render(request, "buyer/room_bag.html", context)


def _bag(request: Request, view: ShowView) -> dict[str, Any]:
    """Return the newest lucky bag, with the code of the coupon for who won it; three statements at most."""
    bag = bag_for(request.actor, view.show.id)
    won = Coupon.objects.filter(id=bag.bag.coupon_id).first() if bag and bag.won else None
    return {"bag": bag, "won": won, "gives": coupon_words(won) if won else ""}


@door("person", "POST")
def room_pass(request: Request, show_id: UUID) -> HttpResponse:
    """Give a signed-in person a pass into a room, for one connection; none to who was taken out of it.

    Errors: NotFound, also where there is no room.
    """
    view = access_show(request.actor, show_id)
    answer = JsonResponse({"pass": pass_for(request.actor, view, now=request.now)})
    answer["Cache-Control"] = "no-store"
    return answer
