"""The audit trail: every event, by who, what, about what and when; on pages, or as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.csvfile import write_csv
from renmai.kit.events.models import Event
from renmai.kit.events.queries import Asked, list_trail, walk_trail
from renmai.people.accounts.finding import find_people
from renmai.trade.reports.persons import Named, name_subjects
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door
from renmai.web.operator.deeds import data_words, deed_word, kind_choices, subject_href
from renmai.web.operator.details import detail_words
from renmai.web.operator.shown import link, two_lines
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import when

PER_PAGE = 50
ROWS_MAX = 100_000


class AuditForm(forms.Form):
    """What of the trail is wanted. Who is an id, or what finds exactly one person."""

    who = forms.CharField(label=gettext_lazy("By whom"), required=False, max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("What"), required=False, choices=kind_choices)
    about = forms.UUIDField(label=gettext_lazy("About (id)"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("Until day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def asked(self, request: Request) -> Asked | None:
        """Return the question, or None where nobody, or more than one person, is found by `who`."""
        values = self.cleaned_data
        who = _person(request, values["who"].strip()) if values["who"].strip() else None
        if values["who"].strip() and who is None:
            return None
        until = values["until"]
        return Asked(
            kind=values["kind"],
            actor_id=who,
            subject_id=values["about"],
            since=_midnight(values["since"]),
            until=_midnight(until + timedelta(days=1)) if until and until.year < 9999 else None,
        )


def _person(request: Request, words: str) -> UUID | None:
    found = find_people(request.actor, words=words, limit=2)
    return found[0].id if len(found) == 1 else None


def _midnight(day: Any) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(settings.TIME_ZONE)) if day else None


@door("operator")
def audit(request: Request) -> HttpResponse:
    """Show the newest events, or those that were asked for."""
    form = AuditForm(request.GET or None)
    asked = (form.asked(request) if form.is_valid() else None) if form.is_bound else Asked()
    page = list_trail(request.actor, asked, after=request.GET.get("cursor"), limit=PER_PAGE) if asked else None
    rows = page.items if page else []
    question = request.GET.copy()
    question.pop("cursor", None)
    context = {
        "form": form,
        "nobody": form.is_bound and not form.errors and asked is None,
        "columns": [Column(_("When")), Column(_("What")), Column(_("By whom")), Column(_("About"))],
        "rows": _rows(request, rows),
        "next_cursor": page.next_cursor if page else None,
        "question": question.urlencode(),
    }
    return render(request, "operator/audit.html", context, status=422 if form.errors else 200)


def _rows(request: Request, events: Sequence[Event]) -> list[Row]:
    named = name_subjects(request.actor, [each for e in events for each in (e.actor_id, _subject_of(e))])
    return [
        Row([when(event.at), two_lines(deed_word(event.kind), detail_words(event.data)), _who(event, named),
             _about(event, named)])
        for event in events
    ]  # fmt: skip


def _who(event: Event, named: dict[UUID, Named]) -> object:
    if event.actor_id is None:
        return _("the house itself")
    name = named[event.actor_id].name if event.actor_id in named else "-"
    return link(f"/operator/people/{event.actor_id}", name)


def _subject_of(event: Event) -> UUID:
    """Return what an event is about: of a report or a takedown, what was reported or taken down."""
    return UUID(event.data["subject_id"]) if "subject_kind" in event.data else event.subject_id


def _about(event: Event, named: dict[UUID, Named]) -> object:
    subject = named.get(_subject_of(event))
    title = in_language(subject, "name") if subject else str(event.subject_id)[-12:]
    href = subject_href(event, subject)
    shown = link(href, title) if href else title
    return two_lines(shown, link(f"/operator/audit?about={event.subject_id}", _("all about this")))


@door("operator")
def audit_file(request: Request) -> HttpResponseBase:
    """Give the events that were asked for as CSV, at most 100,000."""
    form = AuditForm(request.GET or None)
    asked = (form.asked(request) if form.is_valid() else None) if form.is_bound else Asked()
    lines = _lines(request, asked) if asked else iter(())
    head = [[_("When"), _("Kind"), _("What"), _("By whom"), _("About"), _("Event"), _("Details")]]
    answer = StreamingHttpResponse(write_csv(_chained(head, lines)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _chained(head: list[list[str]], lines: Iterator[list[object]]) -> Iterator[Sequence[object]]:
    yield from head
    yield from lines


def _lines(request: Request, asked: Asked) -> Iterator[list[object]]:
    for event in walk_trail(request.actor, asked, most=ROWS_MAX):
        at = event.at.astimezone(ZoneInfo(settings.TIME_ZONE)).isoformat(timespec="seconds")
        yield [
            at,
            event.kind,
            deed_word(event.kind),
            event.actor_id,
            event.subject_id,
            event.id,
            data_words(event.data),
        ]
