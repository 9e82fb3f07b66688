"""Keep orders: read the one that holds, or make it anew; delete old ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.matching.feed.rankers import ORDERS, WITHOUT_PROFILE
from renmai.matching.feed.rules import EARLIER_KEPT, GONE_AFTER, KEPT_FOR, Reason
from renmai.matching.shown.actions import record_showing
from renmai.matching.shown.experiments import arm_of
from renmai.matching.shown.models import Experiment, ShownList
from renmai.matching.shown.ranking import RANKERS
from renmai.matching.signals.actions import hold_subjects

SWEEP_MAX = 5_000

# All that decides whether the kept order still holds, and who orders else. What a shop's people did with pushes is at its inbox. An unfollow leaves nothing behind but the number.
HOLDS = """
select coalesce(p.without, false), p.changed_at, e.id, e.a, e.b, e.share_bps, r.ranker, n.follows, o.ranker, o.experiment_id, o.arm, o.things,
       o.reasons, o.made_at,
       o.follows = n.follows and not coalesce(greatest(p.changed_at, i.changed_at) > o.made_at, false)
       and not coalesce(
         (select f.at from people_follow f where f.follower_id = %(viewer)s order by f.id desc limit 1) > o.made_at, false)
       and not exists (
         select from matching_signal s where s.subject_id = %(viewer)s and s.at > o.made_at and s.kind in ('decline', 'follow')
       )
from (select count(*)::int as follows from people_follow where follower_id = %(viewer)s) n
left join matching_profile p on p.subject_id = %(viewer)s
left join matching_inbox i on i.shop_id = %(viewer)s
left join matching_experiment e on e.list = %(list)s and e.ended_at is null
left join matching_ranking r on r.list = %(list)s
left join lateral (
  select * from matching_order where viewer_id = %(viewer)s and list = %(list)s order by made_at desc limit 1
) o on true
"""
EARLIER = """
select ranker, experiment_id, arm, things, reasons, made_at from matching_order
where viewer_id = %s and list = %s and made_at = %s
"""
KEEP = """
insert into matching_order (list, viewer_id, ranker, experiment_id, arm, things, reasons, follows, made_at)
values (%s, %s, %s, %s, %s, %s, %s::text::jsonb, %s, %s) on conflict (viewer_id, list, made_at) do nothing
"""
TRIM = """
delete from matching_order where viewer_id = %(viewer)s and list = %(list)s and made_at < (
  select made_at from matching_order where viewer_id = %(viewer)s and list = %(list)s order by made_at desc offset %(kept)s limit 1
)
"""
SWEEP = """
delete from matching_order where id = any(array(
  select id from matching_order where made_at < %s order by made_at limit %s for update skip locked))
"""


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """A list in the order of one viewer: `things` best first, a reason beside each; who ordered it, by which experiment's arm."""

    list: str
    viewer_id: UUID
    ranker: str
    experiment_id: UUID | None
    arm: str
    things: Sequence[UUID]
    reasons: Sequence[Reason]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who orders a list for a viewer now."""

    ranker: str
    experiment_id: UUID | None = None
    arm: str = ""


def order_for(list: str, viewer_id: UUID, *, now: datetime) -> KeptOrder:
    """Return the order of a list ("home": for a person, "centre": for a shop) as it holds now; made anew where it does not.

    It holds for ten minutes, unless the viewer followed, unfollowed, declined or changed their profile since, or another
    ranker or arm applies. One statement while it holds. Whoever calls has checked who asks. Errors: KeyError.
    """
    chosen, stand, kept = _read(list, viewer_id, now)
    return kept or _make(list, viewer_id, chosen, stand, now)


def order_of(list: str, viewer_id: UUID, made_at: datetime, *, now: datetime) -> KeptOrder:
    """Return the order that was made at `made_at`, for who pages through it, however old; the one of now where it is gone."""
    with connection.cursor() as cursor:
        cursor.execute(EARLIER, (viewer_id, list, made_at))
        row = cursor.fetchone()
    return _order(list, viewer_id, *row) if row else order_for(list, viewer_id, now=now)


def record_shown(order: KeptOrder, things: Sequence[UUID], *, first: int, now: datetime) -> None:
    """Record that its viewer was shown these things of an order, the first one at place `first`; nothing where there are none."""
    if things:
        record_showing(
            list=ShownList(order.list), viewer_id=order.viewer_id, ranker=order.ranker, things=things, first=first, now=now,
            experiment_id=order.experiment_id, arm=order.arm,
        )  # fmt: skip


def sweep_orders(*, now: datetime) -> int:
    """Delete orders kept for more than thirty days, at most 5,000; return how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SWEEP, (now - GONE_AFTER, SWEEP_MAX))
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class _Stand:
    """How the viewer stood before an order was made: how many they followed, and when they last changed their profile."""

    follows: int
    changed_at: datetime | None


