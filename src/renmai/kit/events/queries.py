"""Read events: the audit trail. Everybody's deeds, so operators only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from renmai.kit.access import Actor, require_role
from renmai.kit.events.models import Event, ParkedEvent
from renmai.kit.paging import BadCursor, Page, checked_limit, cursor_of, moment_of, page_of, parts_of

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the trail is wanted: by whom, of which kind, about what, from `since` until before `until`."""

    kind: str = ""
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_trail(actor: Actor, asked: Asked, *, after: str | None = None, limit: int = 50) -> Page[Event]:
    """Return events, newest first; one statement, by an index whatever is asked.

    Errors: Forbidden, SignInNeeded, BadCursor.
    """
    require_role(actor, "operator")
    place = parts_of(after, 2)
    start = (moment_of(place[0]), _uuid(place[1])) if place else None
    size = checked_limit(limit)
    rows = list(_found(asked, start)[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return page_of(rows, size, cursor_of(last.at.isoformat(), last.id) if last else None)


def walk_trail(actor: Actor, asked: Asked, *, most: int) -> Iterator[Event]:
    """Yield events, newest first, at most `most`: for a file, so by pages. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    start: tuple[datetime, UUID] | None = None
    left = most
    while left > 0:
        rows = list(_found(asked, start)[: min(CHUNK, left)])
        yield from rows
        if len(rows) < min(CHUNK, left):
            return
        start, left = (rows[-1].at, rows[-1].id), left - len(rows)


def count_parked(reaction: str) -> int:
    """Return how many events wait because a reaction could not digest them or one before them."""
    return ParkedEvent.objects.filter(reaction=reaction).count()


def _found(asked: Asked, start: tuple[datetime, UUID] | None) -> QuerySet[Event]:
    given = {"kind": asked.kind or None, "actor_id": asked.actor_id, "subject_id": asked.subject_id,
             "at__gte": asked.since, "at__lt": asked.until}  # fmt: skip
    found = Event.objects.filter(**{name: value for name, value in given.items() if value is not None})
    if start is not None:
        at, event_id = start
        found = found.filter(Q(at__lt=at) | Q(at=at, id__lt=event_id), at__lte=at)
    return found.order_by("-at", "-id")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor() from None
