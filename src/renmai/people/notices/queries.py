"""Read one's own notices."""

from __future__ import annotations

from uuid import UUID

from renmai.kit.access import Actor, require_person
from renmai.people.notices.models import Notice

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
COUNT_MAX = 99


def list_notices(actor: Actor, *, after: UUID | None = None, limit: int = 24) -> list[Notice]:
    """Return the actor's notices, newest first; `after` is the id of the last one seen. Errors: SignInNeeded."""
    rows = Notice.objects.filter(person_id=require_person(actor)).order_by("-id")
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows[: min(limit, LIMIT_MAX)])


def count_unread(actor: Actor) -> int:
    """Return how many of the actor's notices are unread, at most 99; 0 for nobody."""
    if actor.person_id is None:
        return 0
    return Notice.objects.filter(person_id=actor.person_id, read_at=None)[:COUNT_MAX].count()
