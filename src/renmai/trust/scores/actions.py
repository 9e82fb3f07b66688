"""Make anew the scores of those about whom something was written, and of everybody once a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, append
from renmai.trust.scores.evidence import Fact
from renmai.trust.scores.following import LOG_SIZE, as_fact, follow, keep_market, market_on
from renmai.trust.scores.measures import DEDUCTIONS, HALF_LIVES, MEASURES
from renmai.trust.scores.rules import Market, Score, score_of

SUBJECTS_MAX = 50
ROUNDS_MAX = 200
# What is older than every half-life's end counts no more; how somebody began is always read.
LONGEST_DAYS = max(*(m.half_life_days for m in MEASURES), *(d.half_life_days for d in DEDUCTIONS))
WINDOW = timedelta(days=HALF_LIVES * LONGEST_DAYS)

DUE = """
select subject_id from trust_scoredue where due_at <= %s order by due_at, subject_id limit %s for update skip locked
"""
DONE = "delete from trust_scoredue where subject_id = any(%s)"
FACTS = """
select f.subject_id, e.data from trust_fact f join trust_logentry e on e.index = f.leaf_index
where f.subject_id = any(%s) and f.leaf_index < %s and (f.day > %s or f.kind = 'seller.began')
"""
KEPT = 'select subject_id, value, parts, "on" from trust_score where subject_id = any(%s)'
KEEP = """
insert into trust_score (subject_id, version, role, "on", value, growing, parts, facts, log_size, scored_at)
select * from unnest(%s::uuid[], %s::smallint[], %s::text[], %s::date[], %s::smallint[], %s::boolean[], %s::jsonb[],
                     %s::integer[], %s::bigint[], %s::timestamptz[])
on conflict (subject_id) do update set version = excluded.version, role = excluded.role, "on" = excluded."on",
  value = excluded.value, growing = excluded.growing, parts = excluded.parts, facts = excluded.facts,
  log_size = excluded.log_size, scored_at = excluded.scored_at
"""
KEEP_DAYS = """
insert into trust_scoreday (subject_id, "on", version, value, parts)
select * from unnest(%s::uuid[], %s::date[], %s::smallint[], %s::smallint[], %s::jsonb[])
on conflict (subject_id, "on") do update
set version = excluded.version, value = excluded.value, parts = excluded.parts
"""


def sweep_scores(*, now: datetime) -> int:
    """Read on in the log and make scores anew; return how many were made. Any number of workers may do this.

    The counts, the market and what is due are kept in a transaction of their own, each batch of scores in another, with
    the event `score.changed` of those whose value or a part of it is another than before.
    """
    on, made = local_day(now), 0
    for _ in range(ROUNDS_MAX):
        read = _read_on(on, now)
        scored = _score_some(on, now)
        made += scored
        if not scored and not read:
            break
    return made


def _read_on(on: date, now: datetime) -> bool:
    """Read on; return whether there is more to read."""
    with transaction.atomic(), connection.cursor() as cursor:
        found = follow(cursor, on, now)
        if found is None:
            return False
        end, size = found
        if end == size:
            keep_market(cursor, on, size, now)
        return end < size


def _score_some(on: date, now: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        market = market_on(cursor, on)
        if market is None:
            return 0
        cursor.execute(DUE, (now, SUBJECTS_MAX))
        subjects: list[UUID] = [subject_id for (subject_id,) in cursor.fetchall()]
        if subjects:
            _make(cursor, subjects, market, now)
            cursor.execute(DONE, (subjects,))
    return len(subjects)


def _make(cursor: Any, subjects: Sequence[UUID], market: Market, now: datetime) -> None:
    cursor.execute(LOG_SIZE)
    log_size: int = cursor.fetchone()[0]
    facts = read_facts(cursor, subjects, log_size, market.on)
    made = {subject_id: score_of(facts[subject_id], market=market, on=market.on) for subject_id in subjects}
    cursor.execute(KEPT, (list(subjects),))
    before = {row[0]: row[1:] for row in cursor.fetchall()}
    _keep(cursor, made, {subject_id: len(found) for subject_id, found in facts.items()}, log_size, now)
    changed = {s: score for s, score in made.items() if _shown(before.get(s)) != (score.value, part_values(score))}
    _keep_days(cursor, changed)
    append(cursor, [_event(subject_id, score, before.get(subject_id), now) for subject_id, score in changed.items()])


def read_facts(cursor: Any, subjects: Sequence[UUID], log_size: int, on: date) -> dict[UUID, list[Fact]]:
    """Return the facts of each subject among the first `log_size` leaves that can still count on `on`."""
    cursor.execute(FACTS, (list(subjects), log_size, on - WINDOW))
    facts: dict[UUID, list[Fact]] = defaultdict(list)
    for subject_id, data in cursor.fetchall():
        facts[subject_id].append(as_fact(data))
    return facts


def part_values(score: Score) -> dict[str, int | None]:
    """Return part -> value."""
    return {part.name: part.value for part in score.parts}


def _shown(kept: Sequence[Any] | None) -> tuple[int, dict[str, int | None]] | None:
    return None if kept is None else (kept[0], {name: part["value"] for name, part in _loaded(kept[1]).items()})


def _loaded(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def _keep(cursor: Any, made: Mapping[UUID, Score], counts: Mapping[UUID, int], log_size: int, now: datetime) -> None:
    scores = list(made.values())
    cursor.execute(
        KEEP,
        (
            list(made),
            [score.version for score in scores],
            [score.role for score in scores],
            [score.on for score in scores],
            [score.value for score in scores],
            [score.growing for score in scores],
            [orjson.dumps(score.as_json()["parts"]).decode() for score in scores],
            [counts.get(subject_id, 0) for subject_id in made],
            [log_size] * len(made),
            [now] * len(made),
        ),
    )


def _keep_days(cursor: Any, changed: Mapping[UUID, Score]) -> None:
    scores = list(changed.values())
    cursor.execute(
        KEEP_DAYS,
        (
            list(changed),
            [score.on for score in scores],
            [score.version for score in scores],
            [score.value for score in scores],
            [orjson.dumps(part_values(score)).decode() for score in scores],
        ),
    )


def _event(subject_id: UUID, score: Score, before: Sequence[Any] | None, now: datetime) -> Happened:
    data = {
        "version": score.version,
        "value": score.value,
        "before": before[0] if before else None,
        "parts": part_values(score),
    }
    return Happened("score.changed", subject_id, now, data)
