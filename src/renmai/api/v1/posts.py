"""Posts: read by everyone, written by a shop's people; comments below them, and likes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines, Moment, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.paging import BadCursor, moment_of, parts_of
from renmai.kit.problems import NotFound
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
    withdraw_post,
    write_post,
)
from renmai.places.posts.comments import (
    CommentsClosed,
    approve_comment,
    hide_comment,
    like_post,
    unlike_post,
    write_comment,
)
from renmai.places.posts.queries import (
    Place,
    PostView,
    access_post,
    list_comments,
    list_newest_posts,
    list_own_posts,
)
from renmai.places.posts.rules import PostNotNow

router = Router(tags=["Posts"])
WRITERS = ("creator", "creator:content")
WRONG = (NotFound, PostTooMuch, PostPictureUnknown, PostGoodsUnknown)
NOT_NOW = (NotFound, PostNotNow, PostEmpty, PosterNeeded)


class PictureBody(Body):
    """A picture and what is to be seen on it."""

    media_id: UUID
    alt: Annotated[Word, StringConstraints(max_length=120)] = ""


class PostChangeBody(Body):
    """All that a post says. A line `[[1]]` of the body shows the first of `pick_ids`; those without a line come last."""

    title: Annotated[Word, StringConstraints(max_length=120)] = Field(examples=["Tea at four"])
    body: Annotated[str, StringConstraints(max_length=5000)] = Field("", examples=["Two minutes, no more.\n\n[[1]]"])
    pictures: Annotated[list[PictureBody], Field(max_length=9)] = Field(default=[])
    pick_ids: Annotated[list[UUID], Field(max_length=12)] = Field(default=[])
    video_id: UUID | None = None
    circle_id: UUID | None = None
    ai_made: bool = False
    comments_open: bool = True
    comments_held: bool = False


class PostBody(PostChangeBody):
    """A new post, of a shop of one's own."""

    shop_id: UUID


class ScheduleBody(Body):
    """When a post is to be shown."""

    publish_at: Moment


class CommentBody(Body):
    """What one says below a post."""

    words: Annotated[Lines, StringConstraints(max_length=500)] = Field(examples=["How hot is the water?"])


class PostPictureAnswer(Answer):
    """A picture of a post."""

    media_id: UUID
    alt: str


class PostCard(Answer):
    """A post in a list. `advertising`: there are goods in it."""

    id: UUID
    shop_id: UUID
    shop_handle: str = Field(examples=["lin"])
    shop_name: str = Field(examples=["Lin"])
    title: str = Field(examples=["Tea at four"])
    excerpt: str
    cover_id: UUID | None
    video_id: UUID | None
    circle_id: UUID | None
    ai_made: bool
    ai_persona: bool
    advertising: bool
    published_at: datetime
    likes: int
    comments: int


class PostPage(Answer):
    """Posts, newest first."""

    items: list[PostCard]
    next: str | None


class PostAnswer(Answer):
    """A post with all that is in it."""

    id: UUID
    shop_id: UUID
    state: str = Field(examples=["published"])
    title: str
    body: str
    pictures: list[PostPictureAnswer]
    pick_ids: list[UUID]
    video_id: UUID | None
    circle_id: UUID | None
    ai_made: bool
    ai_persona: bool
    advertising: bool
    comments_open: bool
    comments_held: bool
    publish_at: datetime | None
    published_at: datetime | None
    taken_down: bool
    likes: int
    comments: int


class OwnPost(Answer):
    """A post in one's own list."""

    id: UUID
    state: str = Field(examples=["draft"])
    title: str
    publish_at: datetime | None
    published_at: datetime | None
    hidden_at: datetime | None


class OwnPosts(Answer):
    """One's own posts, newest first."""

    items: list[OwnPost]
    next: str | None


class CommentAnswer(Answer):
    """A comment. Of a hidden one the words are empty; `held`: it waits for the shop's people."""

    id: UUID
    author_name: str
    from_shop: bool
    words: str
    held: bool
    at: datetime
    hidden_at: datetime | None


