"""Coupons in a show: one is shown to all of the room, or is what a lucky bag gives, to its winners alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError
from renmai.places.live.models import Show, ShowState
from renmai.places.live.queries import access_own_show
from renmai.places.live.rules import ShowNotNow
from renmai.places.talk.actions import raise_bag
from renmai.places.talk.models import LuckyBag
from renmai.trade.promotions.models import Coupon


class NotACouponHere(DomainError):
    """Not a coupon that the shop pays for, or one that nobody can use now."""

    code = "coupon.not_here"
    status = 409
    message = "Choose a coupon of this shop that can be used now."


@transaction.atomic
def show_coupon(*, actor: Actor, now: datetime, show_id: UUID, coupon_id: UUID) -> Coupon:
    """Show a coupon of the shop, with its code, to everyone in the room, as a host of the show.

    After: event coupon.shown, which is a line of the room. Errors: NotFound, SignInNeeded, ShowNotNow, NotACouponHere.
    """
    show = _live(actor, show_id)
    coupon = _coupon(show, coupon_id, now)
    told = {
        "coupon_id": coupon.id, "code": coupon.code, "title": coupon.title, "title_zh": coupon.title_zh,
        "kind": coupon.kind, "amount_minor": coupon.amount_minor, "rate_bps": coupon.rate_bps,
        "most_minor": coupon.most_minor, "threshold_minor": coupon.threshold_minor, "ends_at": coupon.ends_at,
    }  # fmt: skip
    record(Happened("coupon.shown", show_id, now, told, actor.person_id))
    return coupon


@transaction.atomic
def raise_prize_bag(
    *, actor: Actor, now: datetime, show_id: UUID, word: str, coupon_id: UUID, winners_max: int, seconds: int
) -> LuckyBag:
    """Raise a lucky bag whose winners each get a coupon like `coupon_id`, a coupon of the shop, for themselves alone.

    After: as raise_bag. Errors: NotFound, SignInNeeded, ShowNotNow, Invalid, BagOpen, NotACouponHere.
    """
    show = _live(actor, show_id)
    coupon = _coupon(show, coupon_id, now + timedelta(seconds=max(0, seconds)))
    return raise_bag(
        actor=actor, now=now, show_id=show_id, word=word, coupon_id=coupon.id, winners_max=winners_max, seconds=seconds
    )


def _live(actor: Actor, show_id: UUID) -> Show:
    show = access_own_show(actor, show_id, lock=True)
    if show.state != ShowState.LIVE:
        raise ShowNotNow(state=show.state)
    return show


def _coupon(show: Show, coupon_id: UUID, at: datetime) -> Coupon:
    coupon = Coupon.objects.filter(id=coupon_id, funder="creator", funder_id=show.shop_id, stopped_at=None).first()
    if coupon is None or not coupon.starts_at <= at < coupon.ends_at:
        raise NotACouponHere()
    return coupon
