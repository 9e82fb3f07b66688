"""Screening of products: the queue, and one product with pictures, texts, price bands and decisions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.products.queries import access_own_product, list_screening_queue, read_product_page
from renmai.goods.recalls.queries import list_recalls
from renmai.goods.screening.actions import screen_product
from renmai.goods.screening.queries import list_decisions, list_evidence
from renmai.goods.screening.rules import product_faults
from renmai.kit.media.rules import media_url
from renmai.kit.problems import DomainError
from renmai.trade.reports.figures import names_of
from renmai.web.desks.attributes import attribute_rows
from renmai.web.desks.changes import changes_page, said
from renmai.web.desks.words import in_language, variant_words
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.operator.forms import ReasonForm
from renmai.web.operator.shown import PICTURE_PX, amount, decision_moments, evidence_rows, tabs_of
from renmai.web.operator.words import blame_in_words, fault_words, state_pill
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
    """Show a product; take a verdict with its reason."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            run_once(request, "screen_product", lambda: _decide(request, product_id, form.cleaned_data["reason"]))
        except DomainError as refusal:
            blame_in_words(form, refusal)
        else:
            messages.success(request, _("Decided."))
            return HttpResponseRedirect(f"/operator/products/{product_id}")
    return _page(request, product_id, form)


def _decide(request: Request, product_id: UUID, reason: str) -> None:
    verdict = request.POST.get("verdict", "")
    screen_product(actor=request.actor, now=request.now, product_id=product_id, verdict=verdict, reason=reason)


@door("operator")
def history(request: Request, product_id: UUID) -> HttpResponse:
    """Show who changed what of a product, newest first."""
    row = access_own_product(request.actor, product_id)
    context = {"product": row, "title": in_language(row, "title"), **changes_page(request, row)}
    return render(request, "operator/product_history.html", context)


def _page(request: Request, product_id: UUID, form: ReasonForm) -> HttpResponse:
    page = read_product_page(request.actor, product_id)
    row, skus = page["product"], page["skus"]
    evidence = list_evidence(request.actor, product_id)
    decisions = list_decisions(request.actor, product_id)
    names = names_of([*(item.by_id for item in evidence), *(decision.by_id for decision in decisions)])
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
        "evidence": evidence_rows(evidence, names),
        "moments": decision_moments(decisions, names),
        "faults": fault_words(product_faults(row.supplier.state, bands, row.category.cap_multiple_bps)),
        "form": form,
        "recalls": list_recalls(product_id=product_id),
    }
    return render(request, "operator/product.html", context, status=422 if form.errors else 200)
