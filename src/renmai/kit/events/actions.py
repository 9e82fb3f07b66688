"""Append events, and deliver them to the reactions that `renmai.wiring` declares."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from renmai.kit.events.models import ParkedEvent
from renmai.kit.ids import new_id

log = logging.getLogger("renmai.events")

DELIVER_MAX = 200
ATTEMPTS_MAX = 12


@dataclass(frozen=True, slots=True)
class Happened:
    """An event on its way into or out of the table."""

    kind: str
    subject_id: UUID
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    actor_id: UUID | None = None
    id: UUID = field(default_factory=new_id)


Within = Callable[[Any, Sequence[Happened]], None]
After = Callable[[Happened], None]

_within: dict[str, list[Within]] = defaultdict(list)
_after: dict[str, tuple[frozenset[str], After]] = {}

INSERT = """
insert into kit_event (id, kind, subject_id, actor_id, at, data)
select * from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::jsonb[])
"""


def on_within(kind: str, reaction: Within) -> None:
    """Declare a reaction that runs in the same transaction, on the batch of events of one kind, with a cursor."""
    _within[kind].append(reaction)


def on_after(name: str, kinds: Iterable[str], reaction: After) -> None:
    """Declare a reaction that runs later, once per event of `kinds` and at least once; `name` must stay the same."""
    if name in _after:
        raise RuntimeError(f"reaction {name} is declared twice")
    _after[name] = (frozenset(kinds), reaction)


def declared() -> dict[str, list[str]]:
    """Return event kind -> names of its reactions, in order (for the documentation and its test)."""
    table: dict[str, list[str]] = {k: [f"within: {r.__name__}" for r in rs] for k, rs in _within.items()}
    for name, (kinds, _) in _after.items():
        for kind in kinds:
            table.setdefault(kind, []).append(f"after: {name}")
    return table


def append(cursor: Any, events: Sequence[Happened]) -> None:
    """Append `events` by `cursor`, in its transaction, and run their `within` reactions. One statement for the set."""
    if not events:
        return
    cursor.execute(
        INSERT,
        (
            [e.id for e in events],
            [e.kind for e in events],
            [e.subject_id for e in events],
            [e.actor_id for e in events],
            [e.at for e in events],
            [orjson.dumps(e.data, default=str).decode() for e in events],
        ),
    )
    by_kind: dict[str, list[Happened]] = defaultdict(list)
    for event in events:
        by_kind[event.kind].append(event)
    for kind, batch in by_kind.items():
        for reaction in _within[kind] if kind in _within else ():
            reaction(cursor, batch)


def record(*events: Happened) -> None:
    """Append `events` in Django's current transaction."""
    with connection.cursor() as cursor:
        append(cursor, events)


def deliver(*, now: datetime) -> int:
    """Bring every `after` reaction as far as it goes now; return how many events were handled."""
    return sum(_deliver_one(name, now) for name in _after)


def deliver_all(*, now: datetime) -> int:
    """Deliver until nothing is left (tests, demo, replay)."""
    total = 0
    while count := deliver(now=now):
        total += count
    return total


NEXT = """
select e.id, e.xid, e.kind, e.subject_id, e.actor_id, e.at, e.data
from kit_event e
where (e.xid, e.id) > (%s, %s) and e.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  and e.kind = any(%s)
order by e.xid, e.id
limit %s
"""
CLAIM = """
insert into kit_reactioncursor (reaction, xid) values (%s, 0) on conflict (reaction) do nothing
"""
LOCK = "select xid, event_id from kit_reactioncursor where reaction = %s for update skip locked"
MOVE = "update kit_reactioncursor set xid = %s, event_id = %s where reaction = %s"
ZERO = UUID(int=0)


def _deliver_one(name: str, now: datetime) -> int:
    kinds, reaction = _after[name]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, (name,))
        cursor.execute(LOCK, (name,))
        row = cursor.fetchone()
        if row is None:
            return 0
        cursor.execute(NEXT, (row[0], row[1] or ZERO, list(kinds), DELIVER_MAX))
        rows = cursor.fetchall()
        waiting = set(ParkedEvent.objects.filter(reaction=name).values_list("subject_id", flat=True)) if rows else set()
        for event_id, _xid, kind, subject_id, actor_id, at, data in rows:
            event = Happened(kind, subject_id, at, _loads(data), actor_id, event_id)
            if subject_id in waiting or not _digest(name, reaction, event, now):
                waiting.add(subject_id)
                _park(name, event, now)
        if rows:
            cursor.execute(MOVE, (rows[-1][1], rows[-1][0], name))
    return len(rows)


def _digest(name: str, reaction: After, event: Happened, now: datetime) -> bool:
    try:
        with transaction.atomic():
            reaction(event)
    except Exception:
        log.exception("reaction %s could not digest event %s", name, event.id)
        return False
    return True


def _park(name: str, event: Happened, now: datetime) -> None:
    ParkedEvent.objects.get_or_create(
        reaction=name,
        event_id=event.id,
        defaults={"subject_id": event.subject_id, "error": "see log", "retry_at": now + timedelta(seconds=30)},
    )


def retry_parked(*, now: datetime, limit: int = 200) -> int:
    """Try parked events again, oldest first per subject; return how many were digested."""
    done = 0
    stuck: set[tuple[str, UUID]] = set()
    due = ParkedEvent.objects.select_related("event").filter(retry_at__lte=now, attempts__lt=ATTEMPTS_MAX)
    for parked in due.order_by("event__xid", "event_id")[:limit]:
        if parked.reaction not in _after or (parked.reaction, parked.subject_id) in stuck:
            continue
        if _retry_one(parked, now):
            done += 1
        else:
            stuck.add((parked.reaction, parked.subject_id))
    return done


def _retry_one(parked: ParkedEvent, now: datetime) -> bool:
    row = parked.event
    event = Happened(row.kind, row.subject_id, row.at, row.data, row.actor_id, row.id)
    with transaction.atomic():
        ok = _digest(parked.reaction, _after[parked.reaction][1], event, now)
        if ok:
            parked.delete()
        else:
            parked.attempts += 1
            parked.retry_at = now + timedelta(seconds=min(30 * 2**parked.attempts, 86_400))
            parked.save(update_fields=["attempts", "retry_at"])
    return ok


def _loads(data: Any) -> dict[str, Any]:
    return orjson.loads(data) if isinstance(data, str | bytes) else data
