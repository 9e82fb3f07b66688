"""Read what is new in the log: count it for the market, and note whose score it touches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from renmai.trust.scores.evidence import Fact
from renmai.trust.scores.market import Cell, Market, Tally, market_from, tally_of
from renmai.trust.scores.measures import VERSION

LEAVES_MAX = 5_000
# A seller of many facts is scored anew less often: a second later for so many facts, at most ten minutes.
FACTS_A_SECOND = 100
WAIT_SECONDS_MAX = 600
# Another market means another score for everyone, and where a backlog is written down every fact comes late.
MARKET_EVERY = timedelta(minutes=10)

BEGIN = "insert into trust_scorehead (id, size, market_stale) values (1, 0, false) on conflict do nothing"
LOCK = "select size from trust_scorehead where id = 1 for update skip locked"
LOG_SIZE = "select coalesce((select size from trust_loghead where id = 1), 0)"
LEAVES = "select data from trust_logentry where index >= %s and index < %s order by index"
MOVE = "update trust_scorehead set size = %s, market_stale = market_stale or %s where id = 1"
HEAD = "select market_stale, market_at from trust_scorehead where id = 1"
FRESH = "update trust_scorehead set market_stale = false, market_at = %s where id = 1"
COUNT = """
insert into trust_marketcell (measure, day, weight, quarters, facts)
select * from unnest(%s::text[], %s::date[], %s::smallint[], %s::bigint[], %s::bigint[])
on conflict (measure, day, weight) do update
set quarters = trust_marketcell.quarters + excluded.quarters, facts = trust_marketcell.facts + excluded.facts
"""
TOUCH = """
insert into trust_scoredue (subject_id, due_at)
select f.subject_id, %(now)s::timestamptz + make_interval(secs => least(coalesce(s.facts, 0) / %(pace)s, %(most)s))
from (select distinct subject_id from trust_fact where leaf_index >= %(first)s and leaf_index < %(end)s) f
left join trust_score s on s.subject_id = f.subject_id
order by f.subject_id
on conflict (subject_id) do update set touches = trust_scoredue.touches + 1
"""
TOUCH_ALL = """
insert into trust_scoredue (subject_id, due_at)
select subject_id, %s from (select subject_id from trust_score union select subject_id from trust_scoredue) s
order by subject_id
on conflict (subject_id) do update set touches = trust_scoredue.touches + 1
"""
CELLS = "select measure, day, weight, quarters, facts from trust_marketcell where day < %s"
KEEP_MARKET = """
insert into trust_marketday ("on", version, rates_ppm, log_size) values (%s, %s, %s, %s)
on conflict ("on") do update set version = excluded.version, rates_ppm = excluded.rates_ppm, log_size = excluded.log_size
"""
MARKET = 'select rates_ppm from trust_marketday where "on" = %s'


def follow(cursor: Any, on: date, now: datetime) -> tuple[int, int] | None:
    """Read on in the log by at most 5,000 entries; return how far was read and how long it is.

    None while another worker reads. Call it in a transaction.
    """
    cursor.execute(BEGIN)
    cursor.execute(LOCK)
    head = cursor.fetchone()
    if head is None:
        return None
    cursor.execute(LOG_SIZE)
    size, first = cursor.fetchone()[0], head[0]
    end = min(first + LEAVES_MAX, size)
    if end > first:
        cursor.execute(LEAVES, (first, end))
        tally = tally_of((as_fact(data), 1) for (data,) in cursor.fetchall())
        _count(cursor, tally)
        cursor.execute(
            TOUCH, {"now": now, "first": first, "end": end, "pace": FACTS_A_SECOND, "most": WAIT_SECONDS_MAX}
        )
        cursor.execute(MOVE, (end, any(cell.day < on.isoformat() for cell in tally)))
    return end, size


def _count(cursor: Any, tally: Tally) -> None:
    cells = sorted(tally)
    cursor.execute(
        COUNT,
        (
            [cell.measure for cell in cells],
            [cell.day for cell in cells],
            [cell.weight for cell in cells],
            [tally[cell][0] for cell in cells],
            [tally[cell][1] for cell in cells],
        ),
    )


def keep_market(cursor: Any, on: date, log_size: int, now: datetime) -> None:
    """Keep the market of a day that is new, or to which an earlier day's facts came late; note every seller as due.

    A day's market is made anew every ten minutes at most. Call it when the log is read to its end, by whom `follow` let in.
    """
    before = market_on(cursor, on)
    if before is not None and not _is_to_be_anew(cursor, now):
        return
    cursor.execute(CELLS, (on,))
    market = market_from(tally_of_rows(cursor.fetchall()), on)
    cursor.execute(KEEP_MARKET, (on, VERSION, orjson.dumps(dict(market.rates_ppm)).decode(), log_size))
    cursor.execute(FRESH, (now,))
    if market != before:
        cursor.execute(TOUCH_ALL, (now,))


def _is_to_be_anew(cursor: Any, now: datetime) -> bool:
    cursor.execute(HEAD)
    is_stale, kept_at = cursor.fetchone()
    return is_stale and (kept_at is None or now - kept_at >= MARKET_EVERY)


def tally_of_rows(rows: Sequence[tuple[Any, ...]]) -> Tally:
    """Return kept counts as the rules read them."""
    return {Cell(measure, day.isoformat(), weight): (quarters, facts) for measure, day, weight, quarters, facts in rows}


def market_on(cursor: Any, on: date) -> Market | None:
    """Return the market that was kept for a day."""
    cursor.execute(MARKET, (on,))
    row = cursor.fetchone()
    return None if row is None else Market(VERSION, on, _loaded(row[0]))


def _loaded(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def as_fact(data: bytes | memoryview) -> Fact:
    """Return a leaf's members."""
    fact: Fact = orjson.loads(bytes(data))
    return fact
