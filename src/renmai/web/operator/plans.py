"""All plans, for the operator to read."""

from __future__ import annotations

from django.http import HttpResponse

from renmai.goods.plans.queries import list_plans
from renmai.web.desks.desk import show
from renmai.web.desks.plan_words import shown_plan
from renmai.web.doors import Request, door, uuid_or_404

ROWS = 24


@door("operator")
def plans(request: Request) -> HttpResponse:
    """List everybody's plans, newest first."""
    after = request.GET.get("cursor")
    rows = list_plans(request.actor, None, after=uuid_or_404(after) if after else None, limit=ROWS + 1)
    context = {
        "rows": [shown_plan(row, request.now) for row in rows[:ROWS]],
        "next_cursor": str(rows[ROWS - 1].id) if len(rows) > ROWS else None,
    }
    return show(request, "operator/plans.html", None, context)
