"""What both sides of a talk share: its messages as they are shown, and the fragment that asks again by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from renmai.api.v1.paging import id_after
from renmai.kit.paging import cursor_of, moment_of, parts_of
from renmai.people.messages.models import Message, Talk
from renmai.people.messages.queries import TalkRow, list_messages
from renmai.people.messages.rules import WORDS
from renmai.web.doors import Request, uuid_or_404

MESSAGES_A_PAGE, TALKS_A_PAGE = 30, 20


class WordsForm(forms.Form):
    """What to write."""

    words = forms.CharField(
        label=_("Your message"),
        max_length=WORDS["words"].chars_max,
        widget=forms.Textarea(attrs={"rows": 2, "class": "write-bar__words", "placeholder": _("Write a message")}),
    )


@dataclass(frozen=True, slots=True)
class Thread:
    """Messages of a talk, oldest first; `earlier` is the cursor of those before, `newest` marks what is shown."""

    messages: list[Message]
    earlier: str | None
    newest: str
    first_page: bool


def thread_of(request: Request, talk: Talk | None) -> Thread:
    """Return the page of a talk that was asked for; an empty one where nothing was written yet."""
    after = id_after(request.GET.get("cursor"))
    found = list_messages(talk, after=after, limit=MESSAGES_A_PAGE + 1) if talk else []
    shown = found[:MESSAGES_A_PAGE]
    earlier = cursor_of(shown[-1].id) if len(found) > MESSAGES_A_PAGE else None
    return Thread(shown[::-1], earlier, str(shown[0].id) if shown else "", after is None)


def fragment(request: Request, thread: Thread, context: dict[str, object]) -> HttpResponse | None:
    """Return the answer to the page's own question whether there is anything new: nothing (204), or the messages."""
    if request.headers.get("HX-Request") != "true" or "newest" not in request.GET:
        return None
    if request.GET["newest"] == thread.newest:
        return HttpResponse(status=204)
    return render(request, "web/desks/thread.html", context)


def talk_place(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Return (last_at, id) of a cursor, or None without one. Errors: BadCursor, NotFound."""
    parts = parts_of(cursor, 2)
    return (moment_of(parts[0]), uuid_or_404(parts[1])) if parts else None


def next_of(rows: list[TalkRow]) -> str | None:
    """Return the cursor after a page of talks that was read with one row more."""
    last = rows[TALKS_A_PAGE - 1] if len(rows) > TALKS_A_PAGE else None
    return cursor_of(last.last_at.isoformat(), last.id) if last else None
