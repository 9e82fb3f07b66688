"""A supplier's side of pushes: how many were told of each product and what came of it, and which creators a product would fit."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse

from renmai.config import config
from renmai.kit.paging import BadCursor, cursor_of, moment_of, page_of, parts_of
from renmai.matching.push.queries import list_creators_for, list_pushes
from renmai.web.desks.desk import open_desk, show
from renmai.web.doors import Request, door
from renmai.web.matching.reasons import category_names, say_public_reasons
from renmai.web.supplier.goods import head, own_product

ROWS = 24


@door("supplier")
def pushes(request: Request) -> HttpResponse:
    """List the supplier's approved goods with how many creators were told, looked, sampled, picked, and what was sold."""
    desk = open_desk(request, "supplier")
    rows = list_pushes(request.actor, desk.id, after=place_of(request.GET.get("cursor")), limit=ROWS + 1)
    last = rows[ROWS - 1] if len(rows) > ROWS else None
    page = page_of(rows, ROWS, cursor_of(last["approved_at"].isoformat(), last["id"]) if last else None)
    context = {"rows": page.items, "next_cursor": page.next_cursor, "currency": config().currency}
    return show(request, "supplier/pushes.html", desk, context)


def place_of(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Return (approved_at, id) of the last product seen. Errors: BadCursor."""
    parts = parts_of(cursor, 2)
    if parts is None:
        return None
    try:
        return moment_of(parts[0]), UUID(parts[1])
    except ValueError:
        raise BadCursor() from None


@door("supplier")
def creators(request: Request, product_id: UUID) -> HttpResponse:
    """Show creators whom a product would fit, by what is public of them, with a way to invite each."""
    product, desk = own_product(request, product_id)
    found = list_creators_for(request.actor, product_id, now=request.now) if product.state == "approved" else []
    names = category_names(each.reasons for each in found)
    context = {
        **head(request, product, "/creators"),
        "rows": [
            {"shop": each.shop, "reasons": say_public_reasons(each.reasons, names), "followers": each.followers}
            for each in found
        ],
    }
    return show(request, "supplier/fitting.html", desk, context)
