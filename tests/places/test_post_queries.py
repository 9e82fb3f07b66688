"""What is read of posts: the newest of shops, of a circle, of all; and who may see one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renmai.kit.access import ANONYMOUS
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound
from renmai.places.posts.models import Comment, Like, Post, PostPick, PostPicture, PostState
from renmai.places.posts.queries import (
    access_post,
    counts_of,
    liked_among,
    list_comments,
    list_newest_posts,
    list_own_posts,
    list_posts_of_shop,
)
from tests.trade.world import NOW, World, make_world

pytestmark = pytest.mark.django_db


def post(world: World, shop: int, title: str, minutes: int = 0, **more: Any) -> Post:
    at = NOW + timedelta(minutes=minutes)
    return Post.objects.create(
        shop=world.shops[shop], author_id=world.shops[shop].owner_id, title=title, created_at=at, changed_at=at,
        **{"state": "published", "published_at": at} | more,
    )  # fmt: skip


def titles(rows: list[dict[str, Any]]) -> list[str]:
    return [row["title"] for row in rows]


def test_the_newest_of_all_of_shops_and_of_a_circle_by_pages() -> None:
    world, circle = make_world(), new_id()
    for n, shop in enumerate((0, 1, 0, 1, 0)):
        post(world, shop, f"p{n}", n, circle_id=circle if n % 2 else None)
    post(world, 0, "draft", 9, state="draft", published_at=None)
    post(world, 0, "hidden", 9, hidden_at=NOW)
    assert titles(list_newest_posts()) == ["p4", "p3", "p2", "p1", "p0"]
    assert titles(list_newest_posts(circle_id=circle)) == ["p3", "p1"]
    assert titles(list_posts_of_shop(world.shops[0].id)) == ["p4", "p2", "p0"]
    both = [shop.id for shop in world.shops]
    first = list_newest_posts(shop_ids=both, limit=3)
    assert titles(first) == ["p4", "p3", "p2"]
    assert titles(list_newest_posts(shop_ids=both, after=(first[-1]["published_at"], first[-1]["id"]))) == ["p1", "p0"]
    assert list_newest_posts(shop_ids=[]) == []


def test_posts_of_a_shop_that_is_closed_or_taken_down_are_not_found() -> None:
    world = make_world()
    here, there = post(world, 0, "here"), post(world, 1, "there")
    for change in ({"open": False}, {"open": True, "hidden_at": NOW}):
        type(world.shops[1]).objects.filter(id=world.shops[1].id).update(**change)
        assert titles(list_newest_posts()) == ["here"]
        assert list_posts_of_shop(world.shops[1].id) == []
        with pytest.raises(NotFound):
            access_post(ANONYMOUS, there.id)
    assert access_post(ANONYMOUS, here.id).shown
    assert access_post(world.creator(1), there.id).own


def test_a_card_counts_what_is_shown_in_one_statement() -> None:
    world = make_world()
    one = post(world, 0, "one", body="See\nthis.\n\n[[1]]\n\nGood.")
    PostPicture.objects.create(post=one, position=0, media_id=(cover := new_id()), alt="A cup")
    PostPick.objects.create(post=one, position=1, pick=world.picks["mug"])
    Like.objects.create(post=one, person_id=world.buyer.person_id, at=NOW)
    for held, hidden_at in ((False, None), (True, None), (False, NOW)):
        Comment.objects.create(
            post=one, author_id=world.buyer.person_id, words="Hm.", held=held, hidden_at=hidden_at, at=NOW
        )
    with CaptureQueriesContext(connection) as asked:
        (row,) = list_newest_posts()
    assert len(asked) == 1
    shown = {name: row[name] for name in ("cover_id", "cover_alt", "pictures", "goods", "likes", "comments", "excerpt")}
    assert shown == {
        "cover_id": cover, "cover_alt": "A cup", "pictures": 1, "goods": 1, "likes": 1, "comments": 1,
        "excerpt": "See this. Good.",
    }  # fmt: skip
    counts = counts_of([one.id])[one.id]
    assert (counts.likes, counts.comments, counts.held) == (1, 1, 1)
    assert liked_among(world.buyer, [one.id]) == {one.id}
    assert liked_among(world.operator, [one.id]) == set()


@pytest.mark.parametrize("state", sorted(set(PostState) - {"published"}))
def test_what_is_not_published_is_seen_by_its_shop_and_operators_only(state: str) -> None:
    world = make_world()
    one = post(world, 0, "one", state=state, publish_at=NOW, published_at=None)
    for stranger in (ANONYMOUS, world.buyer, world.creator(1), world.supplier(0)):
        with pytest.raises(NotFound):
            access_post(stranger, one.id)
    assert not access_post(world.creator(0), one.id).shown
    assert not access_post(world.operator, one.id).own
    assert [p.id for p in list_own_posts(world.creator(0), world.shops[0].id, state=state)] == [one.id]
    with pytest.raises(NotFound):
        list_own_posts(world.creator(1), world.shops[0].id)


def test_of_hidden_comments_only_that_there_was_one_and_of_waiting_ones_ones_own() -> None:
    world = make_world()
    one = post(world, 0, "one")
    for words, held, hidden_at in (("shown", False, None), ("waits", True, None), ("bad", False, NOW)):
        Comment.objects.create(
            post=one, author_id=world.buyer.person_id, words=words, held=held, hidden_at=hidden_at, at=NOW
        )
    assert [row["words"] for row in list_comments(ANONYMOUS, one.id)] == ["", "shown"]
    own = list_comments(world.buyer, one.id)
    assert [row["words"] for row in own] == ["", "waits", "shown"]
    assert {row["author_name"] for row in own} == {"buyer"}
