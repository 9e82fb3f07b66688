"""The agency's home: what it earns, who is under contract, which offers wait."""

from __future__ import annotations

from django.http import HttpResponse

from renmai.people.agencies.queries import list_contracts
from renmai.trade.reports.earnings import read_earnings
from renmai.trade.reports.parts import list_own_parts
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.shares import with_shops
from renmai.web.doors import Request, door

ORDERS_SHOWN = 5
OFFERS_SHOWN = 10


@door("agency")
def home(request: Request) -> HttpResponse:
    """Today."""
    desk = open_desk(request, "agency")
    offers = list_contracts(request.actor, agency_id=desk.id, state="proposed", limit=OFFERS_SHOWN)
    context = {
        "earnings": read_earnings(request.actor, "agency", desk.id),
        "creators": len(list_contracts(request.actor, agency_id=desk.id, state="active", limit=200)),
        "offers": with_shops(offers),
        "parts": list_own_parts(request.actor, desk.account, limit=ORDERS_SHOWN).items,
    }
    return show(request, "agency/today.html", desk, context)
