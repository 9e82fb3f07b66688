"""The creator's home: the invitation to open a shop, and what is going on today."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.people.accounts.rules import CONTENT, SERVICE
from renmai.places.shops.models import Pick
from renmai.places.shops.queries import access_team_shop
from renmai.trade.care.waiting import count_waiting
from renmai.trade.orders.queries import list_orders
from renmai.trade.reports.earnings import Earnings, own_parts, read_earnings
from renmai.web.creator.pallets import starter_of
from renmai.web.creator.shop import opening
from renmai.web.desks.desk import Desk, find_desk, show
from renmai.web.doors import Request, door
from renmai.web.ui.components import Step

ORDERS_SHOWN = 5


@door("person", "GET", "POST")
def home(request: Request) -> HttpResponse:
    """Today; or the one short form that opens a shop, for whoever has none."""
    desk = find_desk(request, "creator")
    if desk is None or request.method == "POST":
        return opening(request, desk)
    shop = access_team_shop(request.actor, desk.id)
    if not request.actor.has("creator", desk.id):
        return show(request, "creator/part.html", desk, {"shop": shop, "parts": _parts(request, desk)})
    orders = list_orders(request.actor, role="creator", subject_id=desk.id, limit=ORDERS_SHOWN)
    picks = Pick.objects.filter(shop_id=desk.id, removed_at=None).count()
    earnings = read_earnings(request.actor, "creator", desk.id)
    context = {
        "shop": shop,
        "link": f"{config().pages_origin}/@{shop.handle}",
        "orders": orders.items,
        "parts": own_parts(request.actor, "creator", desk.id, [row.order.id for row in orders.items]),
        "picks": picks,
        "starter": starter_of(request) if not picks else None,
        "cases": count_waiting(request.actor, "creator", desk.id),
        "earnings": earnings,
        "steps": _steps(bool(shop.face_id), picks, earnings),
    }
    return show(request, "creator/today.html", desk, context)


def _parts(request: Request, desk: Desk) -> list[tuple[str, str, str, str, int]]:
    """Return what a member of the team looks after: (what, what it is about, where, icon, how much waits)."""
    own = {grant.role for grant in request.actor.grants if grant.subject_id == desk.id}
    parts = []
    if CONTENT in own:
        parts += [
            (_("Picks"), _("What the shop recommends, and its word for it."), "/creator/picks", "heart", 0),
            (_("Selection centre"), _("Find goods that suit the shop."), "/creator/pool", "search", 0),
        ]
    if SERVICE in own:
        waiting = count_waiting(request.actor, "creator", desk.id)
        parts += [
            (_("Cases"), _("Buyers who want something put right."), "/creator/cases", "chat", waiting),
            (_("Orders"), _("What was bought, and where it is."), "/creator/orders", "box", 0),
        ]
    return [*parts, (_("Team"), _("Who looks after the shop with you."), "/creator/team", "users", 0)]


def _steps(face: bool, picks: int, earnings: Earnings) -> list[Step]:
    """Return the way of a newcomer: open, picture, first pick, first order."""
    done = [True, face, picks > 0, earnings.orders > 0]
    labels = [_("Shop opened"), _("Picture added"), _("First pick"), _("First order")]
    current = next((place for place, is_done in enumerate(done) if not is_done), len(done))
    return [
        Step(label, "done" if done[place] else "current" if place == current else "todo")
        for place, label in enumerate(labels)
    ]
