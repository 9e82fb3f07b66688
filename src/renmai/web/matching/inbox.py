"""A creator's inbox: new goods that fit the shop, each with the reason, to be picked or declined with one tap."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.matching.push.actions import choose_pushes, decline, note_looked, undo_decline
from renmai.matching.push.queries import InboxPage, InboxRow, Kept, cursor_for, list_inbox, place_of, wants_pushes
from renmai.matching.shown.models import ShownList
from renmai.web.creator.selection import dressed
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.doors import Request, attempt, door, safe_next, uuid_or_404
from renmai.web.matching.reasons import category_names, say_reasons
from renmai.web.matching.showing import shown
from renmai.web.ui.components import Tab
from renmai.web.visits import is_looking

HOME = "/creator/inbox"
ROWS = 12
RANKER = "cold"
KEPT: tuple[Kept, ...] = ("open", "picked", "declined")


@door("creator:content", "GET", "POST")
def inbox(request: Request) -> HttpResponse:
    """Show what fits the shop, newest day first; POST declines (`do=decline`), takes that back, or turns pushes on or off."""
    desk = open_desk(request, "creator")
    if request.method == "POST":
        return _answer(request, desk)
    asked = request.GET.get("show", "open")
    kept: Kept = next((each for each in KEPT if each == asked), "open")
    place, first = place_of(request.GET.get("cursor"))
    page = list_inbox(request.actor, desk.id, now=request.now, kept=kept, after=place, limit=ROWS)
    context = {
        "kept": kept,
        "tabs": [Tab(name, f"{HOME}?show={each}" if each != "open" else HOME, each == kept) for each, name in _names()],
        "days": days_of(desk, page.rows),
        "next_cursor": cursor_for(page.next, first + ROWS) if page.next else None,
        "on": wants_pushes(request.actor, desk.id),
        "whys": _whys(),
    }
    answer = show(request, "creator/inbox.html", desk, context)
    _seen(request, desk, page, first, kept)
    return answer


def _seen(request: Request, desk: Desk, page: InboxPage, first: int, kept: Kept) -> None:
    """Note what was shown just now, after the page was made: what is new in it is marked as new."""
    if page.unseen and is_looking(request):
        note_looked(actor=request.actor, now=request.now, shop_id=desk.id, push_ids=page.unseen)
    if kept == "open":
        things = [row.push.product_id for row in page.rows]
        shown(request, ShownList.INBOX, things, RANKER, first, viewer_id=desk.id)


def _names() -> list[tuple[Kept, str]]:
    return [("open", _("New for you")), ("picked", _("Picked")), ("declined", _("Not for me"))]


def _whys() -> list[tuple[str, str]]:
    return [
        ("audience", _("Not for my followers")),
        ("price", _("The price or what it earns")),
        ("maker", _("Not this maker")),
        ("other", _("Something else")),
    ]


def days_of(desk: Desk, rows: list[InboxRow]) -> list[dict[str, Any]]:
    """Return the rows by the day on which they were told, each with its card as in the selection centre and its reasons."""
    names = category_names(row.push.reasons for row in rows)
    cards = {card["id"]: card for card in dressed(desk, [row.card for row in rows])}
    days: dict[date | None, list[dict[str, Any]]] = {}
    for row in rows:
        card = cards[row.push.product_id]
        commission = row.offer.commission_bps is not None
        terms = {"margin": row.offer.margin, "commission": commission}
        best = (
            card["earn_term"] if terms.get(card["earn_term"]) else next((term for term, on in terms.items() if on), "")
        )
        item = {
            "push": row.push, "row": card, "offer": row.offer, "term": best,
            "reasons": say_reasons(row.push.reasons, names), "new": row.push.looked_at is None,
        }  # fmt: skip
        days.setdefault(row.push.told_on, []).append(item)
    return [{"on": on, "items": items} for on, items in days.items()]


def _answer(request: Request, desk: Desk) -> HttpResponse:
    do = request.POST.get("do", "")
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "shop_id": desk.id}
    if do in {"on", "off"}:
        done = _("You are told of new goods again.") if do == "on" else _("You are told of no new goods any more.")
        attempt(request, done, lambda: choose_pushes(**who, on=do == "on"))
        return HttpResponseRedirect(HOME)
    product_id = uuid_or_404(request.POST.get("product"))
    if do == "undo":
        attempt(request, _("It is in your inbox again."), lambda: undo_decline(**who, product_id=product_id))
    else:
        why = request.POST.get("why", "")
        done = _("Gone from your inbox. You see fewer goods like it; take it back under “Not for me”.")
        attempt(request, done, lambda: decline(**who, product_id=product_id, why=why))
    return HttpResponseRedirect(safe_next(request, HOME))
