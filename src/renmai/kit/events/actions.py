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
from django.db.models import Exists, OuterRef, Q

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
        for reaction in _within.get(kind, ()):
            reaction(cursor, batch)


def record(*events: Happened) -> None:
    """Append `events` in Django's current transaction."""
    with connection.cursor() as cursor:
        append(cursor, events)


def forget(cursor: Any, subject_ids: Sequence[UUID], name: str) -> None:
    """Take `name` out of the data of all events of these subjects: what an erasure takes away, no event may keep."""
    cursor.execute(
        "update kit_event set data = data - %s where subject_id = any(%s) and data ? %s",
        (name, list(subject_ids), name),
    )


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
    """Try parked events again, only ever the oldest of a reaction and subject; return how many were digested.

    One that failed 12 times waits for a person, and those of its subject behind it. Any number of workers may do this.
    """
    done = 0
    while done < limit:
        digested = sum(_retry_one(parked_id, now) for parked_id in _oldest_due(now, limit - done))
        if not digested:
            break
        done += digested
    return done


def _oldest_due(now: datetime, limit: int) -> list[UUID]:
    before = Q(event__xid__lt=OuterRef("event__xid")) | Q(
        event__xid=OuterRef("event__xid"), event_id__lt=OuterRef("event_id")
    )
    earlier = ParkedEvent.objects.filter(before, reaction=OuterRef("reaction"), subject_id=OuterRef("subject_id"))
    due = ParkedEvent.objects.filter(~Exists(earlier), reaction__in=list(_after), retry_at__lte=now)
    found = due.filter(attempts__lt=ATTEMPTS_MAX).order_by("event__xid", "event_id")
    return list(found.values_list("id", flat=True)[:limit])


def _retry_one(parked_id: UUID, now: datetime) -> bool:
    with transaction.atomic():
        # Locked, so that of two workers one digests it and the other passes by.
        locked = ParkedEvent.objects.select_for_update(skip_locked=True, of=("self",)).select_related("event")
        parked = locked.filter(id=parked_id, retry_at__lte=now).first()
        if parked is None:
            return False
        row = parked.event
        event = Happened(row.kind, row.subject_id, row.at, row.data, row.actor_id, row.id)
        ok = _digest(parked.reaction, _after[parked.reaction][1], event, now)
        if ok:
            parked.delete()
        else:
            parked.attempts += 1
            parked.retry_at = now + timedelta(seconds=min(30 * 2**parked.attempts, 86_400))
            parked.save(update_fields=["attempts", "retry_at"])
    return ok


def _loads(data: Any) -> dict[str, Any]:
    return dict(orjson.loads(data) if isinstance(data, str | bytes) else data)
