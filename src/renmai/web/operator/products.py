"""Screening of products: the queue, and one product with pictures, texts, price bands and decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.products.actions import change_category
from renmai.goods.products.queries import access_own_product, list_categories, list_screening_queue, read_product_page
from renmai.goods.recalls.queries import list_recalls
from renmai.goods.screening.actions import screen_product
from renmai.goods.screening.deciding import faults_of_product
from renmai.goods.screening.queries import checklist_of
from renmai.goods.screening.rules import is_check_due
from renmai.kit.clock import local_day
from renmai.kit.media.rules import media_url
from renmai.web.desks.attributes import attribute_rows
from renmai.web.desks.changes import changes_page, said
from renmai.web.desks.words import in_language, variant_words
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.operator.forms import ReasonForm
from renmai.web.operator.screening import decided, screened
from renmai.web.operator.shown import PICTURE_PX, amount, tabs_of
from renmai.web.operator.words import fault_words, state_pill
from renmai.web.templatetags.desks import srcset
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import multiple, when

PER_PAGE = 24
STATES = [
    ("screening", gettext_lazy("To screen")),
    ("approved", gettext_lazy("Approved")),
    ("rejected", gettext_lazy("Rejected")),
    ("recalled", gettext_lazy("Recalled")),
    ("draft", gettext_lazy("Draft")),
]


class CategoryForm(forms.Form):
    """The category a product belongs to."""

    category = forms.ChoiceField(
        label=gettext_lazy("Category"),
        choices=lambda: [(row.id, in_language(row, "name")) for row in list_categories()],
    )


@door("operator")
def queue(request: Request) -> HttpResponse:
    """List products of one state, those that wait for screening first."""
    state = request.GET.get("state") or "screening"
    after = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    found = list_screening_queue(request.actor, state=state, after=after, limit=PER_PAGE + 1)
    context = {
        "tabs": tabs_of("/operator/products", "state", STATES, state),
        "columns": [
            Column(_("Product")), Column(_("Supplier")), Column(_("Supply price"), numeric=True),
            Column(_("Price"), numeric=True), Column(_("Multiple"), numeric=True), Column(_("Came in")),
        ],
        "rows": [_row(row) for row in found[:PER_PAGE]],
        "next_cursor": found[PER_PAGE - 1]["id"] if len(found) > PER_PAGE else None,
    }  # fmt: skip
    return render(request, "operator/products.html", context)


def _row(row: dict[str, Any]) -> Row:
    cover = media_url(row["cover_id"], PICTURE_PX) if row["cover_id"] else ""
    picture = (
        format_html(
            '<span class="goods__picture"><img src="{}" alt="" width="144" height="144" loading="lazy"></span>', cover
        )
        if cover
        else ""
    )
    title = format_html('<span class="table__thing">{}<span>{}</span></span>', picture, in_language(row, "title"))
    cells = [
        title,
        in_language(row, "supplier_name"),
        *([amount(row["supply_price_from_minor"]), amount(row["price_from_minor"]), multiple(row["multiple_bps"])]
          if row["sku_count"] else ["-", "-", "-"]),
        when(row["created_at"]),
    ]  # fmt: skip
    return Row(cells, f"/operator/products/{row['id']}")


@door("operator", "GET", "POST")
def product(request: Request, product_id: UUID) -> HttpResponse:
    """Show a product; take a verdict with its reason, or the confirmation of a check."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and decided(request, product_id, form, _verdict(request, product_id)):
        return HttpResponseRedirect(f"/operator/products/{product_id}")
    return _page(request, product_id, form)


@door("operator", "POST")
def category(request: Request, product_id: UUID) -> HttpResponse:
    """Put a product that waits into another category."""
    form = CategoryForm(request.POST)
    if form.is_valid():
        category_id = UUID(form.cleaned_data["category"])
        what: dict[str, Any] = {"product_id": product_id, "category_id": category_id}
        attempt(
            request, _("The product is in its new category."),
            lambda: run_once(
                request, "product.category", lambda: change_category(actor=request.actor, now=request.now, **what)
            ),
        )  # fmt: skip
    return HttpResponseRedirect(f"/operator/products/{product_id}")


def _verdict(request: Request, product_id: UUID) -> Callable[[str, str, dict[UUID, str]], Any]:
    def decide(verdict: str, reason: str, remarks: dict[UUID, str]) -> Any:
        who: dict[str, Any] = {"actor": request.actor, "now": request.now, "product_id": product_id}
        return screen_product(**who, verdict=verdict, reason=reason, remarks=remarks)

    return decide


@door("operator")
def history(request: Request, product_id: UUID) -> HttpResponse:
    """Show who changed what of a product, newest first."""
    row = access_own_product(request.actor, product_id)
    context = {"product": row, "title": in_language(row, "title"), **changes_page(request, row)}
    return render(request, "operator/product_history.html", context)


def _page(request: Request, product_id: UUID, form: ReasonForm) -> HttpResponse:
    page = read_product_page(request.actor, product_id)
    row, skus = page["product"], page["skus"]
    items = checklist_of(request.actor, product_id, now=request.now)
    bands = [(s["supply_price_minor"], s["floor_price_minor"], s["price_minor"]) for s in skus if s["active"]]
    context = {
        "product": row,
        "title": in_language(row, "title"),
        "supplier_name": in_language(row.supplier, "name"),
        "state_pill": state_pill(row.state),
        "supplier_pill": state_pill(row.supplier.state),
        "pictures": [(media_url(p["media_id"], 800), p["alt"], srcset(p["media_id"])) for p in page["pictures"]],
        "skus": [(variant_words(sku), sku) for sku in skus],
        "said": attribute_rows(product_id),
        "not_sold_in": said("excluded_channels", row.excluded_channels),
        "not_sent_to": said("excluded_regions", row.excluded_regions),
        "check_due": is_check_due(row.state, row.check_due_at, request.now),
        "faults": fault_words(faults_of_product(row, bands, items, local_day(request.now))),
        "form": form,
        "category_form": CategoryForm(initial={"category": row.category_id}) if row.state == "screening" else None,
        "recalls": list_recalls(product_id=product_id),
        **screened(request, product_id, items),
    }
    return render(request, "operator/product.html", context, status=422 if form.errors else 200)
