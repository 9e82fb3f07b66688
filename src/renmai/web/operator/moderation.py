"""What was reported and what is taken down: the queue, and one thing with all that was said about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.people.moderation.actions import dismiss_reports, lift_takedown, take_down, uphold_takedown
from renmai.people.moderation.models import Report, Takedown
from renmai.people.moderation.queries import (
    count_answers,
    count_waiting_things,
    list_reports_of,
    list_takedowns,
    list_takedowns_of,
    list_waiting_things,
)
from renmai.people.moderation.rules import DECISION
from renmai.places.talk.reported import Reported
from renmai.trust.reviews.reported import described
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.moderation_words import KIND_NAMES, REASON_NAMES
from renmai.web.ui.components import Tab

ROWS = 20


class DecisionForm(forms.Form):
    """A decision, with the words that its owner and those who reported read."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=list(REASON_NAMES.items()), required=False)
    words = forms.CharField(
        label=gettext_lazy("Why"), max_length=DECISION["words"].chars_max, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The owner and those who reported it read this."),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A thing in a list: what it is, and why it is here."""

    href: str
    kind_name: Any
    thing: Reported | None
    reasons: list[Any]
    count: int
    at: Any
    takedown: Takedown | None = None


@door("operator")
def queue(request: Request) -> HttpResponse:
    """List what waits, longest first; or what was taken down, newest first."""
    view = request.GET.get("view", "")
    after = parts_of(request.GET.get("cursor"), 1)
    down = view in ("down", "answers")
    lines, cursor = _taken(request, after, answers=view == "answers") if down else _waiting(request, after)
    tabs = [
        Tab(_("To decide"), "/operator/moderation", not down, count_waiting_things(request.actor)),
        Tab(_("Answers"), "/operator/moderation?view=answers", view == "answers", count_answers(request.actor)),
        Tab(_("Taken down"), "/operator/moderation?view=down", view == "down"),
    ]
    context = {"lines": lines, "tabs": tabs, "view": view if down else "", "next_cursor": cursor}
    return render(request, "operator/moderation.html", context)


def _waiting(request: Request, after: list[str] | None) -> tuple[list[Line], str | None]:
    rows = list_waiting_things(request.actor, after=str(uuid_or_404(after[0])) if after else "", limit=ROWS + 1)
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].first_id) if len(rows) > ROWS else None)
    things = described((row.subject_kind, row.subject_id) for row in page.items)
    lines = [
        Line(
            _href(row.subject_kind, row.subject_id), KIND_NAMES[row.subject_kind],
            things.get((row.subject_kind, row.subject_id)), [REASON_NAMES[reason] for reason in row.reasons],
            row.count, row.since,
        )
        for row in page.items
    ]  # fmt: skip
    return lines, page.next_cursor


def _taken(request: Request, after: list[str] | None, *, answers: bool) -> tuple[list[Line], str | None]:
    last = uuid_or_404(after[0]) if after else None
    rows = list_takedowns(request.actor, answers=answers, after=last, limit=ROWS + 1)
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].id) if len(rows) > ROWS else None)
    things = described((row.subject_kind, row.subject_id) for row in page.items)
    lines = [
        Line(
            _href(row.subject_kind, row.subject_id), KIND_NAMES[row.subject_kind],
            things.get((row.subject_kind, row.subject_id)), [REASON_NAMES[row.reason]], 0, row.at, row,
        )
        for row in page.items
    ]  # fmt: skip
    return lines, page.next_cursor


def _href(kind: str, subject_id: UUID) -> str:
    return f"/operator/moderation/{kind}/{subject_id}"


@door("operator", "GET", "POST")
def one(request: Request, kind: str, thing_id: UUID) -> HttpResponse:
    """Show a thing with its reports and takedowns; POST dismisses the reports, takes it down or puts it back."""
    thing = described([(kind, thing_id)]).get((kind, thing_id))
    if thing is None:
        raise NotFound()
    takedowns = list_takedowns_of(request.actor, kind, thing_id)
    standing = next((row for row in takedowns if row.lifted_at is None), None)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and sent(form, lambda: _decide(request, thing, standing, form.cleaned_data)):
        messages.success(request, _("Decided."))
        return HttpResponseRedirect("/operator/moderation")
    reports = list_reports_of(request.actor, kind, thing_id)
    context = {
        "thing": thing,
        "kind_name": KIND_NAMES[kind],
        "form": form,
        "standing": standing,
        "answered": standing is not None and standing.answered_at is not None and standing.upheld_at is None,
        "waiting": [_shown(row) for row in reports if row.decided_at is None],
        "decided": [_shown(row) for row in reports if row.decided_at is not None],
        "takedowns": [(row, REASON_NAMES[row.reason]) for row in takedowns],
        "names": _names(thing, reports, takedowns),
        "reason_names": REASON_NAMES,
    }
    return render(request, "operator/moderation_one.html", context, status=422 if form.is_bound else 200)


def _decide(request: Request, thing: Reported, standing: Takedown | None, given: dict[str, Any]) -> None:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "words": given["words"]}
    what: dict[str, Any] = {"subject_kind": thing.kind, "subject_id": thing.id}

    def do() -> None:
        if request.POST.get("do") == "lift" and standing is not None:
            lift_takedown(**who, takedown_id=standing.id)
        elif request.POST.get("do") == "uphold" and standing is not None:
            uphold_takedown(**who, takedown_id=standing.id)
        elif request.POST.get("do") == "dismiss":
            dismiss_reports(**who, **what)
        else:
            title = thing.title or str(KIND_NAMES[thing.kind])
            take_down(**who, **what, owner_id=thing.owner_id, title=title, reason=given["reason"])

    run_once(request, "moderation", do)


def _shown(row: Report) -> tuple[Report, Any]:
    return row, REASON_NAMES[row.reason]


def _names(thing: Reported, reports: Iterable[Report], takedowns: Iterable[Takedown]) -> dict[UUID, str]:
    """Return person -> name of everybody on the page, by one statement."""
    ids = {thing.owner_id, *(row.reporter_id for row in reports), *(row.by_id for row in takedowns)}
    return {person.id: person.shown for person in Person.objects.filter(id__in=ids)}
