"""Below a post: saying something, what waits, who hides what, likes once, and takedowns by the house."""

from __future__ import annotations

from uuid import UUID

import pytest

from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Invalid, NotFound, SignInNeeded, TooMany
from renmai.people.accounts.models import Membership
from renmai.people.moderation.actions import lift_takedown, take_down
from renmai.people.notices.models import Notice
from renmai.places.posts.actions import Content, publish_post, write_post
from renmai.places.posts.comments import (
    COMMENTS_PER_HOUR_MAX,
    CommentsClosed,
    approve_comment,
    hide_comment,
    like_post,
    unlike_post,
    write_comment,
)
from renmai.places.posts.models import Comment, Like, Post
from renmai.places.posts.queries import access_comment, access_post, list_comments, list_held_comments
from renmai.places.shops.models import Pick, Shop
from tests.trade.world import NOW, World, make_world

pytestmark = pytest.mark.django_db


def shown(world: World, **content: object) -> Post:
    creator = world.creator(0)
    Membership.objects.get_or_create(
        person_id=creator.person_id, role="creator", subject_id=world.shops[0].id, defaults={"created_at": NOW}
    )
    post = write_post(actor=creator, now=NOW, shop_id=world.shops[0].id, content=Content("Tea", "Hm", **content))  # type: ignore[arg-type]
    return publish_post(actor=creator, now=NOW, post_id=post.id)


def said(world: World, post: Post, words: str = "Nice", actor: Actor | None = None) -> Comment:
    return write_comment(actor=actor or world.buyer, now=NOW, post_id=post.id, words=words)


def words_seen(actor: Actor, post: Post) -> list[str]:
    return [row["words"] for row in list_comments(actor, post.id)]


def told() -> list[tuple[UUID, str]]:
    return list(Notice.objects.order_by("id").values_list("person_id", "kind"))


def test_a_comment_is_shown_and_the_shop_told() -> None:
    world = make_world()
    post = shown(world)
    said(world, post)
    said(world, post, "Thanks, see www.tea.example", world.creator(0))
    rows = list_comments(ANONYMOUS, post.id)
    assert [(row["words"], row["author_name"], row["from_shop"]) for row in rows] == [
        ("Thanks, see www.tea.example", "lin", True), ("Nice", "buyer", False),
    ]  # fmt: skip
    assert told() == [(world.shops[0].owner_id, "comment.made")]


@pytest.mark.parametrize(("words", "held"), [("See www.spam.example", False), ("Nice", True)])
def test_a_comment_that_waits_is_seen_by_its_author_and_the_shop_until_approved(words: str, held: bool) -> None:
    world = make_world()
    post = shown(world, comments_held=held)
    comment = said(world, post, words)
    assert comment.held
    assert told() == [(world.shops[0].owner_id, "comment.held")]
    assert words_seen(ANONYMOUS, post) == []
    assert words_seen(world.buyer, post) == [words]
    for stranger in (ANONYMOUS, world.creator(1)):
        with pytest.raises(NotFound):
            access_comment(stranger, comment.id)
    for stranger in (world.buyer, world.creator(1), world.operator):
        with pytest.raises(NotFound):
            approve_comment(actor=stranger, now=NOW, comment_id=comment.id)
    assert [row["id"] for row in list_held_comments(world.creator(0), post.id)] == [comment.id]
    for _ in range(2):
        approve_comment(actor=world.creator(0), now=NOW, comment_id=comment.id)
    assert words_seen(ANONYMOUS, post) == [words]
    assert Event.objects.filter(kind="comment.approved").count() == 1


def test_its_author_and_the_shop_hide_a_comment_and_nobody_else() -> None:
    world = make_world()
    post = shown(world)
    first, second = said(world, post, "one"), said(world, post, "two")
    for stranger, error in ((world.creator(1), NotFound), (world.operator, NotFound), (ANONYMOUS, SignInNeeded)):
        with pytest.raises(error):
            hide_comment(actor=stranger, now=NOW, comment_id=first.id)
    assert words_seen(ANONYMOUS, post) == ["two", "one"]
    hide_comment(actor=world.buyer, now=NOW, comment_id=first.id)
    hide_comment(actor=world.creator(0), now=NOW, comment_id=second.id)
    hide_comment(actor=world.creator(0), now=NOW, comment_id=first.id)
    rows = list_comments(world.operator, post.id)
    shop = world.creator(0).person_id
    assert [(row["words"], row["hidden_by_id"]) for row in rows] == [("", shop), ("", world.buyer.person_id)]
    assert access_post(ANONYMOUS, post.id).counts.comments == 0
    assert Event.objects.filter(kind="comment.hidden").count() == 2


