"""Writing posts: what they may hold, where they stand, who may; and publishing at their time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

import renmai.wiring
from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.media.models import Media
from renmai.kit.problems import DomainError, Invalid, NotFound, SignInNeeded
from renmai.places.posts.actions import (
    Content,
    PostBadTime,
    PostEmpty,
    PosterNeeded,
    PostGoodsUnknown,
    PostPictureUnknown,
    PostTooMuch,
    change_post,
    publish_post,
    schedule_post,
    sweep_posts,
    withdraw_post,
    write_post,
)
from renmai.places.posts.models import Post, PostState
from renmai.places.posts.queries import access_post
from renmai.places.posts.rules import POST_STATES, PostNotNow
from tests.trade.world import NOW, World, make_world

pytestmark = pytest.mark.django_db
STEPS: dict[str, Callable[..., Post]] = {
    "publish": publish_post,
    "schedule": lambda **given: schedule_post(**given, publish_at=NOW + timedelta(days=1)),
    "withdraw": withdraw_post,
}


def media(kind: str = "picture", visibility: str = "public") -> Media:
    return Media.objects.create(
        kind=kind, visibility=visibility, sha256=f"{new_id().int:064x}", bytes_size=1, content_type="image/webp",
        original_name="x", created_at=NOW,
    )  # fmt: skip


def begun(world: World, **content: Any) -> Post:
    content = {"title": "Tea at noon", "body": "Warm."} | content
    return write_post(actor=world.creator(0), now=NOW, shop_id=world.shops[0].id, content=Content(**content))


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_the_second_keeps_what_the_first_said(house: None) -> None:
    world, picture = make_world(), media()
    post, creator = begun(world, pictures=[(picture.id, "")]), world.creator(0)
    publish_post(actor=creator, now=NOW, post_id=post.id)
    started = threading.Event()

    def second() -> None:
        try:
            started.set()
            change_post(actor=creator, now=NOW, post_id=post.id, content=Content("Third", "3"))
        finally:
            connections.close_all()

    other = threading.Thread(target=second)
    with transaction.atomic():
        change_post(actor=creator, now=NOW, post_id=post.id, content=Content("Second", "2"))
        other.start()
        started.wait()
        wait_for_lock()
    other.join()
    before = [e.data["before"] for e in Event.objects.filter(kind="post.changed", subject_id=post.id).order_by("id")]
    assert [(each["title"], each["picture_ids"]) for each in before] == [
        ("Tea at noon", [str(picture.id)]),
        ("Second", []),
    ]


def wait_for_lock() -> None:
    """Return once another connection waits for a lock, or never will."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)


def kinds(post: Post) -> list[str]:
    return list(Event.objects.filter(subject_id=post.id).order_by("id").values_list("kind", flat=True))


def test_a_post_with_pictures_and_goods_is_written_changed_and_shown() -> None:
    world, first, second = make_world(), media(), media()
    mug, tea = world.picks["mug"].id, world.picks["tea"].id
    post = begun(world, pictures=[(first.id, "A cup"), (second.id, "")], pick_ids=[mug, tea], body="See.\n[[2]]")
    assert (post.state, post.body) == ("draft", "See.\n[[2]]\n\n[[1]]")
    view = access_post(world.creator(0), post.id)
    assert [(p.media_id, p.alt) for p in view.pictures] == [(first.id, "A cup"), (second.id, "")]
    assert list(view.pick_ids) == [mug, tea]
    publish_post(actor=world.creator(0), now=NOW, post_id=post.id)
    changed = Content("Tea at one", "Hot.", pictures=[(second.id, "Steam")], pick_ids=[tea], ai_made=True)
    change_post(actor=world.creator(0), now=NOW + timedelta(hours=1), post_id=post.id, content=changed)
    view = access_post(ANONYMOUS, post.id)
    assert (view.post.title, view.post.body, view.post.ai_made) == ("Tea at one", "Hot.\n\n[[1]]", True)
    assert [p.alt for p in view.pictures] == ["Steam"]
    assert list(view.pick_ids) == [tea]
    assert kinds(post) == ["post.made", "post.published", "post.changed"]
    told = Event.objects.get(kind="post.changed").data["before"]
    assert told == {
        "title": "Tea at noon", "body": "See.\n[[2]]\n\n[[1]]", "pick_ids": [str(mug), str(tea)],
        "picture_ids": [str(first.id), str(second.id)], "video_id": None, "ai_made": False,
    }  # fmt: skip


@pytest.mark.parametrize("state", PostState)
@pytest.mark.parametrize("event", STEPS)
def test_every_step_from_every_state_is_that_of_the_table(state: str, event: str) -> None:
    world = make_world()
    post = begun(world)
    Post.objects.filter(id=post.id).update(state=state, published_at=NOW, publish_at=NOW)
    after = POST_STATES.get((state, event))
    if after is None:
        with pytest.raises(PostNotNow) as refused:
            STEPS[event](actor=world.creator(0), now=NOW, post_id=post.id)
        assert refused.value.params == {"state": state}
        assert Post.objects.get(id=post.id).state == state
        assert kinds(post) == ["post.made"]
    else:
        STEPS[event](actor=world.creator(0), now=NOW, post_id=post.id)
        assert Post.objects.get(id=post.id).state == after


