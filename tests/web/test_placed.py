"""Goods placed in a post: from the click in the post to the order's evidence, which names it."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.people.accounts.actions import add_membership
from renmai.people.accounts.models import Person
from renmai.places.posts.actions import Content, publish_post, write_post
from renmai.places.posts.models import Post
from renmai.trade.referrals.actions import follow_link, make_share_link, set_share_terms
from renmai.trade.referrals.models import Click, Referral, ShareLink
from renmai.trade.referrals.placed import follow_goods
from renmai.trade.referrals.rules import CONSIDERED_MAX, PLACED_MAX, stands
from renmai.trade.reports.queries import list_violations
from tests.api.test_contract import basket, caller_of
from tests.web.operator_world import Desk, make_desk, signed_in
from tests.web.test_sharing import buy, friend

PHONE = {"User-Agent": "Mozilla/5.0 (iPhone)"}


@pytest.fixture
def desk(house: None) -> Desk:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    made = make_desk(clock.now())
    shop = made.world.shops[0]
    add_membership(actor=Actor(), now=clock.now(), person_id=shop.owner_id, role="creator", subject_id=shop.id)
    set_share_terms(actor=made.world.creator(0), now=clock.now(), shop_id=shop.id, sharer_bps=1000)
    return made


def post_of(desk: Desk, title: str = "Tea at four") -> Post:
    creator, mug = desk.world.creator(0), desk.world.picks["mug"].id
    content = Content(title, "Two minutes.", pick_ids=[mug])
    post = write_post(actor=creator, now=clock.now(), shop_id=desk.world.shops[0].id, content=content)
    return publish_post(actor=creator, now=clock.now(), post_id=post.id)


def click(client: Client, post: Post, pick_id: UUID, **headers: str) -> None:
    answer = client.get(f"/posts/{post.id}/goods/{pick_id}", headers=PHONE | headers)
    assert (answer.status_code, answer["Location"], answer["Cache-Control"]) == (302, f"/picks/{pick_id}", "no-store")


def test_an_order_from_goods_in_a_post_names_the_post(desk: Desk) -> None:
    post, mug, client = (
        post_of(desk),
        desk.world.picks["mug"].id,
        signed_in(Person.objects.get(id=desk.world.buyer.person_id)),
    )
    assert f'href="/posts/{post.id}/goods/{mug}"' in client.get(f"/posts/{post.id}").content.decode()
    click(client, post, mug)
    order = buy(desk, client)
    link, kept = ShareLink.objects.get(), Referral.objects.get(order_id=order.id)
    assert (link.subject_kind, link.subject_id, link.clicks) == ("post", post.id, 1)
    assert (kept.sharer_id, kept.sharer_bps) == (None, 0) and kept.evidence is not None and stands(kept.evidence)
    looked_at = [(row["link"], row["kind"], row["verdict"]) for row in kept.evidence["clicks"]]
    assert looked_at == [(str(link.id), "content", "shop_owner")]
    page = client.get(f"/orders/{order.id}").content.decode()
    assert f'<a href="/posts/{post.id}">Tea at four</a>' in page
    with connection.cursor() as cursor:
        assert [row for row in list_violations(cursor) if row.rule == "credit_of_order"] == []


def test_who_shared_the_post_is_credited_and_both_clicks_name_it(desk: Desk) -> None:
    post, mug, ann, client = (
        post_of(desk),
        desk.world.picks["mug"].id,
        friend(),
        signed_in(Person.objects.get(id=desk.world.buyer.person_id)),
    )
    link = make_share_link(actor=Actor(ann.id), now=clock.now(), kind="post", subject_id=post.id)
    client.get(f"/s/{link.token}", headers=PHONE)
    click(client, post, mug)
    order = buy(desk, client)
    kept = Referral.objects.get(order_id=order.id)
    assert (kept.sharer_id, kept.link_id, kept.sharer_bps) == (ann.id, link.id, 1000)
    assert kept.evidence is not None
    assert [row["verdict"] for row in kept.evidence["clicks"]] == ["shop_owner", "credited"]  # the newest first
    seen = signed_in(Person.objects.get(id=desk.world.buyer.person_id)).get(f"/orders/{order.id}").content.decode()
    assert seen.count(f'<a href="/posts/{post.id}">Tea at four</a>') == 2
    Post.objects.filter(id=post.id).update(hidden_at=clock.now())
    assert "Tea at four" not in client.get(f"/orders/{order.id}").content.decode()


def test_nothing_is_kept_of_robots_the_team_or_who_asks_not_to_be(desk: Desk) -> None:
    post, mug = post_of(desk), desk.world.picks["mug"].id
    click(Client(), post, mug, **{"User-Agent": "Googlebot/2.1"})
    click(Client(), post, mug, **{"Sec-GPC": "1"})
    click(signed_in(Person.objects.get(id=desk.world.shops[0].owner_id)), post, mug)
    assert not Click.objects.exists() and not ShareLink.objects.exists()
    assert Client().get(f"/posts/{post.id}/goods/{desk.world.picks['tea'].id}", headers=PHONE).status_code == 404
    Post.objects.filter(id=post.id).update(state="withdrawn")
    click(Client(), post, mug)
    assert not Click.objects.exists()


def test_many_posts_take_no_place_from_a_shared_link(desk: Desk) -> None:
    posts, mug = [post_of(desk, f"Post {n}") for n in range(CONSIDERED_MAX + 2)], desk.world.picks["mug"].id
    link = make_share_link(actor=Actor(friend().id), now=clock.now(), kind="pick", subject_id=mug)
    follow_link(actor=Actor(), now=clock.now(), token=link.token, visitor="v")
    for post in posts:
        follow_goods(actor=Actor(), now=clock.now(), post_id=post.id, pick_id=mug, visitor="v")
    assert Click.objects.filter(link=link).exists() and Click.objects.count() == 1 + PLACED_MAX


def test_an_app_sends_the_posts_token_with_the_checkout(desk: Desk) -> None:
    post, mug, buyer = post_of(desk), desk.world.picks["mug"].id, caller_of(desk.world.buyer)
    token = buyer.do("POST", f"/posts/{post.id}/goods/{mug}/clicks")["share_token"]
    placed = buyer.do("POST", "/checkouts", basket(desk.world, mug=1) | {"share_tokens": [token]})
    found = buyer.get(f"/orders/{placed['orders'][0]['id']}/attribution")
    assert [(row["post_id"], row["verdict"]) for row in found["clicks"]] == [(str(post.id), "shop_owner")]
    assert found["sharer"] is None
    tea = desk.world.picks["tea"].id
    assert buyer.refused("POST", f"/posts/{post.id}/goods/{tea}/clicks")["status"] == 404
