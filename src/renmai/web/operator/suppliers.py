"""Screening of suppliers: the queue, and one supplier with its evidence and decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.products.queries import list_own_products
from renmai.goods.screening.actions import screen_supplier
from renmai.goods.screening.deciding import faults_of_supplier
from renmai.goods.screening.queries import checklist_of, needed_deposit_minor
from renmai.goods.screening.rules import is_check_due
from renmai.goods.suppliers.models import Supplier
from renmai.goods.suppliers.queries import access_supplier, list_suppliers
from renmai.goods.suppliers.rules import STEPS
from renmai.money.ledger.queries import balances_of
from renmai.money.ledger.rules import supplier_account
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.operator.forms import ReasonForm
from renmai.web.operator.screening import decided, screened
from renmai.web.operator.shown import tabs_of
from renmai.web.operator.words import fault_words, state_pill
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import when

PER_PAGE = 24
STATES = [
    ("applied", gettext_lazy("To screen")),
    ("approved", gettext_lazy("Approved")),
    ("suspended", gettext_lazy("Suspended")),
    ("rejected", gettext_lazy("Rejected")),
    ("", gettext_lazy("All")),
]


@door("operator")
def queue(request: Request) -> HttpResponse:
    """List suppliers of one state, those that wait for screening first."""
    state = request.GET.get("state", "applied")
    after = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    found = list_suppliers(request.actor, state=state or None, after=after, limit=PER_PAGE + 1)
    context = {
        "tabs": tabs_of("/operator/suppliers", "state", STATES, state),
        "columns": [Column(_("Supplier")), Column(_("Town")), Column(_("State")), Column(_("Applied on"))],
        "rows": [_row(row) for row in found[:PER_PAGE]],
        "next_cursor": found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
    }
    return render(request, "operator/suppliers.html", context)


def _row(supplier: Supplier) -> Row:
    place = f"{supplier.town} {supplier.country}".strip()
    cells = [in_language(supplier, "name"), place, state_pill(supplier.state), when(supplier.created_at)]
    return Row(cells, f"/operator/suppliers/{supplier.id}")


@door("operator", "GET", "POST")
def supplier(request: Request, supplier_id: UUID) -> HttpResponse:
    """Show a supplier; take a verdict with its reason, what it waives or refuses, or the confirmation of a check."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and decided(request, supplier_id, form, _verdict(request, supplier_id)):
        return HttpResponseRedirect(f"/operator/suppliers/{supplier_id}")
    return _page(request, supplier_id, form)


def _verdict(request: Request, supplier_id: UUID) -> Callable[[str, str, dict[UUID, str]], Any]:
    def decide(verdict: str, reason: str, remarks: dict[UUID, str]) -> Any:
        return screen_supplier(
            actor=request.actor, now=request.now, supplier_id=supplier_id, verdict=verdict, reason=reason, remarks=remarks
        )  # fmt: skip

    return decide


def _page(request: Request, supplier_id: UUID, form: ReasonForm) -> HttpResponse:
    row = access_supplier(request.actor, supplier_id)
    items = checklist_of(request.actor, supplier_id, now=request.now)
    balances = balances_of([supplier_account(supplier_id)])
    context = {
        "supplier": row,
        "name": in_language(row, "name"),
        "other_name": " ".join({row.name, row.name_zh} - {in_language(row, "name")}),
        "state_pill": state_pill(row.state),
        "products": list_own_products(request.actor, supplier_id, limit=12),
        "balance_minor": balances[supplier_account(supplier_id)],
        "account": supplier_account(supplier_id),
        "needed_minor": needed_deposit_minor(supplier_id),
        "steps": sorted(STEPS[row.state] - {"applied"}),
        "check_due": is_check_due(row.state, row.check_due_at, request.now),
        "faults": fault_words(faults_of_supplier(row, items)),
        "form": form,
        **screened(request, supplier_id, items),
    }
    return render(request, "operator/supplier.html", context, status=422 if form.errors else 200)
