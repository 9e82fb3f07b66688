"""Money by day, and every check of the books."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from renmai.money.ledger.queries import balances_of
from renmai.money.ledger.rules import BAD_DEBT, CHARGEBACK, ESCROW, PAYOUT_DUE, PLATFORM, PROVIDER_FEE, RETURN_DUE
from renmai.trade.reports.checks import list_checks
from renmai.trade.reports.money_days import PAYEES, MoneyDay, list_money_days
from renmai.web.doors import Request, door
from renmai.web.operator.shown import account_title, amount
from renmai.web.operator.today import shown_check
from renmai.web.ui import charts
from renmai.web.ui.components import Series

DAYS = 30
HOUSE = (ESCROW, PLATFORM, RETURN_DUE, PAYOUT_DUE, CHARGEBACK, PROVIDER_FEE, BAD_DEBT)


@door("operator")
def money(request: Request) -> HttpResponse:
    """Show thirty days of money from the ledger, and what the house's own accounts hold."""
    today = localtime(request.now).date()
    days = list_money_days(request.actor, now=request.now, today=today, zone=settings.TIME_ZONE, days=DAYS)
    balances = balances_of(HOUSE)
    context = {
        "charts": _charts(days) if any(_moved(day) for day in days) else [],
        "accounts": [(account_title(name, {}), balances[name], f"/operator/ledger/{name}") for name in HOUSE],
    }
    return render(request, "operator/money.html", context)


def _moved(day: MoneyDay) -> bool:
    return bool(day.paid_in or day.given_back or day.settled or day.paid_out or day.clawed_back)


def _charts(days: list[MoneyDay]) -> list[SafeString]:
    labels = [date_format(day.on, "n/j") for day in days]
    flows = [
        Series(_("Paid in"), [day.paid_in for day in days], 1),
        Series(_("Given back"), [day.given_back for day in days], 3),
        Series(_("Paid out"), [day.paid_out for day in days], 2),
    ]
    names = {
        "supplier": _("Suppliers"),
        "creator": _("Creators"),
        "agency": _("Agencies"),
        "sharer": _("Sharers"),
        "platform": _("Platform"),
    }
    settled = [
        Series(names[payee], [day.settled.get(payee, 0) for day in days], tone)
        for tone, payee in enumerate(PAYEES, 1)
        if any(day.settled.get(payee) for day in days)
    ]
    drawn = [charts.line(_("In, back and out per day"), labels, flows, amount)]
    if settled:
        drawn.append(charts.stacked_bar(_("Settled per day"), labels, settled, amount))
    if any(day.clawed_back for day in days):
        drawn.append(charts.bar(_("Taken back after settlement"), labels, [day.clawed_back for day in days], amount))
    return drawn


@door("operator")
def books(request: Request) -> HttpResponse:
    """Show the newest checks of the books: when, how many rules, what was found."""
    checks: list[dict[str, Any]] = [shown_check(checked) for checked in list_checks(request.actor)]
    return render(request, "operator/checks.html", {"books": checks[0] if checks else None, "checks": checks})
