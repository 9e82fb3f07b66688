"""What a creator's day looks like at a glance: what waits, what sold, what is about to be missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.ids import first_id
from renmai.places.shops.queries import list_shop_picks

RECALLED_DAYS = 14
LEFT_FEW = 5
# No order waits longer to be paid (terms `unpaid_minutes_*`): what was placed before is not counted through every time.
UNPAID_MOST = timedelta(minutes=20_160)
PICKS_LOOKED_AT = 101

READ = """
select (select count(*) from trade_order
        where shop_id = %(shop)s and id >= %(placed)s and paid_at >= %(morning)s),
       (select count(*) from places_pick where shop_id = %(shop)s and removed_why = 'recalled' and removed_at >= %(since)s),
       (select count(*) from places_comment c join places_post p on p.id = c.post_id
        where p.shop_id = %(shop)s and c.held and c.hidden_at is null),
       (select count(*) from people_talk t where t.shop_id = %(shop)s and t.person_wrote_at is not null
        and (t.shop_read_at is null or t.person_wrote_at > t.shop_read_at)),
       (select count(*) from goods_invitation where shop_id = %(shop)s and state = 'sent'),
       (select count(*) from places_post where shop_id = %(shop)s and state = 'draft')
"""


@dataclass(frozen=True, slots=True)
class Today:
    """How many: orders paid today, picks recalled lately, comments held, talks with something unread, invitations that
    wait, drafts; picks that cannot be bought now (`unsold`), and those with few left (`low`: pick id -> left)."""

    orders: int
    recalled: int
    comments: int
    messages: int
    invitations: int
    drafts: int
    unsold: int
    low: dict[UUID, int]
    picks: int


def morning_of(now: datetime) -> datetime:
    """Return when the day that it is for the house began."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)


def read_today(actor: Actor, shop_id: UUID, *, now: datetime, morning: datetime) -> Today:
    """Return a shop's day; `morning` is when it began. Two statements; at most 101 picks are looked at.

    Errors: NotFound, SignInNeeded.
    """
    require_any(actor, (Grant("creator", shop_id),))
    with connection.cursor() as cursor:
        cursor.execute(
            READ,
            {
                "shop": shop_id,
                "morning": morning,
                "since": now - timedelta(days=RECALLED_DAYS),
                "placed": first_id(morning - UNPAID_MOST),
            },
        )
        orders, recalled, comments, messages, invitations, drafts = cursor.fetchone()
    picks = list_shop_picks(shop_id, limit=PICKS_LOOKED_AT, also_unsold=True)
    gone = [pick for pick in picks if not pick["sold_now"] or pick["left"] <= 0]
    low = {pick["id"]: pick["left"] for pick in picks if pick["sold_now"] and 0 < pick["left"] <= LEFT_FEW}
    return Today(orders, recalled, comments, messages, invitations, drafts, len(gone), low, len(picks))


# What to do next, most pressing first: what somebody waits for, then what keeps from selling, then what may bring more.
PRESSING = ("cases", "messages", "recalled", "comments", "unsold", "low", "invitations", "drafts")


def what_next(today: Today, *, cases: int, most: int = 4) -> list[tuple[str, int]]:
    """Return (what, how many) of what to do next, most pressing first."""
    counts = {
        "cases": cases, "messages": today.messages, "recalled": today.recalled, "comments": today.comments,
        "unsold": today.unsold, "low": len(today.low), "invitations": today.invitations, "drafts": today.drafts,
    }  # fmt: skip
    return [(what, counts[what]) for what in PRESSING if counts[what]][:most]
