"""Samples that creators ask a supplier for: the queue, and one to agree to, refuse or ship."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.samples.actions import approve_sample, reject_sample, ship_sample
from renmai.goods.samples.queries import (
    access_sample,
    address_shown,
    count_supplier_samples,
    list_supplier_samples,
)
from renmai.goods.samples.rules import next_state
from renmai.kit.access import Grant, require_any
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.web.desks.case_forms import CARRIERS
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.samples import RejectForm, ShipForm, moments_of, rows_of, shops_of
from renmai.web.desks.words import in_language, variant_words
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.ui.components import Tab

ROWS = 24
VIEWS = {
    "": ("requested",),
    "ship": ("approved",),
    "way": ("shipped", "signed"),
    "done": ("done",),
    "off": ("rejected", "withdrawn"),
}


@door("supplier")
def samples(request: Request) -> HttpResponse:
    """List the samples of one stage, those that wait for an answer first."""
    desk = open_desk(request, "supplier")
    view = request.GET.get("view", "")
    view = view if view in VIEWS else ""
    parts = parts_of(request.GET.get("cursor"), 1)
    after = uuid_or_404(parts[0]) if parts else None
    rows = list_supplier_samples(request.actor, desk.id, states=VIEWS[view], after=after, limit=ROWS + 1)
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].id) if len(rows) > ROWS else None)
    tabs = _tabs(count_supplier_samples(request.actor, desk.id), view)
    context = {"rows": rows_of(page.items, "/supplier/samples"), "next_cursor": page.next_cursor, "tabs": tabs}
    return show(request, "supplier/samples.html", desk, context)


def _tabs(counts: dict[str, int], view: str) -> list[Tab]:
    labels = {
        "": _("To answer"), "ship": _("To ship"), "way": _("With creators"), "done": _("Done"), "off": _("Came to nothing"),
    }  # fmt: skip
    return [
        Tab(labels[name], f"/supplier/samples?view={name}" if name else "/supplier/samples", name == view,
            sum(counts.get(state, 0) for state in states))
        for name, states in VIEWS.items()
    ]  # fmt: skip


@door("supplier", "GET", "POST")
def one(request: Request, sample_id: UUID) -> HttpResponse:
    """Show a sample; POST agrees, refuses or ships (by `do`)."""
    sample = access_sample(request.actor, sample_id)
    require_any(request.actor, (Grant("supplier", sample.supplier_id),))
    do = request.POST.get("do", "")
    bound: dict[str, forms.Form] = {
        "reject": RejectForm(request.POST if do == "reject" else None),
        "ship": ShipForm(request.POST if do == "ship" else None),
    }
    if request.method == "POST" and _done(request, sample_id, do, bound.get(do)):
        return HttpResponseRedirect(request.path)
    context = {
        "sample": sample, "shop": shops_of([sample]).get(sample.shop_id), "moments": moments_of(sample), "forms": bound,
        "address": address_shown(request.actor, sample), "carriers": CARRIERS,
        "options": variant_words({"options": sample.sku.options, "options_zh": sample.sku.options_zh}),
        "can": {event for event in ("approve", "reject", "ship") if next_state(sample.state, event)},
    }  # fmt: skip
    desk = Desk("supplier", sample.supplier_id, in_language(sample.supplier, "name"))
    return show(request, "supplier/sample.html", desk, context, 422 if request.method == "POST" else 200)


def _done(request: Request, sample_id: UUID, do: str, form: forms.Form | None) -> bool:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "sample_id": sample_id}
    if do == "approve":
        agreed = _("Agreed. One unit is counted out of stock; now send it.")
        return attempt(request, agreed, lambda: run_once(request, "sample.approve", lambda: approve_sample(**who)))
    if form is None:
        raise NotFound()
    step: Callable[..., Any] = reject_sample if do == "reject" else ship_sample
    done = sent(form, lambda: step(**who, **form.cleaned_data))
    if done:
        messages.success(request, _("Saved."))
    return done
