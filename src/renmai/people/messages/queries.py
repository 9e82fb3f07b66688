"""Read talks, from either side; being denied looks like not found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q

from renmai.kit.access import Actor, require_any, require_person
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.people.accounts.rules import SERVICE, called, for_service
from renmai.people.messages.models import Message, Talk
from renmai.people.messages.rules import has_unread

LIMIT_MAX = 101  # one more than a page holds
COUNT_MAX = 99

TALKS = """
select t.id, t.person_id, t.shop_id, t.last_at, t.person_wrote_at, t.shop_wrote_at, t.person_read_at, t.shop_read_at,
       t.muted_at, t.blocked_at, m.words, m.from_shop, m.hidden_at, p.name, p.email, p.phone
from people_talk t
join people_person p on p.id = t.person_id
cross join lateral (
  select m.words, m.from_shop, m.hidden_at from people_message m where m.talk_id = t.id order by m.id desc limit 1
) m
where {whose} and (%s::timestamptz is null or (t.last_at, t.id) < (%s, %s::uuid))
order by t.last_at desc, t.id desc limit %s::int
"""


@dataclass(frozen=True, slots=True)
class TalkRow:
    """A talk in a list: who with, its newest words ("" when they were taken down), and whether this side has read them."""

    id: UUID
    person_id: UUID
    shop_id: UUID
    last_at: datetime
    words: str
    from_shop: bool
    hidden: bool
    unread: bool
    muted: bool
    blocked: bool
    person_name: str


def access_talk(actor: Actor, talk_id: UUID) -> Talk:
    """Return a talk of one's own with a shop. Errors: NotFound, SignInNeeded."""
    talk = Talk.objects.filter(pk=talk_id, person_id=require_person(actor)).first()
    if talk is None:
        raise NotFound()
    return talk


def access_shop_talk(actor: Actor, talk_id: UUID) -> Talk:
    """Return a talk of a shop the actor answers for. Errors: NotFound, SignInNeeded."""
    talk = Talk.objects.filter(pk=talk_id).first()
    require_any(actor, for_service(talk.shop_id) if talk else ())
    if talk is None:
        raise NotFound()
    return talk


def find_talk(actor: Actor, shop_id: UUID) -> Talk | None:
    """Return one's own talk with a shop, if there is one. Errors: SignInNeeded."""
    return Talk.objects.filter(person_id=require_person(actor), shop_id=shop_id).first()


def access_message(actor: Actor, message_id: UUID) -> Message:
    """Return a message that the actor may see, from either side: it may be reported. Errors: NotFound, SignInNeeded."""
    message = Message.objects.select_related("talk").filter(pk=message_id).first()
    if message is None:
        require_person(actor)
        raise NotFound()
    if message.talk.person_id != actor.person_id:
        require_any(actor, for_service(message.talk.shop_id))
    return message


def list_talks(actor: Actor, *, after: tuple[datetime, UUID] | None = None, limit: int = 24) -> list[TalkRow]:
    """Return one's own talks, the newest words first; `after` is (last_at, id) of the last one seen. One statement.

    Errors: SignInNeeded.
    """
    return _talks("t.person_id = %s", require_person(actor), after, limit, for_shop=False)


def list_shop_talks(
    actor: Actor, shop_id: UUID, *, after: tuple[datetime, UUID] | None = None, limit: int = 24
) -> list[TalkRow]:
    """As `list_talks`, for a shop the actor answers for. Errors: NotFound, SignInNeeded."""
    require_any(actor, for_service(shop_id))
    return _talks("t.shop_id = %s", shop_id, after, limit, for_shop=True)


def _talks(
    whose: str, subject_id: UUID, after: tuple[datetime, UUID] | None, limit: int, *, for_shop: bool
) -> list[TalkRow]:
    at, last_id = after or (None, None)
    with connection.cursor() as cursor:
        cursor.execute(TALKS.format(whose=whose), (subject_id, at, at, last_id, min(limit, LIMIT_MAX)))
        return [_row(row, for_shop) for row in cursor.fetchall()]


def _row(row: Sequence[Any], for_shop: bool) -> TalkRow:
    (talk_id, person_id, shop_id, last_at, person_wrote, shop_wrote, person_read, shop_read, muted, blocked,
     words, from_shop, hidden, name, email, phone) = row  # fmt: skip
    unread = has_unread(person_wrote, shop_read) if for_shop else has_unread(shop_wrote, person_read)
    return TalkRow(
        talk_id, person_id, shop_id, last_at, "" if hidden else words, from_shop, hidden is not None, unread,
        muted is not None, blocked is not None, called(name, email, phone),
    )  # fmt: skip


def list_messages(talk: Talk, *, after: UUID | None = None, limit: int = 30) -> list[Message]:
    """Return the messages of a talk that the caller has accessed, newest first; `after` is the id of the last one seen.

    The words of one that was taken down are empty.
    """
    rows = Message.objects.filter(talk=talk).order_by("-id")
    found = list((rows if after is None else rows.filter(id__lt=after))[: min(limit, LIMIT_MAX)])
    for message in found:
        if message.hidden_at is not None:
            message.words = ""
    return found


def person_called(person_id: UUID) -> str:
    """Return what the shop sees of who writes: a name, never a whole address or number."""
    person = Person.objects.get(pk=person_id)
    return called(person.name, person.email, person.phone)


def count_unread_talks(actor: Actor) -> int:
    """Return in how many of the actor's own talks something is unread, at most 99; 0 for nobody."""
    if actor.person_id is None:
        return 0
    unread = Q(person_read_at=None) | Q(shop_wrote_at__gt=F("person_read_at"))
    return Talk.objects.filter(unread, person_id=actor.person_id, shop_wrote_at__isnull=False)[:COUNT_MAX].count()


def count_shop_unread(actor: Actor) -> int:
    """Return in how many talks something waits for the shops the actor answers for, at most 99."""
    shops = {*actor.subjects("creator"), *actor.subjects(SERVICE)}
    unread = Q(shop_read_at=None) | Q(person_wrote_at__gt=F("shop_read_at"))
    waiting = Talk.objects.filter(unread, shop_id__in=shops, person_wrote_at__isnull=False)
    return waiting[:COUNT_MAX].count() if shops else 0
