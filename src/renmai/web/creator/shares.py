"""What a creator gives of the own part: to an agency by contract, to who shares by terms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.problems import NotFound
from renmai.people.agencies.actions import end_contract, refuse_contract
from renmai.people.agencies.models import Contract
from renmai.people.agencies.queries import access_contract, contract_in_force, list_contracts
from renmai.people.standing.queries import term_in_force
from renmai.people.standing.rules import TERMS
from renmai.trade.referrals.actions import RULE_TERMS, accept_offer, set_share_rule, set_share_terms
from renmai.trade.referrals.queries import access_share_terms, share_rule_of
from renmai.trade.referrals.queries import sharer_bps as sharer_bps_of
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import PercentField, sent
from renmai.web.desks.shares import EndForm, part_split, versions_of
from renmai.web.doors import Request, attempt, door

ROWS = 100


def _days(term: str, label: Any) -> forms.IntegerField:
    """Return a field for a number of days within the limits of its term; empty leaves it as it is."""
    limits = TERMS[term]
    return forms.IntegerField(label=label, required=False, min_value=limits.least, max_value=limits.most)


class SharingForm(forms.Form):
    """What who shares gets, and when somebody counts as having shared."""

    share = PercentField(
        label=gettext_lazy("For who shares"),
        help_text=gettext_lazy("Of your part of each sale through their link. 0 is nothing; it holds for new orders."),
    )
    product_days = _days("share_product_days", gettext_lazy("After a link to a thing"))
    product_order_days = _days("share_product_order_days", gettext_lazy("After each order that such a link brought"))
    content_days = _days("share_content_days", gettext_lazy("After a link to you or a post"))
    content_order_days = _days("share_content_order_days", gettext_lazy("After each order that one of those brought"))
    binding = forms.ChoiceField(
        label=gettext_lazy("Who counts when somebody followed several links"),
        required=False,
        choices=[
            ("0", gettext_lazy("The last link followed")),
            ("1", gettext_lazy("Who brought the customer first, for a time")),
        ],
        widget=forms.RadioSelect,
    )
    binding_days = _days("share_binding_days", gettext_lazy("A customer stays with who brought them"))
    own = forms.ChoiceField(
        label=gettext_lazy("Own orders through an own link"),
        required=False,
        choices=[("0", gettext_lazy("Pay nothing")), ("1", gettext_lazy("Pay the same share"))],
        widget=forms.RadioSelect,
    )


@door("creator", "GET", "POST")
def sharing(request: Request) -> HttpResponse:
    """Show what sharers get, with an example; POST changes it."""
    desk = open_desk(request, "creator")
    terms, contract = access_share_terms(request.actor, desk.id), contract_in_force(desk.id)
    now_bps, rule = terms.sharer_bps if terms else 0, share_rule_of(desk.id)
    form = SharingForm(request.POST or None, initial={"share": now_bps, **_windows(desk.id)})
    if request.method == "POST" and sent(form, lambda: _set(request, desk.id, form), None):
        messages.success(request, _("It holds for orders placed from now on."))
        return HttpResponseRedirect(f"/creator/sharing?shop={desk.id}")
    context = {
        "form": form,
        "terms": terms,
        "contract": contract,
        "rule": rule,
        "owns": request.actor.has("owner", desk.id),
        "split": part_split(agency_bps=contract.share_bps if contract else 0, sharer_bps=now_bps),
    }
    return show(request, "creator/sharing.html", desk, context, 422 if form.errors else 200)


def _windows(shop_id: UUID) -> dict[str, int]:
    """Return what is in force for the shop, as the form shows it."""
    return {term.removeprefix("share_"): term_in_force(term, shop_id) for term in RULE_TERMS}


def _set(request: Request, shop_id: UUID, form: SharingForm) -> None:
    """Set both; what was not sent, or left empty, stays as it is."""
    sent_values = {f"share_{name}": form.cleaned_data.get(name) for name in _names()}
    changes = {term: int(value) for term, value in sent_values.items() if value not in (None, "")}
    with transaction.atomic():
        set_share_terms(actor=request.actor, now=request.now, shop_id=shop_id, sharer_bps=form.cleaned_data["share"])
        set_share_rule(actor=request.actor, now=request.now, shop_id=shop_id, changes=changes)


def _names() -> list[str]:
    return [term.removeprefix("share_") for term in RULE_TERMS]


@door("creator")
def agency(request: Request) -> HttpResponse:
    """Show the contract in force, offers that wait, and what was before."""
    desk = open_desk(request, "creator")
    rows = list_contracts(request.actor, shop_id=desk.id, limit=ROWS)
    context = {
        "active": next((row for row in rows if row.state == "active"), None),
        "offers": [row for row in rows if row.state == "proposed"],
        "past": [row for row in rows if row.state not in {"active", "proposed"}],
    }
    return show(request, "creator/agency.html", desk, context)


@door("creator", "GET", "POST")
def contract(request: Request, contract_id: UUID) -> HttpResponse:
    """Show one version, with what it costs; POST accepts, refuses or ends it (`do`)."""
    found = access_contract(request.actor, contract_id)
    if not request.actor.has("creator", found.shop_id):
        raise NotFound()
    desk = open_desk(request, "creator")
    form = EndForm(request.POST if request.POST.get("do") == "end" else None)
    if request.method == "POST" and _done(request, found, form):
        return HttpResponseRedirect(request.path)
    found = access_contract(request.actor, contract_id)
    rows = list_contracts(request.actor, agency_id=None, shop_id=found.shop_id, limit=ROWS)
    context = {
        "contract": found,
        "form": form,
        "owns": request.actor.has("owner", desk.id),
        "split": part_split(agency_bps=found.share_bps, sharer_bps=sharer_bps_of(found.shop_id)),
        "versions": versions_of([row for row in rows if row.agency_id == found.agency_id]),
    }
    return show(request, "creator/contract.html", desk, context, 422 if form.errors else 200)


def _done(request: Request, found: Contract, form: EndForm) -> bool:
    """Do what was asked; False leaves the refusal in the form."""
    who = {"actor": request.actor, "now": request.now}
    do = request.POST.get("do")
    if do == "accept":
        attempt(request, _("Accepted. It holds for orders placed from now on."), lambda: accept_offer(**who, contract_id=found.id))  # type: ignore[arg-type]  # fmt: skip
        return True
    if do == "refuse":
        attempt(request, _("Refused."), lambda: refuse_contract(**who, contract_id=found.id))  # type: ignore[arg-type]
        return True
    if do != "end":
        raise NotFound()
    if sent(form, lambda: end_contract(actor=request.actor, now=request.now, contract_id=found.id, reason=form.cleaned_data["reason"])):  # fmt: skip
        messages.success(request, _("Ended. Your shop and your picks stay yours; earlier orders keep their split."))
        return True
    return False
