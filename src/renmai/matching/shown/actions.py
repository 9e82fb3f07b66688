"""Record what was shown to whom, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.events.actions import Happened
from renmai.kit.ids import new_id
from renmai.matching.shown.models import ShownList
from renmai.matching.shown.rules import AGAIN, COUNTS_FOR, OF_SHOPS, RETENTION, THINGS_MAX
from renmai.matching.signals.actions import Noted, note_signals

SWEEP_MAX = 5_000
# Nothing of who is without profile, erased or closed. The viewer's row is held, so that an erasure comes before or after.
RECORD = """
with viewer as (
  select v.id from {table} v where v.id = %(viewer)s and {here}
    and not exists (select from matching_profile f where f.subject_id = v.id and f.without) for key share
),
known as (
  select w.id from matching_showing w
  where w.viewer_id = %(viewer)s and w.at > %(since)s and w.list = %(list)s and w.things = %(things)s::uuid[]
  order by w.at desc limit 1
),
made as (
  insert into matching_showing (id, list, viewer_id, ranker, experiment_id, arm, first, things, at)
  select %(id)s, %(list)s, v.id, %(ranker)s, %(experiment)s, %(arm)s, %(first)s, %(things)s::uuid[], %(now)s from viewer v
  where not exists (select from known)
  returning id
)
select k.id from known k, viewer union all select id from made
"""
OF_PERSON = RECORD.format(table="people_person", here="v.erased_at is null")
OF_SHOP = RECORD.format(table="places_shop", here="v.open")
# The latest showing of the thing, or of the person in whose shop it is; of several acts the first one counts. Ids in the
# order of writing: `measures` counts up to one of them.
OUTCOMES = """
insert into matching_outcome as o (id, showing_id, thing_id, position, kind, amount_minor, at)
select c.* from (
  select distinct on (w.id, w.thing_id, a.kind)
    (array_agg(a.made_id))[1], w.id, w.thing_id, w.first + array_position(w.things, w.thing_id) - 1, a.kind, sum(a.minor)::bigint, a.at
  from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::timestamptz[])
    as a (made_id, viewer_id, thing_id, shop_id, kind, minor, at)
  cross join lateral (
    select w.id, w.things, w.first, case when a.thing_id = any(w.things) then a.thing_id else a.shop_id end as thing_id
    from matching_showing w
    where w.viewer_id = a.viewer_id and w.at <= a.at and w.at > a.at - %s::interval
      and (a.thing_id = any(w.things) or a.shop_id = any(w.things))
    order by w.at desc, w.id desc limit 1
  ) w
  group by w.id, w.thing_id, w.first, w.things, a.kind, a.at
  order by w.id, w.thing_id, a.kind, a.at
) c
on conflict (showing_id, thing_id, kind) do update set at = excluded.at, amount_minor = excluded.amount_minor
where excluded.at < o.at
"""
FORGET = (
    "delete from matching_outcome o using matching_showing w where w.id = o.showing_id and w.viewer_id = any(%s)",
    "delete from matching_showing where viewer_id = any(%s)",
)
OLD = """
select id from matching_showing where list = any(%s) and at < %s order by at limit %s for update skip locked
"""


def record_showing(
    *,
    list: ShownList,
    viewer_id: UUID,
    ranker: str,
    things: Sequence[UUID],
    first: int,
    now: datetime,
    experiment_id: UUID | None = None,
    arm: str = "",
) -> UUID | None:
    """Record that a viewer was shown these things in this order, the first one at place `first` (from 0); one statement.

    Return its id; that of the earlier one where the same was shown within ten minutes; None where nothing is recorded: no
    things, or a viewer who is without profile, erased or closed.
    """
    if not things:
        return None
    params: dict[str, Any] = {
        "id": new_id(), "list": list.value, "viewer": viewer_id, "ranker": ranker, "experiment": experiment_id, "arm": arm,
        "first": first, "things": [*things[:THINGS_MAX]], "now": now, "since": now - AGAIN,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(OF_SHOP if list in OF_SHOPS else OF_PERSON, params)
        row = cursor.fetchone()
    return row[0] if row else None


def note_outcomes(cursor: Any, acts: Sequence[Noted]) -> None:
    """Put each act down to its viewer's latest showing of the thing within seven days before, once; one statement.

    Whatever the order of calls, the first act of a kind is the one that stays.
    """
    if not acts:
        return
    cursor.execute(
        OUTCOMES,
        (
            [new_id() for _ in acts],
            [act.subject_id for act in acts],
            [act.thing_id for act in acts],
            [act.shop_id for act in acts],
            [act.kind.value for act in acts],
            [act.minor for act in acts],
            [act.at for act in acts],
            COUNTS_FOR,
        ),
    )


def note_acts(cursor: Any, acts: Sequence[Noted], *, now: datetime) -> list[Noted]:
    """Write acts as signals, added to those of the day, and put them down to showings; return those that count.

    By `cursor` in its transaction, or with None in one of its own.
    """
    if cursor is None:
        with transaction.atomic(), connection.cursor() as own:
            return note_acts(own, acts, now=now)
    counting = note_signals(cursor, acts, now=now)
    note_outcomes(cursor, counting)
    return counting


def forget_showings(cursor: Any, events: Sequence[Happened]) -> None:
    """React to profile.cleared, within its transaction: what the viewer was shown goes, and what came of it."""
    for statement in FORGET:
        cursor.execute(statement, ([event.subject_id for event in events],))


@transaction.atomic
def sweep_showings(*, now: datetime) -> int:
    """Delete showings older than thirteen months, and what came of them; return how many, at most 5,000."""
    with connection.cursor() as cursor:
        cursor.execute(OLD, ([each.value for each in ShownList], now - RETENTION, SWEEP_MAX))
        ids = [row[0] for row in cursor.fetchall()]
        if ids:
            cursor.execute("delete from matching_outcome where showing_id = any(%s)", (ids,))
            cursor.execute("delete from matching_showing where id = any(%s)", (ids,))
    return len(ids)
