"""What creators really earn: for everybody, and with one's own beside it."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dates import MONTHS_3
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.trade.reports.honest import CREATORS_LEAST, EARNING_LEAST, HonestMonth, list_honest, own_place
from renmai.web.desks.desk import open_desk, show
from renmai.web.doors import Request, door
from renmai.web.ui.charts import line
from renmai.web.ui.components import Series
from renmai.web.ui.formats import format_money


@door("creator")
def own(request: Request) -> HttpResponse:
    """Show what one earned by month beside median and quartiles of all creators."""
    desk = open_desk(request, "creator")
    places = own_place(request.actor, desk.id, now=request.now)
    rows = [place for place in places if place.all is not None]
    context = {
        "rows": rows,
        "latest": rows[0] if rows else None,
        "where": _where(rows[0].quarter) if rows else "",
        "least": CREATORS_LEAST,
        "few": EARNING_LEAST,
        "chart": _chart([row.all for row in rows if row.all], [row.own_minor for row in rows]) if rows else None,
    }
    return show(request, "creator/earnings_compare.html", desk, context)


@door("public")
def earnings_of_creators(request: Request) -> HttpResponse:
    """Show median and quartiles of what all creators earned by month, to everybody who thinks of opening a shop."""
    rows = list_honest(now=request.now)
    context = {
        "rows": rows, "latest": rows[0] if rows else None, "least": CREATORS_LEAST, "few": EARNING_LEAST, "chart": _chart(rows) if rows else None,
    }  # fmt: skip
    return render(request, "buyer/earnings_of_creators.html", context)


def _where(quarter: int) -> str:
    return {
        1: _("You were in the lowest quarter."),
        2: _("You were in the second quarter, below the middle."),
        3: _("You were in the third quarter, above the middle."),
        4: _("You were in the highest quarter."),
    }[quarter]


def _chart(rows: Sequence[HonestMonth], mine: Sequence[int] = ()) -> SafeString | None:
    """Draw quartiles and median, oldest first, and one's own line where there is one; nothing of a single month."""
    if len(rows) < 2:
        return None
    old = list(reversed(rows))
    series = [
        Series(_("A quarter earns less"), [row.quarter_minor for row in old], tone=5),
        Series(_("The middle"), [row.median_minor for row in old], tone=2),
        Series(_("A quarter earns more"), [row.three_quarters_minor for row in old], tone=3),
    ]
    if mine:
        series.insert(0, Series(_("You"), list(reversed(mine)), tone=1))
    currency = config().currency
    labels = [str(MONTHS_3[row.month.month]) for row in old]
    return line(_("Settled by month"), labels, series, lambda minor: format_money(minor, currency))
