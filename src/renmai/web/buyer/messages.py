"""A buyer's messages: with whom, and one talk."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.kit.problems import NotFound
from renmai.people.messages.actions import block_talk, mute_talk, read_talk
from renmai.people.messages.models import Talk
from renmai.people.messages.queries import access_talk, find_talk, list_talks
from renmai.places.shops.models import Shop
from renmai.places.shops.talking import is_reachable, shops_by_id, write_to_shop
from renmai.web.buyer.shown import picture, say
from renmai.web.desks.forms import sent
from renmai.web.desks.talks import TALKS_A_PAGE, WordsForm, fragment, next_of, talk_place, thread_of
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.templatetags.desks import number


@door("person")
def messages_page(request: Request) -> HttpResponse:
    """List the people one writes with, the newest words first."""
    after = talk_place(request.GET.get("cursor"))
    rows = list_talks(request.actor, after=after, limit=TALKS_A_PAGE + 1)
    shops = shops_by_id(row.shop_id for row in rows)
    cards = [
        {"row": row, "name": say(shop, "name"), "face": picture(shop.face_id), "href": f"/messages/{row.id}"}
        for row in rows[:TALKS_A_PAGE]
        if (shop := shops.get(row.shop_id))
    ]
    context = {"cards": cards, "next_cursor": next_of(rows)}
    return render(request, "buyer/messages.html", context)


@door("person", "GET", "POST")
def to(request: Request) -> HttpResponse:
    """Begin to write to a shop (`shop`); where there is a talk already, go on there."""
    named = (request.POST or request.GET).get("shop")
    if not named:
        return HttpResponseRedirect("/messages")
    shop = _shop(uuid_or_404(named))
    talk = find_talk(request.actor, shop.id)
    if request.method == "POST":
        return _write(request, shop, talk)
    if talk is not None:
        about = _about(request)
        return HttpResponseRedirect(f"/messages/{talk.id}" + (f"?{urlencode({'words': about})}#write" if about else ""))
    if not is_reachable(shop):
        raise NotFound()
    return _page(request, shop, None)


@door("person", "GET", "POST")
def talk(request: Request, talk_id: UUID) -> HttpResponse:
    """Show a talk and write in it; `do` mutes it, blocks the shop, or takes that back."""
    found = access_talk(request.actor, talk_id)
    if request.method == "POST" and request.POST.get("do"):
        return _set(request, talk_id, f"/messages/{talk_id}")
    if request.method == "POST":
        return _write(request, _shop(found.shop_id), found)
    read_talk(actor=request.actor, now=request.now, talk_id=talk_id)
    return _page(request, _shop(found.shop_id), found)


def _about(request: Request) -> str:
    """Return how to begin when one comes from an order."""
    order = request.GET.get("order")
    return _("About my order %(number)s: ") % {"number": number(uuid_or_404(order))} if order else ""


def _shop(shop_id: UUID) -> Shop:
    shop = shops_by_id([shop_id]).get(shop_id)
    if shop is None:
        raise NotFound()
    return shop


def _page(request: Request, shop: Shop, found: Talk | None, form: WordsForm | None = None) -> HttpResponse:
    thread = thread_of(request, found)
    context: dict[str, object] = {
        "talk": found,
        "thread": thread,
        "shop": shop,
        "shop_name": say(shop, "name"),
        "face": picture(shop.face_id),
        "mine_from_shop": False,
        "here": f"/messages/{found.id}" if found else "/messages/to",
        "form": form or WordsForm(initial={"words": request.GET.get("words", "")[:2000] or _about(request)}),
    }
    page = fragment(request, thread, context)
    return page or render(request, "buyer/talk.html", context, status=422 if form else 200)


def _write(request: Request, shop: Shop, found: Talk | None) -> HttpResponse:
    form = WordsForm(request.POST)

    def write() -> None:
        words = form.cleaned_data["words"]
        write_to_shop(actor=request.actor, now=request.now, shop_id=shop.id, words=words)

    if not sent(form, lambda: run_once(request, "message.write", write), "words"):
        return _page(request, shop, found, form)
    messages.success(request, _("Sent."))
    begun = find_talk(request.actor, shop.id)
    return HttpResponseRedirect(f"/messages/{begun.id}#write" if begun else "/messages")


def _set(request: Request, talk_id: UUID, here: str) -> HttpResponse:
    do, actor, now = request.POST["do"], request.actor, request.now
    if do in {"mute", "unmute"}:
        told = (
            _("You are told of nothing new here.") if do == "mute" else _("You are told again when something is new.")
        )
        attempt(request, told, lambda: mute_talk(actor=actor, now=now, talk_id=talk_id, muted=do == "mute"))
    elif do in {"block", "unblock"}:
        told = _("They can write to you no more.") if do == "block" else _("They can write to you again.")
        attempt(request, told, lambda: block_talk(actor=actor, now=now, talk_id=talk_id, blocked=do == "block"))
    return HttpResponseRedirect(here)
