"""Tell people things, set by set, in the transaction of what happened; mark what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from renmai.kit.access import Actor, require_person
from renmai.kit.ids import new_id
from renmai.people.notices.models import Notice

WRITE = """
insert into people_notice (id, person_id, kind, data, href, at)
select i, p, k, d::jsonb, h, a
from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[]) as v (i, p, k, d, h, a)
"""
MEMBERS = "select subject_id, person_id from people_membership where role = %s and subject_id = any(%s) order by 1, 2"


@dataclass(frozen=True, slots=True)
class Told:
    """One notice to write: to whom, its kind (a key of `web/notices` words), names in it, and where it is dealt with."""

    person_id: UUID
    kind: str
    at: datetime
    href: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def tell(cursor: Any, told: Sequence[Told]) -> None:
    """Write notices in the cursor's transaction; one statement, whatever their number."""
    if told:
        cursor.execute(
            WRITE,
            (
                [new_id() for _ in told],
                [t.person_id for t in told],
                [t.kind for t in told],
                [orjson.dumps(dict(t.data), default=str).decode() for t in told],
                [t.href for t in told],
                [t.at for t in told],
            ),
        )


def members_of(cursor: Any, role: str, subject_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Return subject -> the people who act for it as `role` (supplier, creator, agency); one statement."""
    found: dict[UUID, list[UUID]] = {}
    if subject_ids:
        cursor.execute(MEMBERS, (role, list(subject_ids)))
        for subject_id, person_id in cursor.fetchall():
            found.setdefault(subject_id, []).append(person_id)
    return found


def read_notices(*, actor: Actor, now: datetime) -> int:
    """Mark all of the actor's notices as read; return how many were not. Errors: SignInNeeded."""
    person_id = require_person(actor)
    return Notice.objects.filter(person_id=person_id, read_at=None).update(read_at=now)