def test_what_may_not_be_said_leaves_nothing() -> None:
    world = make_world()
    closed, draft = shown(world, comments_open=False), shown(world)
    Post.objects.filter(id=draft.id).update(state="draft")
    for post_id, words, error in (
        (closed.id, "Hi", CommentsClosed), (draft.id, "Hi", NotFound), (new_id(), "Hi", NotFound),
        (shown(world).id, " ", Invalid), (shown(world).id, "x" * 501, Invalid),
    ):  # fmt: skip
        with pytest.raises(error):
            write_comment(actor=world.buyer, now=NOW, post_id=post_id, words=words)
    with pytest.raises(SignInNeeded):
        write_comment(actor=ANONYMOUS, now=NOW, post_id=shown(world).id, words="Hi")
    assert Comment.objects.count() == 0
    assert told() == []


def test_there_is_a_limit_to_how_much_one_says_in_an_hour() -> None:
    world = make_world()
    post = shown(world)
    for _ in range(COMMENTS_PER_HOUR_MAX):
        said(world, post)
    with pytest.raises(TooMany):
        said(world, post)
    assert Comment.objects.count() == COMMENTS_PER_HOUR_MAX
    said(world, post, "I may", world.operator)


def test_a_post_is_liked_once_and_no_longer() -> None:
    world = make_world()
    post = shown(world)
    for _ in range(2):
        like_post(actor=world.buyer, now=NOW, post_id=post.id)
    like_post(actor=world.operator, now=NOW, post_id=post.id)
    view = access_post(world.buyer, post.id)
    assert (view.counts.likes, view.liked) == (2, True)
    for _ in range(2):
        unlike_post(actor=world.buyer, now=NOW, post_id=post.id)
    assert not access_post(world.buyer, post.id).liked
    assert Event.objects.filter(kind="post.liked").count() == 2
    assert Event.objects.filter(kind="post.unliked").count() == 1
    with pytest.raises(SignInNeeded):
        like_post(actor=ANONYMOUS, now=NOW, post_id=post.id)
    with pytest.raises(NotFound):
        like_post(actor=world.buyer, now=NOW, post_id=new_id())
    assert Like.objects.count() == 1


def down(world: World, kind: str, subject_id: UUID) -> UUID:
    return take_down(
        actor=world.operator, now=NOW, subject_kind=kind, subject_id=subject_id, owner_id=None, title="x",
        reason="abuse", words="No.",
    ).id  # fmt: skip


def test_what_the_house_takes_down_is_not_found_until_it_is_lifted() -> None:
    world = make_world()
    post, other = shown(world), shown(world)
    regretted, comment, hidden = said(world, other, "sorry"), said(world, other, "bad"), said(world, other, "own")
    hide_comment(actor=world.buyer, now=NOW, comment_id=hidden.id)
    ids = [down(world, "post", post.id), down(world, "comment", comment.id), down(world, "comment", hidden.id)]
    ids.append(down(world, "comment", regretted.id))
    hide_comment(actor=world.buyer, now=NOW, comment_id=regretted.id)  # put back, it is not shown again
    with pytest.raises(NotFound):
        access_post(ANONYMOUS, post.id)
    assert access_post(world.creator(0), post.id).post.hidden_at == NOW
    assert words_seen(world.buyer, other) == ["", "", ""]
    for takedown_id in ids:
        lift_takedown(actor=world.operator, now=NOW, takedown_id=takedown_id, words="All right.")
    assert access_post(ANONYMOUS, post.id).shown
    assert words_seen(world.buyer, other) == ["", "bad", ""]


def test_a_shop_is_hidden_with_all_that_is_in_it_and_a_pick_is_out_for_good() -> None:
    world = make_world()
    post, pick = shown(world), world.picks["mug"]
    shop_down, pick_down = down(world, "shop", world.shops[0].id), down(world, "pick", pick.id)
    with pytest.raises(NotFound):
        access_post(ANONYMOUS, post.id)
    for takedown_id in (shop_down, pick_down):
        lift_takedown(actor=world.operator, now=NOW, takedown_id=takedown_id, words="All right.")
    assert access_post(ANONYMOUS, post.id).shown
    assert Shop.objects.get(id=world.shops[0].id).hidden_at is None
    gone = Pick.objects.get(id=pick.id)
    assert (gone.removed_at, gone.removed_why) == (NOW, "taken_down")
    assert Event.objects.get(kind="pick.removed").data["why"] == "taken_down"
