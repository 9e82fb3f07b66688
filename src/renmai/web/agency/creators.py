"""Creators of an agency: their contracts version by version, offers, and the end of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.problems import DomainError, NotFound
from renmai.people.agencies.actions import end_contract, propose_contract, withdraw_contract
from renmai.people.agencies.models import Contract
from renmai.people.agencies.queries import access_contract, list_contracts
from renmai.people.agencies.rules import SHARE_BPS_MAX, ShareOutOfRange
from renmai.places.shops.queries import access_shop
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import PercentField, sent
from renmai.web.desks.shares import EndForm, part_split, versions_of, with_shops
from renmai.web.doors import Request, attempt, door, run_once

ROWS = 100
BESIDE: dict[type[DomainError], str] = {ShareOutOfRange: "share"}


class OfferForm(forms.Form):
    """A contract for a shop, or a new version of it."""

    handle = forms.CharField(
        label=gettext_lazy("Shop"), max_length=40,
        help_text=gettext_lazy("The shop's address, such as @linwan."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip
    share = PercentField(
        label=gettext_lazy("Your share"), help_text=gettext_lazy("Of the creator's part of each sale.")
    )
    words = forms.CharField(
        label=gettext_lazy("What you agree on"), max_length=2000, required=False,
        help_text=gettext_lazy("What you do for it. Kept word for word with this version."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip

    def clean_handle(self) -> UUID:
        """Return the id of the open shop at this address."""
        try:
            return access_shop(self.cleaned_data["handle"].strip().lstrip("@")).id
        except NotFound:
            raise forms.ValidationError(_("There is no open shop with this address.")) from None


@door("agency", "GET", "POST")
def creators(request: Request) -> HttpResponse:
    """List shops under contract and offers; POST makes an offer."""
    desk = open_desk(request, "agency")
    form = OfferForm(request.POST or None)
    if request.method == "POST" and sent(form, lambda: _offer(request, desk.id, form.cleaned_data), BESIDE):
        messages.success(request, _("Offered. The creator reads it, and accepts or refuses."))
        return HttpResponseRedirect(f"/agency/creators?agency={desk.id}")
    rows = with_shops(list_contracts(request.actor, agency_id=desk.id, limit=ROWS))
    context = {
        "form": form,
        "active": [row for row in rows if row["contract"].state == "active"],
        "offers": [row for row in rows if row["contract"].state == "proposed"],
        "past": [row for row in rows if row["contract"].state not in {"active", "proposed"}],
    }
    return show(request, "agency/creators.html", desk, context, 422 if form.errors else 200)


def _offer(request: Request, agency_id: UUID, values: dict[str, Any]) -> None:
    run_once(request, "contract.propose", lambda: _propose(request, agency_id, values["handle"], values))


def _propose(request: Request, agency_id: UUID, shop_id: UUID, values: dict[str, Any]) -> None:
    propose_contract(
        actor=request.actor, now=request.now, agency_id=agency_id, shop_id=shop_id, share_bps=values["share"],
        words=values["words"],
    )  # fmt: skip


@door("agency", "GET", "POST")
def contract(request: Request, contract_id: UUID) -> HttpResponse:
    """Show one version with its neighbours; POST takes an offer back (`do` withdraw) or ends the contract (`do` end)."""
    found = access_contract(request.actor, contract_id)
    if not request.actor.has("agency", found.agency_id):
        raise NotFound()
    desk = open_desk(request, "agency")
    do = request.POST.get("do", "")
    form = EndForm(request.POST if do == "end" else None)
    if request.method == "POST":
        done = _withdrawn(request, found) if do == "withdraw" else _ended(request, found, form)
        if done:
            return HttpResponseRedirect(request.path)
        found = access_contract(request.actor, contract_id)
    rows = list_contracts(request.actor, agency_id=found.agency_id, shop_id=found.shop_id)
    context = {
        **with_shops([found])[0],
        "form": form,
        "split": part_split(agency_bps=found.share_bps, sharer_bps=0),
        "versions": versions_of(rows),
        "most_bps": SHARE_BPS_MAX,
    }
    return show(request, "agency/contract.html", desk, context, 422 if form.errors else 200)


def _withdrawn(request: Request, found: Contract) -> bool:
    attempt(
        request,
        _("Taken back."),
        lambda: withdraw_contract(actor=request.actor, now=request.now, contract_id=found.id),
    )
    return True


def _ended(request: Request, found: Contract, form: EndForm) -> bool:
    if request.POST.get("do") != "end":
        raise NotFound()
    if sent(form, lambda: _end(request, found.id, form)):
        messages.success(request, _("Ended. Orders placed before keep their split."))
        return True
    return False


def _end(request: Request, contract_id: UUID, form: EndForm) -> None:
    end_contract(actor=request.actor, now=request.now, contract_id=contract_id, reason=form.cleaned_data["reason"])
