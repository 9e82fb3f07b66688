"""Follow people and stop, say who may address one as a customer, be found by friends, and let them see whom one trusts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_secret
from renmai.kit.limits.actions import count_try
from renmai.kit.problems import DomainError, NotFound
from renmai.people.accounts.models import Person
from renmai.people.follows.models import Consent, Follow, FriendLink, TrustShown
from renmai.people.notices.actions import Told, tell

FOLLOWED_MAX = 2_000
FOLLOWS_PER_HOUR_MAX = 200
TOKEN_BYTES = 12  # sixteen characters


class FollowsOneself(DomainError):
    """Nobody follows themselves."""

    code = "follow.oneself"
    status = 422
    message = "You cannot follow yourself."


class FollowsTooMany(DomainError):
    """More people followed than one can."""

    code = "follow.too_many"
    status = 409
    message = "One person can follow {most} others."


class NameNeeded(DomainError):
    """A person without a name asked for a link by which friends find them."""

    code = "follow.name_needed"
    status = 409
    message = "Say your name first, so that friends know who you are."


@transaction.atomic
def follow(*, actor: Actor, now: datetime, person_id: UUID, reachable: bool = False) -> Follow:
    """Follow a person; again changes nothing. With `reachable` the followed may see and address the actor from now on.

    Whoever calls has found the person by something public (a shop, a link) or by a follow of theirs.
    After: event person.followed, once. Errors: SignInNeeded, FollowsOneself, NotFound, FollowsTooMany, TooMany.
    """
    follower_id = require_person(actor)
    if person_id == follower_id:
        raise FollowsOneself()
    if not Person.objects.filter(id=person_id, is_active=True, erased_at=None).exists():
        raise NotFound()
    found = Follow.objects.filter(follower_id=follower_id, followed_id=person_id).first()
    if found is None:
        found = _begin(follower_id, person_id, now)
    if reachable:
        set_reachable(actor=actor, now=now, person_id=person_id, reachable=True)
    return found


def _begin(follower_id: UUID, person_id: UUID, now: datetime) -> Follow:
    count_try(
        name="follow", who=str(follower_id), tries_max=FOLLOWS_PER_HOUR_MAX, window_seconds=3600, now=now
    )  # each is an event, and by a link a notice to somebody
    if Follow.objects.filter(follower_id=follower_id)[:FOLLOWED_MAX].count() >= FOLLOWED_MAX:
        raise FollowsTooMany(most=FOLLOWED_MAX)
    found, made = Follow.objects.get_or_create(follower_id=follower_id, followed_id=person_id, defaults={"at": now})
    if made:
        record(Happened("person.followed", person_id, now, {}, follower_id))
    return found


@transaction.atomic
def unfollow(*, actor: Actor, now: datetime, person_id: UUID) -> None:
    """Follow a person no more, and take the consent back with it; again changes nothing.

    After: event person.unfollowed. Errors: SignInNeeded.
    """
    follower_id = require_person(actor)
    gone, _ = Follow.objects.filter(follower_id=follower_id, followed_id=person_id).delete()
    if gone:
        record(Happened("person.unfollowed", person_id, now, {}, follower_id))
        set_reachable(actor=actor, now=now, person_id=person_id, reachable=False)


@transaction.atomic
def set_reachable(*, actor: Actor, now: datetime, person_id: UUID, reachable: bool) -> None:
    """Let a person see and address the actor as a customer, or no more; again changes nothing.

    Whoever calls has found the person by something public, a follow or an order of the actor's.
    After: event consent.given or consent.withdrawn; subject: the person. Errors: SignInNeeded, FollowsOneself, NotFound.
    """
    giver_id = require_person(actor)
    if person_id == giver_id:
        raise FollowsOneself()
    given = {"person_id": giver_id, "given_to_id": person_id}
    if not reachable:
        changed = bool(Consent.objects.filter(**given).delete()[0])
    elif Person.objects.filter(id=person_id, is_active=True, erased_at=None).exists():
        _, changed = Consent.objects.get_or_create(**given, defaults={"at": now})
    else:
        raise NotFound()
    if changed:
        kind = "consent.given" if reachable else "consent.withdrawn"
        record(Happened(kind, person_id, now, {}, giver_id))


@transaction.atomic
def follow_by_link(*, actor: Actor, now: datetime, token: str) -> Follow:
    """Follow the person whose friend link this is; that person sees who it was and is told, once.

    Errors: SignInNeeded, NotFound, FollowsOneself, FollowsTooMany, TooMany.
    """
    follower_id = require_person(actor)
    link = FriendLink.objects.filter(token=token).first()
    if link is None:
        raise NotFound()
    known = Follow.objects.filter(follower_id=follower_id, followed_id=link.person_id).exists()
    found = follow(actor=actor, now=now, person_id=link.person_id, reachable=True)
    if not known:
        _tell(link.person_id, follower_id, now)
    return found


def _tell(person_id: UUID, follower_id: UUID, now: datetime) -> None:
    name = Person.objects.values_list("name", flat=True).get(id=follower_id)
    mutual = Follow.objects.filter(follower_id=person_id, followed_id=follower_id).exists()
    news = "follow.friend" if mutual else "follow.new"
    with connection.cursor() as cursor:
        tell(cursor, [Told(person_id, news, now, "/following", {"name": name or "?"})])


def follow_back(*, actor: Actor, now: datetime, follow_id: UUID) -> Follow:
    """Follow somebody who follows the actor and lets the actor see it. Errors: SignInNeeded, NotFound, FollowsTooMany, TooMany."""
    person_id = require_person(actor)
    row = Follow.objects.filter(id=follow_id, followed_id=person_id).first()
    if row is None or not Consent.objects.filter(person_id=row.follower_id, given_to_id=person_id).exists():
        raise NotFound()
    return follow(actor=actor, now=now, person_id=row.follower_id, reachable=True)


@transaction.atomic
def open_friend_link(*, actor: Actor, now: datetime) -> FriendLink:
    """Give the actor a link by which friends can follow; a new one in the place of an old one, which leads nowhere then.

    After: event friend_link.opened. Errors: SignInNeeded, NameNeeded.
    """
    person_id = require_person(actor)
    if not Person.objects.filter(id=person_id).exclude(name="").exists():
        raise NameNeeded()
    values = {"token": new_secret(TOKEN_BYTES), "at": now}
    link, _ = FriendLink.objects.update_or_create(person_id=person_id, defaults=values)
    record(Happened("friend_link.opened", person_id, now, {}, person_id))
    return link


@transaction.atomic
def close_friend_link(*, actor: Actor, now: datetime) -> None:
    """Take the actor's friend link away; again changes nothing. After: event friend_link.closed. Errors: SignInNeeded."""
    person_id = require_person(actor)
    gone, _ = FriendLink.objects.filter(person_id=person_id).delete()
    if gone:
        record(Happened("friend_link.closed", person_id, now, {}, person_id))


@transaction.atomic
def show_trust(*, actor: Actor, now: datetime, shown: bool) -> None:
    """Let friends see whom the actor trusts, or no more; again changes nothing.

    After: event trust.shown or trust.hidden; subject: the person. Errors: SignInNeeded.
    """
    person_id = require_person(actor)
    if shown:
        _, changed = TrustShown.objects.get_or_create(person_id=person_id, defaults={"at": now})
    else:
        changed = bool(TrustShown.objects.filter(person_id=person_id).delete()[0])
    if changed:
        kind = "trust.shown" if shown else "trust.hidden"
        record(Happened(kind, person_id, now, {}, person_id))
