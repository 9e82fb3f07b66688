"""The deposit: what lies there, what is needed, its history; pay in from earnings, ask for it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.problems import NotFound
from renmai.money.deposits.actions import ask_return, pay_in_from_earnings, withdraw_return
from renmai.money.deposits.queries import access_deposit, list_entries, list_returns
from renmai.web.desks.deposits import entry_rows, open_words
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import MoneyField, sent
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404

ANSWERS_SHOWN = 5


class AmountForm(forms.Form):
    """How much."""

    amount = MoneyField(label=gettext_lazy("Amount"))


@door("supplier", "GET", "POST")
def deposit(request: Request) -> HttpResponse:
    """Show the deposit; POST pays in from earnings (`which` pay), asks for it back (ask), or takes that back (withdraw)."""
    desk = open_desk(request, "supplier")
    which = request.POST.get("which", "")
    bound = {name: AmountForm(request.POST if which == name else None, auto_id=f"{name}_%s") for name in ("pay", "ask")}
    if request.method == "POST" and _done(request, desk.id, which, bound):
        return HttpResponseRedirect("/supplier/deposit")
    held = access_deposit(request.actor, desk.id)
    context = {
        "deposit": held,
        "open": open_words(held.open),
        "spare_minor": max(0, held.balance_minor - held.needed_minor),
        "entries": entry_rows(list_entries(request.actor, desk.id)),
        "answers": [
            row for row in list_returns(request.actor, desk.id, limit=ANSWERS_SHOWN) if row.state != "requested"
        ],
        "forms": bound,
    }
    return show(request, "supplier/deposit.html", desk, context, 422 if request.method == "POST" else 200)


def _done(request: Request, supplier_id: UUID, which: str, bound: dict[str, AmountForm]) -> bool:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if which == "withdraw":
        return_id = uuid_or_404(request.POST.get("return"))
        return attempt(request, _("Taken back."), lambda: withdraw_return(**who, return_id=return_id))
    if which not in bound:
        raise NotFound()
    form = bound[which]

    def do() -> None:
        mine = who | {"supplier_id": supplier_id, "amount_minor": form.cleaned_data["amount"]}
        if which == "pay":
            pay_in_from_earnings(**mine, key=request.POST.get("key"))
        else:
            run_once(request, "deposit.ask", lambda: ask_return(**mine))

    done = sent(form, do)
    if done:
        messages.success(request, _("Set aside as your deposit.") if which == "pay" else _("Asked for."))
    return done
