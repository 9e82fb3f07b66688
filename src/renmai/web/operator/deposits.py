"""Deposits of suppliers: who has, needs or asks for how much; one with its history, payments, deductions and requests."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.problems import NotFound
from renmai.money.deposits.actions import decide_return, deduct, pay_in
from renmai.money.deposits.queries import Deposit, Held, access_deposit, list_deposits, list_entries
from renmai.money.ledger.rules import deposit_account
from renmai.web.desks.deposits import entry_rows, open_words
from renmai.web.desks.forms import MoneyField, sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.operator.shown import amount
from renmai.web.operator.words import state_pill
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import pill

PER_PAGE = 50


class PayInForm(forms.Form):
    """What came to the house's bank account."""

    amount = MoneyField(label=gettext_lazy("Amount"))
    reference = forms.CharField(
        label=gettext_lazy("Bank's reference"),
        max_length=80,
        help_text=gettext_lazy("As on the bank statement: each counts once."),
    )


class DeductForm(forms.Form):
    """What is taken from a deposit, and why."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What for"),
        choices=[
            ("covered", gettext_lazy("To cover what the supplier owes")),
            ("forfeited", gettext_lazy("To the platform")),
        ],
    )
    amount = MoneyField(label=gettext_lazy("Amount"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("The supplier reads it, word for word."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(forms.Form):
    """Why a request is refused; not needed where it is granted."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, required=False, help_text=gettext_lazy("Needed to refuse.")
    )


@door("operator")
def deposits(request: Request) -> HttpResponse:
    """List suppliers that have, need or ask for a deposit."""
    after = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    found = list_deposits(request.actor, after=after, limit=PER_PAGE + 1)
    context = {
        "columns": [
            Column(_("Supplier")), Column(_("State")), Column(_("In deposit"), numeric=True),
            Column(_("Needed"), numeric=True), Column(_("Asked back"), numeric=True),
        ],
        "rows": [_row(row) for row in found[:PER_PAGE]],
        "next_cursor": found[PER_PAGE - 1].supplier_id if len(found) > PER_PAGE else None,
    }  # fmt: skip
    return render(request, "operator/deposits.html", context)


def _row(row: Held) -> Row:
    short = row.balance_minor < row.needed_minor
    state = pill("", _("Too low"), "warn") if short else state_pill(row.state)
    asked = amount(row.asked_minor) if row.asked_minor else "-"
    cells = [in_language(row, "name"), state, amount(row.balance_minor), amount(row.needed_minor), asked]
    return Row(cells, f"/operator/deposits/{row.supplier_id}")


@door("operator", "GET", "POST")
def deposit(request: Request, supplier_id: UUID) -> HttpResponse:
    """Show one deposit; POST books a payment (`which` pay), a deduction (deduct) or answers a request (return, refuse)."""
    supplier = access_supplier(request.actor, supplier_id)
    held = access_deposit(request.actor, supplier_id)
    here = f"/operator/deposits/{supplier_id}"
    factor = "/me/factor?" + urlencode({"next": here})
    which = request.POST.get("which", "")
    bound = {name: form(request.POST if which in names else None) for name, form, names in FORMS}
    if request.method == "POST":
        if not request.actor.confirmed:
            return HttpResponseRedirect(factor)
        if _done(request, held, which, bound):
            messages.success(request, _("Booked."))
            return HttpResponseRedirect(here)
    context = {
        "supplier": supplier,
        "name": in_language(supplier, "name"),
        "deposit": held,
        "owes_minor": max(0, -held.payable_minor),
        "open": open_words(held.open),
        "entries": entry_rows(list_entries(request.actor, supplier_id)),
        "account": deposit_account(supplier_id),
        "confirmed": request.actor.confirmed,
        "factor_href": factor,
        "forms": bound,
    }
    return render(request, "operator/deposit.html", context, status=422 if request.method == "POST" else 200)


FORMS = (
    ("pay", PayInForm, {"pay"}),
    ("deduct", DeductForm, {"deduct"}),
    ("answer", AnswerForm, {"return", "refuse"}),
)


def _done(request: Request, held: Deposit, which: str, bound: dict[str, Any]) -> bool:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    mine = who | {"supplier_id": held.supplier_id, "key": request.POST.get("key")}
    if which == "pay":
        form = bound["pay"]
        return sent(
            form,
            lambda: pay_in(**mine, amount_minor=form.cleaned_data["amount"], reference=form.cleaned_data["reference"]),
        )
    if which == "deduct":
        form = bound["deduct"]
        return sent(
            form,
            lambda: deduct(
                **mine,
                kind=form.cleaned_data["kind"],
                amount_minor=form.cleaned_data["amount"],
                reason=form.cleaned_data["reason"],
            ),
        )
    form, asked = bound["answer"], held.asked
    if which not in {"return", "refuse"} or asked is None:
        raise NotFound()
    answer = lambda: decide_return(**who, return_id=asked.id, verdict=which, reason=form.cleaned_data["reason"])
    return sent(form, lambda: run_once(request, "deposit.answer", answer))
