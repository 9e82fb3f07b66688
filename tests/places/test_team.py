"""A shop's team: what each part may do, invitations, leaving, handing over."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from renmai.api.v1.contract import narrowed
from renmai.kit.access import Actor, Grant
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.mail.models import Mail
from renmai.kit.problems import DomainError, NotFound, SignInNeeded
from renmai.money.payouts.actions import request_payout
from renmai.money.payouts.queries import available_minor
from renmai.money.payouts.withholding import access_details, set_details
from renmai.people.accounts.actions import make_token
from renmai.people.accounts.models import Membership, Person, TeamInvitation
from renmai.people.accounts.queries import actor_by_token, actor_of
from renmai.people.accounts.rules import GRANTS_OF_PART, grants_of
from renmai.people.notices.actions import members_of
from renmai.people.notices.models import Notice
from renmai.places.posts.actions import Content, publish_post, write_post
from renmai.places.posts.comments import write_comment
from renmai.places.shops.actions import change_shop, open_shop
from renmai.places.shops.models import Shop
from renmai.places.shops.queries import access_content_shop, access_own_shop, access_team_shop, list_own_shops
from renmai.places.shops.team import (
    HandOverFirst,
    InTeamAlready,
    InvitationElsewhere,
    InvitationOver,
    LastOwner,
    NoSuchPart,
    TeamFull,
    accept_invitation,
    access_invited,
    access_team,
    change_part,
    hand_over_shop,
    invite_member,
    remove_member,
    withdraw_invitation,
)
from renmai.web.notice_words import NOTICES

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)


def someone(name: str) -> Person:
    return Person.objects.create(email=f"{name}@example.org", name=name, created_at=NOW)


def actor(person: Person) -> Actor:
    return actor_of(person)


@pytest.fixture
def lin(db: None) -> Person:
    return someone("lin")


@pytest.fixture
def shop(lin: Person) -> Shop:
    return open_shop(actor=actor(lin), now=NOW, handle="lin-shop", name="Lin", name_zh="林")


def secret_in(mail: Mail) -> str:
    found = re.search(r"/team/(\S+)", mail.body)
    assert found
    return found[1]


def invited(lin: Person, shop: Shop, name: str, part: str = "content") -> str:
    invite_member(actor=actor(lin), now=NOW, shop_id=shop.id, email=f"{name}@example.org", part=part, locale="en")
    return secret_in(Mail.objects.order_by("-created_at", "-id")[0])


def joined(lin: Person, shop: Shop, name: str, part: str) -> Person:
    person = someone(name)
    accept_invitation(actor=actor(person), now=NOW, secret=invited(lin, shop, name, part))
    return person


def test_grants_of_every_part() -> None:
    shop_id = new_id()
    held = {part: {g.role for g in grants_of("creator", part, shop_id)} for part in GRANTS_OF_PART}
    assert held == {
        "owner": {"creator", "owner"},
        "manager": {"creator"},
        "content": {"creator:content"},
        "service": {"creator:service"},
    }
    assert grants_of("supplier", "owner", shop_id) == (Grant("supplier", shop_id),)


def test_the_token_carries_the_part(lin: Person, shop: Shop) -> None:
    for part, roles in GRANTS_OF_PART.items():
        person = joined(lin, shop, part, part)
        _, secret = make_token(actor=actor(person), now=NOW, name="t", scopes=["shop"])
        known = actor_by_token(secret, now=NOW)
        assert known is not None
        assert (
            {g.role for g in known.grants if g.subject_id == shop.id}
            == set(roles)
            == {g.role for g in actor(person).grants if g.subject_id == shop.id}
        )
        assert {g.role for g in narrowed(known).grants} == set(roles)
        _, narrow = make_token(actor=actor(person), now=NOW, name="t", scopes=["buy"])
        bought = actor_by_token(narrow, now=NOW)
        assert bought is not None
        assert {g.role for g in narrowed(bought).grants} == {"sharer"}


def test_what_each_part_may(lin: Person, shop: Shop) -> None:
    people = {part: joined(lin, shop, part, part) for part in GRANTS_OF_PART}
    allowed = {
        "own": lambda who: access_own_shop(who, shop.id),
        "content": lambda who: access_content_shop(who, shop.id),
        "team": lambda who: access_team_shop(who, shop.id),
        "purse": lambda who: access_details(who, f"creator:{shop.id}"),
        "balance": lambda who: available_minor(who, f"creator:{shop.id}"),
        "profile": lambda who: change_shop(actor=who, now=NOW, shop_id=shop.id, name="Lin"),
    }
    found = {}
    for part, person in people.items():
        found[part] = set()
        for name, do in allowed.items():
            try:
                do(actor(person))
                found[part].add(name)
            except NotFound:
                continue
    assert found == {
        "owner": {"own", "content", "team", "purse", "balance", "profile"},
        "manager": {"own", "content", "team", "balance", "profile"},
        "content": {"content", "team"},
        "service": {"team"},
    }
    assert list_own_shops(actor(people["content"])) == []


def test_who_is_told_of_a_shop_is_who_may_look_after_it(lin: Person, shop: Shop) -> None:
    people = {joined(lin, shop, part, part).id: part for part in GRANTS_OF_PART} | {lin.id: "owner"}
    everybody = {"owner", "manager", "content", "service"}
    wanted = {
        "creator": {"owner", "manager"},
        "creator:content": {"owner", "manager", "content"},
        "creator:service": {"owner", "manager", "service"},
        "team": everybody,
        "supplier": set(),
    }
    with connection.cursor() as cursor:
        told = {role: members_of(cursor, role, [shop.id]).get(shop.id, []) for role in wanted}
    assert {role: {people[each] for each in found} for role, found in told.items()} == wanted
    post = write_post(actor=actor(lin), now=NOW, shop_id=shop.id, content=Content("Tea", "Hm"))
    publish_post(actor=actor(lin), now=NOW, post_id=post.id)
    write_comment(actor=actor(someone("bo")), now=NOW, post_id=post.id, words="Nice")
    comments = Notice.objects.exclude(kind__startswith="team.")
    assert {people[each] for each in comments.values_list("person_id", flat=True)} == everybody - {"service"}


@pytest.mark.parametrize("part", ["manager", "content", "service"])
def test_only_owners_touch_money_and_team(lin: Person, shop: Shop, part: str) -> None:
    person = joined(lin, shop, part, part)
    payee = f"creator:{shop.id}"
    with pytest.raises(NotFound):
        request_payout(actor=actor(person), now=NOW, payee=payee, amount_minor=1000, key="key-000001")
    with pytest.raises(NotFound):
        set_details(actor=actor(person), now=NOW, payee=payee, kind="person", legal_name="Mine")
    with pytest.raises(NotFound):
        invite_member(actor=actor(person), now=NOW, shop_id=shop.id, email="x@example.org", part="owner", locale="en")
    with pytest.raises(NotFound):
        change_part(actor=actor(person), now=NOW, shop_id=shop.id, person_id=person.id, part="owner")
    with pytest.raises(NotFound):
        remove_member(actor=actor(person), now=NOW, shop_id=shop.id, person_id=lin.id)
    with pytest.raises(NotFound):
        hand_over_shop(actor=actor(person), now=NOW, shop_id=shop.id, person_id=person.id)
    assert access_team(actor(person), shop.id, now=NOW).invitations == []
    assert Membership.objects.get(person=person).part == part
    assert Membership.objects.filter(subject_id=shop.id).count() == 2


def test_an_invitation_from_letter_to_membership(lin: Person, shop: Shop) -> None:
    secret = invited(lin, shop, "mo", "service")
    mail = Mail.objects.get()
    assert (mail.to, mail.subject) == ("mo@example.org", "lin invites you into the team of Lin")
    row = TeamInvitation.objects.get()
    assert secret.encode() not in bytes(row.token_hash)
    assert row.expires_at == NOW + timedelta(days=7)
    mo = someone("mo")
    seen = access_invited(actor(mo), secret, now=NOW)
    assert (seen.shop.id, seen.invited_by, seen.invitation.part) == (shop.id, "lin", "service")
    accept_invitation(actor=actor(mo), now=NOW, secret=secret)
    member = Membership.objects.get(person=mo)
    assert (member.part, member.granted_by_id) == ("service", lin.id)
    assert [e.kind for e in Event.objects.filter(subject_id=shop.id).order_by("id")][-2:] == [
        "team.invited",
        "team.joined",
    ]
    with pytest.raises(InvitationOver):
        accept_invitation(actor=actor(mo), now=NOW, secret=secret)


def test_a_letter_in_chinese(lin: Person, shop: Shop) -> None:
    invite_member(actor=actor(lin), now=NOW, shop_id=shop.id, email="mo@example.org", part="content", locale="zh-hans")
    assert Mail.objects.get().subject == "lin邀请您加入“林”的团队"


def test_invitations_that_do_not_open(lin: Person, shop: Shop) -> None:
    first = invited(lin, shop, "mo")
    second = invited(lin, shop, "mo")
    mo, eve = someone("mo"), someone("eve")
    with pytest.raises(InvitationOver):
        accept_invitation(actor=actor(mo), now=NOW, secret=first)
    with pytest.raises(InvitationElsewhere):
        accept_invitation(actor=actor(eve), now=NOW, secret=second)
    with pytest.raises(NotFound):
        accept_invitation(actor=actor(mo), now=NOW, secret="nothing")
    with pytest.raises(SignInNeeded):
        accept_invitation(actor=Actor(), now=NOW, secret=second)
    with pytest.raises(InvitationOver):
        accept_invitation(actor=actor(mo), now=NOW + timedelta(days=7), secret=second)
    row = TeamInvitation.objects.get(withdrawn_at=None)
    with pytest.raises(NotFound):
        withdraw_invitation(actor=actor(eve), now=NOW, invitation_id=row.id)
    withdraw_invitation(actor=actor(lin), now=NOW, invitation_id=row.id)
    withdraw_invitation(actor=actor(lin), now=NOW, invitation_id=row.id)
    with pytest.raises(InvitationOver):
        accept_invitation(actor=actor(mo), now=NOW, secret=second)
    assert Membership.objects.filter(subject_id=shop.id).count() == 1


def test_who_cannot_be_invited(lin: Person, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InTeamAlready):
        invited(lin, shop, "lin")
    with pytest.raises(NoSuchPart):
        invited(lin, shop, "mo", "boss")
    monkeypatch.setattr("renmai.places.shops.team.TEAM_MAX", 2)
    invited(lin, shop, "mo")
    with pytest.raises(TeamFull):
        invited(lin, shop, "bo")
    invited(lin, shop, "mo")
    assert TeamInvitation.objects.filter(withdrawn_at=None).count() == 1


def test_parts_change_and_people_leave(lin: Person, shop: Shop) -> None:
    mo = joined(lin, shop, "mo", "content")
    change_part(actor=actor(lin), now=NOW, shop_id=shop.id, person_id=mo.id, part="manager")
    change_part(actor=actor(lin), now=NOW, shop_id=shop.id, person_id=mo.id, part="manager")
    assert Membership.objects.get(person=mo).part == "manager"
    assert Event.objects.filter(kind="team.part_changed").count() == 1
    before = actor(mo)
    remove_member(actor=actor(mo), now=NOW, shop_id=shop.id, person_id=mo.id)
    assert not Membership.objects.filter(person=mo).exists()
    with pytest.raises(NotFound):
        remove_member(actor=before, now=NOW, shop_id=shop.id, person_id=mo.id)
    with pytest.raises(LastOwner):
        remove_member(actor=actor(lin), now=NOW, shop_id=shop.id, person_id=lin.id)
    with pytest.raises(LastOwner):
        change_part(actor=actor(lin), now=NOW, shop_id=shop.id, person_id=lin.id, part="manager")


def test_the_shop_is_handed_over(lin: Person, shop: Shop) -> None:
    mo = joined(lin, shop, "mo", "owner")
    with pytest.raises(HandOverFirst):
        remove_member(actor=actor(mo), now=NOW, shop_id=shop.id, person_id=lin.id)
    with pytest.raises(HandOverFirst):
        hand_over_shop(actor=actor(mo), now=NOW, shop_id=shop.id, person_id=mo.id)
    hand_over_shop(actor=actor(lin), now=NOW, shop_id=shop.id, person_id=mo.id)
    hand_over_shop(actor=actor(mo), now=NOW, shop_id=shop.id, person_id=mo.id)
    shop.refresh_from_db()
    assert shop.owner_id == mo.id
    assert dict(Membership.objects.values_list("person__name", "part")) == {"lin": "manager", "mo": "owner"}
    assert Event.objects.filter(kind="shop.handed_over").count() == 1


def test_two_owners_removing_each_other_leave_one(house: None) -> None:
    shop = Shop.objects.create(owner_id=new_id(), handle="two", name="Two", created_at=NOW)
    pair = [someone("mo"), someone("bo")]
    for person in pair:
        Membership.objects.create(person=person, role="creator", part="owner", subject_id=shop.id, created_at=NOW)
    actors, start, refused = [actor(person) for person in pair], threading.Barrier(2), []

    def remove(mine: int) -> None:
        start.wait()
        try:
            remove_member(actor=actors[mine], now=NOW, shop_id=shop.id, person_id=pair[1 - mine].id)
        except DomainError as refusal:
            refused.append(type(refusal))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=remove, args=(mine,)) for mine in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [NotFound]
    assert Membership.objects.filter(subject_id=shop.id, part="owner").count() == 1
    assert Event.objects.filter(kind="team.left").count() == 1


def told(person: Person) -> list[tuple[str, str]]:
    """What somebody was told: kind, and whom it names."""
    rows = Notice.objects.filter(person_id=person.id).order_by("id")
    return [(row.kind, row.data.get("name", "")) for row in rows]


def test_everybody_concerned_is_told(lin: Person, shop: Shop) -> None:
    mo = someone("mo")
    secret = invited(lin, shop, "mo", "manager")
    assert told(mo) == [("team.invited", "lin")] and secret not in str(Notice.objects.get().data)
    accept_invitation(actor=actor(mo), now=NOW, secret=secret)
    change_part(actor=actor(lin), now=NOW, shop_id=shop.id, person_id=mo.id, part="owner")
    bo = joined(mo, shop, "bo", "service")
    change_part(actor=actor(mo), now=NOW, shop_id=shop.id, person_id=bo.id, part="content")
    remove_member(actor=actor(mo), now=NOW, shop_id=shop.id, person_id=bo.id)
    hand_over_shop(actor=actor(lin), now=NOW, shop_id=shop.id, person_id=mo.id)
    remove_member(actor=actor(lin), now=NOW, shop_id=shop.id, person_id=lin.id)
    assert told(bo)[1:] == [("team.joined_service", "-"), ("team.part_content", "-"), ("team.taken_out", "-")]
    assert told(mo) == [
        ("team.invited", "lin"), ("team.joined_manager", "-"), ("team.part_owner", "-"), ("team.handed_over", "-"),
        ("team.somebody_left", "lin"),
    ]  # fmt: skip
    assert told(lin) == [
        ("team.somebody_joined", "mo"), ("team.somebody_invited", "mo"), ("team.somebody_joined", "bo"),
        ("team.somebody_changed", "bo"), ("team.somebody_taken_out", "bo"),
    ]  # fmt: skip
    assert {row.kind for row in Notice.objects.all()} <= set(NOTICES)


def test_there_are_words_for_every_part() -> None:
    assert {f"team.{what}_{part}" for what in ("joined", "part") for part in GRANTS_OF_PART} <= set(NOTICES)
