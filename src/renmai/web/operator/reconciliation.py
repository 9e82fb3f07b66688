"""Providers' settlement files beside our books, and each difference with its owner."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.problems import DomainError, NotFound
from renmai.money.gateways.registry import gateway_names
from renmai.money.ledger.rules import HOUSE
from renmai.money.reconciliation.actions import claim_difference, close_difference, take_file
from renmai.money.reconciliation.models import Difference, ProviderFile
from renmai.money.reconciliation.queries import (
    FileShown,
    access_difference,
    access_file,
    differences_csv,
    file_totals,
    list_differences,
    list_files,
)
from renmai.trade.reports.figures import names_of
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, door, problem_text, uuid_or_404
from renmai.web.operator.forms import NoteForm
from renmai.web.operator.money_words import DIFFERENCE_STATES, DIFFERENCES, GATEWAYS, MOVEMENTS
from renmai.web.operator.shown import amount, tabs_of, two_lines
from renmai.web.operator.words import word
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import pill, when

PER_PAGE = 24
ALL = "all"
STATES = [
    ("open", gettext_lazy("Open differences")),
    ("explained", gettext_lazy("Explained")),
    ("resolved", gettext_lazy("Resolved by itself")),
    (ALL, gettext_lazy("All")),
]


class SettlementFileForm(forms.Form):
    """A provider's settlement file."""

    gateway = forms.ChoiceField(label=gettext_lazy("Provider"))
    document = forms.FileField(label=gettext_lazy("Settlement file"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        names = [name for name in gateway_names() if name != HOUSE]
        self.fields["gateway"].choices = [(name, word(GATEWAYS, name)) for name in names]  # type: ignore[attr-defined]


@door("operator", "GET", "POST")
def files(request: Request) -> HttpResponse:
    """List settlement files; take one in and go to it. The same file again leads to the same place."""
    form = SettlementFileForm(request.POST, request.FILES) if request.method == "POST" else SettlementFileForm()
    taken: list[ProviderFile] = []
    if request.method == "POST" and sent(form, lambda: taken.append(_take(request, form))):
        messages.success(request, _("Taken in and compared."))
        return HttpResponseRedirect(f"/operator/settlement-files/{taken[0].id}")
    after = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    rows = list_files(request.actor, before_id=after, limit=PER_PAGE + 1)
    context = {
        "form": form,
        "columns": [
            Column(_("Days")), Column(_("Rows"), numeric=True), Column(_("Fees"), numeric=True),
            Column(_("Differences"), numeric=True), Column(_("Taken in")),
        ],
        "rows": [_file_row(row) for row in rows[:PER_PAGE]],
        "next_cursor": rows[PER_PAGE - 1].file.id if len(rows) > PER_PAGE else None,
    }  # fmt: skip
    return render(request, "operator/settlement_files.html", context, status=422 if form.is_bound else 200)


def _take(request: Request, form: SettlementFileForm) -> ProviderFile:
    upload = form.cleaned_data["document"]
    return take_file(
        actor=request.actor,
        now=request.now,
        gateway=form.cleaned_data["gateway"],
        name=upload.name or "",
        body=upload.read(),
    )


def _file_row(shown: FileShown) -> Row:
    file = shown.file
    count = _("%(open)s open of %(all)s") % {"open": shown.open, "all": shown.all} if shown.all else "0"
    cells = [two_lines(days_words(file), word(GATEWAYS, file.gateway)), f"{file.rows:,}", amount(file.fees_minor, file.currency), count, when(file.at)]  # fmt: skip
    return Row(cells, f"/operator/settlement-files/{file.id}")


def days_words(file: ProviderFile) -> str:
    """Return the days a file is about: one, or from and to."""
    first, last = date_format(file.first_on), date_format(file.last_on)
    return first if first == last else f"{first} - {last}"


@door("operator")
def file(request: Request, file_id: UUID) -> HttpResponse:
    """Show one file: totals there and here by kind of movement, fees, and its differences."""
    shown = access_file(request.actor, file_id)
    rows = list_differences(request.actor, state=None, file_id=file_id, limit=200)
    currency = shown.file.currency
    totals = [
        Row([
            word(MOVEMENTS, total.kind), total.theirs, amount(total.theirs_minor, currency), total.ours,
            amount(total.ours_minor, currency),
        ])
        for total in file_totals(request.actor, shown.file)
    ]  # fmt: skip
    context = {
        "shown": shown,
        "title": days_words(shown.file),
        "gateway": word(GATEWAYS, shown.file.gateway),
        "by": names_of([shown.file.by_id]).get(shown.file.by_id, "") if shown.file.by_id else _("fetched by itself"),
        "total_columns": [
            Column(_("Movement")), Column(_("Rows there"), numeric=True), Column(_("Sum there"), numeric=True),
            Column(_("Rows here"), numeric=True), Column(_("Sum here"), numeric=True),
        ],
        "totals": totals,
        "columns": _columns(),
        "rows": _difference_rows(rows),
    }  # fmt: skip
    return render(request, "operator/settlement_file.html", context)


@door("operator")
def differences(request: Request) -> HttpResponse:
    """List differences of one state, newest first."""
    state = request.GET.get("state", "open")
    state = state if state in dict(STATES) else "open"
    after = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    rows = list_differences(request.actor, state=None if state == ALL else state, before_id=after, limit=PER_PAGE + 1)
    context = {
        "tabs": tabs_of("/operator/differences", "state", STATES, state),
        "columns": _columns(),
        "rows": _difference_rows(rows[:PER_PAGE]),
        "next_cursor": rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None,
    }
    return render(request, "operator/differences.html", context)


def _columns() -> list[Column]:
    return [
        Column(_("Difference")), Column(_("Theirs"), numeric=True), Column(_("Ours"), numeric=True), Column(_("Owner")),
        Column(_("State")),
    ]  # fmt: skip


def _difference_rows(rows: Iterable[Difference]) -> list[Row]:
    rows = list(rows)
    names = names_of(row.owner_id for row in rows)
    return [
        Row(
            [
                two_lines(word(DIFFERENCES, row.kind), f"{word(MOVEMENTS, row.row_kind)} · {row.provider_ref}"),
                money_or_none(row.theirs_minor, row.currency),
                money_or_none(row.ours_minor, row.currency),
                names.get(row.owner_id, "-") if row.owner_id else "-",
                difference_pill(row.state),
            ],
            f"/operator/differences/{row.id}",
        )
        for row in rows
    ]


def money_or_none(minor: int | None, currency: str) -> str:
    """Return an amount, or a dash where there is none."""
    return "-" if minor is None else amount(minor, currency)


def difference_pill(state: str) -> SafeString:
    """Return the state of a difference with its tone."""
    tone, label = DIFFERENCE_STATES[state]
    return pill(state, str(label), tone)


@door("operator", "GET", "POST")
def difference(request: Request, difference_id: UUID) -> HttpResponse:
    """Show one difference; take it on (`which` claim), or say what it was (`which` close)."""
    row = access_difference(request.actor, difference_id)
    which = request.POST.get("which", "")
    form = NoteForm(request.POST if which == "close" else None)
    refusal = ""
    if request.method == "POST":
        try:
            if which == "claim":
                claim_difference(actor=request.actor, now=request.now, difference_id=row.id)
            elif which != "close":
                raise NotFound()
            elif form.is_valid():
                note = form.cleaned_data["note"]
                close_difference(actor=request.actor, now=request.now, difference_id=row.id, note=note)
        except NotFound:
            raise
        except DomainError as error:
            refusal = problem_text(error)
        if not refusal and not form.errors:
            return HttpResponseRedirect(f"/operator/differences/{row.id}")
    names = names_of([row.owner_id, row.closed_by_id])
    context = {
        "difference": row,
        "title": word(DIFFERENCES, row.kind),
        "movement": word(MOVEMENTS, row.row_kind),
        "theirs": money_or_none(row.theirs_minor, row.currency),
        "ours": money_or_none(row.ours_minor, row.currency),
        "state_pill": difference_pill(row.state),
        "owner": names.get(row.owner_id, "") if row.owner_id else "",
        "closed_by": names.get(row.closed_by_id, "") if row.closed_by_id else "",
        "mine": row.owner_id == request.actor.person_id,
        "days": days_words(row.file),
        "refusal": refusal,
        "form": form,
    }
    return render(request, "operator/difference.html", context, status=422 if refusal or form.errors else 200)


@door("operator")
def differences_file(request: Request) -> HttpResponse:
    """Download differences as CSV: of one file (`file`), or the newest of all."""
    file_id = uuid_or_404(request.GET["file"]) if request.GET.get("file") else None
    response = HttpResponse(
        b"".join(differences_csv(request.actor, file_id=file_id)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="renmai-differences.csv"'
    return response
