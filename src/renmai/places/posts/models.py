"""Tables of posts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id
from renmai.places.shops.models import Pick, Shop


class PostState(models.TextChoices):
    """Where a post stands (`rules.POST_STATES`). What is taken down keeps its state: see `Post.hidden_at`."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Post(models.Model):
    """What a shop's people say. In `body`, a line "[[n]]" stands where the n-th pick (from 1) is shown.

    `ai_made` labels words or pictures made by a machine. That goods in it make it advertising is not stored: it follows.
    `comments_held`: each comment waits for the shop's people. `hidden_at`: taken down by the house.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="posts")
    author_id = models.UUIDField()
    title = models.CharField(max_length=120)
    body = models.TextField(max_length=5000, blank=True)
    circle_id = models.UUIDField(null=True)
    video_id = models.UUIDField(null=True)
    ai_made = models.BooleanField(default=False)
    comments_open = models.BooleanField(default=True)
    comments_held = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=10, choices=PostState, default=PostState.DRAFT)
    publish_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(publish_at__isnull=False), name="post_scheduled"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False), name="post_published"
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "-id"], name="post_shop"),
            models.Index(
                fields=["-published_at", "-id"], condition=Q(state="published", hidden_at=None), name="post_newest"
            ),
            models.Index(
                fields=["shop", "-published_at", "-id"],
                condition=Q(state="published", hidden_at=None),
                name="post_newest_of_shop",
            ),
            models.Index(
                fields=["circle_id", "-published_at", "-id"],
                condition=Q(state="published", hidden_at=None, circle_id__isnull=False),
                name="post_newest_of_circle",
            ),
            models.Index(fields=["publish_at"], condition=Q(state="scheduled"), name="post_due"),
        ]


class PostPicture(models.Model):
    """A picture of a post, in its place (from 0); `alt` says what is to be seen."""

    pk = models.CompositePrimaryKey("post_id", "position")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="pictures")
    position = models.PositiveSmallIntegerField()
    media_id = models.UUIDField()
    alt = models.CharField(max_length=120, blank=True)


class PostPick(models.Model):
    """A pick shown in a post (position from 1). The same pick once a post."""

    pk = models.CompositePrimaryKey("post_id", "position")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="picks")
    position = models.PositiveSmallIntegerField()
    pick = models.ForeignKey(Pick, on_delete=models.CASCADE, related_name="posts")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "pick"], name="post_pick_once")]


class Comment(models.Model):
    """What somebody says below a post. `held`: waits for the shop's people.

    `hidden_at`: not shown any more, hidden by `hidden_by_id` (its author, or the shop's people), or taken down by the house
    (nobody is named).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    author_id = models.UUIDField()
    words = models.CharField(max_length=500)
    held = models.BooleanField(default=False)
    at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True)
    hidden_by_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["post", "-id"], condition=Q(held=False), name="comment_shown"),
            models.Index(fields=["post", "id"], condition=Q(held=True, hidden_at=None), name="comment_held"),
        ]


class Like(models.Model):
    """Somebody likes a post, once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="likes")
    person_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "person_id"], name="like_once")]
