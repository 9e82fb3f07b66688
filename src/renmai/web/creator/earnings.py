"""Earnings of a shop."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from renmai.web.desks.earnings import earnings_page, statement_file, statement_paper
from renmai.web.desks.papers import papers_page
from renmai.web.doors import Request, door


@door("creator", "GET", "POST")
def earnings(request: Request) -> HttpResponse:
    """Show earnings, statement and payouts; POST asks for a payout."""
    return earnings_page(request, "creator")


@door("creator")
def statement(request: Request) -> HttpResponseBase:
    """Download the statement of a period."""
    return statement_file(request, "creator")


@door("creator")
def statement_pdf(request: Request) -> HttpResponseBase:
    """Download the statement of a period as PDF."""
    return statement_paper(request, "creator")


@door("owner", "GET", "POST")
def papers(request: Request) -> HttpResponse:
    """Show who stands behind the account, and its invoices; POST sends one of the two forms."""
    return papers_page(request, "creator")