def test_a_post_shown_again_keeps_its_first_date() -> None:
    world, later = make_world(), NOW + timedelta(days=2)
    post = begun(world)
    for step, at in ((publish_post, NOW), (withdraw_post, later), (publish_post, later)):
        step(actor=world.creator(0), now=at, post_id=post.id)
    assert Post.objects.get(id=post.id).published_at == NOW


def test_scheduled_posts_are_shown_when_their_time_came_once() -> None:
    world = make_world()
    early, late = begun(world), begun(world)
    for post, hours in ((early, 1), (late, 2)):
        at = NOW + timedelta(hours=hours)
        schedule_post(actor=world.creator(0), now=NOW, post_id=post.id, publish_at=at)
    assert sweep_posts(now=NOW + timedelta(minutes=59)) == 0
    assert sweep_posts(now=NOW + timedelta(minutes=61)) == 1
    assert sweep_posts(now=NOW + timedelta(minutes=61)) == 0
    assert Post.objects.get(id=early.id).published_at == NOW + timedelta(minutes=61)
    assert kinds(early) == ["post.made", "post.scheduled", "post.published"]
    assert Post.objects.get(id=late.id).state == "scheduled"
    assert "posts" in renmai.wiring.SWEEPS


@pytest.mark.parametrize("hours", [0, -1, 24 * 90 + 1])
def test_a_time_that_is_over_or_too_far_is_refused(hours: int) -> None:
    world = make_world()
    post = begun(world)
    with pytest.raises(PostBadTime):
        schedule_post(actor=world.creator(0), now=NOW, post_id=post.id, publish_at=NOW + timedelta(hours=hours))
    assert Post.objects.get(id=post.id).state == "draft"


def test_what_a_post_may_not_hold_is_refused_and_nothing_written() -> None:
    world = make_world()
    mug, soap = world.picks["mug"].id, world.picks["soap"].id
    refused: list[tuple[dict[str, Any], type[DomainError]]] = [
        ({"title": " "}, Invalid),
        ({"body": "x" * 5001}, Invalid),
        ({"pick_ids": [soap]}, PostGoodsUnknown),
        ({"pick_ids": [mug, mug]}, PostGoodsUnknown),
        ({"pick_ids": [new_id() for _ in range(13)]}, PostTooMuch),
        ({"pictures": [(new_id(), "")]}, PostPictureUnknown),
        ({"pictures": [(media("document", "private").id, "")]}, PostPictureUnknown),
        ({"pictures": [(media("video").id, "")]}, PostPictureUnknown),
        ({"pictures": [(media().id, "x" * 121)]}, Invalid),
        ({"pictures": [(media().id, "") for _ in range(10)]}, PostTooMuch),
        ({"video_id": media().id}, PostPictureUnknown),
        ({"circle_id": new_id()}, Invalid),
    ]
    for content, error in refused:
        with pytest.raises(error):
            begun(world, **content)
    assert Post.objects.count() == 0


def test_a_pick_that_left_the_shop_may_stay_in_its_post_and_come_into_no_other() -> None:
    world = make_world()
    pick = world.picks["mug"]
    post = begun(world, pick_ids=[pick.id])
    type(pick).objects.filter(id=pick.id).update(removed_at=NOW)
    change_post(actor=world.creator(0), now=NOW, post_id=post.id, content=Content("Still", "so", pick_ids=[pick.id]))
    with pytest.raises(PostGoodsUnknown):
        begun(world, pick_ids=[pick.id])


def test_an_empty_post_and_a_video_without_a_picture_are_not_shown() -> None:
    world = make_world()
    empty = begun(world, body="")
    with pytest.raises(PostEmpty):
        publish_post(actor=world.creator(0), now=NOW, post_id=empty.id)
    video = begun(world, video_id=media("video").id)
    with pytest.raises(PosterNeeded):
        schedule_post(actor=world.creator(0), now=NOW, post_id=video.id, publish_at=NOW + timedelta(days=1))
    assert set(Post.objects.values_list("state", flat=True)) == {"draft"}
    shown = begun(world)
    publish_post(actor=world.creator(0), now=NOW, post_id=shown.id)
    with pytest.raises(PostEmpty):
        change_post(actor=world.creator(0), now=NOW, post_id=shown.id, content=Content("Nothing"))


@pytest.mark.parametrize("step", [*STEPS.values(), lambda **given: change_post(**given, content=Content("Hi", "ho"))])
def test_only_the_people_of_a_shop_write_its_posts(step: Callable[..., Post]) -> None:
    world = make_world()
    post = begun(world)
    before = Post.objects.values().get(id=post.id)
    strangers: list[tuple[Actor, type[DomainError]]] = [
        (ANONYMOUS, SignInNeeded), (world.buyer, NotFound), (world.creator(1), NotFound),
        (world.supplier(0), NotFound), (world.operator, NotFound),
    ]  # fmt: skip
    for stranger, error in strangers:
        with pytest.raises(error):
            step(actor=stranger, now=NOW, post_id=post.id)
        with pytest.raises(error):
            write_post(actor=stranger, now=NOW, shop_id=world.shops[0].id, content=Content("Hi"))
    assert Post.objects.values().get() == before
