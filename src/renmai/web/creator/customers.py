"""A shop's customers: who agreed to be known, by groups, and as a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.csvfile import write_csv
from renmai.trade.reports.customers import GROUPS, Customer, export_customers, list_customers
from renmai.web.desks.desk import open_desk, show
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.ui.components import Tab

ROWS = 24
GROUP_WORDS = {
    "all": gettext_lazy("All"),
    "new": gettext_lazy("Never bought"),
    "once": gettext_lazy("Bought once"),
    "again": gettext_lazy("Bought again"),
    "recent": gettext_lazy("In the last 30 days"),
    "quiet": gettext_lazy("Quiet for 60 days"),
}


@door("creator")
def customers(request: Request) -> HttpResponse:
    """List who agreed to be known to this shop's person, and what they bought here."""
    desk, group = open_desk(request, "creator"), _group(request)
    after = request.GET.get("cursor")
    rows = list_customers(
        request.actor,
        desk.id,
        now=request.now,
        group=group,
        after=uuid_or_404(after) if after else None,
        limit=ROWS + 1,
    )
    context = {
        "rows": rows[:ROWS],
        "next_cursor": str(rows[ROWS - 1].id) if len(rows) > ROWS else None,
        "tabs": [Tab(str(GROUP_WORDS[name]), f"/creator/customers?group={name}", name == group) for name in GROUPS],
        "group": group,
    }
    return show(request, "creator/customers.html", desk, context)


@door("creator")
def customers_file(request: Request) -> StreamingHttpResponse:
    """Download the customers of a group as CSV: the same columns as the page, nothing that nobody agreed to."""
    desk, group = open_desk(request, "creator"), _group(request)
    found = export_customers(request.actor, desk.id, now=request.now, group=group)
    answer = StreamingHttpResponse(write_csv(_lines(found)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="customers-{group}.csv"'
    return answer


def _group(request: Request) -> str:
    group = request.GET.get("group", "all")
    return group if group in GROUPS else "all"


def _lines(rows: Iterator[Customer]) -> Iterator[tuple[object, ...]]:
    yield "name", "agreed_at", "orders", "spent_minor", "last_order_at"
    for row in rows:
        last = row.last_at.isoformat() if row.last_at else None
        yield row.name or _("Somebody"), row.agreed_at.isoformat(), row.orders, row.spent_minor, last
