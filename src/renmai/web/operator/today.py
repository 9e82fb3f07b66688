"""The operator's first page: what waits, how trade went, and whether the books add up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from renmai.people.moderation.queries import count_to_decide
from renmai.trade.care.waiting import count_waiting
from renmai.trade.reports.checks import Checked, check_books, last_check
from renmai.trade.reports.figures import Day, list_days, read_desk_counts
from renmai.trade.reports.rules import MEANINGS
from renmai.web.doors import Request, attempt, door
from renmai.web.operator.shown import amount
from renmai.web.ui import charts
from renmai.web.ui.components import Series

DAYS = 30


@door("operator")
def today(request: Request) -> HttpResponse:
    """Show what waits, thirty days of trade, and the last check of the books."""
    days = list_days(request.actor, now=request.now, zone=settings.TIME_ZONE, days=DAYS)
    context = {
        "counts": read_desk_counts(request.actor),
        "reports": count_to_decide(request.actor),
        "cases": count_waiting(request.actor, "operator"),
        "charts": _charts(days) if any(day.placed or day.paid for day in days) else [],
        "books": shown_check(last) if (last := last_check(request.actor)) else None,
    }
    return render(request, "operator/today.html", context)


def _charts(days: list[Day]) -> list[SafeString]:
    # A day that has just begun looks like a fall; it is drawn once it is over, or while there is no other.
    days = days[:-1] if any(day.placed or day.paid for day in days[:-1]) else days
    labels = [date_format(day.on, "n/j") for day in days]
    counted = [
        Series(_("Placed"), [day.placed for day in days], 2),
        Series(_("Paid"), [day.paid for day in days], 1),
    ]
    money = [day.paid_minor for day in days]
    return [charts.line(_("Orders per day"), labels, counted), charts.bar(_("Paid per day"), labels, money, amount)]


def shown_check(checked: Checked) -> dict[str, Any]:
    """Return a check with its violations in words."""
    rows = [
        {"title": _(MEANINGS.get(v.name, v.name)), "subject_id": v.subject_id, "detail": v.detail}
        for v in checked.violations
    ]
    return {"at": checked.at, "rules": checked.rules, "count": checked.count, "violations": rows}


@door("operator", "POST")
def check(request: Request) -> HttpResponse:
    """Check every invariant now. Asked for twice, it is checked twice: reading costs nothing but time."""
    attempt(request, _("The books were checked."), lambda: check_books(actor=request.actor, now=request.now))
    return HttpResponseRedirect("/operator")
