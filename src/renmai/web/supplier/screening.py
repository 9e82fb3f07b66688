"""Where the company and its goods stand in screening: each point, what to do next, all decisions, who read the documents."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.products.queries import list_own_products
from renmai.goods.screening.queries import checklist_of, list_decisions, needed_deposit_minor
from renmai.goods.suppliers.actions import resubmit_supplier
from renmai.goods.suppliers.models import Supplier
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.problems import NotFound
from renmai.web.desks.checklists import (
    DocumentForm,
    document_form,
    findings_shown,
    points_of,
    readings_of,
    took_document,
)
from renmai.web.desks.desk import open_desk, show
from renmai.web.doors import Request, attempt, door

PRODUCTS_SHOWN = 24
HERE = "/supplier/screening"


@door("supplier", "GET", "POST")
def screening(request: Request) -> HttpResponse:
    """Show the checklist of the company; POST hands a document in (`which` point), or the application again (resubmit)."""
    desk = open_desk(request, "supplier")
    bound = document_form(request)
    if request.method == "POST" and _done(request, desk.id, bound):
        return HttpResponseRedirect(HERE)
    row = access_supplier(request.actor, desk.id)
    items = checklist_of(request.actor, desk.id, now=request.now)
    needed = needed_deposit_minor(desk.id)
    context = {
        "supplier": row,
        "points": points_of(items, bound, forms_too=True),
        "next": _next(row, [item.state for item in items if item.requirement.required], needed),
        "needed_minor": needed,
        "rejected": list_own_products(request.actor, desk.id, state="rejected", limit=PRODUCTS_SHOWN),
        "waiting": list_own_products(request.actor, desk.id, state="screening", limit=PRODUCTS_SHOWN),
        "decisions": [(each, findings_shown(each)) for each in list_decisions(request.actor, desk.id)],
        "readings": readings_of(request.actor, desk.id),
    }
    return show(request, "supplier/screening.html", desk, context, 422 if request.method == "POST" else 200)


def _next(row: Supplier, states: list[str], needed_minor: int) -> str:
    """Return what to do next: papers, deposit, resubmit, wait, or nothing."""
    if any(state != "shown" for state in states):
        return "papers"
    if row.deposit_minor < needed_minor:
        return "deposit"
    return {"rejected": "resubmit", "applied": "wait", "suspended": "wait"}.get(row.state, "")


def _done(request: Request, supplier_id: UUID, bound: tuple[str, DocumentForm] | None) -> bool:
    if request.POST.get("which") == "resubmit":
        return attempt(
            request,
            _("Your application was handed in again."),
            lambda: resubmit_supplier(actor=request.actor, now=request.now, supplier_id=supplier_id),
        )
    if bound is None:
        raise NotFound()
    return took_document(request, bound)
