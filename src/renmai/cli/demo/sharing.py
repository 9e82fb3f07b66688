"""The demo's sharing: links and posters of creators and of a buyer, windows of a shop's own, and a shop that binds customers."""

from __future__ import annotations

from datetime import datetime, timedelta

from renmai.cli.demo.world import World
from renmai.places.posts.models import Post
from renmai.places.shops.models import Pick
from renmai.trade.referrals.actions import follow_link, make_share_link, set_share_rule, set_share_terms

THINGS = 3


def pass_on(world: World, now: datetime) -> None:
    """Two creators have links and posters of what they show; one sets longer windows, one binds customers for 30 days.

    The first buyer shares things of both; the second followed them lately.
    """
    at = now - timedelta(days=4)
    (first_id, first), (second_id, second) = list(world.shops.values())[:2]
    set_share_rule(
        actor=first, now=at, shop_id=first_id, changes={"share_content_days": 14, "share_content_order_days": 45}
    )
    set_share_terms(actor=second, now=at, shop_id=second_id, sharer_bps=500)
    set_share_rule(actor=second, now=at, shop_id=second_id, changes={"share_binding": 1})
    (friend, _), (buyer, _) = world.buyers[0], world.buyers[1]
    for shop_id, creator in ((first_id, first), (second_id, second)):
        picks = list(Pick.objects.filter(shop_id=shop_id, removed_at=None).order_by("position", "id")[:THINGS])
        make_share_link(actor=creator, now=at, kind="shop", subject_id=shop_id)
        for pick in picks:
            make_share_link(actor=creator, now=at, kind="pick", subject_id=pick.id)
        post = Post.objects.filter(shop_id=shop_id, state="published", hidden_at=None).order_by("-id").first()
        if post is not None:
            make_share_link(actor=creator, now=at, kind="post", subject_id=post.id)
        link = make_share_link(actor=friend, now=at, kind="pick", subject_id=picks[0].id)
        follow_link(actor=buyer, now=now - timedelta(hours=5), token=link.token)
