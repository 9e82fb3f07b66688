"""Posts of the demo's creators, with pictures, comments and likes; what was reported, hidden and taken down."""

from __future__ import annotations

from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from renmai.cli.demo import draw
from renmai.cli.demo.content.notes import NOTES, Note, Shot
from renmai.cli.demo.world import World
from renmai.kit.access import Actor
from renmai.kit.media.actions import store_picture
from renmai.people.circles.models import Circle
from renmai.people.moderation.actions import answer_takedown, report_thing, take_down
from renmai.places.posts.actions import Content, publish_post, schedule_post, write_post
from renmai.places.posts.comments import approve_comment, hide_comment, like_post, write_comment
from renmai.places.posts.models import Comment, Post

DAY = timedelta(days=1)
Drawn = dict[Shot, Future[bytes]]


def draw_posts(artists: ProcessPoolExecutor) -> Drawn:
    """Have every picture of the posts drawn."""
    return {shot: _drawn(artists, shot) for note in NOTES for shot in note.shots}


def _drawn(artists: ProcessPoolExecutor, shot: Shot) -> Future[bytes]:
    if shot.kind == "view":
        return artists.submit(draw.draw_cover, shot.seed, shot.palette, 1000, 1250)
    return artists.submit(draw.draw_product, shot.kind, shot.palette, shot.seed, 1000)


def post_notes(world: World, drawn: Drawn, now: datetime) -> None:
    """Write every post at its time, then what was said and reported below."""
    circles: dict[str, UUID] = dict(Circle.objects.values_list("slug", "id"))
    posts = [_post(world, note, drawn, circles, now) for note in NOTES]
    _reports(world, posts, now)


def _post(world: World, note: Note, drawn: Drawn, circles: dict[str, UUID], now: datetime) -> Post:
    shop_id, actor = world.shops[note.creator]
    at = now - DAY * max(note.days_ago or 0, 0) - timedelta(hours=len(note.title) % 9 + 1)
    pictures = [
        (store_picture(data=drawn[shot].result(), name="post.webp", actor=actor, now=at).id, shot.alt)
        for shot in note.shots
    ]
    content = Content(
        note.title, note.body, pictures, [world.picks[note.creator, key] for key in note.goods],
        circle_id=circles.get(note.circle), ai_made=note.ai_made, comments_held=note.held,
    )  # fmt: skip
    post = write_post(actor=actor, now=at, shop_id=shop_id, content=content)
    if note.days_ago is None:
        return post
    if note.days_ago < 0:
        return schedule_post(actor=actor, now=at, post_id=post.id, publish_at=_afternoon(now - DAY * note.days_ago))
    publish_post(actor=actor, now=at, post_id=post.id)
    for n, (buyer, words) in enumerate(note.comments):
        who = actor if buyer is None else world.buyers[buyer % len(world.buyers)][0]
        write_comment(actor=who, now=at + timedelta(minutes=7 + 11 * n), post_id=post.id, words=words)
    for n in range(min(note.likes, len(world.buyers))):
        like_post(actor=world.buyers[n][0], now=at + timedelta(minutes=3 * n), post_id=post.id)
    return post


def _afternoon(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _reports(world: World, posts: list[Post], now: datetime) -> None:
    """A report that waits, and a post taken down whose writer answered."""
    by_title = {post.title: post for post in posts}
    waiting = by_title["双胞胎测评：摔了一个月的小灯"]
    _report(world.buyers[4][0], waiting, "false_claim", "一个月摔十四次，不太可能一点没松。", now - DAY)
    _report(world.buyers[6][0], waiting, "copied", "I have seen this photo elsewhere.", now - DAY / 2)
    held = Comment.objects.filter(held=True, post__shop_id=world.shops["luokai"][0]).first()
    if held is not None:
        approve_comment(actor=world.shops["luokai"][1], now=now, comment_id=held.id)
    _talk(world, by_title["一碗面，四分钟"], now)
    shop_id, actor = world.shops["unclezhou"]
    content = Content(
        "降压神油，一周见效", "一天两勺，血压就下来了。", pick_ids=[world.picks["unclezhou", "green-pepper-oil"]]
    )
    post = write_post(actor=actor, now=now - 9 * DAY, shop_id=shop_id, content=content)
    publish_post(actor=actor, now=now - 9 * DAY, post_id=post.id)
    _report(world.buyers[3][0], post, "false_claim", "食用油不能这么宣传。", now - 8 * DAY)
    taken = take_down(
        actor=world.operator, now=now - 7 * DAY, subject_kind="post", subject_id=post.id, owner_id=actor.person_id,
        title=post.title, reason="false_claim", words="食品不得宣称疗效（广告法第十七条）。",
    )  # fmt: skip
    answer_takedown(
        actor=actor, now=now - 6 * DAY, takedown_id=taken.id, words="孙子帮我写的，我没仔细看。我重新写一篇。"
    )


def _talk(world: World, post: Post, now: datetime) -> None:
    """Below a post: a comment that somebody reported and that waits for an operator, and one that its shop hid."""
    given: dict[str, Any] = {"post_id": post.id, "now": now - DAY / 4}
    rude = write_comment(actor=world.buyers[7][0], words="会做碗面就敢开店，笑死。", **given)
    advert = write_comment(actor=world.buyers[8][0], words="加我微信，同款红油半价。", **given)
    hide_comment(actor=world.shops["unclezhou"][1], now=now - DAY / 5, comment_id=advert.id)
    report_thing(
        actor=world.buyers[2][0], now=now - DAY / 6, subject_kind="comment", subject_id=rude.id, owner_id=rude.author_id,
        reason="abuse", words="老周认真回复每个人，不该被这样说。",
    )  # fmt: skip


def _report(actor: Actor, post: Post, reason: str, words: str, at: datetime) -> None:
    report_thing(
        actor=actor, now=at, subject_kind="post", subject_id=post.id, owner_id=post.shop.owner_id, reason=reason,
        words=words,
    )  # fmt: skip
