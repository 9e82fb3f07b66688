"""Read follows: one's own, those who let one see them, and friends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef

from renmai.kit.access import Actor, require_person
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.people.follows.models import Consent, Follow, FriendLink, TrustShown

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
COUNT_MAX = 10_000
FRIENDS_MAX = 200
LAST_ID = UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody one follows or is followed by: `id` is the follow's, `friend` that both follow each other.

    `name` may be empty: who has none is called so by nobody.
    """

    id: UUID
    person_id: UUID
    name: str
    reachable: bool
    friend: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How the actor stands to one person: follows, may be addressed by them; and how many follow them, at most 10,000."""

    follows: bool
    reachable: bool
    followers: int


FOLLOWERS = "select count(*) from (select 1 from people_follow where followed_id = %s limit %s) f"
STANDING = f"""
select ({FOLLOWERS}),
  exists (select 1 from people_follow where follower_id = %s and followed_id = %s),
  exists (select 1 from people_consent where person_id = %s and given_to_id = %s)
"""


def standing_to(actor: Actor, person_id: UUID) -> Standing:
    """Return how the actor (or nobody) stands to a person; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, (person_id, COUNT_MAX, *(actor.person_id, person_id) * 2))
        followers, follows, reachable = cursor.fetchone()
    return Standing(follows, reachable, followers)


def list_following(actor: Actor, *, after: UUID | None = None, limit: int = 24) -> list[Known]:
    """Return whom the actor follows, newest first; `after` is the id of the last follow seen; two statements.

    Errors: SignInNeeded.
    """
    mine = Follow.objects.filter(follower_id=require_person(actor))
    back = Follow.objects.filter(follower_id=OuterRef("followed_id"), followed_id=OuterRef("follower_id"))
    given = Consent.objects.filter(person_id=OuterRef("follower_id"), given_to_id=OuterRef("followed_id"))
    found = mine.filter(id__lt=after or LAST_ID).annotate(friend=Exists(back), reachable=Exists(given))
    rows = list(found.order_by("-id")[: min(limit, LIMIT_MAX)])
    names = _names(row.followed_id for row in rows)
    return [Known(row.id, row.followed_id, names.get(row.followed_id, ""), row.reachable, row.friend) for row in rows]


def list_to_follow_back(actor: Actor, *, after: UUID | None = None, limit: int = 24) -> list[Known]:
    """Return who follows the actor, lets the actor see it and is not followed back, newest first; two statements.

    `after` is the id of the last follow seen. Errors: SignInNeeded.
    """
    person_id = require_person(actor)
    back = Follow.objects.filter(follower_id=person_id, followed_id=OuterRef("follower_id"))
    given = Consent.objects.filter(person_id=OuterRef("follower_id"), given_to_id=person_id)
    found = Follow.objects.filter(~Exists(back), Exists(given), followed_id=person_id, id__lt=after or LAST_ID)
    rows = list(found.order_by("-id")[: min(limit, LIMIT_MAX)])
    names = _names(row.follower_id for row in rows)
    return [Known(row.id, row.follower_id, names.get(row.follower_id, ""), True, False) for row in rows]


def list_consents(actor: Actor, *, limit: int = 100) -> list[Consent]:
    """Return to whom the actor is known without following them, the newest first; one statement. Errors: SignInNeeded."""
    followed = Follow.objects.filter(follower_id=OuterRef("person_id"), followed_id=OuterRef("given_to_id"))
    found = Consent.objects.filter(~Exists(followed), person_id=require_person(actor))
    return list(found.order_by("-id")[: min(limit, LIMIT_MAX)])


def consents_among(person_id: UUID, customer_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these customers agreed to be known to a person, for whoever has checked who asks; one statement."""
    found = Consent.objects.filter(given_to_id=person_id, person_id__in=list(customer_ids))
    return set(found.values_list("person_id", flat=True))


def _names(person_ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(Person.objects.filter(id__in=list(person_ids)).values_list("id", "name"))


FRIENDS = """
select f.followed_id from people_follow f
join people_follow b on b.follower_id = f.followed_id and b.followed_id = f.follower_id
where f.follower_id = %s order by f.id desc limit %s
"""


def friend_ids(person_id: UUID) -> list[UUID]:
    """Return the friends of a person (each follows the other), the newest 200, for whoever has checked who asks."""
    with connection.cursor() as cursor:
        cursor.execute(FRIENDS, (person_id, FRIENDS_MAX))
        return [row[0] for row in cursor.fetchall()]


def read_friend_link(actor: Actor) -> FriendLink | None:
    """Return the actor's own friend link, if there is one. Errors: SignInNeeded."""
    return FriendLink.objects.filter(person_id=require_person(actor)).first()


def access_friend(token: str) -> Person:
    """Return the person behind a friend link, to whoever holds it. Errors: NotFound."""
    link = FriendLink.objects.filter(token=token[:32]).first()
    person = Person.objects.filter(id=link.person_id, is_active=True).exclude(name="").first() if link else None
    if person is None:
        raise NotFound()
    return person


def friend_links_of(person_ids: Iterable[UUID]) -> list[tuple[str, str]]:
    """Return (token, name) of those of these people who let themselves be found; one statement."""
    links = dict(FriendLink.objects.filter(person_id__in=list(person_ids)).values_list("person_id", "token"))
    names = _names(links) if links else {}
    return [(token, names[person_id]) for person_id, token in links.items() if names.get(person_id)]


def shows_trust(actor: Actor) -> bool:
    """Return whether the actor lets friends see whom they trust. Errors: SignInNeeded."""
    return TrustShown.objects.filter(person_id=require_person(actor)).exists()


def access_follow(actor: Actor, follow_id: UUID) -> Follow:
    """Return a follow of the actor's own. Errors: NotFound, SignInNeeded."""
    found = Follow.objects.filter(id=follow_id, follower_id=require_person(actor)).first()
    if found is None:
        raise NotFound()
    return found
