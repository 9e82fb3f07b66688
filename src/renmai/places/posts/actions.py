"""Write posts, show them now or later, and lay them aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, append, record
from renmai.kit.fields import checked_texts
from renmai.kit.limits.actions import count_try
from renmai.kit.media.models import Media, MediaKind, MediaVisibility
from renmai.kit.problems import DomainError, Invalid
from renmai.people.circles.models import Circle
from renmai.places.posts.models import Post, PostPick, PostPicture, PostState
from renmai.places.posts.queries import PostView, access_own_post, picks_of_shop
from renmai.places.posts.rules import (
    ALT,
    GOODS_MAX,
    PICTURES_MAX,
    POST,
    SCHEDULE_DAYS_MAX,
    is_time_to_schedule,
    moved_marks,
    next_post_state,
)
from renmai.places.shops.queries import access_content_shop

POSTS_PER_DAY_MAX = 100
SWEEP_MAX = 500


class PostTooMuch(DomainError):
    """More pictures or goods than a post may have."""

    code = "post.too_much"
    status = 422
    message = "A post has at most {pictures_max} pictures and {goods_max} goods."


class PostPictureUnknown(DomainError):
    """What was given is no public picture, or no video."""

    code = "post.not_a_picture"
    status = 422
    message = "Choose pictures and videos that you uploaded."


class PostGoodsUnknown(DomainError):
    """A pick that is not in the shop."""

    code = "post.not_in_shop"
    status = 422
    message = "A post shows goods of its own shop only."


class PostEmpty(DomainError):
    """Nothing to show yet: no words, pictures or video."""

    code = "post.empty"
    status = 409
    message = "Write something, or add a picture, before you publish."


class PosterNeeded(DomainError):
    """A video without a picture to show before it plays."""

    code = "post.poster_needed"
    status = 409
    message = "Add a picture: it is shown until the video plays."


class PostBadTime(DomainError):
    """Not a time to publish at."""

    code = "post.bad_time"
    status = 422
    message = "Choose a time to come, at most {days} days ahead."


@dataclass(frozen=True, slots=True)
class Content:
    """All that a post says. `pictures` are (media id, what is to be seen) in order, `pick_ids` the goods in their places."""

    title: str
    body: str = ""
    pictures: Sequence[tuple[UUID, str]] = ()
    pick_ids: Sequence[UUID] = ()
    video_id: UUID | None = None
    circle_id: UUID | None = None
    ai_made: bool = False
    comments_open: bool = True
    comments_held: bool = False


@transaction.atomic
def write_post(*, actor: Actor, now: datetime, shop_id: UUID, content: Content) -> Post:
    """Begin a post as a draft of a shop.

    After: the draft, event post.made.
    Errors: NotFound, SignInNeeded, Invalid, PostTooMuch, PostPictureUnknown, PostGoodsUnknown, TooMany.
    """
    access_content_shop(actor, shop_id)
    person_id = require_person(actor)
    count_try(name="post", who=str(person_id), tries_max=POSTS_PER_DAY_MAX, window_seconds=86_400, now=now)
    fields = _checked(shop_id, content, known=set())
    post = Post.objects.create(shop_id=shop_id, author_id=person_id, created_at=now, changed_at=now, **fields)
    _place(post, content)
    record(Happened("post.made", post.id, now, {"shop_id": shop_id}, person_id))
    return post


@transaction.atomic
def change_post(*, actor: Actor, now: datetime, post_id: UUID, content: Content) -> Post:
    """Say something else. What a published post said before stays in the event, for as long as the law wants ads kept.

    After: event post.changed. Errors as `write_post`, and PostEmpty, PosterNeeded for one that is published or scheduled.
    """
    post = _own(actor, post_id)
    view = access_own_post(actor, post_id)  # once nobody else changes it: what was said between would be lost
    for name, value in _checked(post.shop_id, content, known=set(view.pick_ids)).items():
        setattr(post, name, value)
    post.changed_at = now
    post.save()
    post.pictures.all().delete()
    post.picks.all().delete()
    _place(post, content)
    if post.state in (PostState.PUBLISHED, PostState.SCHEDULED):
        _require_something(post)
    before = _said(view) if view.post.state == PostState.PUBLISHED else None
    record(Happened("post.changed", post_id, now, {"shop_id": post.shop_id, "before": before}, actor.person_id))
    return post


def _said(view: PostView) -> dict[str, Any]:
    """Return all that a post says to its readers."""
    return {
        "title": view.post.title, "body": view.post.body, "pick_ids": list(view.pick_ids),
        "picture_ids": [each.media_id for each in view.pictures], "video_id": view.post.video_id,
        "ai_made": view.post.ai_made,
    }  # fmt: skip


@transaction.atomic
def publish_post(*, actor: Actor, now: datetime, post_id: UUID) -> Post:
    """Show a post now; one that was shown before keeps its first date. After: event post.published.

    Errors: NotFound, SignInNeeded, PostNotNow, PostEmpty, PosterNeeded.
    """
    post = _own(actor, post_id)
    post.state = next_post_state(post.state, "publish")
    _require_something(post)
    post.published_at = post.published_at or now
    post.save(update_fields=["state", "published_at"])
    record(Happened("post.published", post_id, now, {"shop_id": post.shop_id}, actor.person_id))
    return post


@transaction.atomic
def schedule_post(*, actor: Actor, now: datetime, post_id: UUID, publish_at: datetime) -> Post:
    """Have a post shown at a time to come. After: event post.scheduled.

    Errors: NotFound, SignInNeeded, PostNotNow, PostBadTime, PostEmpty, PosterNeeded.
    """
    post = _own(actor, post_id)
    post.state = next_post_state(post.state, "schedule")
    if not is_time_to_schedule(publish_at, now):
        raise PostBadTime(days=SCHEDULE_DAYS_MAX)
    _require_something(post)
    post.publish_at = publish_at
    post.save(update_fields=["state", "publish_at"])
    data = {"shop_id": post.shop_id, "publish_at": publish_at}
    record(Happened("post.scheduled", post_id, now, data, actor.person_id))
    return post


@transaction.atomic
def withdraw_post(*, actor: Actor, now: datetime, post_id: UUID) -> Post:
    """Show a post no longer, or not at its time. After: event post.withdrawn. Errors: NotFound, SignInNeeded, PostNotNow."""
    post = _own(actor, post_id)
    post.state = next_post_state(post.state, "withdraw")
    post.save(update_fields=["state"])
    record(Happened("post.withdrawn", post_id, now, {"shop_id": post.shop_id, "to": post.state}, actor.person_id))
    return post


PUBLISH_DUE = """
update places_post p set state = 'published', published_at = coalesce(p.published_at, %s)
from (select id from places_post where state = 'scheduled' and publish_at <= %s
      order by publish_at limit %s for update skip locked) due
