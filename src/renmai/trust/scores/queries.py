"""Read scores. They are public: whoever may see a seller may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from renmai.kit.paging import BadCursor, Page, checked_limit, cursor_of, parts_of
from renmai.trust.scores.measures import PARTS
from renmai.trust.scores.models import MarketDay, ScoreDay
from renmai.trust.scores.models import Score as Kept
from renmai.trust.scores.rules import Part, Score

HISTORY_DAYS = 365


@dataclass(frozen=True, slots=True)
class Shown:
    """A score as it is kept: of whom, made when, out of how many of the log's first entries."""

    subject_id: UUID
    score: Score
    facts: int
    log_size: int
    scored_at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which a score changed. `parts`: name -> value, None when unknown."""

    on: date
    value: int
    parts: dict[str, int | None]


def score_shown(subject_id: UUID) -> Shown | None:
    """Return the score of a subject of the log; None until its first fact is scored."""
    kept = Kept.objects.filter(subject_id=subject_id).first()
    return None if kept is None else _shown(kept)


def scores_shown(subject_ids: Sequence[UUID]) -> dict[UUID, Shown]:
    """Return subject -> score, of those that have one. One query."""
    return {kept.subject_id: _shown(kept) for kept in Kept.objects.filter(subject_id__in=subject_ids)}


def history(subject_id: UUID, *, until: date, days: int = HISTORY_DAYS) -> list[Day]:
    """Return the days of the last `days` on which a score changed, the oldest first, and the last one before them."""
    since = until - timedelta(days=min(days, HISTORY_DAYS * 3))
    rows = ScoreDay.objects.filter(subject_id=subject_id, on__lte=until).order_by("-on")
    before = rows.filter(on__lte=since)[:1]
    return [Day(row.on, row.value, row.parts) for row in reversed([*rows.filter(on__gt=since), *before])]


def list_scores(
    *, role: str, cursor: str | None = None, limit: int | None = None, worst_first: bool = False
) -> Page[Shown]:
    """Return the scores of all sellers of a role, the best first (or the worst). Errors: BadCursor."""
    rows = Kept.objects.filter(role=role)
    after = _after(cursor)
    if after is not None:
        value, subject_id = after
        way = "gt" if worst_first else "lt"
        rows = rows.filter(Q(**{f"value__{way}": value}) | Q(**{"value": value, f"subject_id__{way}": subject_id}))
    count = checked_limit(limit)
    found = list(rows.order_by(*(("value", "subject_id") if worst_first else ("-value", "-subject_id")))[: count + 1])
    more = cursor_of(found[count - 1].value, found[count - 1].subject_id) if len(found) > count else None
    return Page([_shown(kept) for kept in found[:count]], more)


def _after(cursor: str | None) -> tuple[int, UUID] | None:
    parts = parts_of(cursor, 2)
    if parts is None:
        return None
    try:
        return int(parts[0]), UUID(parts[1])
    except ValueError:
        raise BadCursor() from None


def market_shown(on: date) -> MarketDay | None:
    """Return the market of the newest day up to `on`."""
    return MarketDay.objects.filter(on__lte=on).order_by("-on").first()


def _shown(kept: Kept) -> Shown:
    parts = tuple(_part(name, kept.parts[name]) for name in PARTS)
    score = Score(kept.version, kept.role, kept.on, kept.value, kept.growing, parts)
    return Shown(kept.subject_id, score, kept.facts, kept.log_size, kept.scored_at)


def _part(name: str, kept: dict[str, Any]) -> Part:
    return Part(name, kept["value"], kept["share"], kept["evidence"], kept["inputs"])
