"""A statement as a page shows it and as files: for desks and for operators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.config import config
from renmai.money.statements.files import statement_csv
from renmai.money.statements.paper import PDF_LINES_MAX, Heading, statement_pdf
from renmai.money.statements.queries import access_statement, check_account, read_bill
from renmai.money.statements.rules import WORDS, Estimate, Line, Period, Statement, month_of
from renmai.trade.reports.estimates import list_estimates
from renmai.web.desks.split_words import line_said
from renmai.web.doors import Request
from renmai.web.ui.components import Tab

LINES_SHOWN = 40
ESTIMATES_SHOWN = 8
MONTHS_SHOWN = 6
# Calendars end at 9999, and a period ends on the day after its last.
DAYS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))


class PeriodForm(forms.Form):
    """First and last day of a statement."""

    start = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=DAYS,
    )
    end = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=DAYS,
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        values = super().clean() or {}
        if values.get("start") and values.get("end") and values["end"] < values["start"]:
            self.add_error("end", _("The last day is before the first."))
        return values


def today_of(request: Request) -> date:
    """Return the day of the request in the installation's zone."""
    return request.now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def period_of(request: Request) -> tuple[Period, PeriodForm]:
    """Return the period asked for (`start` and `end`, both in it), or the last 30 days, and its form."""
    today = today_of(request)
    usual = Period(today - timedelta(days=29), today)
    if "start" not in request.GET:
        return usual, PeriodForm(initial={"start": usual.first, "end": usual.last})
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return usual, form
    return Period(form.cleaned_data["start"], form.cleaned_data["end"]), form


def words() -> dict[str, str]:
    """Return the words of statements in the reader's language."""
    return {key: _(text) for key, text in WORDS.items()}


def statement_context(request: Request, account: str, page: str, kept: Mapping[str, str]) -> dict[str, Any]:
    """Return what `web/desks/statement.html` shows: the bill, the newest lines, months to choose, links to the files.

    `page` is the address of the page, its files lie below it; `kept` goes along in every link. Errors: NotFound.
    """
    period, form = period_of(request)
    start, end = period.bounds(settings.TIME_ZONE)
    shown = access_statement(request.actor, account, start, end, newest=LINES_SHOWN)
    estimates = list_estimates(request.actor, account, before=end)
    said = words()
    question = urlencode({**kept, "start": period.first.isoformat(), "end": period.last.isoformat()})
    return {
        "period": period,
        "period_form": form,
        "kept": kept,
        "page": page,
        "statement": shown,
        "subtotals": [(said[each.group], each) for each in shown.bill.subtotals],
        "lines": [(_label(line, said), _why(line), line) for line in reversed(shown.lines)],
        "estimates": estimates,
        "more_expected": max(0, estimates.count - ESTIMATES_SHOWN),
        "expected": [(said.get(each.rule, each.rule), _why(each), each) for each in estimates.rows[:ESTIMATES_SHOWN]],
        "months": _months(request, period, page, kept),
        "csv_href": f"{page}/statement.csv?{question}",
        "pdf_href": f"{page}/statement.pdf?{question}" if shown.bill.entries <= PDF_LINES_MAX else "",
        "pdf_lines_max": PDF_LINES_MAX,
    }


def _why(line: Line | Estimate) -> str:
    return line_said(line.rule, line.base_minor, line.rate_bps, config().currency)


def _label(line: Line, said: Mapping[str, str]) -> str:
    label = said.get(line.kind, line.kind.replace("_", " ").capitalize())
    return f"{label} · {said.get(line.rule, line.rule)}" if line.rule else label


def _months(request: Request, period: Period, page: str, kept: Mapping[str, str]) -> list[Tab]:
    month, tabs = month_of(today_of(request)), []
    for _back in range(MONTHS_SHOWN):
        question = urlencode({**kept, "start": month.first.isoformat(), "end": month.last.isoformat()})
        tabs.append(Tab(date_format(month.first, "YEAR_MONTH_FORMAT"), f"{page}?{question}", month == period))
        month = month_of(month.first - timedelta(days=1))
    return tabs


def csv_file(request: Request, account: str) -> StreamingHttpResponse:
    """Return the statement of the period asked for as CSV, line by line. Errors: NotFound."""
    check_account(request.actor, account)
    period, _form = period_of(request)
    start, end = period.bounds(settings.TIME_ZONE)
    bill = read_bill(account, start, end)
    estimates = list_estimates(request.actor, account, before=end)
    response = StreamingHttpResponse(statement_csv(bill, estimates), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_file_name(period, "csv")}"'
    return response


def pdf_file(request: Request, account: str, name: str) -> HttpResponse:
    """Return the statement of the period asked for as PDF in the reader's language. Errors: NotFound, PdfTooLong."""
    period, _form = period_of(request)
    start, end = period.bounds(settings.TIME_ZONE)
    shown: Statement = access_statement(request.actor, account, start, end, newest=PDF_LINES_MAX)
    estimates = list_estimates(request.actor, account, before=end)
    heading = Heading(name, f"{period.first} - {period.last}", request.now, settings.TIME_ZONE)
    response = HttpResponse(statement_pdf(shown, estimates, heading, words()), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{_file_name(period, "pdf")}"'
    return response


def _file_name(period: Period, ending: str) -> str:
    return f"renmai-statement-{period.first:%Y%m%d}-{period.last:%Y%m%d}.{ending}"
