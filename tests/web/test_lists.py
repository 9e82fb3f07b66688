"""Lists of people, words and links cost the same however long they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.people.accounts.models import Membership, Person, TeamInvitation
from renmai.people.circles.models import Circle, CircleMember
from renmai.people.follows.models import Consent, Follow
from renmai.people.moderation.actions import report_thing
from renmai.places.posts.actions import Content, publish_post, write_post
from renmai.places.shops.grouping import make_group, put_in_group
from renmai.trade.referrals.actions import make_share_link
from tests.trade.world import World, make_world
from tests.web.desk_world import statements
from tests.web.operator_world import signed_in

pytestmark = pytest.mark.django_db
PAGES = {
    "buyer": ("/following", "/followers", "/circles", "/me/reports", "/links"),
    "owner": ("/creator/posts", "/creator/links", "/creator/customers", "/creator/team"),
    "operator": ("/operator/moderation", "/operator/circles"),
}


def more(world: World, names: str) -> None:
    """One of everything for each letter."""
    now, shop = clock.now(), world.shops[0]
    buyer, owner = world.buyer.person_id, world.creator(0)
    for name in names:
        other = Person.objects.create(email=f"{name}@example.net", name=name, created_at=now)
        Follow.objects.create(follower_id=buyer, followed_id=other.id, at=now)
        Follow.objects.create(follower_id=other.id, followed_id=shop.owner_id, at=now)
        Consent.objects.create(person_id=other.id, given_to_id=shop.owner_id, at=now)
        group = make_group(actor=owner, now=now, shop_id=shop.id, name=name)
        put_in_group(actor=owner, now=now, group_id=group.id, person_ids=[other.id])
        Consent.objects.create(person_id=buyer, given_to_id=new_id(), at=now)
        fan = Person.objects.create(email=f"{name}-fan@example.net", name=name, created_at=now)
        Follow.objects.create(follower_id=fan.id, followed_id=buyer, at=now)
        Consent.objects.create(person_id=fan.id, given_to_id=buyer, at=now)
        circle = Circle.objects.create(slug=name, name=name, created_at=now)
        CircleMember.objects.create(circle=circle, person_id=buyer, at=now)
        Membership.objects.create(person=other, role="creator", subject_id=shop.id, part="content", created_at=now)
        TeamInvitation.objects.create(
            shop_id=shop.id, email=f"{name}@example.com", part="service", token_hash=new_id().bytes,
            invited_by_id=shop.owner_id, created_at=now, expires_at=now + timedelta(days=7),
        )  # fmt: skip
        post = write_post(actor=owner, now=now, shop_id=shop.id, content=Content(title=name, body="Hm."))
        publish_post(actor=owner, now=now, post_id=post.id)
        for person in (world.buyer, owner):
            make_share_link(actor=person, now=now, kind="post", subject_id=post.id)
        report_thing(
            actor=Actor(buyer), now=now, subject_kind="post", subject_id=post.id, owner_id=shop.owner_id, reason="spam"
        )


def clients(world: World) -> dict[str, Client]:
    for person_id, role, shop in (
        (world.shops[0].owner_id, "creator", world.shops[0].id),
        (world.operator.person_id, "operator", None),
    ):
        part = "owner" if shop else ""
        Membership.objects.create(person_id=person_id, role=role, subject_id=shop, part=part, created_at=clock.now())
    people = {"buyer": world.buyer.person_id, "owner": world.shops[0].owner_id, "operator": world.operator.person_id}
    return {name: signed_in(Person.objects.get(id=person_id)) for name, person_id in people.items()}


def test_longer_lists_cost_no_more_statements() -> None:
    world = make_world()
    own = clients(world)
    more(world, "ab")
    few = {page: statements(own[who], page) for who, pages in PAGES.items() for page in pages}
    more(world, "cdefghi")
    assert {page: statements(own[who], page) for who, pages in PAGES.items() for page in pages} == few
