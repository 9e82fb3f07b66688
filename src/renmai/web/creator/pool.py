"""A product of the pool: what each sale earns, and picking it on one of the two terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.goods.brands.queries import name_brands
from renmai.goods.products.queries import read_product_page
from renmai.places.shops.actions import pick_product
from renmai.places.shops.models import Pick
from renmai.places.shops.queries import Offer, quote_pick
from renmai.places.shops.rules import Quote
from renmai.web.creator.facts import product_facts
from renmai.web.creator.forms import PickForm, price_name
from renmai.web.credit.badges import credit_line
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, door, run_once


@dataclass(frozen=True, slots=True)
class Line:
    """A variant in the form of a pick: its quote on each term, and the field of its price."""

    margin: Quote
    commission: Quote
    field: Any


def offers(
    request: Request,
    product_id: UUID,
    shop_id: UUID,
    prices: dict[UUID, int] | None = None,
    pick: Pick | None = None,
) -> dict[str, Offer]:
    """Return what each term would mean, at `prices` on margin terms."""
    return {
        "margin": quote_pick(request.actor, product_id, "margin", prices, now=request.now, shop_id=shop_id, pick=pick),
        "commission": quote_pick(request.actor, product_id, "commission", now=request.now, shop_id=shop_id, pick=pick),
    }


def lines_of(found: dict[str, Offer], form: PickForm) -> list[Line]:
    """Return the variants with both quotes and their field."""
    pairs = zip(found["margin"].quotes, found["commission"].quotes, strict=True)
    return [Line(m, c, form[price_name(m.sku_id)]) for m, c in pairs]


def suggested(found: dict[str, Offer]) -> dict[str, Any]:
    """Return what the form shows at first: suggested prices, and the term if only one is offered."""
    initial: dict[str, Any] = {price_name(q.sku_id): q.price_minor for q in found["margin"].quotes}
    both = [term for term in ("margin", "commission") if found[term].offered]
    return initial | ({"term": both[0]} if len(both) == 1 else {})


def calculated(
    request: Request, product_id: UUID, shop_id: UUID, form: PickForm, pick: Pick | None = None
) -> dict[str, Offer]:
    """Return the offers at the prices entered so far, and mark those that may not stand."""
    form.is_valid()
    found = offers(request, product_id, shop_id, form.prices(), pick)
    if form.data.get("term") != "commission":
        form.mark({q.sku_id: q.fault for q in found["margin"].quotes if q.fault})
    return found


@door("creator:content", "GET", "POST")
def one(request: Request, product_id: UUID) -> HttpResponse:
    """Show a product of the pool; POST picks it, or with `do` calculate only shows what the prices would earn."""
    desk = open_desk(request, "creator")
    page = read_product_page(request.actor, product_id)
    found = offers(request, product_id, desk.id)
    if request.method == "POST":
        form = PickForm(found["margin"], request.POST)
        if request.POST.get("do") != "calculate" and sent(form, lambda: _pick(request, desk, product_id, form)):
            messages.success(request, _("Picked. It is in your shop now."))
            return HttpResponseRedirect("/creator/picks")
        found = calculated(request, product_id, desk.id, form)
        if request.POST.get("do") == "calculate":
            keep_price_errors(form)
    else:
        form = PickForm(found["margin"], initial=suggested(found))
    known = Pick.objects.filter(shop_id=desk.id, product_id=product_id, removed_at=None).first()
    brand_id = page["product"].brand_id
    context = {
        **page,
        **product_facts(page["product"], page["skus"]),
        "brand": name_brands([brand_id]).get(brand_id) if brand_id else None,
        "form": form,
        "offers": found,
        "supplier_credit": credit_line(page["product"].supplier_id),
        "lines": lines_of(found, form),
        "known": known,
    }
    refused = form.is_bound and request.POST.get("do") != "calculate"
    return show(request, "creator/product.html", desk, context, 422 if refused else 200)


def keep_price_errors(form: PickForm) -> None:
    """Forget what is missing elsewhere: who only calculates is not asked for a word yet."""
    for name in ("term", "word"):
        form.errors.pop(name, None)


def _pick(request: Request, desk: Desk, product_id: UUID, form: PickForm) -> None:
    values = form.cleaned_data
    run_once(
        request,
        "pick.make",
        lambda: pick_product(
            actor=request.actor,
            now=request.now,
            shop_id=desk.id,
            product_id=product_id,
            term=values["term"],
            word=values["word"],
            word_zh=values["word_zh"],
            prices=form.prices() if values["term"] == "margin" else None,
        ),
    )


@door("creator:content", "POST")
def quotes(request: Request, product_id: UUID) -> HttpResponse:
    """Return what the prices would earn, as pieces that htmx puts into the open form. Nothing is written."""
    desk = open_desk(request, "creator")
    form = PickForm(offers(request, product_id, desk.id)["margin"], request.POST)
    found = calculated(request, product_id, desk.id, form)
    return render(request, "creator/quotes.html", {"lines": lines_of(found, form), "offers": found})