class CommentPage(Answer):
    """Comments, newest first."""

    items: list[CommentAnswer]
    next: str | None


class LikeAnswer(Answer):
    """Whether one likes it now."""

    liked: bool


class CommentStand(Answer):
    """Where a comment stands now."""

    id: UUID
    held: bool
    hidden_at: datetime | None


class NewestQuery(PageQuery):
    """Whose posts: of a shop, of a circle, or of everyone."""

    shop_id: UUID | None = None
    circle_id: UUID | None = None


def _place(cursor: str | None) -> Place | None:
    parts = parts_of(cursor, 2)
    if parts is None:
        return None
    try:
        return moment_of(parts[0]), UUID(parts[1])
    except ValueError:
        raise BadCursor() from None


@operation(router, "GET", "/posts", audience="public", answer=PostPage, problems=(BadCursor,))
def list_posts(request: Call, query: Query[NewestQuery]) -> dict[str, Any]:
    """List the newest posts."""
    rows = list_newest_posts(
        shop_ids=[query.shop_id] if query.shop_id else None,
        circle_id=query.circle_id,
        after=_place(query.after),
        limit=wide(query.limit),
    )
    cards = [row | {"advertising": row["goods"] > 0} for row in rows]
    return page_json(cards, query.limit, lambda row: (row["published_at"].isoformat(), row["id"]))


@operation(router, "GET", "/posts/{uuid:post_id}", audience="public", answer=PostAnswer, problems=(NotFound,))
def read_post(request: Call, post_id: UUID) -> dict[str, Any]:
    """Show a post that everyone sees."""
    return _post(ANONYMOUS, post_id)


@operation(
    router,
    "GET",
    "/posts/{uuid:post_id}/comments",
    audience="public",
    answer=CommentPage,
    problems=(NotFound, BadCursor),
)
def list_post_comments(request: Call, post_id: UUID, query: Query[PageQuery]) -> dict[str, Any]:
    """List what is said below a post."""
    access_post(ANONYMOUS, post_id)
    rows = list_comments(ANONYMOUS, post_id, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row["id"],))


@operation(
    router, "GET", "/shops/{uuid:shop_id}/posts", audience=WRITERS, answer=OwnPosts, problems=(NotFound, BadCursor)
)
def list_posts_of_own_shop(request: Call, shop_id: UUID, query: Query[PageQuery]) -> dict[str, Any]:
    """List all posts of a shop of one's own, whatever their state."""
    rows = list_own_posts(request.actor, shop_id, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(OwnPost, row))


@operation(router, "POST", "/posts", audience=WRITERS, answer=PostAnswer, status=201, key="once", problems=WRONG)
def make_own_post(request: Call, body: PostBody) -> dict[str, Any]:
    """Begin a post as a draft."""
    post = write_post(actor=request.actor, now=request.now, shop_id=body.shop_id, content=_content(body))
    return _post(request.actor, post.id)


@operation(
    router, "PUT", "/posts/{uuid:post_id}", audience=WRITERS, answer=PostAnswer, key="once",
    problems=(*WRONG, PostEmpty, PosterNeeded),
)  # fmt: skip
def change_own_post(request: Call, post_id: UUID, body: PostChangeBody) -> dict[str, Any]:
    """Say something else in a post: the whole of it."""
    change_post(actor=request.actor, now=request.now, post_id=post_id, content=_content(body))
    return _post(request.actor, post_id)


@operation(
    router,
    "POST",
    "/posts/{uuid:post_id}/publication",
    audience=WRITERS,
    answer=PostAnswer,
    key="once",
    problems=NOT_NOW,
)
def publish_own_post(request: Call, post_id: UUID) -> dict[str, Any]:
    """Show a post to everyone now."""
    publish_post(actor=request.actor, now=request.now, post_id=post_id)
    return _post(request.actor, post_id)


