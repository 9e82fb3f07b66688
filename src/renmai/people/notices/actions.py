"""Tell people things, set by set, in the transaction of what happened; mark what was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.ids import new_id
from renmai.kit.mail.actions import Letter, send_mails
from renmai.people.accounts.models import Person
from renmai.people.accounts.rules import members_who
from renmai.people.notices.models import Notice

WRITE = """
insert into people_notice (id, person_id, kind, data, href, at, mail)
select i, p, k, d::jsonb, h, a, m
from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::boolean[])
    as v (i, p, k, d, h, a, m)
"""
# In every notice, whoever got it, in which one of the names stands by itself.
NAMELESS = """
update people_notice n set data = (
  select jsonb_object_agg(key, case when value #>> '{}' = any(%(names)s) then '"-"' else value end) from jsonb_each(n.data)
) where exists (select 1 from jsonb_each_text(n.data) where value = any(%(names)s))
"""
MEMBERS = """
select subject_id, person_id from people_membership where role = %s and part = any(%s) and subject_id = any(%s)
order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class Told:
    """One notice to write: to whom, its kind (a key of `web/notices.py: NOTICES`), the names in it, where it is dealt with.

    A name may come twice, `title` and `title_zh`: the reader's language chooses. `mail` has it written by mail as well.
    """

    person_id: UUID
    kind: str
    at: datetime
    href: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    mail: bool = False


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
                [t.mail for t in told],
            ),
        )


def forget_names(cursor: Any, names: Sequence[str]) -> None:
    """Take names of shops that are erased out of what others were told; all notices are looked through."""
    if given := [name for name in names if name]:
        cursor.execute(NAMELESS, {"names": given})


def members_of(cursor: Any, role: str, subject_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Return subject -> the people who may do there what asks for `role`; one statement.

    Supplier, agency, or of a shop: creator (owners and managers), creator:content, creator:service (those as well), team.
    """
    found: dict[UUID, list[UUID]] = {}
    if subject_ids:
        cursor.execute(MEMBERS, (*members_who(role), list(subject_ids)))
        for subject_id, person_id in cursor.fetchall():
            found.setdefault(subject_id, []).append(person_id)
    return found


FORGET = """
delete from people_notice n using unnest(%s::uuid[], %s::text[], %s::text[]) as v (person_id, href, said)
where n.person_id = v.person_id and n.href = v.href and n.kind = any(%s) and v.said in (n.data ->> 'name', n.data ->> 'words', n.data ->> 'email')
"""


def forget_told(cursor: Any, kinds: Sequence[str], told: Sequence[tuple[UUID, str, str]]) -> None:
    """Delete notices of these kinds that tell people what somebody said or is called: (to whom, where it leads, the words)."""
    if told:
        cursor.execute(FORGET, (*(list(column) for column in zip(*told, strict=True)), list(kinds)))


def read_notices(*, actor: Actor, now: datetime) -> int:
    """Mark all of the actor's notices as read; return how many were not. Errors: SignInNeeded."""
    person_id = require_person(actor)
    return Notice.objects.filter(person_id=person_id, read_at=None).update(read_at=now)


# What a notice says by mail, in a language: subject and body.
Compose = Callable[[Notice, str], tuple[str, str]]
MAILS_MAX = 500
# Mailed whatever a person chose: what concerns their safety.
SAFETY = ("account.", "recall.bought")


@transaction.atomic
def write_mails(*, now: datetime, compose: Compose, limit: int = MAILS_MAX) -> int:
    """Write the mails of notices that ask for one, oldest first, each once; return how many notices were dealt with.

    Any number of workers may do so at once. A person who is gone, has no address, may not sign in, or
    wants no mails, gets none; of their account's safety (`account.`) and of a recall of what they bought they always hear.
    """
    waiting = Notice.objects.select_for_update(skip_locked=True).filter(mail=True, mailed_at=None)
    notices = list(waiting.order_by("id")[:limit])
    people = Person.objects.filter(id__in={notice.person_id for notice in notices}, is_active=True)
    to = {person.id: person for person in people.only("email", "locale", "mails_notices")}
    send_mails(
        letters=[
            Letter(address, *compose(notice, person.locale))
            for notice in notices
            if (person := to.get(notice.person_id)) is not None
            and (address := person.email)
            and (person.mails_notices or notice.kind.startswith(SAFETY))
        ],
        now=now,
    )
    Notice.objects.filter(id__in=[notice.id for notice in notices]).update(mailed_at=now)
    return len(notices)
