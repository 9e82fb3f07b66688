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

from renmai.kit.events.models import Event, ParkedEvent
from renmai.kit.ids import new_id

log = logging.getLogger("renmai.events")

DELIVER_MAX = 200
# Every other reaction waits for the transaction of a batch (they stop below the oldest that runs): a fraction of a second.
BATCH_MAX = 500
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
AfterNow = Callable[[Happened, datetime], None]
AfterBatch = Callable[[Any, Sequence[Happened]], None]

_within: dict[str, list[Within]] = defaultdict(list)
_after: dict[str, tuple[frozenset[str], AfterNow]] = {}
_batches: dict[str, tuple[frozenset[str], AfterBatch]] = {}

INSERT = """
insert into kit_event (id, kind, subject_id, actor_id, at, data)
select * from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::jsonb[])
"""


def on_within(kind: str, reaction: Within) -> None:
    """Declare a reaction that runs in the same transaction, on the batch of events of one kind, with a cursor."""
    _within[kind].append(reaction)


def on_after(name: str, kinds: Iterable[str], reaction: After) -> None:
    """Declare a reaction that runs later, once per event of `kinds` and at least once; `name` must stay the same."""
    on_after_now(name, kinds, lambda event, _now: reaction(event))


def on_after_now(name: str, kinds: Iterable[str], reaction: AfterNow) -> None:
    """Declare as `on_after` a reaction that is told the time at which it runs, which may be days after the event's."""
    _refuse_twice(name)
    _after[name] = (frozenset(kinds), reaction)


def on_after_batch(name: str, kinds: Iterable[str], reaction: AfterBatch) -> None:
    """Declare a reaction that runs later on many events at once, with a cursor: at least once, in no order promised.

    What it writes by the cursor commits together with how far it has come. An event that it cannot digest is parked
    alone and holds back no other, of its own subject neither.
    """
    _refuse_twice(name)
    _batches[name] = (frozenset(kinds), reaction)


def _refuse_twice(name: str) -> None:
    if name in _after or name in _batches:
        raise RuntimeError(f"reaction {name} is declared twice")


def declared() -> dict[str, list[str]]:
    """Return event kind -> names of its reactions, in order (for the documentation and its test)."""
    table: dict[str, list[str]] = {k: [f"within: {r.__name__}" for r in rs] for k, rs in _within.items()}
    for name, kinds in [(name, kinds) for known in (_after, _batches) for name, (kinds, _) in known.items()]:
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


def list_past(kinds: Iterable[str], *, since: datetime) -> list[Happened]:
    """Return all events of `kinds` since a moment, in the order in which they happened, for whoever lives through them again."""
    found = Event.objects.filter(kind__in=list(kinds), at__gte=since).order_by("at", "id")
    return [Happened(row.kind, row.subject_id, row.at, row.data, row.actor_id, row.id) for row in found]


def deliver(*, now: datetime) -> int:
    """Bring every `after` reaction as far as it goes now; return how many events were handled."""
    return sum(_deliver_one(name, now) for name in _after)


def deliver_all(*, now: datetime) -> int:
    """Deliver until nothing is left (tests, demo, replay)."""
    total = 0
    while count := deliver(now=now) + deliver_batches(now=now):
        total += count
    return total


def deliver_batches(*, now: datetime) -> int:
    """Bring every reaction to batches as far as it goes now; return how many events were handled."""
    return sum(_deliver_batches(name, now) for name in _batches)


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
        events = _take(cursor, name, kinds, DELIVER_MAX)
        parked = ParkedEvent.objects.filter(reaction=name).values_list("subject_id", flat=True)
        waiting = set(parked) if events else set()
        for event in events:
            if event.subject_id in waiting or not _digest(name, reaction, event, now):
                waiting.add(event.subject_id)
                _park(name, event, now)
    return len(events)


def _take(cursor: Any, name: str, kinds: frozenset[str], most: int) -> list[Happened]:
    """Return what is next for a reaction and move its cursor behind it; nothing where another worker is at it."""
    cursor.execute(CLAIM, (name,))
    cursor.execute(LOCK, (name,))
    row = cursor.fetchone()
    if row is None:
        return []
    cursor.execute(NEXT, (row[0], row[1] or ZERO, list(kinds), most))
    rows = cursor.fetchall()
    if rows:
        cursor.execute(MOVE, (rows[-1][1], rows[-1][0], name))
    return [Happened(kind, subject, at, _loads(data), actor, id_) for id_, _, kind, subject, actor, at, data in rows]


def _deliver_batches(name: str, now: datetime) -> int:
    kinds, reaction = _batches[name]
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            events = _take(cursor, name, kinds, BATCH_MAX)
            _digest_batch(name, reaction, cursor, events, now)
        total += len(events)
        if len(events) < BATCH_MAX:
            return total


def _digest_batch(name: str, reaction: AfterBatch, cursor: Any, events: Sequence[Happened], now: datetime) -> None:
    """Hand over all at once; where that fails, half by half, until the one at fault is alone and parked."""
    if not events:
        return
    try:
        with transaction.atomic():
            reaction(cursor, events)
    except Exception:
        if len(events) == 1:
            log.exception("reaction %s could not digest event %s", name, events[0].id)
            _park(name, events[0], now)
            return
        for half in (events[: len(events) // 2], events[len(events) // 2 :]):
            _digest_batch(name, reaction, cursor, half, now)


def _reaction(name: str) -> AfterNow:
    """Return the reaction to one event, whichever way it was declared."""
    if name in _after:
        return _after[name][1]

    def alone(event: Happened, _now: datetime) -> None:
        with connection.cursor() as cursor:
            _batches[name][1](cursor, [event])

    return alone


def _digest(name: str, reaction: AfterNow, event: Happened, now: datetime) -> bool:
    try:
        with transaction.atomic():
            reaction(event, now)
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
    due = ParkedEvent.objects.filter(~Exists(earlier), reaction__in=[*_after, *_batches], retry_at__lte=now)
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
        ok = _digest(parked.reaction, _reaction(parked.reaction), event, now)
        if ok:
            parked.delete()
        else:
            parked.attempts += 1
            parked.retry_at = now + timedelta(seconds=min(30 * 2**parked.attempts, 86_400))
            parked.save(update_fields=["attempts", "retry_at"])
    return ok


def _loads(data: Any) -> dict[str, Any]:
    return dict(orjson.loads(data) if isinstance(data, str | bytes) else data)
