"""Orders of a shop: the list, and the shop's own part of each."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from renmai.trade.orders.queries import list_orders
from renmai.trade.reports.earnings import own_parts
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.refunds import order_page
from renmai.web.doors import Request, door
from renmai.web.ui.components import Tab
from renmai.web.ui.states import pill_of

STATES = ("placed", "paid", "shipped", "received", "settled", "refunded")
ROWS = 20


@door("creator:service")
def orders(request: Request) -> HttpResponse:
    """List the shop's orders, newest first, with what each earns."""
    desk = open_desk(request, "creator")
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    page = list_orders(
        request.actor,
        role="creator",
        subject_id=desk.id,
        state=state or None,
        after=request.GET.get("cursor"),
        limit=ROWS,
    )
    earns = request.actor.has("creator", desk.id)
    parts = own_parts(request.actor, "creator", desk.id, [row.order.id for row in page.items]) if earns else {}
    tabs = [Tab(_("All"), "/creator/orders", not state)]
    tabs += [Tab(str(pill_of(name)[1]), f"/creator/orders?state={name}", name == state) for name in STATES]
    return show(request, "creator/orders.html", desk, {"page": page, "parts": parts, "tabs": tabs, "state": state})


@door("creator:service", "GET", "POST")
def one(request: Request, order_id: UUID) -> HttpResponse:
    """Show the shop's part of an order; POST refunds, whole or in part."""
    return order_page(request, "creator", order_id, "creator/order.html")
