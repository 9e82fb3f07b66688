"""Screening of brands: the queue, and one brand with its story, its documents, its chain and the decisions on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.brands.models import Brand
from renmai.goods.brands.queries import access_own_brand, chain_of, list_brands_to_screen
from renmai.goods.brands.rules import STEPS, VERDICTS
from renmai.goods.screening.brand_actions import list_brand_faults, screen_brand
from renmai.goods.screening.queries import checklist_of
from renmai.kit.clock import local_day
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.web.desks.brands import chain_rows, fault_sentences
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.operator.forms import ReasonForm
from renmai.web.operator.screening import decided, screened
from renmai.web.operator.shown import tabs_of, two_lines
from renmai.web.operator.words import state_pill
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import when

ROWS = 24
STATES = [
    ("applied", gettext_lazy("To screen")),
    ("approved", gettext_lazy("Approved")),
    ("suspended", gettext_lazy("Suspended")),
    ("rejected", gettext_lazy("Rejected")),
    ("", gettext_lazy("All")),
]


@door("operator")
def queue(request: Request) -> HttpResponse:
    """List brands of one state, those that wait for screening first."""
    state = request.GET.get("state", "applied")
    parts = parts_of(request.GET.get("cursor"), 1)
    after = uuid_or_404(parts[0]) if parts else None
    found = list_brands_to_screen(request.actor, state=state or None, after=after, limit=ROWS + 1)
    page = page_of(found, ROWS, cursor_of(found[ROWS - 1].id) if len(found) > ROWS else None)
    context = {
        "tabs": tabs_of("/operator/brands", "state", STATES, state),
        "columns": [Column(_("Brand")), Column(_("Town")), Column(_("State")), Column(_("Made on"))],
        "rows": [_row(row) for row in page.items],
        "next_cursor": page.next_cursor,
    }
    return render(request, "operator/brands.html", context)


def _row(brand: Brand) -> Row:
    name = two_lines(in_language(brand, "name"), in_language(brand.supplier, "name"))
    place = ", ".join(part for part in (brand.town, brand.country) if part)
    return Row([name, place, state_pill(brand.state), when(brand.created_at)], f"/operator/brands/{brand.id}")


@door("operator", "GET", "POST")
def brand(request: Request, brand_id: UUID) -> HttpResponse:
    """Show a brand; take a verdict with its reason, and what it waives or refuses."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and decided(request, brand_id, form, _verdict(request, brand_id)):
        return HttpResponseRedirect(request.path)
    return _page(request, brand_id, form)


def _verdict(request: Request, brand_id: UUID) -> Callable[[str, str, dict[UUID, str]], Any]:
    def decide(verdict: str, reason: str, remarks: dict[UUID, str]) -> Any:
        who: dict[str, Any] = {"actor": request.actor, "now": request.now, "brand_id": brand_id}
        return screen_brand(**who, verdict=verdict, reason=reason, remarks=remarks)

    return decide


def _page(request: Request, brand_id: UUID, form: ReasonForm) -> HttpResponse:
    row = access_own_brand(request.actor, brand_id)
    context = {
        "brand": row,
        "name": in_language(row, "name"),
        "supplier": in_language(row.supplier, "name"),
        "state_pill": state_pill(row.state),
        "proofs": row.proofs.order_by("id"),
        "chain": chain_rows(chain_of(row.id, row.supplier_id)),
        "steps": sorted(STEPS[row.state] & VERDICTS),
        "faults": fault_sentences(list_brand_faults(row, today=local_day(request.now))),
        "form": form,
        **screened(request, brand_id, checklist_of(request.actor, brand_id, now=request.now)),
    }
    return render(request, "operator/brand.html", context, status=422 if form.errors else 200)
