"""Invitations to a shop: what suppliers ask, what they offer for it, yes or no."""

from __future__ import annotations

from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.plans.offers import offers_for
from renmai.goods.plans.queries import access_invitation, list_invitations
from renmai.places.shops.invited import answer_as_shop
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.plan_words import invitation_state
from renmai.web.doors import Request, attempt, door, uuid_or_404

ROWS = 24


@door("creator", "GET", "POST")
def invitations(request: Request) -> HttpResponse:
    """List the shop's invitations with what it is offered; POST accepts, which leads to the pick, or declines."""
    desk = open_desk(request, "creator")
    if request.method == "POST":
        return _answer(request)
    after = request.GET.get("cursor")
    rows = list_invitations(request.actor, shop_id=desk.id, after=uuid_or_404(after) if after else None, limit=ROWS + 1)
    with connection.cursor() as cursor:
        offers = offers_for(cursor, desk.id, [row.product_id for row in rows], now=request.now)
    context = {
        "rows": [{"made": row, "product": row.product, "maker": row.product.supplier, "offer": offers.get(row.product_id),
                  "state": invitation_state(row.state)} for row in rows[:ROWS]],
        "next_cursor": str(rows[ROWS - 1].id) if len(rows) > ROWS else None,
    }  # fmt: skip
    return show(request, "creator/invitations.html", desk, context)


def _answer(request: Request) -> HttpResponse:
    found = access_invitation(request.actor, uuid_or_404(request.POST.get("invitation")))
    accept = request.POST.get("answer") == "accept"
    done = attempt(
        request,
        _("Accepted. Choose your terms and say your word.") if accept else _("Declined."),
        lambda: answer_as_shop(actor=request.actor, now=request.now, invitation_id=found.id, accept=accept),
    )
    return HttpResponseRedirect(f"/creator/pool/{found.product_id}" if done and accept else "/creator/invitations")
