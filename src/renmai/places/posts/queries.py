"""Read posts: the newest of people or of a circle, one with all that is in it, comments and likes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, require_any
from renmai.kit.problems import NotFound
from renmai.people.accounts.rules import for_content
from renmai.places.posts.models import Comment, Like, Post, PostPicture, PostState
from renmai.places.posts.rules import excerpt
from renmai.places.shops.models import Pick, Shop

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
LAST_ID = UUID(int=(1 << 128) - 1)
Place = tuple[datetime, UUID]

CARD = """
select q.id, q.shop_id, sh.handle, sh.name, sh.name_zh, sh.face_id, sh.ai_persona, q.title, q.body, q.circle_id,
       q.video_id, q.ai_made, q.published_at, pic.media_id, coalesce(pic.alt, ''), n.pictures, n.goods, n.likes, n.comments
from ({found}) q
join places_shop sh on sh.id = q.shop_id
left join places_postpicture pic on pic.post_id = q.id and pic.position = 0
cross join lateral (
  select (select count(*) from places_postpicture x where x.post_id = q.id) as pictures,
         (select count(*) from places_postpick x where x.post_id = q.id) as goods,
         (select count(*) from places_like x where x.post_id = q.id) as likes,
         (select count(*) from places_comment x where x.post_id = q.id and not x.held and x.hidden_at is null) as comments
) n
order by q.published_at desc, q.id desc
"""
# Each shop gives its newest by its index, so that a page costs the same however much the others write.
OF_SHOPS = """
select p.* from unnest(%(shops)s::uuid[]) as w (shop_id)
join places_shop s on s.id = w.shop_id and s.open and s.hidden_at is null
cross join lateral (
  select * from places_post p
  where p.shop_id = w.shop_id and p.state = 'published' and p.hidden_at is null
    and (%(at)s::timestamptz is null or (p.published_at, p.id) < (%(at)s::timestamptz, %(id)s::uuid))
  order by p.published_at desc, p.id desc limit %(limit)s::int
) p
order by p.published_at desc, p.id desc limit %(limit)s::int
"""
OF_CIRCLE = """
select p.* from places_post p
join places_shop s on s.id = p.shop_id and s.open and s.hidden_at is null and s.exposure > 0
where p.circle_id = %(circle)s::uuid and p.state = 'published' and p.hidden_at is null
  and (%(at)s::timestamptz is null or (p.published_at, p.id) < (%(at)s::timestamptz, %(id)s::uuid))
order by p.published_at desc, p.id desc limit %(limit)s::int
"""
OF_ALL = OF_CIRCLE.replace("p.circle_id = %(circle)s::uuid and ", "")
COLUMNS = (
    "id", "shop_id", "shop_handle", "shop_name", "shop_name_zh", "face_id", "ai_persona", "title", "body", "circle_id",
    "video_id", "ai_made", "published_at", "cover_id", "cover_alt", "pictures", "goods", "likes", "comments",
)  # fmt: skip


def list_newest_posts(
    *,
    shop_ids: Iterable[UUID] | None = None,
    circle_id: UUID | None = None,
    after: Place | None = None,
    limit: int = 20,
) -> list[dict[str, Any]]:
    """Return the newest posts that everyone may see (COLUMNS and "excerpt"): of some shops, of a circle, else of all.

    `after` is (published_at, id) of the last one seen. `goods` above 0 makes a post advertising. One statement, whose
    cost grows with the number of shops named and not with what was ever written.
    """
    found = OF_SHOPS if shop_ids is not None else OF_CIRCLE if circle_id is not None else OF_ALL
    at, last = after or (None, LAST_ID)
    params = {"shops": list(shop_ids or ()), "circle": circle_id, "at": at, "id": last, "limit": _limited(limit)}
    with connection.cursor() as cursor:
        cursor.execute(CARD.format(found=found), params)
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["excerpt"] = excerpt(row["body"], row["goods"])
    return rows


OF_IDS = "select * from places_post where id = any(%(ids)s::uuid[]) and state = 'published' and hidden_at is null"


def posts_by_id(post_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return those of these posts that everyone may see, as `list_newest_posts` does; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(CARD.format(found=OF_IDS), {"ids": list(post_ids)})
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    return {row["id"]: row | {"excerpt": excerpt(row["body"], row["goods"])} for row in rows}


def list_posts_of_shop(shop_id: UUID, *, after: Place | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """Return what a shop published, newest first, as `list_newest_posts` does; one statement."""
    return list_newest_posts(shop_ids=[shop_id], after=after, limit=limit)


def list_own_posts(
    actor: Actor, shop_id: UUID, *, state: str = "", after: UUID | None = None, limit: int = 20
) -> list[Post]:
    """Return all posts of a shop for its people, newest first; `state` narrows. Errors: NotFound, SignInNeeded."""
    require_any(actor, for_content(shop_id))
    rows = Post.objects.filter(shop_id=shop_id, id__lt=after or LAST_ID).order_by("-id")
    return list((rows.filter(state=state) if state else rows)[: _limited(limit)])


@dataclass(frozen=True, slots=True)
class Counts:
    """How many likes and comments (shown ones) a post has, and how many comments wait."""

    likes: int = 0
    comments: int = 0
    held: int = 0


COUNTS = """
select w.id, (select count(*) from places_like l where l.post_id = w.id), c.shown, c.held
from unnest(%s::uuid[]) as w (id)
cross join lateral (
  select count(*) filter (where not held) as shown, count(*) filter (where held) as held
  from places_comment where post_id = w.id and hidden_at is null
) c
"""


def counts_of(post_ids: Iterable[UUID]) -> dict[UUID, Counts]:
    """Return post -> its counts, by one statement."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, (list(post_ids),))
        return {row[0]: Counts(*row[1:]) for row in cursor.fetchall()}


