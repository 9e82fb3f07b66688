"""A supplier's goods: the list, and one product's variants with stock, prices and documents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from renmai.goods.products.counts import count_goods
from renmai.goods.products.history import list_warehouses, stock_by_warehouse
from renmai.goods.products.low import count_low
from renmai.goods.products.models import Product
from renmai.goods.products.queries import access_own_product, list_categories, list_own_products, list_skus
from renmai.goods.screening.queries import checklist_of, list_decisions
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.web.desks.checklists import document_form, findings_shown, points_of, took_document
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.supplier.company import documents_of
from renmai.web.supplier.variant_forms import VariantForms
from renmai.web.ui.components import Tab
from renmai.web.ui.states import pill_of

ROWS = 24
STATES = ("screening", "approved", "rejected", "draft", "recalled")


@door("supplier")
def goods(request: Request) -> HttpResponse:
    """List the goods with state, stock, price band and multiple; found by words, category, state and low stock."""
    desk = open_desk(request, "supplier")
    state, words, category = (request.GET.get(name, "")[:80] for name in ("state", "q", "category"))
    state, low = state if state in STATES else "", "low" in request.GET
    parts = parts_of(request.GET.get("cursor"), 1)
    rows = list_own_products(
        request.actor, desk.id, state=state or None, after=uuid_or_404(parts[0]) if parts else None, limit=ROWS + 1,
        words=words, category=category or None, low=low,
    )  # fmt: skip
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1]["id"]) if len(rows) > ROWS else None)
    kept = {name: value for name, value in (("q", words), ("category", category), ("low", "1" if low else "")) if value}
    context = {
        "page": page,
        "state": state,
        "words": words,
        "category": category,
        "low": low,
        "narrowed": bool(kept or state),
        "low_count": count_low(request.actor, desk.id),
        "categories": list_categories(),
        "tabs": _tabs(count_goods(request.actor, desk.id), state, kept),
    }
    return show(request, "supplier/goods.html", desk, context)


def _tabs(counts: dict[str, int], state: str, kept: dict[str, str]) -> list[Tab]:
    def href(**more: str) -> str:
        query = urlencode({**kept, **more})
        return f"/supplier/goods?{query}" if query else "/supplier/goods"

    every = Tab(_("All"), href(), current=not state, count=sum(counts.values()))
    shown = [name for name in STATES if counts.get(name) or name == state]
    return [every, *(Tab(str(pill_of(n)[1]), href(state=n), n == state, counts.get(n, 0)) for n in shown)]


def own_product(request: Request, product_id: UUID) -> tuple[Product, Desk]:
    """Return a product of the actor's and its desk. Errors: NotFound, also for operators: they have pages of their own."""
    product = access_own_product(request.actor, product_id)
    if not request.actor.has("supplier", product.supplier_id):
        raise NotFound()
    return product, Desk("supplier", product.supplier_id, in_language(product.supplier, "name"))


def product_tabs(product: Product, current: str) -> list[Tab]:
    """Return the pages of one product."""
    root = f"/supplier/goods/{product.id}"
    named = [
        ("", _("Variants")), ("/texts", _("Texts")), ("/pictures", _("Pictures")), ("/terms", _("Terms")),
        ("/creators", _("Creators")), ("/history", _("Change history")),
    ]  # fmt: skip
    return [Tab(label, f"{root}{path}", current=path == current) for path, label in named]


def head(request: Request, product: Product, current: str) -> dict[str, Any]:
    """Return what the head of every page of a product shows."""
    return {
        "product": product,
        "tabs": product_tabs(product, current),
        "cap_bps": product.category.cap_multiple_bps,
        "decisions": list_decisions(request.actor, product.id),
    }


@door("supplier", "GET", "POST")
def one(request: Request, product_id: UUID) -> HttpResponse:
    """Show one product's variants; each form is sent here with its name in `which` and its variant in `sku`."""
    product, desk = own_product(request, product_id)
    places = [(str(row["id"]), row["name"]) for row in list_warehouses(request.actor, product.supplier_id)]
    bound = VariantForms(
        request, product, list_skus(product.id, also_inactive=True), [("", _("Main warehouse")), *places]
    )
    point = document_form(request)
    if request.method == "POST" and (took_document(request, point) if point else _saved(request, bound)):
        return HttpResponseRedirect(request.path)
    shown = head(request, product, "")
    context = {
        **shown,
        "skus": bound.rows(stock_by_warehouse(request.actor, product.id) if places else {}),
        "many_places": bool(places),
        "more": bound.more,
        "evidence_form": bound.evidence,
        "problem": bound.problem,
        "evidence": documents_of(request.actor, product.id),
        "rounds": [(each, findings_shown(each)) for each in shown["decisions"]],
        "points": points_of(checklist_of(request.actor, product.id, now=request.now), point, forms_too=True),
    }
    return show(request, "supplier/product.html", desk, context, 422 if request.method == "POST" else 200)


def _saved(request: Request, bound: VariantForms) -> bool:
    done = bound.done()
    if done:
        messages.success(request, _("Saved."))
    return done