@operation(
    router, "POST", "/posts/{uuid:post_id}/schedule", audience=WRITERS, answer=PostAnswer, key="once",
    problems=(*NOT_NOW, PostBadTime),
)  # fmt: skip
def schedule_own_post(request: Call, post_id: UUID, body: ScheduleBody) -> dict[str, Any]:
    """Have a post shown at a time to come."""
    schedule_post(actor=request.actor, now=request.now, post_id=post_id, publish_at=body.publish_at)
    return _post(request.actor, post_id)


@operation(
    router, "POST", "/posts/{uuid:post_id}/withdrawal", audience=WRITERS, answer=PostAnswer, key="once",
    problems=(NotFound, PostNotNow),
)  # fmt: skip
def withdraw_own_post(request: Call, post_id: UUID) -> dict[str, Any]:
    """Show a post no longer, or not at its time."""
    withdraw_post(actor=request.actor, now=request.now, post_id=post_id)
    return _post(request.actor, post_id)


@operation(
    router, "POST", "/posts/{uuid:post_id}/comments", audience="person", scope="buy", answer=CommentStand, status=201,
    key="once", problems=(NotFound, CommentsClosed),
)  # fmt: skip
def comment_on_post(request: Call, post_id: UUID, body: CommentBody) -> dict[str, Any]:
    """Say something below a post."""
    given: dict[str, Any] = {"actor": request.actor, "now": request.now, "post_id": post_id, "words": body.words}
    return shown(CommentStand, write_comment(**given))


@operation(
    router, "PUT", "/posts/{uuid:post_id}/like", audience="person", scope="buy", answer=LikeAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def like_one_post(request: Call, post_id: UUID) -> dict[str, Any]:
    """Like a post."""
    like_post(actor=request.actor, now=request.now, post_id=post_id)
    return {"liked": True}


@operation(
    router, "DELETE", "/posts/{uuid:post_id}/like", audience="person", scope="buy", answer=LikeAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def unlike_one_post(request: Call, post_id: UUID) -> dict[str, Any]:
    """Like a post no longer."""
    access_post(request.actor, post_id)
    unlike_post(actor=request.actor, now=request.now, post_id=post_id)
    return {"liked": False}


@operation(
    router, "POST", "/comments/{uuid:comment_id}/hiding", audience="person", scope="buy", answer=CommentStand,
    key="once", problems=(NotFound,),
)  # fmt: skip
def hide_one_comment(request: Call, comment_id: UUID) -> dict[str, Any]:
    """Hide a comment of one's own, or one below a post of one's shop."""
    return shown(CommentStand, hide_comment(actor=request.actor, now=request.now, comment_id=comment_id))


@operation(
    router, "POST", "/comments/{uuid:comment_id}/approval", audience=WRITERS, answer=CommentStand, key="once",
    problems=(NotFound,),
)  # fmt: skip
def approve_one_comment(request: Call, comment_id: UUID) -> dict[str, Any]:
    """Let a comment be shown that waits."""
    return shown(CommentStand, approve_comment(actor=request.actor, now=request.now, comment_id=comment_id))


def _content(body: PostChangeBody) -> Content:
    given = body.model_dump(exclude={"pictures", "shop_id"})
    return Content(**given, pictures=[(picture.media_id, picture.alt) for picture in body.pictures])


def _post(actor: Actor, post_id: UUID) -> dict[str, Any]:
    return post_json(access_post(actor, post_id))


def post_json(view: PostView) -> dict[str, Any]:
    """Return a post as its answer."""
    post = view.post
    plain = {
        name: getattr(post, name) for name in PostAnswer.model_fields if hasattr(post, name) and name != "pictures"
    }
    return shown(PostAnswer, plain | {
        "pictures": [shown(PostPictureAnswer, row) for row in view.pictures],
        "pick_ids": list(view.pick_ids),
        "ai_persona": view.shop.ai_persona,
        "advertising": bool(view.pick_ids),
        "taken_down": post.hidden_at is not None,
        "likes": view.counts.likes,
        "comments": view.counts.comments,
    })  # fmt: skip
