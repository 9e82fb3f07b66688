"""A shop's messages: who writes, and answering one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.people.messages.actions import read_shop_talk
from renmai.people.messages.queries import access_shop_talk, list_shop_talks, person_called
from renmai.places.shops.talking import answer_for_shop
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.talks import TALKS_A_PAGE, WordsForm, fragment, next_of, talk_place, thread_of
from renmai.web.doors import Request, door, run_once


@door("creator:service")
def messages_page(request: Request) -> HttpResponse:
    """List who writes to one's shop, the newest words first."""
    desk = open_desk(request, "creator")
    after = talk_place(request.GET.get("cursor"))
    rows = list_shop_talks(request.actor, desk.id, after=after, limit=TALKS_A_PAGE + 1)
    cards = [
        {"row": row, "name": row.person_name, "face": "", "href": f"/creator/messages/{row.id}"}
        for row in rows[:TALKS_A_PAGE]
    ]
    return show(request, "creator/messages.html", desk, {"cards": cards, "next_cursor": next_of(rows)})


@door("creator:service", "GET", "POST")
def talk(request: Request, talk_id: UUID) -> HttpResponse:
    """Show a talk of one's shop and answer in it."""
    found = access_shop_talk(request.actor, talk_id)
    form = WordsForm(request.POST or None)

    def answer() -> None:
        words = form.cleaned_data["words"]
        answer_for_shop(actor=request.actor, now=request.now, talk_id=talk_id, words=words)

    if request.method == "POST" and sent(form, lambda: run_once(request, "message.answer", answer), "words"):
        messages.success(request, _("Sent."))
        return HttpResponseRedirect(f"/creator/messages/{talk_id}#write")
    read_shop_talk(actor=request.actor, now=request.now, talk_id=talk_id)
    thread = thread_of(request, found)
    context: dict[str, object] = {
        "talk": found,
        "thread": thread,
        "person_name": person_called(found.person_id),
        "mine_from_shop": True,
        "here": f"/creator/messages/{talk_id}",
        "form": form,
    }
    page = fragment(request, thread, context)
    return page or render(request, "creator/talk.html", context, status=422 if form.is_bound else 200)
