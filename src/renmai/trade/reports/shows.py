"""The report of a show: who watched, what each segment was looked at and bought for, and what the shop earns by it.

Computed from the rows each time it is asked for: a refund changes it, and nothing in it is ever frozen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor
from renmai.kit.problems import NotFound
from renmai.money.ledger.rules import agency_account, creator_account
from renmai.people.agencies.models import Contract, ContractState
from renmai.places.live.models import Explained, Show, ShowState, ViewersAt

MINUTE = timedelta(minutes=1)
# What goods a segment shows, and how often they were looked at in the room.
SEGMENTS = """
select g.id, g.position, g.pick_id, p.title, p.title_zh, p.cover_id, g.hook, g.minutes, g.show_price_minor, g.set_aside,
       coalesce(v.views, 0)
from places_segment g join places_pick k on k.id = g.pick_id join goods_product p on p.id = k.product_id
left join places_segmentseen v on v.segment_id = g.id
where g.show_id = %s order by g.position
"""
# What was paid for, by segment; `payee` is whose part of it is asked for.
SOLD = """
select l.segment_id, count(distinct o.id), sum(l.quantity), sum(l.paid_minor), sum(l.refunded_minor),
       coalesce(sum(e.minor), 0), count(distinct o.buyer_id)
from trade_orderline l join trade_order o on o.id = l.order_id and o.paid_at is not null
left join lateral (
  select sum(p.amount_minor - p.reversed_minor) as minor from money_splitpart p
  where p.subject_id = o.id and p.line_id = l.id and p.payee = %(payee)s
) e on true
where l.show_id = %(show)s and l.kind = 'goods' group by l.segment_id
"""
BUYERS = """
select count(distinct o.id), count(distinct o.buyer_id)
from trade_orderline l join trade_order o on o.id = l.order_id and o.paid_at is not null
where l.show_id = %s and l.kind = 'goods'
"""
# Who has it in the cart now, or ordered it, paid or not.
CARTS = """
select g.id, count(distinct w.person_id) from places_segment g join (
  select c.segment_id, c.person_id from trade_cartline c where c.segment_id = any(%(segments)s)
  union all
  select l.segment_id, o.buyer_id from trade_orderline l join trade_order o on o.id = l.order_id
  where l.show_id = %(show)s and l.kind = 'goods'
) w on w.segment_id = g.id where g.show_id = %(show)s group by g.id
"""
DROPS = """
select d.segment_id, sum(d.quantity), sum(d.taken + d.offered), coalesce(sum(s.units), 0)
from trade_drop d left join lateral (
  select sum(l.quantity) as units from trade_orderline l join trade_order o on o.id = l.order_id and o.paid_at is not null
  where l.show_id = %(show)s and l.drop_id = d.id
) s on true
where d.segment_id = any(%(segments)s) group by d.segment_id
"""
ROOM = """
select coalesce((select likes from places_roomhead where show_id = %(show)s), 0),
       (select count(*) from places_roomline where show_id = %(show)s and kind = 'said'),
       (select count(distinct person_id) from places_roomline where show_id = %(show)s and kind = 'said')
"""


@dataclass(frozen=True, slots=True)
class Sold:
    """Orders, units and money in minor units; `earned_minor` is the part of who asks. Money is None where it is not theirs to see."""

    orders: int = 0
    units: int = 0
    paid_minor: int | None = 0
    refunded_minor: int | None = 0
    earned_minor: int = 0
    buyers: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A segment as it was: how long it was explained against the plan, who watched meanwhile, and what came of it.

    `carts`: people who have it in their cart or ordered it. Of drops: units offered, held or bought, and bought.
    """

    id: UUID
    position: int
    pick_id: UUID
    title: str
    title_zh: str
    cover_id: UUID | None
    hook: str
    planned_minutes: int
    show_price_minor: int | None
    set_aside: int
    views: int
    explained_seconds: int = 0
    times: int = 0
    viewers_most: int = 0
    viewers_mean: int = 0
    carts: int = 0
    sold: Sold = field(default_factory=Sold)
    drop_units: int = 0
    drop_held: int = 0
    drop_sold: int = 0


@dataclass(frozen=True, slots=True)
class ShowReport:
    """The report of a show; `minutes` in order: when, the most viewers at once, how many came. `money`: sums are shown."""

    show: Show
    minutes: Sequence[tuple[datetime, int, int]]
    likes: int
    lines: int
    talkers: int
    parts: Sequence[Part]
    total: Sold
    money: bool

    @property
    def peak(self) -> int:
        """Return the most viewers at once."""
        return max((most for _, most, _ in self.minutes), default=0)

    @property
    def came(self) -> int:
        """Return how many came in all; who comes again after leaving counts again."""
        return sum(came for _, _, came in self.minutes)

    @property
    def views(self) -> int:
        """Return how often goods were looked at."""
        return sum(part.views for part in self.parts)

    @property
    def seconds(self) -> int:
        """Return how long the show was on."""
        show = self.show
        return round((show.ended_at - show.began_at).total_seconds()) if show.ended_at and show.began_at else 0


