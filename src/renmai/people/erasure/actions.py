"""Erase a person: themselves, an operator with a second factor, or the house."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import connection, transaction

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.mail.actions import forget_mail
from renmai.kit.media.actions import forget_media
from renmai.kit.media.sweeping import forget_drawn
from renmai.kit.problems import NotFound
from renmai.kit.sms.actions import forget_sms
from renmai.people.accounts.actions import require_confirmed, require_factor
from renmai.people.accounts.models import Person
from renmai.people.erasure.lane import erase_rows, read_open
from renmai.people.erasure.models import Erasure
from renmai.people.erasure.rules import Obstacle, StillOpen, ordered

Ask = Callable[[Any, UUID], list[tuple[str, int]]]
Keep = Callable[[Any, list[UUID]], set[UUID]]

_asks: list[Ask] = [read_open]
_keepers: list[Keep] = []


def on_asked(ask: Ask) -> None:
    """Declare who knows of something open: (cursor, person) -> [(code of an obstacle, how many)]."""
    _asks.append(ask)


def on_kept(keep: Keep) -> None:
    """Declare who needs files: (cursor, ids of a person's files) -> those that have to stay."""
    _keepers.append(keep)


def list_obstacles(person_id: UUID) -> list[Obstacle]:
    """Return what stands in the way of erasing a person, by every room that was declared."""
    with connection.cursor() as cursor:
        return ordered([found for ask in _asks for found in ask(cursor, person_id)])


def erase_myself(*, actor: Actor, now: datetime) -> Erasure:
    """Erase the acting person; see `erase_person`. Errors: SignInNeeded, FactorNeeded (who has one), StillOpen."""
    person_id = require_person(actor)
    require_factor(actor)
    return _erase(person_id, actor, now)


def erase_person(*, actor: Actor, now: datetime, person_id: UUID) -> Erasure:
    """Erase a person, as an operator with a second factor or as the house.

    Before: nothing open (`list_obstacles`). After: name, addresses, pictures, words and ways to sign in are gone; trade
    rows name the person by id only and keep what the law asks for; event `person.erased`. Again changes nothing.
    Errors: NotFound, FactorNeeded, StillOpen.
    """
    require_role(actor, "operator")
    require_confirmed(actor)
    return _erase(person_id, actor, now)


@transaction.atomic
def _erase(person_id: UUID, actor: Actor, now: datetime) -> Erasure:
    person = Person.objects.select_for_update().filter(pk=person_id).first()
    if person is None:
        raise NotFound()
    if person.erased_at is not None:
        return Erasure.objects.get(pk=person_id)
    _check(person_id)
    reached = [each for each in (person.email, person.phone) if each]
    record(Happened("person.erased", person_id, now, {}, actor.person_id))
    # Again: who placed an order meanwhile emptied their cart, which the reactions waited for.
    _check(person_id)
    row = Erasure.objects.create(person_id=person_id, by_id=actor.person_id, at=now, look_at=now)
    with connection.cursor() as cursor:
        erase_rows(cursor, person, reached, now)
        _forget_files(cursor, person_id)
    forget_mail(reached)
    forget_sms(reached)
    _end_sessions(person_id)
    return row


def _check(person_id: UUID) -> None:
    found = list_obstacles(person_id)
    if found:
        lines = [{"code": each.code, "count": each.count} for each in found]
        raise StillOpen(open=" ".join(each.sentence for each in found), obstacles=lines)


def _forget_files(cursor: Any, person_id: UUID) -> None:
    cursor.execute("select id from kit_media where owner_id = %s", (person_id,))
    owned = [row[0] for row in cursor.fetchall()]
    kept = {media_id for keep in _keepers for media_id in keep(cursor, owned)}
    transaction.on_commit(forget_drawn)
    forget_media(media_ids=[each for each in owned if each not in kept], renamed_ids=sorted(kept))


def _end_sessions(person_id: UUID) -> None:
    """Delete the person's sessions. They are not kept by person, so all that last are looked into."""
    own = str(person_id)
    mine = [each.pk for each in Session.objects.iterator() if each.get_decoded().get("_auth_user_id") == own]
    Session.objects.filter(pk__in=mine).delete()
