"""Record for signed-in people what they look at, for how long, and what lists showed them. Never for visitors.

Nothing is recorded of a browser that asks for it (`DNT`, `Sec-GPC`), of pages fetched ahead, nor of who is without profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse

from renmai.kit.limits.actions import count_try
from renmai.kit.problems import NotFound
from renmai.matching.shown.actions import record_showing
from renmai.matching.shown.lane import Act, acts_lane, note_cart
from renmai.matching.shown.models import ShownList
from renmai.matching.signals.models import SignalKind
from renmai.matching.signals.rules import DWELL_SECONDS_MAX
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.visits import asks_not, is_looking

DWELLS_PER_MINUTE_MAX = 30


def shown(
    request: Request,
    list: ShownList,
    things: Sequence[UUID],
    ranker: str,
    first: int = 0,
    *,
    viewer_id: UUID | None = None,
    experiment_id: UUID | None = None,
    arm: str = "",
) -> UUID | None:
    """Record that this page shows `things` of a list in this order, the first at place `first`; return the showing, if any.

    The viewer is the person who looks; of the centre and the inbox name the shop as `viewer_id`. One statement.
    """
    viewer = viewer_id or request.actor.person_id
    if viewer is None or request.actor.person_id is None or not is_looking(request) or asks_not(request):
        return None
    return record_showing(
        list=list, viewer_id=viewer, ranker=ranker, things=things, first=first, now=request.now,
        experiment_id=experiment_id, arm=arm,
    )  # fmt: skip


def look(request: Request, *, pick_id: UUID | None = None, shop_id: UUID | None = None) -> bool:
    """Record that somebody looks at a pick or at a shop's person; return whether it was. Nothing waits for it."""
    person_id = request.actor.person_id
    piece = "HX-Request" in request.headers
    if person_id is None or piece or not is_looking(request) or asks_not(request):
        return False
    return acts_lane.post(Act(person_id, SignalKind.VIEW, request.now, pick_id, shop_id))


def put_in_cart(request: Request, pick_id: UUID) -> None:
    """Record that somebody put something of a pick into their cart."""
    if not asks_not(request):
        note_cart(request.actor.person_id, pick_id, request.now)


@door("person", "POST")
def dwell(request: Request) -> HttpResponse:
    """Take what a page says when it is left: for how many seconds it was looked at, half an hour at most.

    From the page's script, with its token against forgery. Errors: NotFound, TooMany.
    """
    pick, shop, seconds = (request.POST.get(name, "") for name in ("pick", "shop", "seconds"))
    pick_id, shop_id = (uuid_or_404(text) if text else None for text in (pick, shop))
    person_id = request.actor.person_id
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 7) or (pick_id is None) == (shop_id is None):
        raise NotFound()
    amount = min(int(seconds), DWELL_SECONDS_MAX)
    if person_id is not None and amount and not asks_not(request):
        count_try(name="dwell", who=str(person_id), tries_max=DWELLS_PER_MINUTE_MAX, window_seconds=60, now=request.now)
        acts_lane.post(Act(person_id, SignalKind.DWELL, request.now, pick_id, shop_id, amount))
    return HttpResponse(status=204)
