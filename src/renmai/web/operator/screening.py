"""What waits for screening, in one place; and the parts that its pages share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.screening.checks import confirm_check
from renmai.goods.screening.queries import Item, list_decisions, list_evidence
from renmai.goods.screening.queues import QUEUES, Waiting, count_queues, list_queue
from renmai.kit.paging import cursor_of, moment_of, parts_of
from renmai.kit.problems import DomainError, NotFound
from renmai.trade.reports.figures import names_of
from renmai.web.desks.checklists import documents_beside, points_of, readings_of, remarks_of
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.operator.forms import ReasonForm
from renmai.web.operator.shown import decision_moments, evidence_rows, two_lines
from renmai.web.operator.words import blame_in_words, state_pill
from renmai.web.ui.components import Column, Row, Tab
from renmai.web.ui.templatetags.ui import when

PER_PAGE = 24
NAMES = {
    "suppliers": gettext_lazy("Suppliers"),
    "products": gettext_lazy("Products"),
    "brands": gettext_lazy("Brands"),
    "checks": gettext_lazy("Due for a check"),
}


@door("operator")
def queue(request: Request) -> HttpResponse:
    """List what waits, one queue at a time, with how many wait in each."""
    what = request.GET.get("what") or QUEUES[0]
    if what not in QUEUES:
        raise NotFound()
    counts = count_queues(request.actor, now=request.now)
    found = list_queue(request.actor, what, now=request.now, after=_place(request), limit=PER_PAGE + 1)
    last = found[PER_PAGE - 1] if len(found) > PER_PAGE else None
    due = what == "checks"
    context = {
        "tabs": [Tab(str(NAMES[q]), f"/operator/screening?what={q}", q == what, counts[q]) for q in QUEUES],
        "columns": [Column(_("What")), Column(_("State")), Column(_("Due") if due else _("Waits since"))],
        "rows": [_row(row, due, request.now) for row in found[:PER_PAGE]],
        "next_cursor": cursor_of(last.at.isoformat(), last.id) if last else None,
    }
    return render(request, "operator/screening.html", context)


def _place(request: Request) -> tuple[datetime, UUID] | None:
    parts = parts_of(request.GET.get("cursor"), 2)
    return (moment_of(parts[0]), uuid_or_404(parts[1])) if parts else None


def _row(row: Waiting, due: bool, now: datetime) -> Row:
    state = state_pill("overdue") if due and row.at < now else state_pill(row.state)
    at = date_format(localtime(row.at), "DATE_FORMAT") if due else when(row.at)
    return Row(
        [two_lines(in_language(row, "name"), in_language(row, "of")), state, at],
        f"/operator/{row.kind}s/{row.id}",
    )


def screened(request: Request, subject_id: UUID, items: list[Item]) -> dict[str, Any]:
    """Return what a page of screening shows of any subject: its points, documents, who read them, decisions."""
    actor = request.actor
    evidence = list_evidence(actor, subject_id)
    decisions = list_decisions(actor, subject_id)
    names = names_of([*(item.by_id for item in evidence), *(decision.by_id for decision in decisions)])
    return {
        "points": points_of(items, typed=remarks_of(request)),
        "evidence": evidence_rows(documents_beside(evidence, items), names),
        "readings": readings_of(actor, subject_id),
        "moments": decision_moments(decisions, names),
    }


def decided(
    request: Request, subject_id: UUID, form: ReasonForm, decide: Callable[[str, str, dict[UUID, str]], Any]
) -> bool:
    """Carry out a verdict with its reason and remarks, or the confirmation of a check; a refusal stands in the form."""
    if not form.is_valid():
        return False
    verdict, reason, remarks = request.POST.get("verdict", ""), form.cleaned_data["reason"], remarks_of(request)

    def do() -> None:
        if verdict == "checked":
            confirm_check(actor=request.actor, now=request.now, subject_id=subject_id, reason=reason, remarks=remarks)
        else:
            decide(verdict, reason, remarks)

    try:
        run_once(request, "screening.decide", do)
    except DomainError as refusal:
        blame_in_words(form, refusal)
        return False
    messages.success(request, _("Decided."))
    return True
