"""Saved products: kept in view until they are picked, or not."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.products.models import Product
from renmai.kit.paging import page_of
from renmai.matching.search.queries import read_cards
from renmai.places.shops.saving import list_saved, save_product, unsave_product
from renmai.web.creator.selection import dressed
from renmai.web.desks.desk import open_desk, show
from renmai.web.doors import Request, attempt, door, run_once, safe_next, uuid_or_404

ROWS = 24


@door("creator:content")
def saved(request: Request) -> HttpResponse:
    """List what the shop saved, the latest first; what left the pool meanwhile is named."""
    desk = open_desk(request, "creator")
    cursor = request.GET.get("cursor")
    rows = list_saved(request.actor, desk.id, after=uuid_or_404(cursor) if cursor else None, limit=ROWS + 1)
    page = page_of(rows, ROWS, str(rows[ROWS - 1]["id"]) if len(rows) > ROWS else None)
    ids = [row["product_id"] for row in page.items]
    cards = dressed(desk, read_cards(request.actor, ids))
    there = {card["id"] for card in cards}
    gone = Product.objects.filter(id__in=[each for each in ids if each not in there])
    return show(request, "creator/saved.html", desk, {"rows": cards, "gone": list(gone), "page": page})


@door("creator:content", "POST")
def save(request: Request, product_id: UUID) -> HttpResponse:
    """Save a product, or with `do=unsave` no longer; then back to where it was done."""
    desk = open_desk(request, "creator")
    away = request.POST.get("do") == "unsave"

    def act() -> None:
        if away:
            unsave_product(actor=request.actor, now=request.now, shop_id=desk.id, product_id=product_id)
        else:
            save_product(actor=request.actor, now=request.now, shop_id=desk.id, product_id=product_id)

    if away:
        run_once(request, "product.unsave", act)
        messages.success(request, _("No longer saved."))
    else:
        attempt(request, _("Saved for later."), lambda: run_once(request, "product.save", act))
    return HttpResponseRedirect(safe_next(request, "/creator/saved"))
