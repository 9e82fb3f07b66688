"""A show that is on, for tests of what happens in it."""

from __future__ import annotations

from renmai.kit import clock
from renmai.places.live.actions import Plan, Slot, answer_point, plan_show, write_run
from renmai.places.live.models import Show
from renmai.places.live.rules import POINTS
from renmai.places.live.stage_actions import begin_show, explain
from tests.trade.world import World


def ready(world: World) -> Show:
    """A show that may begin: one segment, the checklist answered."""
    creator, now = world.creator(0), clock.now()
    pick = next(pick for pick in world.picks.values() if pick.shop_id == world.shops[0].id)
    plan = Plan("Tea at noon", now, 60)
    show = plan_show(actor=creator, now=now, shop_id=world.shops[0].id, plan=plan)
    write_run(actor=creator, now=now, show_id=show.id, slots=[Slot(pick.id)])
    for point in POINTS:
        answer_point(actor=creator, now=now, show_id=show.id, point=point.name)
    return show


def on_air(world: World) -> Show:
    """A show that is on, with one segment being explained."""
    creator, now, show = world.creator(0), clock.now(), ready(world)
    segment = show.segments.get()
    begin_show(actor=creator, now=now, show_id=show.id)
    return explain(actor=creator, now=now, show_id=show.id, segment_id=segment.id)
