"""Screening of suppliers: the queue, and one supplier with its evidence and decisions."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.products.queries import list_own_products
from renmai.goods.screening.actions import screen_supplier
from renmai.goods.screening.queries import list_decisions, list_evidence
from renmai.goods.screening.rules import supplier_faults
from renmai.goods.suppliers.models import Supplier
from renmai.goods.suppliers.queries import access_supplier, list_suppliers
from renmai.goods.suppliers.rules import STEPS
from renmai.kit.problems import DomainError
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import supplier_account
from renmai.trade.reports.figures import names_of
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.operator.forms import ReasonForm
from renmai.web.operator.shown import decision_moments, evidence_rows, tabs_of
from renmai.web.operator.words import blame_in_words, fault_words, state_pill
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
    """Show a supplier; take a verdict with its reason."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            run_once(request, "screen_supplier", lambda: _decide(request, supplier_id, form.cleaned_data["reason"]))
        except DomainError as refusal:
            blame_in_words(form, refusal)
        else:
            messages.success(request, _("Decided."))
            return HttpResponseRedirect(f"/operator/suppliers/{supplier_id}")
    return _page(request, supplier_id, form)


def _decide(request: Request, supplier_id: UUID, reason: str) -> None:
    verdict = request.POST.get("verdict", "")
    screen_supplier(actor=request.actor, now=request.now, supplier_id=supplier_id, verdict=verdict, reason=reason)


def _page(request: Request, supplier_id: UUID, form: ReasonForm) -> HttpResponse:
    row = access_supplier(request.actor, supplier_id)
    evidence = list_evidence(request.actor, supplier_id)
    decisions = list_decisions(request.actor, supplier_id)
    names = names_of([*(item.by_id for item in evidence), *(decision.by_id for decision in decisions)])
    context = {
        "supplier": row,
        "name": in_language(row, "name"),
        "other_name": " ".join({row.name, row.name_zh} - {in_language(row, "name")}),
        "state_pill": state_pill(row.state),
        "evidence": evidence_rows(evidence, names),
        "moments": decision_moments(decisions, names),
        "products": list_own_products(request.actor, supplier_id, limit=12),
        "balance_minor": balance_of(supplier_account(supplier_id)),
        "account": supplier_account(supplier_id),
        "steps": sorted(STEPS[row.state] - {"applied"}),
        "faults": fault_words(supplier_faults("approved", len(evidence))),
        "form": form,
    }
    return render(request, "operator/supplier.html", context, status=422 if form.errors else 200)
