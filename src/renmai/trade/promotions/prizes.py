"""Coupons in a show: one is shown to all of the room, or is what a lucky bag gives, to its winners alone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError
from renmai.people.notices.actions import Told, tell
from renmai.places.live.models import Show, ShowState
from renmai.places.live.queries import acting_host
from renmai.places.live.rules import ShowNotNow
from renmai.places.talk.actions import BAG_SECONDS, raise_bag
from renmai.places.talk.models import LuckyBag
from renmai.trade.promotions.models import Coupon

CODE_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 8
HOLD = """
insert into trade_couponholder (coupon_id, person_id, at)
select * from unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) on conflict (coupon_id, person_id) do nothing
"""
PRIZES = """
select c.id, c.code, c.title, c.title_zh, s.handle, s.name, s.name_zh
from trade_coupon c join places_shop s on s.id = c.funder_id where c.id = any(%s)
"""


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
    show, _ = _live(actor, show_id)
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
    """Raise a lucky bag whose winners each get a coupon like `coupon_id`, one of the shop's, for themselves alone.

    After: as raise_bag, and a coupon for its holders only, which has none yet (event coupon.created).
    Errors: NotFound, SignInNeeded, ShowNotNow, Invalid, BagOpen, NotACouponHere.
    """
    show, host = _live(actor, show_id)
    like = _coupon(show, coupon_id, now + timedelta(seconds=min(max(0, seconds), BAG_SECONDS[1])))
    bag = raise_bag(
        actor=host, now=now, show_id=show_id, word=word, coupon_id=like.id, winners_max=winners_max, seconds=seconds
    )
    bag.coupon_id = _prize(like, winners_max, require_person(actor), now).id
    bag.save(update_fields=["coupon_id"])
    return bag


def _live(actor: Actor, show_id: UUID) -> tuple[Show, Actor]:
    show, host = acting_host(actor, show_id)
    if show.state != ShowState.LIVE:
        raise ShowNotNow(state=show.state)
    return show, host


def _coupon(show: Show, coupon_id: UUID, at: datetime) -> Coupon:
    of_shop = {"funder": "creator", "funder_id": show.shop_id, "stopped_at": None, "holders_only": False}
    coupon = Coupon.objects.filter(id=coupon_id, **of_shop).first()
    if coupon is None or not coupon.starts_at <= at < coupon.ends_at:
        raise NotACouponHere()
    return coupon


def _prize(like: Coupon, winners_max: int, person_id: UUID, now: datetime) -> Coupon:
    code = "LUCKY-" + "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
    prize = Coupon.objects.create(
        code=code, title=like.title, title_zh=like.title_zh, funder=like.funder, funder_id=like.funder_id,
        kind=like.kind, amount_minor=like.amount_minor, rate_bps=like.rate_bps, most_minor=like.most_minor,
        threshold_minor=like.threshold_minor, total_max=winners_max, per_buyer_max=1, starts_at=now,
        ends_at=like.ends_at, holders_only=True, created_by_id=person_id, created_at=now,
    )  # fmt: skip
    data = {"code": code, "funder": prize.funder, "funder_id": prize.funder_id, "like_id": like.id}
    record(Happened("coupon.created", prize.id, now, data, person_id))
    return prize


def hand_out_prizes(cursor: Any, events: Sequence[Happened]) -> None:
    """React to bag.won, within its transaction: the winner holds the coupon, and is told its code."""
    won = [(event.data["coupon_id"], event.actor_id, event.at) for event in events if event.actor_id]
    cursor.execute(HOLD, ([c for c, _, _ in won], [p for _, p, _ in won], [at for _, _, at in won]))
    cursor.execute(PRIZES, ([coupon_id for coupon_id, _, _ in won],))
    prizes = {str(row[0]): row[1:] for row in cursor.fetchall()}
    tell(cursor, [_told(prizes[str(coupon_id)], who, at) for coupon_id, who, at in won if str(coupon_id) in prizes])


def _told(prize: Sequence[str], person_id: UUID, at: datetime) -> Told:
    code, title, title_zh, handle, shop, shop_zh = prize
    names = {"code": code, "title": title, "title_zh": title_zh, "shop": shop, "shop_zh": shop_zh}
    return Told(person_id, "bag.won", at, f"/@{handle}", names)
