"""Who stands behind an account, and the invoices over the platform's fees."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.money.payouts.models import PayeeDetails
from renmai.money.payouts.withholding import access_details, masked, set_details
from renmai.money.statements.actions import request_fee_invoice
from renmai.money.statements.invoices import list_invoices
from renmai.money.statements.models import InvoiceRequest
from renmai.money.statements.rules import month_of
from renmai.people.standing.queries import term_in_force
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.statements import today_of
from renmai.web.doors import Request, run_once

MONTHS_OFFERED = 12
INVOICES_SHOWN = 50


class DetailsForm(forms.Form):
    """Who stands behind the account."""

    kind = forms.ChoiceField(
        label=gettext_lazy("You are"),
        choices=[("person", gettext_lazy("A person")), ("company", gettext_lazy("A company"))],
    )
    legal_name = forms.CharField(label=gettext_lazy("Legal name"), max_length=120)
    tax_number = forms.CharField(label=gettext_lazy("Tax number"), max_length=40, required=False)
    address = forms.CharField(label=gettext_lazy("Address"), max_length=300, required=False)


class FeeInvoiceForm(forms.Form):
    """Which month, and to whom the invoice is made out."""

    month = forms.ChoiceField(label=gettext_lazy("Month"))
    title = forms.CharField(
        label=gettext_lazy("Made out to"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Empty: your legal name."),
    )

    def __init__(self, today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months, month = [], month_of(today)
        for _back in range(MONTHS_OFFERED):
            month = month_of(month.first - timedelta(days=1))
            months.append((month.first.isoformat(), date_format(month.first, "YEAR_MONTH_FORMAT")))
        self.fields["month"].choices = months  # type: ignore[attr-defined]


def papers_page(request: Request, role: str) -> HttpResponse:
    """Show details and invoices; POST sends a form by its name in `which` (details, invoice)."""
    desk = open_desk(request, role)
    which, known = request.POST.get("which", ""), access_details(request.actor, desk.account)
    details = DetailsForm(request.POST if which == "details" else None, initial=_initial(known))
    invoice = FeeInvoiceForm(today_of(request), request.POST if which == "invoice" else None)
    if which == "details" and known and known.tax_number and not request.POST.get("tax_number"):
        details = DetailsForm({**request.POST.dict(), "tax_number": known.tax_number})
    if request.method == "POST" and _done(request, desk, details, invoice):
        return HttpResponseRedirect(f"{desk.root}/papers?{desk.parameter}={desk.id}")
    context = {
        "details": known,
        "number_masked": masked(known.tax_number) if known else "",
        "details_form": details,
        "invoice_form": invoice,
        "invoices": list_invoices(request.actor, desk.account, limit=INVOICES_SHOWN),
        "withheld": bool(term_in_force("tax_withholding", desk.id)),
    }
    return show(request, "web/desks/papers.html", desk, context, 422 if request.method == "POST" else 200)


def _initial(known: PayeeDetails | None) -> dict[str, str]:
    """Return what the form shows at first; the number of the tax office is never shown again."""
    names = ("kind", "legal_name", "address")
    return {name: getattr(known, name) for name in names} if known else {}


def _done(request: Request, desk: Desk, details: DetailsForm, invoice: FeeInvoiceForm) -> bool:
    if details.is_bound:
        done = sent(details, lambda: _set(request, desk, details.cleaned_data))
        text = _("Saved.")
    else:
        done = sent(invoice, lambda: _ask(request, desk, invoice.cleaned_data))
        text = _("Asked for. You find the invoice here once it is made.")
    if done:
        messages.success(request, text)
    return done


def _set(request: Request, desk: Desk, values: dict[str, str]) -> None:
    run_once(
        request,
        "payee.details",
        lambda: set_details(actor=request.actor, now=request.now, payee=desk.account, **values),
    )


def _ask(request: Request, desk: Desk, values: dict[str, str]) -> InvoiceRequest:
    """Ask; the same month again is the same request."""
    month = date.fromisoformat(values["month"])
    return request_fee_invoice(
        actor=request.actor, now=request.now, payee=desk.account, month=month, title=values["title"]
    )
