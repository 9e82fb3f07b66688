"""Payees that owe: the list, and writing off what will not come back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.money.ledger.queries import balance_of, balances_of
from renmai.money.ledger.rules import BAD_DEBT, account_owner, deposit_account
from renmai.money.payouts.debts import list_debts, write_off
from renmai.trade.reports.figures import owners_of
from renmai.web.desks.forms import MoneyField, sent
from renmai.web.doors import Request, door
from renmai.web.operator.shown import account_title, amount

FACTOR = "/me/factor?" + urlencode({"next": "/operator/debts"})


class WriteOffForm(forms.Form):
    """Whose debt, how much of it, and why it will not come back."""

    payee = forms.ChoiceField(label=gettext_lazy("Payee"))
    amount = MoneyField(label=gettext_lazy("Amount"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, choices: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payee"].choices = choices  # type: ignore[attr-defined]


@door("operator", "GET", "POST")
def debts(request: Request) -> HttpResponse:
    """List payees below zero; write off, with a second factor. Sent twice, it is done once."""
    rows = list_debts(request.actor)
    owners = owners_of(row.payee for row in rows)
    titles = {row.payee: account_title(row.payee, owners) for row in rows}
    form = WriteOffForm(list(titles.items()), request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not request.actor.confirmed:
            return HttpResponseRedirect(FACTOR)
        if sent(form, lambda: _write_off(request, form)):
            messages.success(request, _("Written off."))
            return HttpResponseRedirect("/operator/debts")
    context = {
        "offers": _offers([row.payee for row in rows], titles),
        "debts": [(titles[row.payee], f"/operator/ledger/{row.payee}", amount(row.owed_minor)) for row in rows],
        "lost": amount(-balance_of(BAD_DEBT)),
        "confirmed": request.actor.confirmed,
        "factor_href": FACTOR,
        "form": form,
    }
    return render(request, "operator/debts.html", context, status=422 if form.is_bound else 200)


def _offers(payees: list[str], titles: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return (who, where, how much) of the deposits that could cover what is owed: looked at before money is given up."""
    owners = {payee: account_owner(payee) for payee in payees}
    accounts = {
        deposit_account(owner): (payee, owner)
        for payee, (kind, owner) in owners.items()
        if kind == "supplier" and owner
    }
    held = balances_of(accounts) if accounts else {}
    return [
        (titles[payee], f"/operator/deposits/{owner}", amount(held[account]))
        for account, (payee, owner) in accounts.items()
        if held[account] > 0
    ]


def _write_off(request: Request, form: WriteOffForm) -> None:
    write_off(
        actor=request.actor,
        now=request.now,
        payee=form.cleaned_data["payee"],
        amount_minor=form.cleaned_data["amount"],
        reason=form.cleaned_data["reason"],
        key=request.POST.get("key"),
    )
