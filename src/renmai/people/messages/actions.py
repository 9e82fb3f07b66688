"""Write, read, mute and block. Whether a shop is open is asked above, in places/shops/talking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.limits.actions import count_try
from renmai.people.accounts.models import Membership, Part, Person
from renmai.people.accounts.rules import called, for_service
from renmai.people.messages.models import Message, Talk
from renmai.people.messages.queries import access_shop_talk, access_talk
from renmai.people.messages.rules import (
    ANSWERS_PER_HOUR_MAX,
    MESSAGES_PER_HOUR_MAX,
    TALKS_PER_DAY_MAX,
    WORDS,
    OwnShop,
    TalkBlocked,
    has_unread,
)
from renmai.people.notices.actions import Told, tell


@dataclass(frozen=True, slots=True)
class ShopName:
    """What a shop is called, for the notice."""

    name: str
    name_zh: str


@transaction.atomic
def write_as_person(*, actor: Actor, now: datetime, shop_id: UUID, words: str) -> Message:
    """Write to a shop as oneself; the first message begins the talk, and writing lifts a block of one's own.

    The shop's people are told when they had read all before. After: event message.sent.
    Errors: SignInNeeded, Invalid, OwnShop, TooMany.
    """
    person_id = require_person(actor)
    if actor.grants.intersection(for_service(shop_id)):
        raise OwnShop()
    text = checked_texts(WORDS, {"words": words})["words"]
    _count("message", person_id, MESSAGES_PER_HOUR_MAX, now)
    fresh = {"last_at": now, "created_at": now}
    talk, made = Talk.objects.get_or_create(person_id=person_id, shop_id=shop_id, defaults=fresh)
    if made:
        count_try(name="talk", who=str(person_id), tries_max=TALKS_PER_DAY_MAX, window_seconds=86_400, now=now)
    talk = Talk.objects.select_for_update().get(pk=talk.pk)
    knew = not has_unread(talk.person_wrote_at, talk.shop_read_at)
    message = _put(talk, now, person_id, text, from_shop=False)
    if knew:
        _tell_shop(talk, now)
    return message


@transaction.atomic
def write_as_shop(*, actor: Actor, now: datetime, talk_id: UUID, words: str, shop: ShopName) -> Message:
    """Answer in a talk of a shop the actor answers for; the person is told when all before was read, unless muted.

    After: event message.sent. Errors: SignInNeeded, NotFound, Invalid, TalkBlocked, TooMany.
    """
    person_id = require_person(actor)
    access_shop_talk(actor, talk_id)
    text = checked_texts(WORDS, {"words": words})["words"]
    _count("answer", person_id, ANSWERS_PER_HOUR_MAX, now)
    talk = Talk.objects.select_for_update().get(pk=talk_id)
    if talk.blocked_at is not None:
        raise TalkBlocked()
    knew = not has_unread(talk.shop_wrote_at, talk.person_read_at)
    message = _put(talk, now, person_id, text, from_shop=True)
    if knew and talk.muted_at is None:
        data = {"shop": shop.name, "shop_zh": shop.name_zh}
        _tell([Told(talk.person_id, "message.from_shop", now, f"/messages/{talk.id}", data, mail=True)])
    return message


def _count(name: str, person_id: UUID, most: int, now: datetime) -> None:
    count_try(name=name, who=str(person_id), tries_max=most, window_seconds=3600, now=now)


def _put(talk: Talk, now: datetime, author_id: UUID, words: str, *, from_shop: bool) -> Message:
    at = max(now, talk.last_at + timedelta(microseconds=1))  # a talk's times go up, whatever clocks say
    message = Message.objects.create(talk=talk, author_id=author_id, from_shop=from_shop, words=words, at=at)
    talk.last_at = at
    if from_shop:
        talk.shop_wrote_at = talk.shop_read_at = at
    else:
        talk.person_wrote_at = talk.person_read_at = at
        talk.blocked_at = None
    talk.save()
    data = {"talk_id": talk.id, "shop_id": talk.shop_id, "from_shop": from_shop}
    record(Happened("message.sent", message.id, at, data, author_id))
    return message


def _tell_shop(talk: Talk, now: datetime) -> None:
    person = Person.objects.get(pk=talk.person_id)
    data: Mapping[str, str] = {"name": called(person.name, person.email, person.phone)}
    serving = Membership.objects.filter(role="creator", subject_id=talk.shop_id).exclude(part=Part.CONTENT)
    href = f"/creator/messages/{talk.id}"
    members = serving.order_by("person_id").values_list("person_id", flat=True)
    _tell([Told(each, "message.from_person", now, href, data, mail=True) for each in members])


def _tell(told: list[Told]) -> None:
    with connection.cursor() as cursor:
        tell(cursor, told)


def read_talk(*, actor: Actor, now: datetime, talk_id: UUID) -> bool:
    """Note that the actor has read a talk of their own; return whether anything was new. Errors: NotFound, SignInNeeded."""
    talk = access_talk(actor, talk_id)
    new = has_unread(talk.shop_wrote_at, talk.person_read_at)
    if new:
        Talk.objects.filter(pk=talk.pk).update(person_read_at=max(now, talk.last_at))
    return new


def read_shop_talk(*, actor: Actor, now: datetime, talk_id: UUID) -> bool:
    """Note that a shop's people have read a talk; return whether anything was new. Errors: NotFound, SignInNeeded."""
    talk = access_shop_talk(actor, talk_id)
    new = has_unread(talk.person_wrote_at, talk.shop_read_at)
    if new:
        Talk.objects.filter(pk=talk.pk).update(shop_read_at=max(now, talk.last_at))
    return new


def mute_talk(*, actor: Actor, now: datetime, talk_id: UUID, muted: bool) -> Talk:
    """Be told of nothing new in a talk of one's own, or again; again is no error. Errors: NotFound, SignInNeeded."""
    talk = access_talk(actor, talk_id)
    if (talk.muted_at is not None) != muted:
        talk.muted_at = now if muted else None
        talk.save(update_fields=["muted_at"])
    return talk


@transaction.atomic
def block_talk(*, actor: Actor, now: datetime, talk_id: UUID, blocked: bool) -> Talk:
    """Let a shop write nothing more to oneself, or again; again is no error. After: event talk.blocked or talk.unblocked.

    Errors: NotFound, SignInNeeded.
    """
    talk = access_talk(actor, talk_id)
    if (talk.blocked_at is not None) != blocked:
        talk.blocked_at = now if blocked else None
        talk.save(update_fields=["blocked_at"])
        data = {"shop_id": talk.shop_id}
        if blocked:
            record(Happened("talk.blocked", talk.id, now, data, actor.person_id))
        else:
            record(Happened("talk.unblocked", talk.id, now, data, actor.person_id))
    return talk
