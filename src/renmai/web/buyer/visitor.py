"""The basket of somebody who has not signed in: kept with the session, bounded, and joined to the cart at sign-in.

Joined, each line holds the larger of what both held: nothing is lost, nothing doubles, however often it is done.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from renmai.kit.limits.actions import count_try
from renmai.kit.problems import Busy
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.carts.queries import read_cart, read_given
from renmai.trade.carts.rules import LINES_MAX, QUANTITY_MAX, Cart, CartFull, NotForSale
from renmai.web.doors import Request

BASKET, ADDED = "basket", "basket_added"
ADDED_MAX = 20
BASKETS_PER_HOUR_MAX = 300  # new ones of one caller: each is a row


def visitor_units(request: HttpRequest) -> int:
    """Return how many pieces lie in the visitor's basket."""
    return sum(request.session.get(BASKET, {}).values()) if hasattr(request, "session") else 0


def visitor_cart(request: Request) -> Cart:
    """Return the visitor's basket as it stands now; one statement, none for an empty one."""
    lines = _lines(request)
    return read_given(request.actor, lines) if lines else Cart()


def add_line(request: Request, pick_id: UUID, sku_id: UUID, more: int, key: str) -> None:
    """Put so many more of a variant in the visitor's basket; the same form (`key`) sent twice adds once.

    Errors: NotForSale, CartFull, TooMany.
    """
    added: list[str] = request.session.get(ADDED, [])
    if key and key in added:
        return
    held = request.session.get(BASKET, {}).get(f"{pick_id}.{sku_id}", 0)
    set_line(request, pick_id, sku_id, min(QUANTITY_MAX, held + more))
    request.session[ADDED] = [*added, key[:40]][-ADDED_MAX:]


def set_line(request: Request, pick_id: UUID, sku_id: UUID, quantity: int) -> None:
    """Hold so many of a variant in the visitor's basket; 0 takes it out. Errors: NotForSale, CartFull, TooMany."""
    basket: dict[str, int] = dict(request.session.get(BASKET, {}))
    place = f"{pick_id}.{sku_id}"
    if quantity <= 0:
        basket.pop(place, None)
    else:
        if place not in basket:
            _check_new(request, pick_id, sku_id, len(basket))
        basket[place] = min(QUANTITY_MAX, quantity)
    request.session[BASKET] = basket


def _check_new(request: Request, pick_id: UUID, sku_id: UUID, held: int) -> None:
    if request.session.session_key is None:
        caller = request.META.get("REMOTE_ADDR", "")
        count_try(
            name="visitor_basket", who=caller, tries_max=BASKETS_PER_HOUR_MAX, window_seconds=3600, now=request.now
        )
    if held >= LINES_MAX:
        raise CartFull(most=LINES_MAX)
    found = read_given(request.actor, [(pick_id, sku_id, 1)])
    if not found.shops or found.shops[0].parcels[0].lines[0].fault == "not_sold":
        raise NotForSale()


def join_basket(request: Request) -> None:
    """Join the basket that this browser kept to the cart of the person who is now signed in; told is what did not fit."""
    kept = _lines(request)
    if not kept:
        return
    held = {
        (line.pick_id, line.sku_id): line.quantity
        for shop in read_cart(request.actor).shops
        for parcel in shop.parcels
        for line in parcel.lines
    }
    lost = 0
    for pick_id, sku_id, quantity in kept:
        if held.get((pick_id, sku_id), 0) < quantity:
            try:
                set_cart_line(actor=request.actor, now=request.now, pick_id=pick_id, sku_id=sku_id, quantity=quantity)
            except Busy:
                return  # it stays in the session, and is joined with the next page of the cart
            except (CartFull, NotForSale):
                lost += 1
    request.session.pop(BASKET, None)
    request.session.pop(ADDED, None)
    if lost:
        messages.warning(request, _("Some of what you had put in the cart is not for sale any more, or did not fit."))


def _lines(request: Request) -> list[tuple[UUID, UUID, int]]:
    kept: dict[str, int] = request.session.get(BASKET, {})
    return [(UUID(place[:36]), UUID(place[37:]), quantity) for place, quantity in kept.items()]
