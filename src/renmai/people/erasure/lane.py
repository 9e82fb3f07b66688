"""Erasing of what this wing holds of a person, by statements over its own tables."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from renmai.kit.keys.actions import forget_keys
from renmai.kit.sms.actions import forget_sms
from renmai.people.accounts.models import Person
from renmai.people.accounts.rules import called
from renmai.people.notices.actions import forget_told

# Who alone acts for a supplier or an agency; the only operator of the house.
OPEN = """
select case when m.role = 'operator' then 'only_operator' else 'only_member' end, count(*)
from people_membership m
where m.person_id = %s and m.role in ('operator', 'supplier', 'agency')
  and not exists (
    select 1 from people_membership o join people_person p on p.id = o.person_id and p.is_active
    where o.role = m.role and o.subject_id is not distinct from m.subject_id and o.person_id <> m.person_id
  )
group by 1
"""
# Who was told a person's name, where that leads, and the name: of talks and of follows.
NAMED = """
select m.person_id, '/creator/messages/' || t.id, %(called)s
from people_talk t join people_membership m on m.role = 'creator' and m.subject_id = t.shop_id
where t.person_id = %(person)s
union all
select f.followed_id, '/following', %(name)s from people_follow f where f.follower_id = %(person)s
union all
select o.person_id, '/creator/team?shop=' || t.subject_id, said
from (
  select subject_id from people_membership where person_id = %(person)s and role = 'creator'
  union select shop_id from people_teaminvitation where email = any(%(reached)s)
) t
join people_membership o on o.role = 'creator' and o.subject_id = t.subject_id and o.part = 'owner'
cross join unnest(%(said)s::text[]) as said
"""
NAMING = (
    "message.from_person", "follow.new", "follow.friend", "team.somebody_invited", "team.somebody_joined",
    "team.somebody_changed", "team.somebody_taken_out", "team.somebody_left",
)  # fmt: skip
# In order; each takes the person (%(person)s) and the addresses that were theirs (%(reached)s).
STATEMENTS = (
    "delete from people_membership where person_id = %(person)s",
    "delete from people_teaminvitation where email = any(%(reached)s)",
    "delete from people_passkey where person_id = %(person)s",
    "delete from people_token where person_id = %(person)s",
    "delete from people_signincode where sent_to = any(%(reached)s)",
    "delete from people_address where person_id = %(person)s",
    "delete from people_notice where person_id = %(person)s",
    "delete from people_follow where follower_id = %(person)s or followed_id = %(person)s",
    "delete from people_consent where person_id = %(person)s or given_to_id = %(person)s",
    "delete from people_friendlink where person_id = %(person)s",
    "delete from people_trustshown where person_id = %(person)s",
    "delete from people_circlemember where person_id = %(person)s",
    "update people_message set words = '', hidden_at = coalesce(hidden_at, %(now)s) where author_id = %(person)s",
    "update people_report set words = '' where reporter_id = %(person)s",
    "update people_takedown set answer = '' where owner_id = %(person)s",
    "update people_agency set contact_email = '' where contact_email = any(%(reached)s)",
    """
    update people_person set email = null, phone = null, name = '', password = '!', factor_secret = '',
           factor_last_step = 0, last_login = null, locale = 'en', is_active = false, erased_at = %(now)s
    where id = %(person)s
    """,
)


def read_open(cursor: Any, person_id: UUID) -> list[tuple[str, int]]:
    """Return what of this wing needs the person: (code of an obstacle, how many)."""
    cursor.execute(OPEN, (person_id,))
    return list(cursor.fetchall())


def erase_rows(cursor: Any, person: Person, reached: list[str], now: Any) -> None:
    """Erase all that this wing holds of a person, whose row is locked. `reached`: their addresses and numbers."""
    person_id = person.id
    called_so = called(person.name, person.email, person.phone)
    said = [person.shown, *reached]
    given = {"person": person_id, "name": person.name or "?", "called": called_so, "reached": reached, "said": said}
    cursor.execute(NAMED, given)
    forget_told(cursor, NAMING, cursor.fetchall())
    for statement in STATEMENTS:
        cursor.execute(statement, {"person": person_id, "reached": reached, "now": now})
    forget_sms(reached)
    forget_keys(person_id)
