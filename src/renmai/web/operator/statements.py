"""The statement of any account, and the quarterly report, as the operator sees them and takes them along."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.kit.problems import NotFound
from renmai.money.statements.paper import PdfTooLong
from renmai.money.statements.quarter import list_quarter, quarter_before, quarter_csv, total_of
from renmai.money.statements.queries import check_account
from renmai.people.accounts.actions import FactorNeeded
from renmai.trade.reports.figures import owners_of
from renmai.web.desks.statements import csv_file, pdf_file, statement_context, today_of
from renmai.web.doors import Request, door, problem_text
from renmai.web.operator.shown import account_title, amount, two_lines
from renmai.web.ui.components import Column, Row, Tab

QUARTERS_SHOWN = 4
YEARS = range(2000, 2999)


@door("operator")
def statement(request: Request, account: str) -> HttpResponse:
    """Show the statement of an account for a period."""
    check_account(request.actor, account)
    context = {
        "account": account,
        "title": account_title(account, owners_of([account])),
        **statement_context(request, account, f"/operator/statements/{quote(account)}", {}),
    }
    return render(request, "operator/statement.html", context)


@door("operator")
def statement_csv(request: Request, account: str) -> HttpResponseBase:
    """Download the statement of a period as CSV."""
    return csv_file(request, account)


@door("operator")
def statement_pdf(request: Request, account: str) -> HttpResponseBase:
    """Download the statement of a period as PDF; where it is too long for one, say so on the page."""
    check_account(request.actor, account)
    try:
        return pdf_file(request, account, account_title(account, owners_of([account])))
    except PdfTooLong as refusal:
        messages.error(request, problem_text(refusal))
        return HttpResponseRedirect(f"/operator/statements/{quote(account)}?{request.GET.urlencode()}")


@door("operator")
def quarter(request: Request) -> HttpResponse:
    """Show the quarterly report of a quarter, the last that is over by default; tax numbers are masked."""
    year, number = _quarter(request)
    rows = list_quarter(request.actor, year, number)
    owners = owners_of(row.payee for row in rows)
    money = ("opening", "income", "given_back", "other", "paid_out", "closing", "withheld")
    titles = (
        _("Before"), _("Income"), _("Given back"), _("Other"), _("Paid out"), _("After"), _("Tax withheld"),
    )  # fmt: skip
    context = {
        "columns": [Column(_("Payee")), Column(_("Who")), Column(_("Orders"), numeric=True)]
        + [Column(title, numeric=True) for title in titles],
        "rows": [
            Row(
                [
                    account_title(row.payee, owners) if row.payee != "total" else _("Total"),
                    two_lines(row.legal_name or "-", row.tax_number),
                    str(row.orders),
                    *(amount(getattr(row, f"{name}_minor")) for name in money),
                ],
                f"/operator/statements/{quote(row.payee)}" if row.payee != "total" else "",
            )
            for row in ([*rows, total_of(rows)] if rows else [])
        ],
        "tabs": _tabs(request, (year, number)),
        "file_href": f"/operator/quarter.csv?{urlencode({'year': year, 'quarter': number})}",
        "confirmed": request.actor.confirmed,
    }
    return render(request, "operator/quarter.html", context)


@door("operator")
def quarter_file(request: Request) -> HttpResponseBase:
    """Download the quarterly report with whole identities; without a second factor the way leads there first."""
    year, number = _quarter(request)
    try:
        pieces = quarter_csv(request.actor, year, number)
    except FactorNeeded:
        back = f"/operator/quarter?{urlencode({'year': year, 'quarter': number})}"
        return HttpResponseRedirect("/me/factor?" + urlencode({"next": back}))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="renmai-quarter-{year}q{number}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _quarter(request: Request) -> tuple[int, int]:
    usual = quarter_before(today_of(request))
    try:
        year, number = int(request.GET.get("year", usual[0])), int(request.GET.get("quarter", usual[1]))
    except ValueError:
        raise NotFound() from None
    if year not in YEARS or number not in range(1, 5):
        raise NotFound()
    return year, number


def _tabs(request: Request, current: tuple[int, int]) -> list[Tab]:
    """Return the quarter under way and those before it."""
    today = today_of(request)
    found = [(today.year, (today.month - 1) // 3 + 1)]
    for _back in range(QUARTERS_SHOWN):
        year, number = found[-1]
        found.append(quarter_before(date(year, number * 3, 1)))
    return [
        Tab(f"{year} Q{number}", f"/operator/quarter?year={year}&quarter={number}", (year, number) == current)
        for year, number in found
    ]
