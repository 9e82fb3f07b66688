"""Earnings of a shop or a supplier: what is to come, the balance, the statement of a period, payouts."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.config import config
from renmai.kit.problems import DomainError
from renmai.money.payouts.actions import request_payout, retry_payout
from renmai.money.payouts.models import Payout
from renmai.money.payouts.queries import list_payouts
from renmai.money.payouts.rules import purse_of
from renmai.money.statements.paper import PdfTooLong
from renmai.people.standing.queries import term_in_force
from renmai.trade.reports.earnings import earnings_by_day, read_earnings
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import MoneyField, sent
from renmai.web.desks.statements import csv_file, pdf_file, statement_context
from renmai.web.doors import Request, problem_text, uuid_or_404
from renmai.web.ui.charts import bar
from renmai.web.ui.formats import format_money

PAYOUTS_SHOWN = 20
CHART_DAYS = 14


class PayoutForm(forms.Form):
    """How much to hand out."""

    amount = MoneyField(label=gettext_lazy("Amount"))


def earnings_page(request: Request, role: str) -> HttpResponse:
    """Show the earnings; POST asks for a payout (`which` payout) or for a failed one again (`which` retry)."""
    desk = open_desk(request, role)
    form = PayoutForm(request.POST if request.POST.get("which") == "payout" else None)
    if request.method == "POST" and _posted(request, desk, form):
        return HttpResponseRedirect(f"{desk.root}/earnings?{desk.parameter}={desk.id}#payouts")
    context = {
        "earnings": read_earnings(request.actor, role, desk.id),
        "form": form,
        "owns": request.actor.has(*purse_of(desk.account)),
        "chart": _chart(request, desk),
        "payouts": list_payouts(request.actor, desk.account, limit=PAYOUTS_SHOWN),
        "least_minor": term_in_force("payout_least_minor", desk.id),
        **statement_context(request, desk.account, f"{desk.root}/earnings", {desk.parameter: str(desk.id)}),
    }
    return show(request, "web/desks/earnings.html", desk, context, 422 if request.method == "POST" else 200)


def _chart(request: Request, desk: Desk) -> SafeString | None:
    days = earnings_by_day(request.actor, desk.role, desk.id, now=request.now, days=CHART_DAYS)
    if not any(amount for _day, amount in days):
        return None
    labels = [f"{day.month}/{day.day}" for day, _amount in days]
    currency = config().currency
    return bar(
        _("Earned by day of payment"), labels, [a for _d, a in days], lambda value: format_money(value, currency)
    )


def _posted(request: Request, desk: Desk, form: PayoutForm) -> bool:
    if request.POST.get("which") == "retry":
        return _retry(request, uuid_or_404(request.POST.get("payout")))
    done = sent(form, lambda: _ask(request, desk, form.cleaned_data["amount"]))
    if done:
        messages.success(request, _("Asked for. We tell you here how it goes on."))
    return done


def _ask(request: Request, desk: Desk, amount_minor: int) -> Payout:
    """Ask once per form key."""
    key = request.POST.get("key", "")
    return request_payout(actor=request.actor, now=request.now, payee=desk.account, amount_minor=amount_minor, key=key)


def _retry(request: Request, payout_id: UUID) -> bool:
    """Ask for a failed payout again; again is refused by its state."""
    try:
        retry_payout(actor=request.actor, now=request.now, payout_id=payout_id)
        messages.success(request, _("Asked for again."))
    except DomainError as refusal:
        messages.error(request, problem_text(refusal))
    return True


def statement_file(request: Request, role: str) -> HttpResponseBase:
    """Download the statement of a period as CSV."""
    return csv_file(request, open_desk(request, role).account)


def statement_paper(request: Request, role: str) -> HttpResponseBase:
    """Download the statement of a period as PDF; where it is too long for one, say so on the page."""
    desk = open_desk(request, role)
    try:
        return pdf_file(request, desk.account, desk.name)
    except PdfTooLong as refusal:
        messages.error(request, problem_text(refusal))
        return HttpResponseRedirect(f"{desk.root}/earnings?{request.GET.urlencode()}")
