"""Say something below a post, keep order there, and like it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.limits.actions import count_try
from renmai.kit.problems import DomainError, NotFound
from renmai.people.accounts.rules import CONTENT
from renmai.people.notices.actions import Told, members_of, tell
from renmai.places.posts.models import Comment, Like
from renmai.places.posts.queries import PostView, access_comment, access_post, is_of_shop
from renmai.places.posts.rules import COMMENT, must_wait

COMMENTS_PER_HOUR_MAX = 30
LIKES_PER_HOUR_MAX = 300


class CommentsClosed(DomainError):
    """The post takes no comments."""

    code = "comment.closed"
    status = 409
    message = "There are no comments below this post."


@transaction.atomic
def write_comment(*, actor: Actor, now: datetime, post_id: UUID, words: str) -> Comment:
    """Say something below a post that everyone sees.

    After: the comment, shown or waiting (`rules.must_wait`), event comment.made, a notice to the shop's people.
    Errors: SignInNeeded, NotFound, Invalid, CommentsClosed, TooMany.
    """
    person_id = require_person(actor)
    view = _shown(actor, post_id)
    if not view.post.comments_open:
        raise CommentsClosed()
    text = checked_texts(COMMENT, {"words": words})["words"]
    count_try(name="comment", who=str(person_id), tries_max=COMMENTS_PER_HOUR_MAX, window_seconds=3600, now=now)
    held = must_wait(text, held=view.post.comments_held, from_shop=view.own)
    comment = Comment.objects.create(post_id=post_id, author_id=person_id, words=text, held=held, at=now)
    record(Happened("comment.made", comment.id, now, {"post_id": post_id, "held": held}, person_id))
    if not view.own:
        _tell_shop(view, comment)
    return comment


def _tell_shop(view: PostView, comment: Comment) -> None:
    kind = "comment.held" if comment.held else "comment.made"
    data = {"title": view.post.title, "words": comment.words}
    with connection.cursor() as cursor:
        people = members_of(cursor, CONTENT, [view.shop.id]).get(view.shop.id, [])
        href = f"/posts/{view.post.id}#comments"
        tell(cursor, [Told(person_id, kind, comment.at, href, data) for person_id in people])


@transaction.atomic
def hide_comment(*, actor: Actor, now: datetime, comment_id: UUID) -> Comment:
    """Hide a comment of one's own, or one below a post of one's shop; again changes nothing. After: event comment.hidden.

    Errors: SignInNeeded, NotFound (also for those who may only read it).
    """
    person_id = require_person(actor)
    found = access_comment(actor, comment_id)
    if found.author_id != person_id and not is_of_shop(actor, found.post.shop_id):
        raise NotFound()
    comment = Comment.objects.select_for_update().get(id=comment_id)
    if comment.hidden_by_id is None:  # also one that the house took down: put back, it would be shown again
        comment.hidden_at, comment.hidden_by_id = comment.hidden_at or now, person_id
        comment.save(update_fields=["hidden_at", "hidden_by_id"])
        record(Happened("comment.hidden", comment_id, now, {"post_id": comment.post_id}, person_id))
    return comment


@transaction.atomic
def approve_comment(*, actor: Actor, now: datetime, comment_id: UUID) -> Comment:
    """Show a comment that waits, as one of the shop's people; again changes nothing. After: event comment.approved.

    Errors: SignInNeeded, NotFound.
    """
    person_id = require_person(actor)
    found = access_comment(actor, comment_id)
    if not is_of_shop(actor, found.post.shop_id):
        raise NotFound()
    comment = Comment.objects.select_for_update().get(id=comment_id)
    if comment.held:
        comment.held = False
        comment.save(update_fields=["held"])
        record(Happened("comment.approved", comment_id, now, {"post_id": comment.post_id}, person_id))
    return comment


@transaction.atomic
def like_post(*, actor: Actor, now: datetime, post_id: UUID) -> None:
    """Like a post; again changes nothing. After: event post.liked. Errors: SignInNeeded, NotFound, TooMany."""
    person_id = require_person(actor)
    _shown(actor, post_id)
    count_try(name="like", who=str(person_id), tries_max=LIKES_PER_HOUR_MAX, window_seconds=3600, now=now)
    made = Like.objects.bulk_create([Like(post_id=post_id, person_id=person_id, at=now)], ignore_conflicts=True)
    if Like.objects.filter(id=made[0].id).exists():
        record(Happened("post.liked", post_id, now, {}, person_id))


@transaction.atomic
def unlike_post(*, actor: Actor, now: datetime, post_id: UUID) -> None:
    """Like a post no longer; nothing when it was not liked. After: event post.unliked. Errors: SignInNeeded, TooMany."""
    person_id = require_person(actor)
    count_try(name="like", who=str(person_id), tries_max=LIKES_PER_HOUR_MAX, window_seconds=3600, now=now)
    if Like.objects.filter(post_id=post_id, person_id=person_id).delete()[0]:
        record(Happened("post.unliked", post_id, now, {}, person_id))


def _shown(actor: Actor, post_id: UUID) -> PostView:
    """Return a post that everyone sees: below a draft nobody says anything, not even its writer. Errors: NotFound."""
    view = access_post(actor, post_id)
    if not view.shown:
        raise NotFound()
    return view