def _read(list: str, viewer_id: UUID, now: datetime) -> tuple[Chosen, _Stand, KeptOrder | None]:
    with connection.cursor() as cursor:
        cursor.execute(HOLDS, {"viewer": viewer_id, "list": list})
        without, changed_at, experiment_id, a, b, share_bps, ranking, follows, *kept, holds = cursor.fetchone()
    experiment = Experiment(id=experiment_id, list=list, a=a, b=b, share_bps=share_bps) if experiment_id else None
    chosen = chosen_for(list, viewer_id, without=without, experiment=experiment, ranking=ranking)
    stand = _Stand(follows, changed_at)
    order = _order(list, viewer_id, *kept) if holds else None
    if order is None or now - order.made_at >= KEPT_FOR:
        return chosen, stand, None
    same = (order.ranker, order.experiment_id, order.arm) == (chosen.ranker, chosen.experiment_id, chosen.arm)
    return chosen, stand, order if same else None


def chosen_for(
    list: str, viewer_id: UUID, *, without: bool, experiment: Experiment | None, ranking: str | None
) -> Chosen:
    """Return who orders: without profile nobody is in an experiment; else its arm, else what operators chose, else ours."""
    if without:
        return Chosen(WITHOUT_PROFILE[list])
    if experiment is not None and {experiment.a, experiment.b} <= set(RANKERS[list]):
        arm = arm_of(experiment, viewer_id)
        return Chosen(experiment.a if arm == "a" else experiment.b, experiment.id, arm)
    return Chosen(ranking if ranking in RANKERS[list] else RANKERS[list][0])


def _make(list: str, viewer_id: UUID, chosen: Chosen, stand: _Stand, now: datetime) -> KeptOrder:
    """Make an order and keep it, unless its viewer is gone by then, or cleared or changed what it was made from."""
    found = ORDERS[list, chosen.ranker](viewer_id, now=now)
    order = KeptOrder(
        list, viewer_id, chosen.ranker, chosen.experiment_id, chosen.arm, [thing for thing, _ in found],
        [reason for _, reason in found], now,
    )  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        # Held to the end: an erasure comes before, and there is nobody to keep it for, or after, and takes it along.
        # The same for a profile: what was read of it may be cleared by now.
        if viewer_id in hold_subjects(cursor, [viewer_id]) and _changed_at(cursor, viewer_id) == stand.changed_at:
            cursor.execute(
                KEEP,
                (
                    list,
                    viewer_id,
                    order.ranker,
                    order.experiment_id,
                    order.arm,
                    [*order.things],
                    json.dumps(order.reasons),
                    stand.follows,
                    now,
                ),
            )
            cursor.execute(TRIM, {"viewer": viewer_id, "list": list, "kept": EARLIER_KEPT - 1})
    return order


def _changed_at(cursor: Any, viewer_id: UUID) -> datetime | None:
    cursor.execute("select changed_at from matching_profile where subject_id = %s", (viewer_id,))
    row = cursor.fetchone()
    return row[0] if row else None


def _order(list: str, viewer_id: UUID, *kept: Any) -> KeptOrder:
    ranker, experiment_id, arm, things, reasons, made_at = kept
    return KeptOrder(
        list, viewer_id, ranker, experiment_id, arm, things,
        json.loads(reasons) if isinstance(reasons, str) else reasons, made_at,
    )  # fmt: skip
