"""The sources of a product: who may serve its variants, who does, and what happens by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.goods.products.models import Sku
from renmai.goods.sources.actions import link_source, set_source_rule, switch_source, unlink_source
from renmai.goods.sources.queries import Seen, Served, access_sources, find_sources
from renmai.web.desks.words import in_language, variant_words
from renmai.web.doors import Request, attempt, door, uuid_or_404


@door("operator", "GET", "POST")
def sources(request: Request, product_id: UUID) -> HttpResponse:
    """Show who may serve each variant; POST sets the rule, links, unlinks or switches."""
    if request.method == "POST":
        done = {"rule": _rule, "link": _link, "unlink": _unlink, "switch": _switch}.get(request.POST.get("do", ""))
        if done is not None:
            attempt(request, _("Saved. It counts for new orders."), _act(request, product_id, done))
        return HttpResponseRedirect(f"/operator/products/{product_id}/sources")
    page = access_sources(request.actor, product_id)
    wanted = request.GET.get("find", "").strip()
    context = {
        "product": page.product,
        "title": in_language(page.product, "title"),
        "rule": page.rule,
        "wanted": wanted,
        "sku_asked": request.GET.get("sku", ""),
        "variants": [_variant(page.suggested.get(each.sku_id, []), each) for each in page.variants],
        "found": [_offered(sku) for sku in find_sources(request.actor, product_id, wanted)],
    }
    return render(request, "operator/sources.html", context)


Done = Callable[[Request, UUID], object]


def _act(request: Request, product_id: UUID, done: Done) -> Callable[[], object]:
    return lambda: done(request, product_id)


def _rule(request: Request, product_id: UUID) -> object:
    sent = {name: request.POST.get(name, "") for name in ("mode", "on_sold_out", "on_late")}
    return set_source_rule(actor=request.actor, now=request.now, product_id=product_id, **sent)


def _link(request: Request, product_id: UUID) -> object:
    sku_id, other_id = uuid_or_404(request.POST.get("sku")), uuid_or_404(request.POST.get("other"))
    return link_source(actor=request.actor, now=request.now, sku_id=sku_id, other_id=other_id)


def _unlink(request: Request, product_id: UUID) -> object:
    source_id = uuid_or_404(request.POST.get("source"))
    return unlink_source(actor=request.actor, now=request.now, source_id=source_id)


def _switch(request: Request, product_id: UUID) -> object:
    sku_id, other_id = uuid_or_404(request.POST.get("sku")), uuid_or_404(request.POST.get("other"))
    return switch_source(actor=request.actor, now=request.now, sku_id=sku_id, other_id=other_id)


def _variant(suggested: list[Sku], variant: Served) -> dict[str, Any]:
    own = variant.seen[0]
    return {
        "sku_id": variant.sku_id,
        "name": variant_words({"options": own.options, "options_zh": own.options_zh, "code": own.code}),
        "most_minor": variant.most_minor,
        "currency": own.currency,
        "sources": [_source(each, variant) for each in variant.seen],
        "suggested": [_offered(sku) for sku in suggested],
    }


def _source(each: Seen, variant: Served) -> dict[str, Any]:
    return {
        "seen": each,
        "supplier": in_language({"name": each.supplier_name, "name_zh": each.supplier_name_zh}, "name"),
        "title": in_language({"title": each.title, "title_zh": each.title_zh}, "title"),
        "serving": each.sku_id == variant.serving_id,
        "can": each.sold and each.covered,
    }


def _offered(sku: Sku) -> dict[str, Any]:
    return {
        "sku": sku,
        "supplier": in_language(sku.product.supplier, "name"),
        "title": in_language(sku.product, "title"),
    }
