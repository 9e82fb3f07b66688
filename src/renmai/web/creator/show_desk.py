"""What every page of one show begins with: the show, whose desk it is, and its run-of-show as pages list it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from renmai.kit.problems import NotFound
from renmai.places.live.queries import ShowView, access_show
from renmai.places.shops.queries import picks_by_id
from renmai.trade.promotions.drop_prices import show_price_faults
from renmai.web.buyer.shown import say
from renmai.web.desks.desk import Desk, open_desk, own_desks
from renmai.web.desks.words import fault_words
from renmai.web.doors import Request


def open_show(request: Request, show_id: UUID) -> tuple[ShowView, Desk]:
    """Return a show that the actor plans or presents, and the desk of its shop. Errors: NotFound."""
    view = access_show(request.actor, show_id)
    if not view.own:
        raise NotFound()
    shop = view.show.shop
    if shop.id not in own_desks(request, "creator"):
        return view, Desk("creator", shop.id, say(shop, "name"))
    request.session["shop"] = str(shop.id)
    return view, open_desk(request, "creator")


def shown_run(view: ShowView) -> list[dict[str, Any]]:
    """Return the run-of-show as pages list it: each segment with its goods, from which minute, and what is wrong with its
    price. Five statements at most."""
    cards = picks_by_id(segment.pick_id for segment in view.segments)
    faults = show_price_faults(view.show.shop_id, view.segments)
    rows, at = [], 0
    for segment in view.segments:
        fault = faults.get(segment.id)
        rows.append({
            "segment": segment, "card": cards.get(segment.pick_id), "from_minute": at,
            "fault": price_fault_words(fault) if fault else "",
        })  # fmt: skip
        at += segment.minutes
    return rows


def price_fault_words(fault: str) -> str:
    """Return why a show price could not be raised as a drop."""
    if fault == "above_list":
        return _("Above the supplier's price: on commission terms a drop can only be below it.")
    return _("Not sold any more.") if fault == "not_sold" else fault_words(fault)
