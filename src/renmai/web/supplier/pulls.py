"""Addresses that are fetched by themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.catalogue.pulls import add_pull, end_pull, pause_pull, resume_pull
from renmai.goods.catalogue.queries import access_pull, list_pulled, list_pulls
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.problems import NotFound
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, attempt, door, run_once
from renmai.web.faults import fault_text
from renmai.web.supplier.forms import PullForm

STEPS = {"pause": pause_pull, "resume": resume_pull, "end": end_pull}


@door("supplier", "GET", "POST")
def pulls(request: Request) -> HttpResponse:
    """Show the addresses that are fetched, and add one."""
    desk = open_desk(request, "supplier")
    form = PullForm(request.POST or None)
    if request.method == "POST" and sent(form, lambda: _add(request, desk.id, form.cleaned_data)):
        return HttpResponseRedirect("/supplier/pulls")
    context = {
        "form": form,
        "pulls": list_pulls(request.actor, desk.id),
        "supplier": access_supplier(request.actor, desk.id),
    }
    return show(request, "supplier/pulls.html", desk, context, 422 if form.is_bound else 200)


def _add(request: Request, supplier_id: UUID, values: dict[str, Any]) -> None:
    def do() -> None:
        add_pull(
            actor=request.actor, now=request.now, supplier_id=supplier_id, url=values["url"],
            every_hours=values["every_hours"], kind=values["kind"] or "products", supply_bps=values["supply"],
        )  # fmt: skip

    run_once(request, "pull.add", do)


@door("supplier", "GET", "POST")
def one(request: Request, pull_id: UUID) -> HttpResponse:
    """Show an address with its last runs; pause it, go on with it, end it."""
    pull = access_pull(request.actor, pull_id)
    if not request.actor.has("supplier", pull.supplier_id):
        raise NotFound()
    if request.method == "POST":
        step = STEPS.get(request.POST.get("what", ""))
        if step is None:
            raise NotFound()
        attempt(request, _("Saved."), lambda: run_once(
            request, "pull.step", lambda: step(actor=request.actor, now=request.now, pull_id=pull_id)
        ))  # fmt: skip
        return HttpResponseRedirect("/supplier/pulls" if step is end_pull else f"/supplier/pulls/{pull_id}")
    desk = Desk("supplier", pull.supplier_id, in_language(access_supplier(request.actor, pull.supplier_id), "name"))
    return show(
        request,
        "supplier/pull.html",
        desk,
        {"pull": pull, "why": fault_text(pull.fault, pull.error), "runs": list_pulled(request.actor, pull_id)},
    )