def read_show_report(actor: Actor, show_id: UUID) -> ShowReport:
    """Return the report of a show that is on or over; nine statements at most, whatever it sold.

    Its shop's keepers and operators see all; the agency under contract with the shop sees no sums but its own part.
    Errors: NotFound.
    """
    show = Show.objects.select_related("shop").filter(id=show_id, state__in=(ShowState.LIVE, ShowState.ENDED)).first()
    if show is None:
        raise NotFound()
    payee, money = _payee(actor, show)
    asked: dict[str, Any] = {"show": show_id, "payee": payee}
    with connection.cursor() as cursor:
        parts = [Part(*row) for row in _rows(cursor, SEGMENTS, (show_id,))]
        asked["segments"] = [part.id for part in parts]
        sold = {row[0]: _sold(row[1:], money) for row in _rows(cursor, SOLD, asked)}
        (orders, buyers), (likes, lines, talkers) = _rows(cursor, BUYERS, (show_id,))[0], _rows(cursor, ROOM, asked)[0]
        carts = dict(_rows(cursor, CARTS, asked))
        drops = {row[0]: tuple(map(int, row[1:])) for row in _rows(cursor, DROPS, asked)}
    minutes = list(ViewersAt.objects.filter(show=show).order_by("minute").values_list("minute", "most", "came"))
    spans, nothing = _spans(show), _sold((0,) * 6, money)
    full = [
        _with(
            part, spans.get(part.id, []), minutes, carts.get(part.id, 0), sold.get(part.id, nothing), drops.get(part.id)
        )
        for part in parts
    ]
    return ShowReport(show, minutes, likes, lines, talkers, full, _total(sold.values(), orders, buyers, money), money)


def _payee(actor: Actor, show: Show) -> tuple[str, bool]:
    """Return whose part is shown, and whether sums are. Errors: NotFound."""
    if actor.has("operator") or actor.has("creator", show.shop_id):
        return creator_account(show.shop_id), True
    agencies = actor.subjects("agency")
    held = Contract.objects.filter(shop_id=show.shop_id, agency_id__in=agencies, state=ContractState.ACTIVE).first()
    if held is None:
        raise NotFound()
    return agency_account(held.agency_id), False


def _rows(cursor: Any, sql: str, params: Any) -> list[Any]:
    cursor.execute(sql, params)
    return list(cursor.fetchall())


def _sold(row: Sequence[Any], money: bool) -> Sold:
    orders, units, paid, refunded, earned, buyers = (int(each) for each in row)
    return Sold(orders, units, paid if money else None, refunded if money else None, earned, buyers)


def _total(sold: Iterable[Sold], orders: int, buyers: int, money: bool) -> Sold:
    every = list(sold)
    return Sold(
        orders, sum(each.units for each in every),
        sum(each.paid_minor or 0 for each in every) if money else None,
        sum(each.refunded_minor or 0 for each in every) if money else None,
        sum(each.earned_minor for each in every), buyers,
    )  # fmt: skip


Span = tuple[datetime, datetime]


def _spans(show: Show) -> dict[UUID, list[Span]]:
    spans: dict[UUID, list[Span]] = {}
    for segment_id, began, ended in Explained.objects.filter(show=show).values_list(
        "segment_id", "began_at", "ended_at"
    ):
        spans.setdefault(segment_id, []).append((began, ended or show.ended_at or began))
    return spans


def _with(
    part: Part,
    spans: Sequence[Span],
    minutes: Sequence[tuple[datetime, int, int]],
    carts: int,
    sold: Sold,
    drop: tuple[int, ...] | None,
) -> Part:
    """Return a segment with what was counted of it; viewers are those of the minutes in which it was explained."""
    seen = [most for at, most, _ in minutes if any(at < ended and at + MINUTE > began for began, ended in spans)]
    units, held, bought = drop or (0, 0, 0)
    return replace(
        part, explained_seconds=round(sum((ended - began).total_seconds() for began, ended in spans)),
        times=len(spans), viewers_most=max(seen, default=0), viewers_mean=round(sum(seen) / len(seen)) if seen else 0,
        carts=carts, sold=sold, drop_units=units, drop_held=held, drop_sold=bought,
    )  # fmt: skip
