"""Make anew the scores of those about whom something was written, and of everybody once a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, append
from renmai.trust.scores.following import FACTS_A_SECOND, LOG_SIZE, WAIT_SECONDS_MAX, follow, keep_market, market_on
from renmai.trust.scores.reading import Read, read_scores
from renmai.trust.scores.rules import Score

# Of one claim: so many sellers, who had so many facts together when they were scored last (one seller may have more).
SUBJECTS_MAX = 50
FACTS_MAX = 200_000
ROUNDS_MAX = 200
# What a worker that died had claimed is claimed again after this; far more than a claim takes.
CLAIMED_FOR = timedelta(minutes=10)

DUE = """
select d.subject_id, coalesce(s.facts, 0) from trust_scoredue d left join trust_score s on s.subject_id = d.subject_id
where d.due_at <= %s order by d.due_at, d.subject_id limit %s for update of d skip locked
"""
CLAIM = "update trust_scoredue set due_at = %s where subject_id = any(%s) returning subject_id, touches"
HELD = """
select subject_id, touches from trust_scoredue where subject_id = any(%s) and due_at = %s order by subject_id for update
"""
DONE = "delete from trust_scoredue where subject_id = any(%s)"
AGAIN = """
update trust_scoredue d set due_at = %(now)s::timestamptz + make_interval(secs => least(s.facts / %(pace)s, %(most)s))
from trust_score s where s.subject_id = d.subject_id and d.subject_id = any(%(subjects)s)
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

    The counts, the market and what is due are kept in a transaction of their own. Scores are claimed, worked out and kept in
    three: only the last, short one writes what others wait for, with the event `score.changed` of those whose value or a
    part of it is another than before.
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


@dataclass(frozen=True, slots=True)
class _Made:
    """Scores that were worked out of the log's first `log_size` leaves."""

    log_size: int
    of: Mapping[UUID, Read]


def _score_some(on: date, now: datetime) -> int:
    """Make anew the scores of some who are due; return how many were kept."""
    claimed = _claim(on, now)
    if not claimed:
        return 0
    made = _make(list(claimed), on)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HELD, (list(claimed), now + CLAIMED_FOR))
        held: dict[UUID, int] = dict(cursor.fetchall())
        _keep_made(cursor, _Made(made.log_size, {subject_id: made.of[subject_id] for subject_id in held}), now)
        # Who was touched again while it was worked out is due again.
        done = [subject_id for subject_id, touches in held.items() if touches == claimed[subject_id]]
        cursor.execute(DONE, (done,))
        again: list[UUID] = sorted(held.keys() - set(done))
        cursor.execute(AGAIN, {"subjects": again, "now": now, "pace": FACTS_A_SECOND, "most": WAIT_SECONDS_MAX})
    return len(held)


def _claim(on: date, now: datetime) -> dict[UUID, int]:
    """Take some who are due out of other workers' way; return how often each was touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        if market_on(cursor, on) is None:
            return {}
        cursor.execute(DUE, (now, SUBJECTS_MAX))
        subjects, facts = list[UUID](), 0
        for subject_id, of_subject in cursor.fetchall():
            facts += of_subject
            if subjects and facts > FACTS_MAX:
                break
            subjects.append(subject_id)
        cursor.execute(CLAIM, (now + CLAIMED_FOR, subjects))
        return dict(cursor.fetchall())


def _make(subjects: Sequence[UUID], on: date) -> _Made:
    """Work scores out. Nothing is written in this transaction, so no event waits for it, however many facts there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        market = market_on(cursor, on)
        assert market is not None
        cursor.execute(LOG_SIZE)
        log_size: int = cursor.fetchone()[0]
        return _Made(log_size, read_scores(subjects, market=market, log_size=log_size, on=on))


def _keep_made(cursor: Any, made: _Made, now: datetime) -> None:
    scores = {subject_id: read.score for subject_id, read in made.of.items()}
    cursor.execute(KEPT, (list(scores),))
    before = {row[0]: row[1:] for row in cursor.fetchall()}
    _keep(cursor, made, now)
    changed = {s: score for s, score in scores.items() if _shown(before.get(s)) != (score.value, part_values(score))}
    _keep_days(cursor, changed)
    append(cursor, [_event(subject_id, score, before.get(subject_id), now) for subject_id, score in changed.items()])


def part_values(score: Score) -> dict[str, int | None]:
    """Return part -> value."""
    return {part.name: part.value for part in score.parts}


def _shown(kept: Sequence[Any] | None) -> tuple[int, dict[str, int | None]] | None:
    return None if kept is None else (kept[0], {name: part["value"] for name, part in _loaded(kept[1]).items()})


def _loaded(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def _keep(cursor: Any, made: _Made, now: datetime) -> None:
    scores = [read.score for read in made.of.values()]
    cursor.execute(
        KEEP,
        (
            list(made.of),
            [score.version for score in scores],
            [score.role for score in scores],
            [score.on for score in scores],
            [score.value for score in scores],
            [score.growing for score in scores],
            [orjson.dumps(score.as_json()["parts"]).decode() for score in scores],
            [read.facts for read in made.of.values()],
            [made.log_size] * len(scores),
            [now] * len(scores),
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
