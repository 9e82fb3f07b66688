"""The cart: what lies in it, by shop and supplier; putting in, changing, taking out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.kit.problems import DomainError, KeyReused
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.carts.queries import read_cart
from renmai.trade.carts.rules import QUANTITY_MAX, Cart
from renmai.web.buyer.basket import basket_of
from renmai.web.buyer.visitor import add_line, join_basket, set_line, visitor_cart
from renmai.web.doors import Request, attempt, door, problem_text, uuid_or_404
from renmai.web.matching.showing import put_in_cart


@door("public")
def cart(request: Request) -> HttpResponse:
    """Show the cart; of who has not signed in, what this browser put in."""
    return render(request, "buyer/cart.html", {"basket": basket_of(cart_now(request))})


def cart_now(request: Request) -> Cart:
    """Return the cart of a person, or the basket of a visitor."""
    if request.actor.person_id is None:
        return visitor_cart(request)
    join_basket(request)
    return read_cart(request.actor)


@door("public", "POST")
def lines(request: Request) -> HttpResponse:
    """Put so many more of a variant in the cart; nobody needs to sign in for that."""
    line = {
        "pick": str(uuid_or_404(request.POST.get("pick"))),
        "sku": str(uuid_or_404(request.POST.get("sku"))),
        "quantity": _quantity(request.POST.get("quantity")) or 1,
        "then": request.POST.get("then", "cart"),
        "key": request.POST.get("key", ""),
        "segment": request.POST.get("segment", ""),
    }
    return _put(request, line)


def _put(request: Request, line: dict[str, Any]) -> HttpResponse:
    pick_id, sku_id, more = UUID(line["pick"]), UUID(line["sku"]), int(line["quantity"])
    try:
        segment_id = uuid_or_404(line["segment"]) if line["segment"] else None
        _add(request, pick_id, sku_id, more, str(line["key"]), segment_id)
        put_in_cart(request, pick_id)
    except DomainError as refusal:
        messages.error(request, problem_text(refusal))
        return HttpResponseRedirect(f"/picks/{pick_id}?sku={sku_id}")
    if line["then"] == "checkout":
        return HttpResponseRedirect(f"/checkout?only={pick_id}.{sku_id}")
    messages.success(request, _("It is in your cart."))
    return HttpResponseRedirect("/cart")


def _add(request: Request, pick_id: UUID, sku_id: UUID, more: int, key: str, segment_id: UUID | None) -> None:
    """Add to what the cart holds of it; the same form sent twice adds once."""
    if request.actor.person_id is None:
        return add_line(request, pick_id, sku_id, more, key)
    held = [
        line.quantity
        for shop in read_cart(request.actor).shops
        for parcel in shop.parcels
        for line in parcel.lines
        if (line.pick_id, line.sku_id) == (pick_id, sku_id)
    ]
    try:
        set_cart_line(
            actor=request.actor,
            now=request.now,
            pick_id=pick_id,
            sku_id=sku_id,
            quantity=min(QUANTITY_MAX, sum(held) + more),
            key=f"{key[:32]}.{sku_id.hex}.{more}" if key else None,
            segment_id=segment_id,
        )
    except KeyReused:
        pass  # the first sending has added it: the sum is another one now


@door("public", "POST")
def line(request: Request) -> HttpResponse:
    """Set how many of a line; 0 takes it out."""
    pick_id, sku_id = uuid_or_404(request.POST.get("pick")), uuid_or_404(request.POST.get("sku"))
    quantity = 0 if request.POST.get("remove") else _quantity(request.POST.get("quantity"))
    done = _("Taken out of the cart.") if quantity == 0 else _("Changed.")
    attempt(request, done, lambda: _set(request, pick_id, sku_id, quantity))
    return HttpResponseRedirect("/cart")


def _set(request: Request, pick_id: UUID, sku_id: UUID, quantity: int) -> None:
    if request.actor.person_id is None:
        set_line(request, pick_id, sku_id, quantity)
    else:
        set_cart_line(actor=request.actor, now=request.now, pick_id=pick_id, sku_id=sku_id, quantity=quantity)


def _quantity(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 1
