"""Recalls that concern a shop or a supplier, on its console."""

from __future__ import annotations

from django.http import HttpResponse

from renmai.goods.recalls.queries import list_recalls
from renmai.trade.recalls.queries import recalls_in_shops
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, View, door

ROWS_MAX = 50


def recalls_page(role: str) -> View:
    """Return the page of recalls for creators or suppliers: of what the shop ever picked, of what the supplier sells."""

    @door(role)
    def recalls(request: Request) -> HttpResponse:
        desk = open_desk(request, role)
        found = recalls_in_shops([desk.id]) if role == "creator" else list_recalls(supplier_id=desk.id, limit=ROWS_MAX)
        rows = [(recall, in_language(recall.product, "title"), in_language(recall, "reason")) for recall in found]
        return show(request, "web/desks/recalls.html", desk, {"rows": rows, "role": role})

    return recalls
