"""A drop as buyers meet it: the person, the goods, how many are left and until when; and its waiting line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.goods.products.models import Sku
from renmai.kit.problems import NotFound
from renmai.places.shops.models import Pick
from renmai.places.shops.queries import access_pick_page
from renmai.trade.promotions.drop_actions import join_waitlist, leave_waitlist
from renmai.trade.promotions.queries import DropView, access_drop
from renmai.web.buyer.shown import LARGE_PX, options_text, picture, say
from renmai.web.doors import Request, attempt, door


@door("public")
def drop(request: Request, drop_id: UUID) -> HttpResponse:
    """Show a drop, and what the person who looks can do now. Errors: NotFound."""
    view = access_drop(request.actor, drop_id, now=request.now)
    try:
        row = access_pick_page(view.drop.pick_id)
    except NotFound:
        if view.state != "over":
            raise
        return render(request, "buyer/drop_gone.html", {"view": view})
    sku = next((each for each in row["skus"] if each["id"] == view.drop.sku_id), None)
    before = sku["price_minor"] if sku else None
    context = {
        "view": view,
        "drop": view.drop,
        "pick": row,
        "shop_name": say(row, "shop_name"),
        "shop_href": f"/@{row['shop_handle']}",
        "face": picture(row["face_id"]),
        "word": say(row, "word"),
        "name": say(row, "title"),
        "variant": options_text(sku) if sku else "",
        "line": say(view.drop, "title"),
        "picture": picture(row["cover_id"], LARGE_PX),
        "shop_currency": sku["currency"] if sku else "",
        "was_minor": before if before is not None and before > view.drop.price_minor else None,
        "multiple_bps": -(-view.drop.price_minor * 10_000 // sku["supply_price_minor"]) if sku else 0,
        "most": min(view.offered or view.free, view.drop.per_buyer_max - view.bought),
    }
    return render(request, "buyer/drop.html", context)


@door("person", "POST")
def waiting(request: Request, drop_id: UUID) -> HttpResponse:
    """Join the line of a drop, or leave it; again changes nothing."""
    if request.POST.get("do") == "leave":
        told = _("You do not wait any more.")
        attempt(request, told, lambda: leave_waitlist(actor=request.actor, now=request.now, drop_id=drop_id))
    else:
        told = _("You are in line. When one comes back, it is kept for you for some minutes.")
        attempt(request, told, lambda: join_waitlist(actor=request.actor, now=request.now, drop_id=drop_id))
    return HttpResponseRedirect(f"/drops/{drop_id}")


def drop_cards(views: Sequence[DropView]) -> list[dict[str, Any]]:
    """Return drops as a shop shows them: goods, picture, price, what is left. Two statements."""
    picks = Pick.objects.in_bulk([view.drop.pick_id for view in views])
    skus = Sku.objects.select_related("product").in_bulk([view.drop.sku_id for view in views])
    return [
        {
            "view": view,
            "drop": view.drop,
            "title": say(view.drop, "title") or say(skus[view.drop.sku_id].product, "title"),
            "image": picture(skus[view.drop.sku_id].product.cover_id),
            "currency": skus[view.drop.sku_id].currency,
        }
        for view in views
        if view.drop.pick_id in picks and view.drop.sku_id in skus
    ]
