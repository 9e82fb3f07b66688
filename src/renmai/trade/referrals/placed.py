"""Clicks on goods placed in a post: they follow the post's own link, its shop's, so that an order's evidence names the post.

Nobody is paid for them: the sharer of that link owns the shop. They take no place from links that others shared.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from renmai.kit.access import Actor
from renmai.kit.problems import NotFound
from renmai.places.posts.models import PostPick
from renmai.places.shops.models import Shop
from renmai.trade.referrals.actions import link_to, visitor_name
from renmai.trade.referrals.models import Click, ShareLink
from renmai.trade.referrals.queries import shop_of
from renmai.trade.referrals.rules import PLACED, PLACED_MAX


@transaction.atomic
def follow_goods(*, actor: Actor, now: datetime, post_id: UUID, pick_id: UUID, visitor: str = "") -> ShareLink:
    """Follow goods out of the post they are placed in, and return the post's own link, made the first time.

    `visitor` names the browser; who has none is remembered by who they are, or not at all.
    After: one click for browser and post, the newest PLACED_MAX of a browser; none of the shop's owner. Errors: NotFound.
    """
    shop_id = shop_of("post", post_id)
    if shop_id is None or not PostPick.objects.filter(post_id=post_id, pick_id=pick_id).exists():
        raise NotFound()
    owner_id = Shop.objects.values_list("owner_id", flat=True).get(id=shop_id)
    link = link_to(sharer_id=owner_id, now=now, kind="post", subject_id=post_id, shop_id=shop_id)
    who = visitor_name(actor, visitor)
    if who and owner_id != actor.person_id:
        ShareLink.objects.filter(id=link.id).update(clicks=F("clicks") + 1)
        _keep(link, who, actor.person_id, now)
    return link


def _keep(link: ShareLink, visitor: str, person_id: UUID | None, now: datetime) -> None:
    Click.objects.bulk_create(
        [Click(link=link, visitor=visitor, person_id=person_id, kind=PLACED, first_at=now, at=now)],
        update_conflicts=True, unique_fields=["visitor", "link", "person_id"], update_fields=["at"],
    )  # fmt: skip
    rows = Click.objects.filter(visitor=visitor, kind=PLACED).order_by("-at", "-id")
    Click.objects.filter(id__in=list(rows.values_list("id", flat=True)[PLACED_MAX : 2 * PLACED_MAX])).delete()
