"""The set-based path: showings and outcomes are added to counts by batches, once each; weeks and days are worked out from counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from renmai.kit.ids import first_id

# A transaction that made its ids and has not committed yet would be passed by: nothing writes for so long.
SETTLED = timedelta(minutes=2)

TAKE_PLACE = """
insert into matching_countedto (stream, last_id) values (%s, %s) on conflict (stream) do nothing
"""
LOCK_PLACE = "select last_id from matching_countedto where stream = %s for update skip locked"
MOVE_PLACE = "update matching_countedto set last_id = %s where stream = %s"

# Who saw the list before on that day, and in the experiment, is found by the index of the viewer's showings. A showing before
# has a smaller id, so whichever batch counts it, a viewer is new once.
COUNT_SHOWINGS = """
with next as materialized (
  select s.id, s.list, s.viewer_id, s.ranker, s.experiment_id, s.arm, s.first, s.things, (s.at at time zone %(zone)s)::date as "on"
  from matching_showing s where s.id > %(after)s and s.id < %(until)s order by s.id limit %(limit)s
), marked as materialized (
  select n.*,
    not exists (
      select 1 from matching_showing e where e.viewer_id = n.viewer_id
      and e.at >= n."on"::timestamp at time zone %(zone)s and e.at < (n."on" + 1)::timestamp at time zone %(zone)s
      and e.list = n.list and e.ranker = n.ranker and e.arm = n.arm and e.experiment_id is not distinct from n.experiment_id
      and e.id < n.id
    ) as new_today,
    n.experiment_id is not null and not exists (
      select 1 from matching_showing e where e.viewer_id = n.viewer_id and e.experiment_id = n.experiment_id and e.id < n.id
    ) as drawn
  from next n
), days as (
  insert into matching_daily as d (list, ranker, experiment_id, arm, "on", showings, viewers, drawn, things)
  select list, ranker, experiment_id, arm, "on", count(*), count(*) filter (where new_today), count(*) filter (where drawn),
    sum(cardinality(things))
  from marked group by list, ranker, experiment_id, arm, "on"
  on conflict (list, "on", ranker, experiment_id, arm) do update set showings = d.showings + excluded.showings,
    viewers = d.viewers + excluded.viewers, drawn = d.drawn + excluded.drawn, things = d.things + excluded.things
), spread as materialized (
  select n.list, n."on", least(n.first + t.at - 1, %(places)s)::smallint as place, t.thing_id
  from next n cross join lateral unnest(n.things) with ordinality as t (thing_id, at)
), places as (
  insert into matching_dailyplace as p ("on", list, kind, place, count, amount_minor)
  select "on", list, 'shown', place, count(*), 0 from spread group by "on", list, place
  on conflict ("on", list, kind, place) do update set count = p.count + excluded.count
), exposures as (
  insert into matching_exposure as x (week, list, thing_id, count)
  select date_trunc('week', "on")::date, list, thing_id, count(*) from spread group by 1, 2, 3
  on conflict (week, list, thing_id) do update set count = x.count + excluded.count
)
select count(*), (select id from next order by id desc limit 1) from next
"""
COUNT_OUTCOMES = """
with next as materialized (
  select o.id, o.kind, o.amount_minor, least(o.position, %(places)s)::smallint as place, s.list,
    (s.at at time zone %(zone)s)::date as "on"
  from (
    select * from matching_outcome where id > %(after)s and id < %(until)s order by id limit %(limit)s
  ) o join matching_showing s on s.id = o.showing_id
), places as (
  insert into matching_dailyplace as p ("on", list, kind, place, count, amount_minor)
  select "on", list, kind, place, count(*), sum(amount_minor) from next group by "on", list, kind, place
  on conflict ("on", list, kind, place) do update set count = p.count + excluded.count,
    amount_minor = p.amount_minor + excluded.amount_minor
)
select count(*), (select id from next order by id desc limit 1) from next
"""
STREAMS = {"showings": COUNT_SHOWINGS, "outcomes": COUNT_OUTCOMES}

COUNT_PUSHES = """
insert into matching_pushday as d ("on", told, looked, sampled, picked, declined, sold_pieces, sold_minor, made_at)
select day::date, count(p.id), count(p.looked_at), count(p.sampled_at), count(p.picked_at), count(p.declined_at),
  coalesce(sum(p.sold_pieces), 0), coalesce(sum(p.sold_minor), 0), %(now)s
from unnest(%(days)s::date[]) as day
left join matching_push p on p.told_on = day
group by day
on conflict ("on") do update set told = excluded.told, looked = excluded.looked, sampled = excluded.sampled,
  picked = excluded.picked, declined = excluded.declined, sold_pieces = excluded.sold_pieces,
  sold_minor = excluded.sold_minor, made_at = excluded.made_at
"""

# Sales of a shop are counted up to the number that makes it small, no further, by the index of its orders.
CREATORS = """
  select s.id, s.created_at as came_at, (
    select count(*) from (
      select 1 from trade_order o where o.shop_id = s.id and o.paid_at is not null limit %(small)s
    ) sold
  ) < %(small)s as small
  from places_shop s where s.open and s.hidden_at is null and s.exposure > 0 and s.created_at < %(until)s
"""
PRODUCTS = """
  select c.product_id as id, c.approved_at as came_at, c.sold_30_days < %(small)s as small
  from matching_card c where c.approved_at < %(until)s
