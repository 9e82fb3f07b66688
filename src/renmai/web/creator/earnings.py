"""Earnings of a shop."""

from __future__ import annotations

from django.http import HttpResponse

from renmai.web.desks.earnings import earnings_page, statement_file
from renmai.web.doors import Request, door


@door("creator", "GET", "POST")
def earnings(request: Request) -> HttpResponse:
    """Show earnings, statement and payouts; POST asks for a payout."""
    return earnings_page(request, "creator")


@door("creator")
def statement(request: Request) -> HttpResponse:
    """Download the statement of a period."""
    return statement_file(request, "creator")
