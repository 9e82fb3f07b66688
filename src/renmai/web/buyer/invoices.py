"""A buyer's invoice over an order; and the file of an invoice, for whoever asked for it."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.money.payouts.withholding import masked
from renmai.money.statements.invoices import find_order_invoice, open_invoice
from renmai.trade.orders.queries import access_order
from renmai.trade.reports.invoices import changed_minor, request_order_invoice
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, door


class InvoiceForm(forms.Form):
    """To whom the invoice is made out."""

    title = forms.CharField(
        label=gettext_lazy("Made out to"), max_length=120, help_text=gettext_lazy("Your name, or your company's.")
    )
    tax_number = forms.CharField(label=gettext_lazy("Tax number"), max_length=40, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)


@door("person", "GET", "POST")
def order_invoice(request: Request, order_id: UUID) -> HttpResponse:
    """Show the invoice over one's own order, or the form that asks for it."""
    order = access_order(request.actor, order_id, "buyer").order
    form = InvoiceForm(request.POST if request.method == "POST" else None)
    if form.is_bound and sent(form, lambda: _ask(request, order_id, form.cleaned_data)):
        messages.success(request, _("Asked for. You find the invoice here once it is made."))
        return HttpResponseRedirect(f"/orders/{order_id}/invoice")
    row = find_order_invoice(request.actor, order_id)
    changed = changed_minor([row]).get(row.id, 0) if row else 0
    context = {
        "order": order,
        "left_minor": order.total_minor - order.refunded_minor,
        "invoice": row,
        "tax_number": masked(row.tax_number) if row else "",
        "changed_minor": changed,
        "form": form,
        "may_ask": order.paid_at is not None
        and order.total_minor > order.refunded_minor
        and (row is None or row.state == "refused"),
    }
    return render(request, "buyer/invoice.html", context, status=422 if form.errors else 200)


def _ask(request: Request, order_id: UUID, values: dict[str, str]) -> None:
    request_order_invoice(actor=request.actor, now=request.now, order_id=order_id, **values)


@door("person")
def invoice_file(request: Request, invoice_id: UUID) -> HttpResponseBase:
    """Download an issued invoice."""
    opened = open_invoice(request.actor, invoice_id)
    response = FileResponse(opened.content)
    for name, value in opened.headers.items():
        response[name] = value
    return response
