"""Report something, see what came of it, and answer when something of one's own was taken down."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.people.moderation.actions import answer_takedown, report_thing
from renmai.people.moderation.models import SubjectKind
from renmai.people.moderation.queries import access_takedown, list_own_reports
from renmai.people.moderation.rules import ANSWER, REPORT
from renmai.places.talk.queries import said_line
from renmai.places.talk.reported import Reported
from renmai.trust.reviews.reported import access_reported, described
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.moderation_words import KIND_NAMES, REASON_NAMES

ROWS = 20


class ReportForm(forms.Form):
    """Why something is reported."""

    reason = forms.ChoiceField(
        label=gettext_lazy("What is wrong?"), choices=list(REASON_NAMES.items()), widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=gettext_lazy("In your words"), max_length=REPORT["words"].chars_max, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class AnswerForm(forms.Form):
    """What the owner says to a takedown."""

    words = forms.CharField(
        label=gettext_lazy("Your answer"), max_length=ANSWER["words"].chars_max,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("You can answer once. An operator reads it and may put it back."),
    )  # fmt: skip


@door("person", "GET", "POST")
def report(request: Request, kind: str, thing_id: UUID) -> HttpResponse:
    """Report a post, a comment, a shop, a pick, a message, a review or a show (`line`: the number of words said in its room)."""
    thing = access_reported(request.actor, kind, thing_id)
    form = ReportForm(request.POST or None, initial=_said(request, thing))
    if request.method == "POST" and sent(form, lambda: _report(request, thing, form.cleaned_data)):
        messages.success(request, _("Thank you. An operator looks at it."))
        return HttpResponseRedirect(thing.href or "/me/reports")
    context = {"form": form, "thing": thing, "kind_name": KIND_NAMES[kind]}
    return render(request, "web/report_form.html", context, status=422 if form.is_bound else 200)


def _said(request: Request, thing: Reported) -> dict[str, str]:
    """Return what the form begins with: the words in a show's room that are meant."""
    number = request.GET.get("line", "")
    if thing.kind != SubjectKind.SHOW or not number.isascii() or not number.isdigit():
        return {}
    line = said_line(thing.id, int(number))
    return {"words": f"{line.number}: {line.words}\n"} if line else {}


def _report(request: Request, thing: Reported, given: dict[str, Any]) -> None:
    run_once(
        request,
        "report",
        lambda: report_thing(
            actor=request.actor, now=request.now, subject_kind=thing.kind, subject_id=thing.id,
            owner_id=thing.owner_id, reason=given["reason"], words=given["words"],
        ),
    )  # fmt: skip


@door("person")
def reports(request: Request) -> HttpResponse:
    """Show what one reported, and what came of it."""
    after = parts_of(request.GET.get("cursor"), 1)
    rows = list_own_reports(request.actor, after=uuid_or_404(after[0]) if after else None, limit=ROWS + 1)
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].id) if len(rows) > ROWS else None)
    shown = [(row, KIND_NAMES[row.subject_kind], REASON_NAMES[row.reason]) for row in page.items]
    return render(request, "web/reports.html", {"rows": shown, "next_cursor": page.next_cursor})


@door("person", "GET", "POST")
def takedown(request: Request, takedown_id: UUID) -> HttpResponse:
    """Show why something of one's own was taken down, and take one answer."""
    found = access_takedown(request.actor, takedown_id)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and sent(form, lambda: _answer(request, takedown_id, form.cleaned_data["words"])):
        messages.success(request, _("Sent. An operator reads it."))
        return HttpResponseRedirect(request.path)
    key = (found.subject_kind, found.subject_id)
    own = found.owner_id == request.actor.person_id
    context = {
        "takedown": found,
        "thing": described([key]).get(key),
        "kind_name": KIND_NAMES[found.subject_kind],
        "reason_name": REASON_NAMES[found.reason],
        "form": form if own and found.answered_at is None and found.lifted_at is None else None,
    }
    return render(request, "web/takedown.html", context, status=422 if form.is_bound else 200)


def _answer(request: Request, takedown_id: UUID, words: str) -> None:
    given: dict[str, Any] = {"actor": request.actor, "now": request.now, "takedown_id": takedown_id, "words": words}
    run_once(request, "takedown.answer", lambda: answer_takedown(**given))
