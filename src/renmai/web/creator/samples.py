"""Samples a shop asks for: the request, the list, and one until it is done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.products.queries import access_product, list_skus
from renmai.goods.samples.actions import (
    BadDeliverable,
    deliver_sample,
    request_sample,
    sign_sample,
    withdraw_sample,
)
from renmai.goods.samples.queries import access_sample, address_shown, find_open_sample, list_shop_samples
from renmai.goods.samples.rules import next_state
from renmai.kit.access import Grant, require_any
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Address
from renmai.people.accounts.queries import list_addresses
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.samples import LinkForm, RequestForm, moments_of, rows_of
from renmai.web.desks.words import variant_words
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404

ROWS = 24
STEPS = {"withdraw": withdraw_sample, "sign": sign_sample}


@door("creator")
def samples(request: Request) -> HttpResponse:
    """List the shop's samples, newest first."""
    desk = open_desk(request, "creator")
    parts = parts_of(request.GET.get("cursor"), 1)
    rows = list_shop_samples(request.actor, desk.id, after=uuid_or_404(parts[0]) if parts else None, limit=ROWS + 1)
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].id) if len(rows) > ROWS else None)
    context = {"rows": rows_of(page.items, "/creator/samples"), "next_cursor": page.next_cursor}
    return show(request, "creator/samples.html", desk, context)


@door("creator", "GET", "POST")
def new(request: Request, product_id: UUID) -> HttpResponse:
    """Ask for a sample of a product of the pool."""
    desk = open_desk(request, "creator")
    product = access_product(request.actor, product_id)
    waiting = find_open_sample(request.actor, desk.id, product_id)
    addresses = list_addresses(request.actor)
    form = RequestForm(
        request.POST or None,
        skus=[(str(sku["id"]), variant_words(sku)) for sku in list_skus(product_id)],
        addresses=[(str(row.id), _one_line(row)) for row in addresses],
    )
    if request.method == "POST" and sent(form, lambda: _ask(request, desk, product_id, form)):
        messages.success(request, _("Asked. The supplier answers; you are told."))
        return HttpResponseRedirect("/creator/samples")
    context = {"product": product, "form": form, "addresses": addresses, "waiting": waiting}
    return show(request, "creator/sample_new.html", desk, context, 422 if form.is_bound else 200)


def _one_line(address: Address) -> str:
    return f"{address.recipient}, {address.street}, {address.city}, {address.region}"


def _ask(request: Request, desk: Desk, product_id: UUID, form: RequestForm) -> None:
    values = form.cleaned_data
    asked: dict[str, Any] = {
        "shop_id": desk.id, "product_id": product_id, "words": values["words"],
        "sku_id": uuid_or_404(values["sku"]), "address_id": uuid_or_404(values["address"]),
    }  # fmt: skip
    run_once(request, "sample.request", lambda: request_sample(actor=request.actor, now=request.now, **asked))


@door("creator", "GET", "POST")
def one(request: Request, sample_id: UUID) -> HttpResponse:
    """Show a sample; POST withdraws it, signs for it, or hands the work in (by `do`)."""
    sample = access_sample(request.actor, sample_id)
    require_any(request.actor, (Grant("creator", sample.shop_id),))
    form = LinkForm(request.POST if request.POST.get("do") == "deliver" else None)
    if request.method == "POST" and _done(request, sample_id, form):
        return HttpResponseRedirect(request.path)
    desk = open_desk(request, "creator")
    if desk.id != sample.shop_id:
        desk = Desk("creator", sample.shop_id, desk.name)
    context = {
        "sample": sample, "address": address_shown(request.actor, sample), "moments": moments_of(sample), "form": form,
        "can": {event for event in ("withdraw", "sign", "deliver") if next_state(sample.state, event)},
    }  # fmt: skip
    return show(request, "creator/sample.html", desk, context, 422 if form.is_bound else 200)


def _done(request: Request, sample_id: UUID, form: LinkForm) -> bool:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "sample_id": sample_id}
    if form.is_bound:
        done = sent(form, lambda: deliver_sample(**who, url=form.cleaned_data["url"]), {BadDeliverable: "url"})
        if done:
            messages.success(request, _("Handed in. Thank you."))
        return done
    step = STEPS.get(request.POST.get("do", ""))
    if step is None:
        raise NotFound()
    attempt(request, _("Saved."), lambda: step(**who))
    return True
