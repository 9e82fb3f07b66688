"""One's own picks: the list, changing prices and word, taking one out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.api.v1.paging import place_after
from renmai.goods.products.models import Product
from renmai.goods.products.queries import list_pictures, list_skus
from renmai.kit.paging import cursor_of, page_of
from renmai.kit.problems import NotFound
from renmai.matching.feed.also import also_of_buyers
from renmai.places.shops.actions import change_pick, remove_pick
from renmai.places.shops.models import Pick
from renmai.places.shops.ordering import MOVED_MAX, arrange_picks, move_picks
from renmai.places.shops.queries import Offer, access_content_shop, access_own_pick, list_shop_picks
from renmai.places.shops.rates import list_pick_rates
from renmai.web.creator.facts import product_facts
from renmai.web.creator.forms import PickForm, price_name
from renmai.web.creator.pool import calculated, keep_price_errors, lines_of, offers, suggested
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, attempt, door, run_once, safe_next, uuid_or_404

ROWS = 24


@door("creator:content")
def picks(request: Request) -> HttpResponse:
    """List the picks of the shop, also those that cannot be bought now."""
    desk = open_desk(request, "creator")
    after = place_after(request.GET.get("cursor"))
    rows = list_shop_picks(desk.id, after=after, limit=ROWS + 1, also_unsold=True)
    last = rows[ROWS - 1] if len(rows) > ROWS else None
    page = page_of(rows, ROWS, cursor_of(last["position"], last["id"]) if last else None)
    rates = list_pick_rates(request.actor, desk.id, [row["id"] for row in page.items], now=request.now)
    context = {"page": page, "shop": access_content_shop(request.actor, desk.id), "rates": rates}
    return show(request, "creator/picks.html", desk, context)


@door("creator:content", "GET", "POST")
def one(request: Request, pick_id: UUID) -> HttpResponse:
    """Change a pick's terms, prices and word; the same change again changes nothing."""
    pick = access_own_pick(request.actor, pick_id)
    if pick.removed_at is not None:
        raise NotFound()
    desk = open_desk(request, "creator")
    product = Product.objects.select_related("category", "supplier").get(id=pick.product_id)
    if product.state != "approved" or product.supplier.state != "approved":
        return show(request, "creator/pick_gone.html", desk, {"pick": pick, "product": product})
    kept = dict(pick.prices.values_list("sku_id", "price_minor"))
    found = offers(request, product.id, pick.shop_id, kept, pick)
    form = PickForm(found["margin"], request.POST or None, initial=_initial(pick, kept, found))
    if request.method == "POST":
        if request.POST.get("do") != "calculate" and sent(form, lambda: _change(request, pick, form)):
            messages.success(request, _("Saved."))
            return HttpResponseRedirect("/creator/picks")
        found = calculated(request, product.id, pick.shop_id, form, pick)
        if request.POST.get("do") == "calculate":
            keep_price_errors(form)
    context = {
        "pick": pick, "product": product, "form": form, "offers": found, "lines": lines_of(found, form),
        "pictures": list_pictures(product.id), **product_facts(product, list_skus(product.id)),
        "rate": list_pick_rates(request.actor, pick.shop_id, [pick.id], now=request.now).get(pick.id),
        "also": also_of_buyers(request.actor, pick.shop_id, product.id, now=request.now),
    }  # fmt: skip
    refused = form.is_bound and request.POST.get("do") != "calculate"
    return show(request, "creator/pick.html", desk, context, 422 if refused else 200)


def _initial(pick: Pick, kept: dict[UUID, int], found: dict[str, Offer]) -> dict[str, Any]:
    prices = {price_name(sku_id): price for sku_id, price in kept.items()}
    return {**suggested(found), **prices, "term": pick.term, "word": pick.word, "word_zh": pick.word_zh}


def _change(request: Request, pick: Pick, form: PickForm) -> None:
    values = form.cleaned_data
    change_pick(
        actor=request.actor,
        now=request.now,
        pick_id=pick.id,
        term=values["term"],
        word=values["word"],
        word_zh=values["word_zh"],
        prices=form.prices() if values["term"] == "margin" else None,
    )


@door("creator:content", "POST")
def order(request: Request) -> HttpResponse:
    """Move picks: one by its own buttons (`move`: "up:<id>"), or all that are chosen (`do`: top, bottom, out).

    `do`: arrange puts a page's picks (`order`) into the order in which they were dragged.
    """
    desk = open_desk(request, "creator")
    way, _colon, only = request.POST.get("move", "").partition(":")
    chosen = [uuid_or_404(each) for each in ([only] if only else request.POST.getlist("pick"))]
    way = way or request.POST.get("do", "")
    if way == "arrange":
        chosen = [uuid_or_404(each) for each in request.POST.getlist("order")]
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if not chosen:
        messages.error(request, _("Choose at least one pick."))
    elif way == "out":
        attempt(
            request, _("Taken out of your shop."), lambda: run_once(request, "picks.out", lambda: _out(who, chosen))
        )
    else:
        attempt(
            request, _("Moved."),
            lambda: run_once(request, "picks.move", lambda: _move(who, desk.id, chosen, way)),
        )  # fmt: skip
    return HttpResponseRedirect(safe_next(request, "/creator/picks"))


def _move(who: dict[str, Any], shop_id: UUID, chosen: list[UUID], way: str) -> None:
    if way == "arrange":
        arrange_picks(**who, shop_id=shop_id, pick_ids=chosen)
    else:
        move_picks(**who, shop_id=shop_id, pick_ids=chosen, way=way)


def _out(who: dict[str, Any], chosen: list[UUID]) -> None:
    for pick_id in chosen[:MOVED_MAX]:
        remove_pick(**who, pick_id=pick_id)


@door("creator:content", "POST")
def removal(request: Request, pick_id: UUID) -> HttpResponse:
    """Take a pick out of the shop; again changes nothing."""
    attempt(
        request,
        _("Taken out of your shop."),
        lambda: remove_pick(actor=request.actor, now=request.now, pick_id=pick_id),
    )
    return HttpResponseRedirect("/creator/picks")
