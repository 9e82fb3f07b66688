"""Requests for invoices: the queue, one of them, issuing it with number and file, refusing it with a reason."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.ids import short_number
from renmai.kit.media.actions import store_document
from renmai.kit.problems import NotFound
from renmai.money.payouts.withholding import masked
from renmai.money.statements.actions import issue_invoice, refuse_invoice
from renmai.money.statements.invoices import BUYER, access_invoice, list_invoice_queue
from renmai.money.statements.models import InvoiceRequest
from renmai.trade.reports.figures import names_of, owners_of
from renmai.trade.reports.invoices import changed_minor
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.operator.shown import account_link, account_title, amount, link, order_link, tabs_of
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import when

PAGE = 50
STATES = [
    ("requested", gettext_lazy("Waiting")),
    ("issued", gettext_lazy("Issued")),
    ("refused", gettext_lazy("Refused")),
]


class IssueForm(forms.Form):
    """Number and file of an invoice."""

    number = forms.CharField(label=gettext_lazy("Invoice number"), max_length=60)
    document = forms.FileField(label=gettext_lazy("Invoice as PDF"))


class RefuseForm(forms.Form):
    """Why there will be no invoice."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("Whoever asked for the invoice reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@door("operator")
def queue(request: Request) -> HttpResponse:
    """List requests of one state, newest first."""
    state = request.GET.get("state") or "requested"
    before = request.GET.get("cursor")
    found = list_invoice_queue(
        request.actor, state=state, before_id=uuid_or_404(before) if before else None, limit=PAGE + 1
    )
    rows = found[:PAGE]
    owners = owners_of(row.payee for row in rows)
    context = {
        "tabs": tabs_of("/operator/invoices", "state", STATES, state),
        "columns": [
            Column(_("Made out to")), Column(_("For what")), Column(_("Amount"), numeric=True), Column(_("Asked for")),
            Column(_("From")),
        ],
        "rows": [
            Row(
                [
                    row.title,
                    over(row),
                    amount(row.amount_minor, row.currency),
                    when(row.requested_at),
                    _("A buyer") if row.payee.startswith(BUYER) else account_title(row.payee, owners),
                ],
                f"/operator/invoices/{row.id}",
            )
            for row in rows
        ],
        "next_cursor": str(rows[-1].id) if len(found) > PAGE else None,
    }  # fmt: skip
    return render(request, "operator/invoices.html", context)


def over(row: InvoiceRequest) -> str:
    """Return what an invoice is over: an order by its number, or the fees of a month."""
    if row.order_id:
        return _("Order %(number)s") % {"number": short_number(row.order_id)}
    return _("Fees of %(month)s") % {"month": date_format(row.month or row.requested_at, "YEAR_MONTH_FORMAT")}


@door("operator", "GET", "POST")
def invoice(request: Request, invoice_id: UUID) -> HttpResponse:
    """Show one request; `decision` issue or refuse decides on it."""
    row = access_invoice(request.actor, invoice_id)
    decision = request.POST.get("decision", "")
    issue = IssueForm(*((request.POST, request.FILES) if decision == "issue" else ()))
    refuse = RefuseForm(request.POST if decision == "refuse" else None)
    if request.method == "POST" and _decided(request, invoice_id, decision, issue, refuse):
        messages.success(request, _("Decided."))
        return HttpResponseRedirect(f"/operator/invoices/{invoice_id}")
    owners, names = owners_of([row.payee]), names_of([row.requested_by_id, row.ended_by_id])
    here = f"/operator/invoices/{row.id}"
    context = {
        "invoice": row,
        "over": order_link(row.order_id) if row.order_id else over(row),
        "payee": _payee(row, owners),
        "asked_by": names.get(row.requested_by_id, "-"),
        "ended_by": names.get(row.ended_by_id, "-") if row.ended_by_id else "",
        "tax_number": row.tax_number if request.actor.confirmed else masked(row.tax_number),
        "confirmed": request.actor.confirmed,
        "factor_href": "/me/factor?" + urlencode({"next": here}),
        "changed_minor": changed_minor([row]).get(row.id, 0),
        "issue": issue,
        "refuse": refuse,
    }
    return render(request, "operator/invoice.html", context, status=422 if request.method == "POST" else 200)


def _payee(row: InvoiceRequest, owners: Any) -> SafeString | str:
    return link("/operator/orders", _("A buyer")) if row.payee.startswith(BUYER) else account_link(row.payee, owners)


def _decided(request: Request, invoice_id: UUID, decision: str, issue: IssueForm, refuse: RefuseForm) -> bool:
    if decision == "issue":
        return sent(issue, lambda: _issue(request, invoice_id, issue.cleaned_data))
    if decision != "refuse":
        raise NotFound()
    return sent(
        refuse,
        lambda: refuse_invoice(
            actor=request.actor, now=request.now, request_id=invoice_id, reason=refuse.cleaned_data["reason"]
        ),
    )


def _issue(request: Request, invoice_id: UUID, values: dict[str, Any]) -> None:
    """Store the file and give it to the request; the same again is the same."""
    document = values["document"]
    media = store_document(data=document.read(), name=document.name, actor=request.actor, now=request.now)
    issue_invoice(
        actor=request.actor, now=request.now, request_id=invoice_id, number=values["number"], media_id=media.id
    )
