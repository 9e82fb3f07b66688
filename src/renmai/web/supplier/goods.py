"""A supplier's goods: the list, and one product with stock, prices, terms and documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.products.actions import change_stock, set_prices, set_sale_terms, submit_product
from renmai.goods.products.counts import count_goods
from renmai.goods.products.models import Product
from renmai.goods.products.queries import access_own_product, list_own_products, list_pictures, list_skus
from renmai.goods.screening.queries import list_decisions
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.supplier.company import documents_of, keep_evidence
from renmai.web.supplier.forms import EvidenceForm, PricesForm, StockForm, TermsForm, initial_prices
from renmai.web.ui.components import Tab
from renmai.web.ui.states import pill_of

ROWS = 24
STATES = ("screening", "approved", "rejected", "draft", "recalled")


@door("supplier")
def goods(request: Request) -> HttpResponse:
    """List the goods with state, stock, price band and multiple."""
    desk = open_desk(request, "supplier")
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    parts = parts_of(request.GET.get("cursor"), 1)
    rows = list_own_products(
        request.actor, desk.id, state=state or None, after=uuid_or_404(parts[0]) if parts else None, limit=ROWS + 1
    )
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1]["id"]) if len(rows) > ROWS else None)
    context = {"page": page, "state": state, "tabs": _tabs(count_goods(request.actor, desk.id), state)}
    return show(request, "supplier/goods.html", desk, context)


def _tabs(counts: dict[str, int], state: str) -> list[Tab]:
    every = Tab(_("All"), "/supplier/goods", current=not state, count=sum(counts.values()))
    shown = [name for name in STATES if counts.get(name) or name == state]
    return [
        every,
        *(Tab(str(pill_of(n)[1]), f"/supplier/goods?state={n}", n == state, counts.get(n, 0)) for n in shown),
    ]


@door("supplier", "GET", "POST")
def one(request: Request, product_id: UUID) -> HttpResponse:
    """Show one product; each of its forms is sent here with its name in `which` and its variant in `sku`."""
    product = access_own_product(request.actor, product_id)
    if not request.actor.has("supplier", product.supplier_id):
        raise NotFound()
    skus = list_skus(product.id, also_inactive=True)
    bound = _Forms(request, product, skus)
    if request.method == "POST" and bound.done():
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(request.path)
    context = {
        "product": product,
        "skus": bound.rows(),
        "terms": bound.terms,
        "evidence_form": bound.evidence,
        "problem": bound.problem,
        "pictures": list_pictures(product.id),
        "evidence": documents_of(request.actor, product.id),
        "decisions": list_decisions(request.actor, product.id),
        "cap_bps": product.category.cap_multiple_bps,
    }
    desk = Desk("supplier", product.supplier_id, in_language(product.supplier, "name"))
    return show(request, "supplier/product.html", desk, context, 422 if request.method == "POST" else 200)


class _Forms:
    """The forms of a product's page; the one that was sent is bound."""

    def __init__(self, request: Request, product: Product, skus: list[dict[str, Any]]) -> None:
        self.request, self.product, self.skus = request, product, skus
        self.which, self.sku_id = request.POST.get("which", ""), request.POST.get("sku", "")
        self.problem = forms.Form(request.POST or None)
        self.terms = TermsForm(
            self._data("terms"),
            initial={
                "commission": product.commission_bps,
                "service": product.service_bps or None,
                "margin_allowed": product.margin_allowed,
            },
        )
        self.evidence = EvidenceForm(self._data("evidence"), request.FILES if self.which == "evidence" else None)
        self.stock = {str(sku["id"]): self._of_sku(StockForm, "stock", sku, {}) for sku in skus}
        self.prices = {str(sku["id"]): self._of_sku(PricesForm, "prices", sku, initial_prices(sku)) for sku in skus}

    def _data(self, which: str) -> Any:
        return self.request.POST if self.request.method == "POST" and self.which == which else None

    def _of_sku(self, form: type[forms.Form], which: str, sku: dict[str, Any], initial: dict[str, Any]) -> forms.Form:
        mine = self.sku_id == str(sku["id"])
        return form(self._data(which) if mine else None, initial=initial, auto_id=f"{which}_{sku['id']}_%s")

    def rows(self) -> list[dict[str, Any]]:
        """Return the variants with their forms."""
        return [
            {**sku, "stock_form": self.stock[str(sku["id"])], "prices_form": self.prices[str(sku["id"])]}
            for sku in self.skus
        ]

    def done(self) -> bool:
        """Carry out what was sent; False leaves the refusal in its form."""
        form = {"terms": self.terms, "evidence": self.evidence, "submit": self.problem}.get(self.which)
        if self.which in {"stock", "prices"}:
            form = (self.stock if self.which == "stock" else self.prices).get(self.sku_id)
        if form is None:
            raise NotFound()
        return sent(form, lambda: self._acts()[self.which](form.cleaned_data))

    def _acts(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        return {
            "stock": self._stock,
            "prices": self._prices,
            "terms": self._terms,
            "evidence": lambda values: keep_evidence(self.request, self.product.id, values),
            "submit": lambda values: submit_product(**self._who(), product_id=self.product.id),
        }

    def _who(self) -> dict[str, Any]:
        return {"actor": self.request.actor, "now": self.request.now}

    def _stock(self, values: dict[str, Any]) -> None:
        """Change stock once per form: the same form sent again counts nothing twice."""
        what = {"sku_id": UUID(self.sku_id), "quantity_delta": values["change"], "reason": values["reason"]}
        run_once(self.request, "stock.change", lambda: change_stock(**self._who(), **what))

    def _prices(self, values: dict[str, Any]) -> None:
        band = {"supply_minor": values["supply"], "price_minor": values["price"], "floor_minor": values["floor"]}
        set_prices(**self._who(), sku_id=UUID(self.sku_id), **band)

    def _terms(self, values: dict[str, Any]) -> None:
        set_sale_terms(
            **self._who(),
            product_id=self.product.id,
            commission_bps=values["commission"],
            margin_allowed=values["margin_allowed"],
            service_bps=values["service"] or 0,
        )
