"""Who somebody is, as an `Actor`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from renmai.kit.access import Actor, Grant, require_person
from renmai.kit.problems import NotFound
from renmai.people.accounts.actions import token_hash
from renmai.people.accounts.models import Address, Passkey, Person, Token
from renmai.people.accounts.rules import called, grants_of

BY_TOKEN = """
select t.token_hash, p.id, p.name, t.scopes, t.expires_at,
       coalesce(array_agg(m.role) filter (where m.role is not null), '{}'),
       coalesce(array_agg(m.part) filter (where m.role is not null), '{}'),
       coalesce(array_agg(m.subject_id) filter (where m.role is not null), '{}')
from people_token t
join people_person p on p.id = t.person_id and p.is_active
left join people_membership m on m.person_id = p.id
where t.token_hash = any(%s) and t.revoked_at is null
group by t.token_hash, p.id, p.name, t.scopes, t.expires_at
"""


def actor_of(person: Person, *, confirmed: bool = False) -> Actor:
    """Return the actor of a signed-in person, with the grants in force (one statement)."""
    held = person.memberships.values_list("role", "part", "subject_id")
    return Actor(person.id, _grants(person.id, held), None, confirmed, called(person.name, person.email, person.phone))


def _grants(person_id: UUID, held: Iterable[tuple[str, str, UUID | None]]) -> frozenset[Grant]:
    """Return the grants of memberships, and the one that everybody has: sharer of their own links."""
    return frozenset((Grant("sharer", person_id), *(grant for each in held for grant in grants_of(*each))))


def actors_by_token(cursor: Any, secrets: Iterable[str], *, now: datetime) -> dict[str, Actor]:
    """Return secret -> actor for the valid tokens among `secrets` (one statement for the set)."""
    by_hash = {token_hash(secret): secret for secret in secrets}
    cursor.execute(BY_TOKEN, (list(by_hash),))
    return {
        by_hash[bytes(digest)]: Actor(
            person_id, _grants(person_id, zip(roles, parts, subjects, strict=True)), frozenset(scopes), False, name
        )
        for digest, person_id, name, scopes, expires_at, roles, parts, subjects in _rows(cursor)
        if expires_at is None or expires_at > now
    }


def _rows(cursor: Any) -> Iterable[tuple[Any, ...]]:
    for digest, person_id, name, scopes, expires_at, roles, parts, subjects in cursor.fetchall():
        yield digest, person_id, name, _json(scopes), expires_at, roles, parts, subjects


def _json(value: Any) -> list[str]:
    return list(orjson.loads(value) if isinstance(value, str) else value)


def actor_by_token(secret: str, *, now: datetime) -> Actor | None:
    """Return the actor of one token, or None."""
    with connection.cursor() as cursor:
        return actors_by_token(cursor, [secret], now=now).get(secret)


def access_address(actor: Actor, address_id: UUID) -> Address:
    """Return one's own address. Errors: NotFound."""
    address = Address.objects.filter(pk=address_id, person_id=require_person(actor), deleted_at=None).first()
    if address is None:
        raise NotFound()
    return address


def list_addresses(actor: Actor, *, limit: int = 20) -> list[Address]:
    """Return one's own addresses, newest first."""
    own = Address.objects.filter(person_id=require_person(actor), deleted_at=None)
    return list(own.order_by("-created_at")[:limit])


def list_tokens(actor: Actor, *, limit: int = 50) -> list[Token]:
    """Return one's own tokens, newest first."""
    return list(Token.objects.filter(person_id=require_person(actor)).order_by("-created_at")[:limit])


def list_passkeys(actor: Actor, *, limit: int = 20) -> list[Passkey]:
    """Return one's own passkeys, newest first."""
    return list(Passkey.objects.filter(person_id=require_person(actor)).order_by("-created_at")[:limit])
