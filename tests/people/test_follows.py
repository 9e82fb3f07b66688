"""Follows: once, by choice, private by default; friends are mutual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection

from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound, SignInNeeded, TooMany
from renmai.people.accounts.models import Person
from renmai.people.follows import actions
from renmai.people.follows.actions import (
    FollowsOneself,
    FollowsTooMany,
    NameNeeded,
    close_friend_link,
    follow,
    follow_back,
    follow_by_link,
    open_friend_link,
    set_reachable,
    show_trust,
    unfollow,
)
from renmai.people.follows.models import Consent, Follow, FriendLink, TrustShown
from renmai.people.follows.queries import (
    Standing,
    access_friend,
    consents_among,
    friend_ids,
    friend_links_of,
    list_consents,
    list_following,
    list_to_follow_back,
    read_friend_link,
    shows_trust,
    standing_to,
)
from renmai.people.notices.models import Notice

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def somebody(name: str) -> Actor:
    person = Person.objects.create(email=f"{(name or 'unnamed').lower()}@example.org", name=name, created_at=NOW)
    return Actor(person.id, name=name)


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


@pytest.mark.django_db
def test_following_once_and_again_and_no_more() -> None:
    gu, lin = somebody("Gu"), somebody("Lin")
    first = follow(actor=gu, now=NOW, person_id=lin.person_id)
    again = follow(actor=gu, now=LATER, person_id=lin.person_id)
    assert (again.id, again.at) == (first.id, NOW) and not Consent.objects.exists()
    assert standing_to(gu, lin.person_id) == Standing(True, False, 1)
    assert standing_to(ANONYMOUS, lin.person_id) == Standing(False, False, 1)
    unfollow(actor=gu, now=LATER, person_id=lin.person_id)
    unfollow(actor=gu, now=LATER, person_id=lin.person_id)
    assert standing_to(gu, lin.person_id) == Standing(False, False, 0)
    assert kinds() == ["person.followed", "person.unfollowed"]


@pytest.mark.django_db
def test_nobody_oneself_the_unknown_and_the_gone_are_not_followed() -> None:
    gu, lin = somebody("Gu"), somebody("Lin")
    Person.objects.filter(id=lin.person_id).update(erased_at=NOW)
    with pytest.raises(SignInNeeded):
        follow(actor=ANONYMOUS, now=NOW, person_id=gu.person_id)
    with pytest.raises(FollowsOneself):
        follow(actor=gu, now=NOW, person_id=gu.person_id)
    for person_id in (new_id(), lin.person_id):
        with pytest.raises(NotFound):
            follow(actor=gu, now=NOW, person_id=person_id)
    assert not Follow.objects.exists() and kinds() == []


@pytest.mark.django_db
def test_there_is_a_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "FOLLOWED_MAX", 2)
    gu = somebody("Gu")
    for name in ("A", "B"):
        follow(actor=gu, now=NOW, person_id=somebody(name).person_id)
    with pytest.raises(FollowsTooMany) as refusal:
        follow(actor=gu, now=NOW, person_id=somebody("C").person_id)
    assert refusal.value.params == {"most": 2} and Follow.objects.count() == 2


@pytest.mark.django_db
def test_nobody_follows_and_unfollows_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "FOLLOWS_PER_HOUR_MAX", 2)
    lin, bo = somebody("Lin"), somebody("Bo")
    token = open_friend_link(actor=lin, now=NOW).token
    for _ in range(2):
        follow_by_link(actor=bo, now=NOW, token=token)
        assert lin.person_id
        unfollow(actor=bo, now=NOW, person_id=lin.person_id)
    with pytest.raises(TooMany):
        follow_by_link(actor=bo, now=NOW, token=token)
    assert not Follow.objects.exists() and Notice.objects.count() == 2


@pytest.mark.django_db
def test_consent_is_given_and_taken_back_and_goes_with_the_follow() -> None:
    gu, lin = somebody("Gu"), somebody("Lin")
    follow(actor=gu, now=NOW, person_id=lin.person_id, reachable=True)
    assert Consent.objects.get().at == NOW
    set_reachable(actor=gu, now=LATER, person_id=lin.person_id, reachable=True)
    assert Consent.objects.get().at == NOW
    set_reachable(actor=gu, now=LATER, person_id=lin.person_id, reachable=False)
    assert not Consent.objects.exists()
    # Following again without saying so gives no consent.
    follow(actor=gu, now=LATER, person_id=lin.person_id)
    assert not Consent.objects.exists()
    assert kinds() == ["person.followed", "consent.given", "consent.withdrawn"]
    set_reachable(actor=gu, now=LATER, person_id=lin.person_id, reachable=True)
    unfollow(actor=gu, now=LATER, person_id=lin.person_id)
    assert not Consent.objects.exists()
    assert kinds()[3:] == ["consent.given", "person.unfollowed", "consent.withdrawn"]


@pytest.mark.django_db
def test_whoever_bought_may_be_known_without_following() -> None:
    gu, lin = somebody("Gu"), somebody("Lin")
    set_reachable(actor=gu, now=NOW, person_id=lin.person_id, reachable=True)
    assert standing_to(gu, lin.person_id) == Standing(False, True, 0)
    assert [(each.given_to_id, each.at) for each in list_consents(gu)] == [(lin.person_id, NOW)]
    assert consents_among(lin.person_id, [gu.person_id, new_id()]) == {gu.person_id}
    with pytest.raises(SignInNeeded):
        set_reachable(actor=ANONYMOUS, now=NOW, person_id=lin.person_id, reachable=True)
    with pytest.raises(FollowsOneself):
        set_reachable(actor=gu, now=NOW, person_id=gu.person_id, reachable=True)
    with pytest.raises(NotFound):
        set_reachable(actor=gu, now=NOW, person_id=new_id(), reachable=True)
    follow(actor=gu, now=LATER, person_id=lin.person_id)
    assert list_consents(gu) == [] and Consent.objects.get().at == NOW


@pytest.mark.django_db
def test_friends_meet_by_a_link_and_follow_back() -> None:
    gu, he, nobody = somebody("Gu"), somebody("He"), somebody("")
    assert read_friend_link(gu) is None
    with pytest.raises(NameNeeded):
        open_friend_link(actor=nobody, now=NOW)
    token = open_friend_link(actor=gu, now=NOW).token
    assert len(token) == 16 and access_friend(token).name == "Gu"
    follow_by_link(actor=he, now=NOW, token=token)
    follow_by_link(actor=he, now=LATER, token=token)
    assert [(n.person_id, n.kind, n.data) for n in Notice.objects.all()] == [
        (gu.person_id, "follow.new", {"name": "He"})
    ]
    assert friend_ids(gu.person_id) == []
    waiting = list_to_follow_back(gu)
    assert [(row.person_id, row.name) for row in waiting] == [(he.person_id, "He")]
    with pytest.raises(NotFound):  # a follow of somebody else's
        follow_back(actor=nobody, now=LATER, follow_id=waiting[0].id)
    follow_back(actor=gu, now=LATER, follow_id=waiting[0].id)
    assert friend_ids(gu.person_id) == [he.person_id] and friend_ids(he.person_id) == [gu.person_id]
    assert list_to_follow_back(gu) == []
    assert [(row.name, row.friend, row.reachable) for row in list_following(he)] == [("Gu", True, True)]


@pytest.mark.django_db
def test_who_follows_without_consent_is_seen_by_nobody() -> None:
    gu, lin = somebody("Gu"), somebody("Lin")
    found = follow(actor=gu, now=NOW, person_id=lin.person_id)
    assert list_to_follow_back(lin) == []
    with pytest.raises(NotFound):
        follow_back(actor=lin, now=NOW, follow_id=found.id)
    assert Follow.objects.count() == 1


@pytest.mark.django_db
def test_a_link_is_renewed_and_taken_away() -> None:
    gu, he = somebody("Gu"), somebody("He")
    old = open_friend_link(actor=gu, now=NOW).token
    new = open_friend_link(actor=gu, now=LATER).token
    assert old != new and friend_links_of([gu.person_id, he.person_id]) == [(new, "Gu")]
    with pytest.raises(NotFound):
        follow_by_link(actor=he, now=LATER, token=old)
    close_friend_link(actor=gu, now=LATER)
    close_friend_link(actor=gu, now=LATER)
    with pytest.raises(NotFound):
        access_friend(new)
    assert not FriendLink.objects.exists() and not Follow.objects.exists()
    assert kinds() == ["friend_link.opened", "friend_link.opened", "friend_link.closed"]


@pytest.mark.django_db
def test_trust_is_shown_by_choice_only() -> None:
    gu = somebody("Gu")
    assert not shows_trust(gu)
    for _ in range(2):
        show_trust(actor=gu, now=NOW, shown=True)
    assert shows_trust(gu) and TrustShown.objects.get().at == NOW
    for _ in range(2):
        show_trust(actor=gu, now=LATER, shown=False)
    assert not shows_trust(gu) and kinds() == ["trust.shown", "trust.hidden"]


@pytest.mark.django_db
def test_the_list_of_followed_is_paged() -> None:
    gu = somebody("Gu")
    for n in range(5):
        follow(actor=gu, now=NOW, person_id=somebody(f"P{n}").person_id)
    first = list_following(gu, limit=3)
    rest = list_following(gu, after=first[-1].id, limit=3)
    assert [row.name for row in (*first, *rest)] == ["P4", "P3", "P2", "P1", "P0"]


def test_two_at_once_follow_once(house: None) -> None:
    gu, lin = somebody("Gu"), somebody("Lin")

    def go() -> None:
        try:
            follow(actor=gu, now=NOW, person_id=lin.person_id)
        finally:
            connection.close()

    threads = [Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Follow.objects.count() == 1 and kinds() == ["person.followed"]
