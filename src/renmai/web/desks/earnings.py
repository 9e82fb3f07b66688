"""Earnings of a shop or a supplier: what is to come, the balance, the statement of a period, payouts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.config import config
from renmai.kit.problems import DomainError
from renmai.money.ledger.queries import Statement, access_statement, statement_csv
from renmai.money.payouts.actions import request_payout, retry_payout
from renmai.money.payouts.models import Payout
from renmai.money.payouts.queries import list_payouts
from renmai.people.standing.queries import term_in_force
from renmai.trade.reports.earnings import earnings_by_day, read_earnings
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import MoneyField, sent
from renmai.web.doors import Request, problem_text, uuid_or_404
from renmai.web.ui.charts import bar
from renmai.web.ui.formats import format_money

ENTRIES_SHOWN = 100
PAYOUTS_SHOWN = 20
CHART_DAYS = 14
# Calendars end at 9999, and a period ends on the day after its last.
DAYS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))
KINDS = {
    "settle": gettext_lazy("Order settled"),
    "claw_back": gettext_lazy("Taken back by a refund"),
    "bear": gettext_lazy("Refund borne by one side"),
    "payout": gettext_lazy("Payout asked for"),
    "payout_back": gettext_lazy("Payout came back"),
    "payout_returned": gettext_lazy("Payout returned by the bank"),
    "bad_debt": gettext_lazy("Written off"),
}


class PayoutForm(forms.Form):
    """How much to hand out."""

    amount = MoneyField(label=gettext_lazy("Amount"))


class PeriodForm(forms.Form):
    """First and last day of a statement."""

    start = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=DAYS,
    )
    end = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=DAYS,
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        values = super().clean() or {}
        if values.get("start") and values.get("end") and values["end"] < values["start"]:
            self.add_error("end", _("The last day is before the first."))
        return values


@dataclass(frozen=True, slots=True)
class Period:
    """Both days belong to it."""

    start: date
    end: date

    def bounds(self) -> tuple[datetime, datetime]:
        """Return its first moment and the first moment after it, in the house's zone."""
        zone = ZoneInfo(settings.TIME_ZONE)
        return datetime.combine(self.start, time(), zone), datetime.combine(self.end + timedelta(days=1), time(), zone)


def _period(request: Request) -> tuple[Period, PeriodForm]:
    """Return the period asked for, or the last 30 days."""
    today = request.now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    usual = Period(today - timedelta(days=29), today)
    initial = {"start": usual.start, "end": usual.end}
    if "start" not in request.GET:
        return usual, PeriodForm(initial=initial)
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return usual, form
    return Period(form.cleaned_data["start"], form.cleaned_data["end"]), form


def earnings_page(request: Request, role: str) -> HttpResponse:
    """Show the earnings; POST asks for a payout (`which` payout) or for a failed one again (`which` retry)."""
    desk = open_desk(request, role)
    form = PayoutForm(request.POST if request.POST.get("which") == "payout" else None)
    if request.method == "POST" and _posted(request, desk, form):
        return HttpResponseRedirect(f"{desk.root}/earnings?{desk.parameter}={desk.id}#payouts")
    period, period_form = _period(request)
    statement = access_statement(request.actor, desk.account, *period.bounds())
    context = {
        "earnings": read_earnings(request.actor, role, desk.id),
        "form": form,
        "period": period,
        "period_form": period_form,
        "chart": _chart(request, desk),
        "payouts": list_payouts(request.actor, desk.account, limit=PAYOUTS_SHOWN),
        "least_minor": term_in_force("payout_least_minor", desk.id),
        **_shown(statement),
    }
    return show(request, "web/desks/earnings.html", desk, context, 422 if request.method == "POST" else 200)


def _shown(statement: Statement) -> dict[str, Any]:
    newest = statement.entries[-ENTRIES_SHOWN:]
    rows = [{"entry": entry, "label": KINDS.get(entry.kind, entry.kind)} for entry in reversed(newest)]
    earned = sum(entry.amount_minor for entry in statement.entries if entry.amount_minor > 0)
    taken = sum(entry.amount_minor for entry in statement.entries if entry.amount_minor < 0)
    hidden = len(statement.entries) - len(newest)
    return {"statement": statement, "entries": rows, "hidden": hidden, "in_minor": earned, "out_minor": taken}


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


def statement_file(request: Request, role: str) -> HttpResponse:
    """Download the statement of a period as CSV."""
    desk = open_desk(request, role)
    period, _form = _period(request)
    statement = access_statement(request.actor, desk.account, *period.bounds())
    response = HttpResponse(
        b"".join(statement_csv(statement, config().currency)), content_type="text/csv; charset=utf-8"
    )
    name = f"renmai-statement-{period.start:%Y%m%d}-{period.end:%Y%m%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
