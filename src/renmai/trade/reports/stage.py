"""What those who hold a show see of it while it is on: viewers, likes, sales, the run-of-show, drops, the bag, who is muted.

Asked every few seconds by every studio that is open: a constant number of statements, each by an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from renmai.kit.access import Actor
from renmai.kit.ids import first_id
from renmai.places.live.models import Show
from renmai.places.live.queries import access_own_show, parts_of
from renmai.places.streams.models import Camera
from renmai.places.talk.models import LuckyBag
from renmai.trade.reports.earnings import ACCOUNTS

PRESENT_SECONDS = 6
SILENCED_MAX, DROPS_MAX = 50, 20
MINUTE = timedelta(minutes=1)
# An order that fell through is none; one that is not paid yet may still.
SALES = """
select count(*), count(*) filter (where o.paid_at is null), count(*) filter (where o.placed_at > %(minute)s),
       coalesce(sum(o.goods_minor - o.refunded_minor), 0)::bigint,
       coalesce(sum(o.goods_minor - o.refunded_minor) filter (where o.placed_at > %(minute)s), 0)::bigint,
       coalesce(sum(e.minor), 0)::bigint
from trade_order o left join lateral (
  select sum(p.amount_minor - p.reversed_minor) as minor from money_splitpart p
  where p.subject_id = o.id and p.payee = %(account)s
) e on true
where o.shop_id = %(shop)s and o.id >= %(first)s and o.placed_at >= %(began)s and o.placed_at <= %(ended)s
  and o.state not in ('expired', 'cancelled', 'refunded')
"""
ROOM = """
select coalesce((select sum(viewers) from places_presence where show_id = %(show)s and at > %(present)s), 0)::int,
       coalesce((select likes from places_roomhead where show_id = %(show)s), 0)
"""
RUN = """
select s.id, s.position, s.minutes, s.hook, s.gift, s.talking_points, s.show_price_minor, s.set_aside, s.per_buyer_max,
       s.policy, s.pick_id, s.sku_id, p.title, p.title_zh, p.cover_id,
       coalesce(extract(epoch from (select sum(coalesce(e.ended_at, %s) - e.began_at) from places_explained e
                                    where e.segment_id = s.id)), 0)::int
from places_segment s join places_pick k on k.id = s.pick_id join goods_product p on p.id = k.product_id
where s.show_id = %s order by s.position
"""
RUN_COLUMNS = (
    "id", "position", "minutes", "hook", "gift", "talking_points", "show_price_minor", "set_aside", "per_buyer_max",
    "policy", "pick_id", "sku_id", "title", "title_zh", "cover_id", "explained_seconds",
)  # fmt: skip
DROPS = """
select d.id, d.segment_id, d.title, d.title_zh, p.title, p.title_zh, d.price_minor, d.quantity, d.taken, d.offered,
       d.starts_at, d.ends_at
from places_segment s join trade_drop d on d.segment_id = s.id
join goods_sku k on k.id = d.sku_id join goods_product p on p.id = k.product_id
where s.show_id = %s and d.over_at is null and d.ends_at > %s order by d.id limit %s
"""
DROP_COLUMNS = (
    "id", "segment_id", "word", "word_zh", "title", "title_zh", "price_minor", "quantity", "taken", "offered",
    "starts_at", "ends_at",
)  # fmt: skip
SILENCED = """
select s.person_id, a.name, s.removed, s.until, s.why from places_silence s join people_person a on a.id = s.person_id
where s.show_id = %s and s.lifted_at is null and (s.until is null or s.until > %s) order by s.at desc limit %s
"""
SILENCED_COLUMNS = ("person_id", "name", "removed", "until", "why")


@dataclass(frozen=True, slots=True)
class Sales:
    """What the shop sold since its show began, minor units: `turnover_minor` of goods without what was refunded, `earned_minor` of it the shop's
    own part (estimated until settled); `..._minute` in the last minute."""

    orders: int = 0
    unpaid: int = 0
    orders_minute: int = 0
    turnover_minor: int = 0
    turnover_minute_minor: int = 0
    earned_minor: int | None = 0


@dataclass(frozen=True, slots=True)
class Board:
    """A show as its people see it now. Rows of `run`, `drops` and `silenced` are named as the columns above.

    `sales` is None for who only keeps order in the room; `earned_minor` in it is None for who does not keep the shop.
    `encoder` is the one whose stream key is in force.
    """

    show: Show
    parts: frozenset[str]
    viewers: int
    likes: int
    sales: Sales | None
    run: Sequence[dict[str, Any]]
    drops: Sequence[dict[str, Any]]
    encoder: Camera | None
    bag: LuckyBag | None
    bag_entries: int
    bag_won: int
    silenced: Sequence[dict[str, Any]]

    @property
    def now(self) -> dict[str, Any] | None:
        """Return the segment being explained."""
        return next((each for each in self.run if each["id"] == self.show.stage_segment_id), None)

    @property
    def next(self) -> dict[str, Any] | None:
        """Return the segment after the one being explained; before any was, the first that was not yet."""
        if self.now is not None:
            return next((each for each in self.run if each["position"] > self.now["position"]), None)
        return next((each for each in self.run if not each["explained_seconds"]), None)


def read_board(actor: Actor, show_id: UUID, *, now: datetime) -> Board:
    """Return what a show's people see of it; eleven statements at most, whatever it holds. Errors: NotFound, SignInNeeded."""
    show = access_own_show(actor, show_id, "moderator")
    parts = parts_of(actor, show)
    with connection.cursor() as cursor:
        cursor.execute(ROOM, {"show": show_id, "present": now - timedelta(seconds=PRESENT_SECONDS)})
        viewers, likes = cursor.fetchone()
        sales = _sales(cursor, show, now) if "host" in parts else None
        if sales and not actor.has("creator", show.shop_id):
            sales = replace(sales, earned_minor=None)
        run = _rows(cursor, RUN, (now, show_id), RUN_COLUMNS)
        drops = _rows(cursor, DROPS, (show_id, now, DROPS_MAX), DROP_COLUMNS)
        silenced = _rows(cursor, SILENCED, (show_id, now, SILENCED_MAX), SILENCED_COLUMNS)
    bags = LuckyBag.objects.filter(show_id=show_id).order_by("-id")
    bag = bags.first()
    won_entries = Count("entries", filter=Q(entries__won=True))
    counts = bags.annotate(entered=Count("entries"), won=won_entries).values_list("entered", "won").first()
    entries, won = counts or (0, 0)
    encoder = Camera.objects.filter(show_id=show_id, engine="rtmp", revoked_at=None).order_by("-id").first()
    return Board(show, parts, viewers, likes, sales, run, drops, encoder, bag, entries, won, silenced)


def _sales(cursor: Any, show: Show, now: datetime) -> Sales:
    if show.began_at is None:
        return Sales()
    asked = {
        "shop": show.shop_id, "account": ACCOUNTS["creator"](show.shop_id), "first": first_id(show.began_at),
        "began": show.began_at, "ended": show.ended_at or now, "minute": now - MINUTE,
    }  # fmt: skip
    cursor.execute(SALES, asked)
    return Sales(*cursor.fetchone())


def _rows(cursor: Any, sql: str, params: tuple[Any, ...], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    cursor.execute(sql, params)
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