where p.id = due.id
returning p.id, p.shop_id
"""


@transaction.atomic
def sweep_posts(*, now: datetime) -> int:
    """Show every post whose time came, each with event post.published; return how many. Any number may sweep at once."""
    with connection.cursor() as cursor:
        cursor.execute(PUBLISH_DUE, (now, now, SWEEP_MAX))
        due = cursor.fetchall()
        append(cursor, [Happened("post.published", post_id, now, {"shop_id": shop_id}) for post_id, shop_id in due])
    return len(due)


def _own(actor: Actor, post_id: UUID) -> Post:
    access_own_post(actor, post_id)
    return Post.objects.select_for_update().get(id=post_id)


def _checked(shop_id: UUID, content: Content, *, known: set[UUID]) -> dict[str, Any]:
    """Return the columns of `content`, whose goods are the shop's now, or `known`: in the post already."""
    texts = checked_texts(POST, {"title": content.title, "body": content.body})
    if len(content.pictures) > PICTURES_MAX or len(content.pick_ids) > GOODS_MAX:
        raise PostTooMuch(pictures_max=PICTURES_MAX, goods_max=GOODS_MAX)
    picks = set(content.pick_ids)
    if len(picks) < len(content.pick_ids) or picks - known - picks_of_shop(shop_id, picks):
        raise PostGoodsUnknown()
    _check_media(content)
    if content.circle_id and not Circle.objects.filter(id=content.circle_id, closed_at=None).exists():
        raise Invalid(fields={"circle_id": gettext_noop("There is no such circle.")})
    count = len(content.pick_ids)
    return {
        "title": texts["title"],
        "body": moved_marks(texts["body"], {place: place for place in range(1, count + 1)}, count),
        "video_id": content.video_id,
        "circle_id": content.circle_id,
        "ai_made": content.ai_made,
        "comments_open": content.comments_open,
        "comments_held": content.comments_held,
    }


def _check_media(content: Content) -> None:
    wanted = {media_id: MediaKind.PICTURE for media_id, _ in content.pictures}
    if content.video_id:
        wanted[content.video_id] = MediaKind.VIDEO
    rows = Media.objects.filter(id__in=wanted, visibility=MediaVisibility.PUBLIC).values_list("id", "kind")
    if dict(rows) != wanted:
        raise PostPictureUnknown()


def _place(post: Post, content: Content) -> None:
    PostPicture.objects.bulk_create(
        [
            PostPicture(post=post, position=n, media_id=media_id, alt=checked_texts(ALT, {"alt": alt})["alt"])
            for n, (media_id, alt) in enumerate(content.pictures)
        ]
    )
    PostPick.objects.bulk_create(
        [PostPick(post=post, position=n, pick_id=pick_id) for n, pick_id in enumerate(content.pick_ids, 1)]
    )


def _require_something(post: Post) -> None:
    pictures = post.pictures.exists()
    if post.video_id and not pictures:
        raise PosterNeeded()
    if not (pictures or post.body):
        raise PostEmpty()
