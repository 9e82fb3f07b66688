"""Shows as the house sees them: those that are on first, all of them by words and state, and one with everything in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.problems import DomainError
from renmai.people.standing.actions import set_term
from renmai.people.standing.queries import term_in_force
from renmai.places.live.models import ShowState
from renmai.places.streams.space import read_space
from renmai.places.talk.keeping import delete_show_film
from renmai.places.talk.oversight import Seen, find_shows, list_shows_on, see_show, stop_show
from renmai.trade.reports.figures import names_of
from renmai.trade.reports.shows import read_show_report
from renmai.web.desks.show_report import report_context, report_file
from renmai.web.desks.show_words import POINT_WORDS, state_words
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.operator.shown import tabs_of, two_lines
from renmai.web.operator.words import blame_in_words
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import pill, when

PER_PAGE = 30
STATES = [
    ("", gettext_lazy("All")),
    ("live", gettext_lazy("Live now")),
    ("planned", gettext_lazy("To come")),
    ("ended", gettext_lazy("Over")),
    ("hidden", gettext_lazy("Closed by the house")),
]
HOW = {
    "by_host": gettext_lazy("ended by its people"),
    "by_house": gettext_lazy("ended by the house"),
    "too_long": gettext_lazy("ended by itself after twelve hours"),
}


class ActForm(forms.Form):
    """What the house does with a show, and why: those concerned read it."""

    words = forms.CharField(
        label=gettext_lazy("Why"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The people of the show read this."),
    )  # fmt: skip


@door("operator")
def shows(request: Request) -> HttpResponse:
    """List the shows that are on, most watched first, and below them all others."""
    words, state = request.GET.get("q", "").strip()[:100], request.GET.get("state", "")
    after = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    found = find_shows(request.actor, now=request.now, words=words, state=state, after=after, limit=PER_PAGE + 1)
    first = not (words or state or after)
    context = {
        "q": words,
        "state": state,
        "tabs": tabs_of("/operator/shows", "state", STATES, state),
        "on_now": [_card(row) for row in list_shows_on(request.actor, now=request.now)] if first else [],
        "space": read_space(request.actor) if first else None,
        "columns": [
            Column(_("Show")), Column(_("Shop")), Column(_("State")), Column(_("Watched at most"), numeric=True),
            Column(_("Time")),
        ],
        "rows": [_row(row) for row in found[:PER_PAGE]],
        "next_cursor": found[PER_PAGE - 1]["id"] if len(found) > PER_PAGE else None,
    }  # fmt: skip
    return render(request, "operator/shows.html", context)


def _card(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"shop": in_language(row, "name"), "href": f"/operator/shows/{row['id']}"}


def _row(row: dict[str, Any]) -> Row:
    words, tone = state_words(row["state"])
    state = pill("", _("Closed by the house"), "bad") if row["hidden_at"] else pill("", words, tone)
    at = when(row["began_at"] or row["starts_at"])
    cells = [row["title"], two_lines(in_language(row, "name"), f"@{row['handle']}"), state, row["peak"] or "-", at]
    return Row(cells, f"/operator/shows/{row['id']}")


@door("operator", "GET", "POST")
def show(request: Request, show_id: UUID) -> HttpResponse:
    """Show a show with its words and checks; POST stops it, deletes its film, or keeps its shop from going live."""
    seen = see_show(request.actor, show_id)
    form = ActForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            run_once(request, "show.house", lambda: _act(request, seen, form.cleaned_data["words"]))
        except DomainError as refusal:
            blame_in_words(form, refusal)
        else:
            messages.success(request, _("Done."))
            return HttpResponseRedirect(request.path)
    return render(request, "operator/show.html", _context(request, seen, form), status=422 if form.errors else 200)


def _act(request: Request, seen: Seen, words: str) -> None:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    do, show_id = request.POST.get("do"), seen.show.id
    if do == "stop":
        stop_show(**who, show_id=show_id, why=words)
    elif do == "delete":
        delete_show_film(**who, show_id=show_id, why=words, ordered=bool(request.POST.get("ordered")))
    elif do in ("bar", "allow"):
        value = 1 if do == "allow" else 0
        set_term(**who, term="live_allowed", value=value, reason=words, subject_id=seen.show.shop_id)


def _context(request: Request, seen: Seen, form: ActForm) -> dict[str, Any]:
    found, names = seen.show, names_of(seen.person_ids)
    over = found.kept_until is not None and request.now.date() >= found.kept_until
    held = found.state in (ShowState.LIVE, ShowState.ENDED)
    return {
        "seen": seen,
        "for_house": True,
        "view_show": found,
        "shop_name": in_language(found.shop, "name"),
        "state": state_words(found.state),
        "how": HOW.get(found.ended_how, ""),
        "names": names,
        "checks": [(POINT_WORDS[check.point][0], check, names.get(check.answered_by_id, "")) for check in seen.checks],
        "people": [(names.get(one.person_id, ""), one) for one in seen.people],
        "host": names.get(found.host_id, ""),
        "lines": [(names.get(line.person_id or found.host_id, ""), line) for line in seen.lines],
        "silences": [(names.get(row.person_id, ""), names.get(row.by_id, ""), row) for row in seen.silences],
        "deletions": [(names.get(row.deleted_by_id or found.host_id, "") if row.deleted_by_id else "", row, bytes(row.sha256).hex()[:16]) for row in seen.deletions],
        "form": form,
        "allowed": bool(term_in_force("live_allowed", found.shop_id)),
        "may_delete": found.state != ShowState.LIVE and seen.film_bytes > 0,
        "time_over": over,
        **(report_context(read_show_report(request.actor, found.id)) if held else {}),
        "file": f"/operator/shows/{found.id}/report.csv" if held else "",
    }  # fmt: skip


@door("operator")
def report_csv(request: Request, show_id: UUID) -> HttpResponseBase:
    """Download the report of a show as CSV."""
    return report_file(read_show_report(request.actor, show_id))
