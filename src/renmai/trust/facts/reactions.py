"""Make facts of events: all of a batch, each event's facts once, together with how far the reading has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from renmai.kit.events.actions import Happened
from renmai.trust.facts.lane import Draft, credit_batch
from renmai.trust.facts.sources import EVENTS, SOURCES


def write_facts(cursor: Any, events: Sequence[Happened]) -> None:
    """React to a batch of events: draft what they say, set by set, and append it to the log. Again changes nothing."""
    drafts = [draft for kinds, sql in SOURCES for draft in _drafts(cursor, sql, [e for e in events if e.kind in kinds])]
    if drafts:
        credit_batch(cursor, sorted(drafts, key=lambda draft: draft.at))


def _drafts(cursor: Any, sql: str, events: Sequence[Happened]) -> list[Draft]:
    if not events:
        return []
    cursor.execute(
        EVENTS + sql,
        (
            [e.id for e in events],
            [e.kind for e in events],
            [e.subject_id for e in events],
            [e.actor_id for e in events],
            [e.at for e in events],
            [orjson.dumps(e.data).decode() for e in events],
        ),
    )
    return [
        Draft(kind, about, role, ref, at, _object(data), _object(record), buyer_id, order_id, category)
        for kind, about, role, ref, buyer_id, order_id, category, at, data, record in cursor.fetchall()
        if ref is not None
    ]


def _object(value: Any) -> dict[str, Any]:
    return dict(orjson.loads(value) if isinstance(value, str | bytes) else value)
