"""Find people, for operators: by the beginning of a name, an e-mail address or a phone number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, require_role
from renmai.kit.beginnings import question_of
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Membership, Passkey, Person, SignInCode, Token

STATES = ("", "active", "suspended", "erased")
ROLES = ("", "operator", "supplier", "creator", "agency")
PHONE = re.compile(r"\+?[0-9][0-9 ()-]{2,}")
LAST_ID = UUID(int=(1 << 128) - 1)
LIMIT_MAX = 101
SIGN_INS_MAX = 10

WORDS = "to_tsvector('simple', regexp_replace(lower(p.name), '([\\u3400-\\u9fff])', ' \\1 ', 'g'))"
FIND = """
select p.id, p.name, p.email, p.phone, p.is_active, p.erased_at, p.created_at, p.last_login,
       coalesce((select array_agg(distinct m.role::text) from people_membership m where m.person_id = p.id), '{{}}')
from people_person p
where p.id < %(after)s {said} {state} {role}
order by p.id desc limit %(limit)s
"""
BY_STATE = {
    "": "",
    "active": "and p.is_active",
    "suspended": "and not p.is_active and p.erased_at is null",
    "erased": "and p.erased_at is not null",
}
BY_ROLE = "and exists (select 1 from people_membership m where m.person_id = p.id and m.role = %(role)s)"


@dataclass(frozen=True, slots=True)
class PersonFound:
    """A person in the operators' list."""

    id: UUID
    name: str
    email: str | None
    phone: str | None
    is_active: bool
    erased_at: datetime | None
    created_at: datetime
    last_login: datetime | None
    roles: Sequence[str]

    @property
    def shown(self) -> str:
        """Return the name, else where they are reached, else "-"."""
        return self.name or self.email or self.phone or "-"

    @property
    def state(self) -> str:
        """Return erased, suspended or active."""
        return "erased" if self.erased_at else "active" if self.is_active else "suspended"


def find_people(
    actor: Actor, *, words: str = "", state: str = "", role: str = "", after: UUID | None = None, limit: int = 20
) -> list[PersonFound]:
    """Return people, newest first; one statement, by an index whatever is asked. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    said, given = _said(words.strip()[:100])
    sql = FIND.format(said=said, state=BY_STATE.get(state, ""), role=BY_ROLE if role in ROLES[1:] else "")
    given |= {"after": after or LAST_ID, "limit": max(1, min(limit, LIMIT_MAX)), "role": role}
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return [PersonFound(*row) for row in cursor.fetchall()]


def _said(words: str) -> tuple[str, dict[str, Any]]:
    """Return the condition for what was typed, each served by an index of its own."""
    if not words:
        return "", {}
    try:
        return "and p.id = %(id)s", {"id": UUID(words)}
    except ValueError:
        pass
    if "@" in words:
        return "and p.email like %(email)s", {"email": _beginning(words.lower())}
    if PHONE.fullmatch(words):
        number = re.sub(r"[ ()-]", "", words)
        numbers = [number] if number.startswith("+") else [f"+{number}", f"+86{number}"]
        given = {f"phone{place}": _beginning(each) for place, each in enumerate(numbers)}
        return f"and ({' or '.join(f'p.phone like %({name})s' for name in given)})", given
    question = question_of(words)
    if not question:
        return "and false", {}
    return (
        f"and ({WORDS} @@ to_tsquery('simple', %(question)s) or p.email like %(email)s)",
        {"question": question, "email": _beginning(words.lower())},
    )


def _beginning(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"


@dataclass(frozen=True, slots=True)
class Ways:
    """How a person signs in: passkeys, tokens in force, and the newest codes (when asked for, when used)."""

    passkeys: Sequence[Passkey]
    tokens: Sequence[Token]
    codes: Sequence[SignInCode]


def access_person(actor: Actor, person_id: UUID) -> Person:
    """Return anybody, for operators. Errors: Forbidden, SignInNeeded, NotFound."""
    require_role(actor, "operator")
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise NotFound()
    return person


def read_ways(actor: Actor, person: Person) -> Ways:
    """Return how a person signs in, without anything secret; three statements. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    reached = [each for each in (person.email, person.phone) if each]
    return Ways(
        list(Passkey.objects.filter(person=person).order_by("-created_at")[:SIGN_INS_MAX]),
        list(Token.objects.filter(person=person, revoked_at=None).order_by("-created_at")[:SIGN_INS_MAX]),
        list(SignInCode.objects.filter(sent_to__in=reached).order_by("-created_at")[:SIGN_INS_MAX]),
    )


def list_roles(actor: Actor, person_id: UUID) -> list[Membership]:
    """Return a person's memberships. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    return list(Membership.objects.filter(person_id=person_id).order_by("role", "created_at")[:100])