"""
# Gini of the showings of all known, the unseen ones too: from the rank of each in ascending order.
WORK_OUT_SPREAD = """
with known as (
  {known}
), counted as (
  select k.small, k.came_at >= %(new_since)s as new, coalesce(x.count, 0) as count,
    row_number() over (order by coalesce(x.count, 0)) as rank
  from known k
  left join matching_exposure x on x.week = %(week)s and x.list = %(list)s and x.thing_id = k.id
), summed as (
  select count(*) as known, count(*) filter (where count > 0) as seen, coalesce(sum(count), 0) as showings,
    coalesce(sum(count * rank), 0)::numeric as ranked, count(*) filter (where small) as small,
    coalesce(sum(count) filter (where small), 0) as small_showings, count(*) filter (where new) as new,
    coalesce(sum(count) filter (where new), 0) as new_showings
  from counted
)
insert into matching_spread as w (
  week, list, known, seen, showings, gini_bps, small, small_showings, new, new_showings, made_at
)
select %(week)s, %(list)s, known, seen, showings,
  case when showings = 0 then 0 else round(10000 * (2 * ranked / (known * showings) - (known + 1)::numeric / known)) end,
  small, small_showings, new, new_showings, %(now)s
from summed
on conflict (week, list) do update set known = excluded.known, seen = excluded.seen, showings = excluded.showings,
  gini_bps = excluded.gini_bps, small = excluded.small, small_showings = excluded.small_showings, new = excluded.new,
  new_showings = excluded.new_showings, made_at = excluded.made_at
"""
FORGET_EXPOSURES = """
delete from matching_exposure where id = any(array(
  select id from matching_exposure where week < %s order by week limit %s))
"""

# A viewer is one trial however often they looked: sessions of one person are not independent. Whoever was shown both arms
# (which the draw rules out) counts for neither.
WORK_OUT_ARMS = """
with seen as (
  select viewer_id, min(arm) as arm from matching_showing
  where experiment_id = %(experiment)s and at >= %(start)s and at < %(end)s group by viewer_id having min(arm) = max(arm)
), did as (
  select s.viewer_id, bool_or(o.kind = %(goal)s) as took, coalesce(sum(o.amount_minor) filter (where o.kind = 'order'), 0) as minor
  from matching_showing s join matching_outcome o on o.showing_id = s.id and o.at < %(end)s
  where s.experiment_id = %(experiment)s and s.at >= %(start)s and s.at < %(end)s group by s.viewer_id
)
insert into matching_armresult (experiment_id, arm, viewers, takers, minor, minor_squared, made_at)
select %(experiment)s, arms.arm, count(seen.viewer_id), count(*) filter (where did.took), coalesce(sum(did.minor), 0),
  coalesce(sum(did.minor::float8 ^ 2), 0), %(now)s
from (values ('a'), ('b')) as arms (arm)
left join seen on seen.arm = arms.arm left join did on did.viewer_id = seen.viewer_id
group by arms.arm
on conflict (experiment_id, arm) do nothing
"""

DUE_RESULTS = """
select e.id, e.list, e.started_at, e.started_at + e.days * interval '1 day' from matching_experiment e
where e.ended_at <= %s and e.ended_at >= e.started_at + e.days * interval '1 day'
  and not exists (select 1 from matching_armresult r where r.experiment_id = e.id)
order by e.ended_at limit %s
"""


def count_next(cursor: Any, stream: str, *, now: datetime, zone: str, places: int, limit: int) -> int:
    """Add the next rows of a stream (`showings`, `outcomes`) to the counts, at most `limit`; return how many.

    Each row exactly once: how far it came is written with the counts. 0 also if another process counts the stream.
    """
    cursor.execute(TAKE_PLACE, (stream, UUID(int=0)))
    cursor.execute(LOCK_PLACE, (stream,))
    place = cursor.fetchone()
    if place is None:
        return 0
    asked = {"zone": zone, "after": place[0], "until": first_id(now - SETTLED), "places": places, "limit": limit}
    cursor.execute(STREAMS[stream], asked)
    count, last_id = cursor.fetchone()
    if count:
        cursor.execute(MOVE_PLACE, (last_id, stream))
    return int(count)


def count_pushes(cursor: Any, days: list[date], *, now: datetime) -> None:
    """Count anew the pushes told on these days, and what became of them."""
    cursor.execute(COUNT_PUSHES, {"days": days, "now": now})


def work_out_spread(
    cursor: Any,
    list: str,
    week: date,
    *,
    of_creators: bool,
    small: int,
    new_since: datetime,
    until: datetime,
    now: datetime,
) -> None:
    """Work out how a week's showings of a list were spread, over who was there before `until`."""
    sql = WORK_OUT_SPREAD.format(known=CREATORS if of_creators else PRODUCTS)
    asked = {"list": list, "week": week, "small": small, "new_since": new_since, "until": until, "now": now}
    cursor.execute(sql, asked)


def forget_exposures(cursor: Any, *, before: date, limit: int) -> None:
    """Delete at most `limit` exposures of weeks before `before`: what is shown of them is worked out."""
    cursor.execute(FORGET_EXPOSURES, (before, limit))


def due_results(cursor: Any, *, until: datetime, limit: int) -> list[tuple[UUID, str, datetime, datetime]]:
    """Return (id, list, start, planned end) of experiments that ran their days, ended by `until` and are not worked out."""
    cursor.execute(DUE_RESULTS, (until, limit))
    return [(row[0], row[1], row[2], row[3]) for row in cursor.fetchall()]


def work_out_arms(
    cursor: Any, experiment_id: UUID, *, goal: str, start: datetime, end: datetime, now: datetime
) -> None:
    """Write what both arms of an experiment came to between `start` and `end`. Again changes nothing."""
    asked = {"experiment": experiment_id, "goal": goal, "start": start, "end": end, "now": now}
    cursor.execute(WORK_OUT_ARMS, asked)
