"""Earnings of a supplier."""

from __future__ import annotations

from django.http import HttpResponse

from renmai.web.desks.earnings import earnings_page, statement_file
from renmai.web.doors import Request, door


@door("supplier", "GET", "POST")
def earnings(request: Request) -> HttpResponse:
    """Show earnings, statement and payouts; POST asks for a payout."""
    return earnings_page(request, "supplier")


@door("supplier")
def statement(request: Request) -> HttpResponse:
    """Download the statement of a period."""
    return statement_file(request, "supplier")
