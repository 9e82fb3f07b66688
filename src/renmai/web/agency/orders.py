"""Orders under an agency's contracts: its own part of each, and nothing else of them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from renmai.trade.reports.parts import access_own_part, list_own_parts
from renmai.web.desks.desk import open_desk, show
from renmai.web.doors import Request, door

ROWS = 20


@door("agency")
def orders(request: Request) -> HttpResponse:
    """List orders with a part of the agency's, newest first."""
    desk = open_desk(request, "agency")
    page = list_own_parts(request.actor, desk.account, after=request.GET.get("cursor"), limit=ROWS)
    return show(request, "agency/orders.html", desk, {"page": page})


@door("agency")
def one(request: Request, paid_id: UUID) -> HttpResponse:
    """Show the agency's part of one order, with base and rate."""
    desk = open_desk(request, "agency")
    return show(request, "agency/order.html", desk, {"part": access_own_part(request.actor, desk.account, paid_id)})