def covers_of(post_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return post -> its first picture, of those that have one; one statement."""
    rows = PostPicture.objects.filter(post_id__in=list(post_ids), position=0)
    return dict(rows.values_list("post_id", "media_id"))


def liked_among(actor: Actor, post_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these posts the actor likes; none for nobody."""
    if actor.person_id is None:
        return set()
    rows = Like.objects.filter(person_id=actor.person_id, post_id__in=list(post_ids))
    return set(rows.values_list("post_id", flat=True))


@dataclass(frozen=True, slots=True)
class PostView:
    """A post with its shop, pictures and picks in their places. `own`: the actor is one of the shop's people."""

    post: Post
    shop: Shop
    pictures: Sequence[PostPicture]
    pick_ids: Sequence[UUID]
    counts: Counts
    own: bool
    liked: bool = False

    @property
    def shown(self) -> bool:
        """Return whether everyone may see it now."""
        return self.post.state == PostState.PUBLISHED and self.post.hidden_at is None and is_shown(self.shop)


def is_of_shop(actor: Actor, shop_id: UUID) -> bool:
    """Return whether the actor looks after the words of a shop."""
    return actor.is_system or not actor.grants.isdisjoint(for_content(shop_id))


def is_shown(shop: Shop) -> bool:
    """Return whether everyone may see the shop."""
    return shop.open and shop.hidden_at is None


def access_post(actor: Actor, post_id: UUID) -> PostView:
    """Return a post for everyone while it is published and not taken down, else for its shop's people and operators.

    Five statements at most. Errors: NotFound.
    """
    post = Post.objects.select_related("shop").filter(id=post_id).first()
    if post is None:
        raise NotFound()
    own = is_of_shop(actor, post.shop_id)
    view = PostView(post, post.shop, (), (), Counts(), own)
    if not (view.shown or own or actor.has("operator")):
        raise NotFound()
    return PostView(
        post,
        post.shop,
        list(post.pictures.order_by("position")),
        list(post.picks.order_by("position").values_list("pick_id", flat=True)),
        counts_of([post_id])[post_id],
        own,
        bool(liked_among(actor, [post_id])),
    )


def access_own_post(actor: Actor, post_id: UUID) -> PostView:
    """Return a post to its shop's people, whatever its state. Errors: NotFound, SignInNeeded."""
    shop_id = Post.objects.filter(id=post_id).values_list("shop_id", flat=True).first()
    require_any(actor, for_content(shop_id) if shop_id else ())
    return access_post(actor, post_id)


COMMENTS = """
select c.id, c.post_id, c.author_id, coalesce(m.name, ''), c.words, c.held, c.at, c.hidden_at, c.hidden_by_id,
       exists (select 1 from people_membership x
               where x.person_id = c.author_id and x.role = 'creator' and x.subject_id = p.shop_id)
from places_comment c
join places_post p on p.id = c.post_id
left join people_person m on m.id = c.author_id
where c.post_id = %s and c.id < %s::uuid and {which}
order by c.id desc limit %s::int
"""
COMMENT_COLUMNS = (
    "id", "post_id", "author_id", "author_name", "words", "held", "at", "hidden_at", "hidden_by_id", "from_shop",
)  # fmt: skip


def list_comments(actor: Actor, post_id: UUID, *, after: UUID | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """Return comments, newest first: those shown, one's own that wait, and of hidden ones that there was one.

    The words of a hidden comment are empty for everybody; `after` is the id of the last one seen. Call `access_post`
    first: who may see the post may see this. One statement.
    """
    which = "(not c.held or c.author_id = %s::uuid)"
    rows = _comments(which, (post_id, after or LAST_ID, actor.person_id, _limited(limit)))
    return [row | {"words": ""} if row["hidden_at"] else row for row in rows]


def list_held_comments(actor: Actor, post_id: UUID, *, limit: int = 100) -> list[dict[str, Any]]:
    """Return the comments of a post that wait for the shop's people, newest first. Errors: NotFound, SignInNeeded."""
    access_own_post(actor, post_id)
    return _comments("c.held and c.hidden_at is null", (post_id, LAST_ID, _limited(limit)))


def _comments(which: str, params: tuple[Any, ...]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(COMMENTS.format(which=which), params)
        return [dict(zip(COMMENT_COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def access_comment(actor: Actor, comment_id: UUID) -> Comment:
    """Return a comment that the actor may see: below a post they may see, not waiting (or their own). Errors: NotFound."""
    comment = Comment.objects.select_related("post").filter(id=comment_id).first()
    if comment is None:
        raise NotFound()
    view = access_post(actor, comment.post_id)
    if comment.held and not (view.own or actor.has("operator") or comment.author_id == actor.person_id):
        raise NotFound()
    return comment


def picks_of_shop(shop_id: UUID, pick_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these are picks that the shop has now."""
    return set(
        Pick.objects.filter(shop_id=shop_id, removed_at=None, id__in=list(pick_ids)).values_list("id", flat=True)
    )


def _limited(limit: int) -> int:
    return max(1, min(limit, LIMIT_MAX))
