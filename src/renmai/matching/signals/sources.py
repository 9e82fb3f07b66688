"""From events to signals. What an event changed is read as it stands now, so neither order nor repetition matters.

Orders and refunds come as all there is of a buyer, product and day; follows and picks as whether they hold. Samples come from
the event alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.kit.events.actions import Happened
from renmai.matching.signals.actions import Noted, hold_subjects
from renmai.matching.signals.models import SignalKind, SignalThing
from renmai.trust.facts.weighing import stand_alone

FOLLOW_KINDS = frozenset({"person.followed", "person.unfollowed"})
PICK_KINDS = frozenset({"pick.made", "pick.removed"})
SAMPLE_KINDS = frozenset({"sample.requested"})
ORDER_KINDS = frozenset({"order.paid", "order.refund"})

# Of each buyer whose order was paid, what they paid within a day of it: days are those of the house, told apart later.
PAID = """
select o.id, o.buyer_id, o.shop_id, s.owner_id, l.supplier_id, k.product_id, l.quantity, l.paid_minor, o.paid_at, o.id
from trade_order o join places_shop s on s.id = o.shop_id
join trade_orderline l on l.order_id = o.id and l.kind = 'goods' and l.paid_minor > 0
join goods_sku k on k.id = l.sku_id
where o.buyer_id = any(%(people)s) and exists (
  select from trade_order e where e.id = any(%(named)s) and e.buyer_id = o.buyer_id
  and o.paid_at between e.paid_at - interval '1 day' and e.paid_at + interval '1 day')
"""
# At least half of what a piece cost went back: that piece did. Less is a price put right.
GIVEN_BACK = """
select o.id, o.buyer_id, o.shop_id, s.owner_id, l.supplier_id, k.product_id,
       floor(l.quantity * x.amount_minor::numeric / l.paid_minor + 0.5)::int, x.amount_minor, r.at, r.id
from trade_order o join places_shop s on s.id = o.shop_id
join trade_refund r on r.order_id = o.id join trade_refundline x on x.refund_id = r.id
join trade_orderline l on l.id = x.line_id and l.kind = 'goods' and l.paid_minor > 0
join goods_sku k on k.id = l.sku_id
where o.buyer_id = any(%(people)s) and exists (
  select from trade_refund e join trade_order b on b.id = e.order_id where e.id = any(%(named)s)
  and b.buyer_id = o.buyer_id and r.at between e.at - interval '1 day' and e.at + interval '1 day')
"""
BUYERS = "select distinct buyer_id from trade_order where id = any(%s)"
FOLLOWED = """
select s.id, f.at from places_shop s
left join people_follow f on f.followed_id = s.owner_id and f.follower_id = %s
where s.owner_id = %s
"""
# The newest pick of the shop and product says it. What was taken out by its creator is liked no more; what lapsed, was
# recalled or is no longer offered says nothing of taste.
PICKED = """
select k.shop_id, k.product_id, n.created_at, n.removed_at is null or n.removed_why not in ('creator', 'erased', 'taken_down')
from places_pick k
cross join lateral (
  select * from places_pick n where n.shop_id = k.shop_id and n.product_id = k.product_id order by n.id desc limit 1
) n
where k.id = %s
"""


def signals_of_orders(cursor: Any, events: Sequence[Happened]) -> list[Noted]:
    """Return all of the rows that these orders and refunds are a part of; `deed_id` is the order or refund of each.

    Left out: orders that weigh nothing towards the shop's person or a supplier, by the rule that facts are weighed by, and
    those of a buyer who is counted as one with an earlier one.
    """
    paid = [e.subject_id for e in events if e.kind == "order.paid"]
    refunds = [UUID(str(e.data["refund_id"])) for e in events if e.kind == "order.refund"]
    cursor.execute(BUYERS, ([event.subject_id for event in events],))
    people = sorted(hold_subjects(cursor, [row[0] for row in cursor.fetchall()]))
    found: list[Noted] = []
    for kind, sql, named in ((SignalKind.ORDER, PAID, paid), (SignalKind.REFUND, GIVEN_BACK, refunds)):
        if named and people:
            cursor.execute(sql, {"people": people, "named": named})
            found += _whole(kind, _alone(cursor, cursor.fetchall()), set(named))
    return found


def _alone(cursor: Any, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    dealings = sorted(
        {("creator", owner, buyer, order) for order, buyer, _, owner, *_ in rows}
        | {("supplier", supplier, buyer, order) for order, buyer, _, _, supplier, *_ in rows}
    )
    if not dealings:
        return []
    latest: datetime = max(row[8] for row in rows)
    alone = dict(zip(dealings, stand_alone(cursor, dealings, latest), strict=True))
    return [
        row for row in rows if alone["creator", row[3], row[1], row[0]] and alone["supplier", row[4], row[1], row[0]]
    ]


def _whole(kind: SignalKind, rows: Sequence[tuple[Any, ...]], named: set[UUID]) -> list[Noted]:
    signals = [
        Noted(buyer, kind, SignalThing.PRODUCT, product, at, pieces, shop, minor, deed)
        for _, buyer, shop, _, _, product, pieces, minor, at, deed in rows
        if pieces > 0
    ]
    concerned = {signal.row for signal in signals if signal.deed_id in named}
    return [signal for signal in signals if signal.row in concerned]


def signals_of_follow(cursor: Any, event: Happened) -> tuple[list[Noted], list[tuple[UUID, UUID]]]:
    """Return the signals of one person's following another, and all (subject, shop) whose older ones go."""
    if event.actor_id is None:
        return [], []
    cursor.execute(FOLLOWED, (event.actor_id, event.subject_id))
    rows = cursor.fetchall()
    holds = [
        Noted(event.actor_id, SignalKind.FOLLOW, SignalThing.SHOP, shop, at) for shop, at in rows if at is not None
    ]
    return holds, [(event.actor_id, shop) for shop, _ in rows]


def signals_of_pick(cursor: Any, event: Happened) -> tuple[list[Noted], list[tuple[UUID, UUID]]]:
    """Return the signal of a shop's pick of a product, and the (shop, product) whose older ones go."""
    cursor.execute(PICKED, (event.subject_id,))
    rows = cursor.fetchall()
    holds = [
        Noted(shop, SignalKind.PICK, SignalThing.PRODUCT, product, at) for shop, product, at, liked in rows if liked
    ]
    return holds, [(shop, product) for shop, product, _, _ in rows]


def signals_of_sample(event: Happened) -> list[Noted]:
    """Return the signal of a sample that was asked for: once a day, however often."""
    shop_id, product_id = UUID(str(event.data["shop_id"])), UUID(str(event.data["product_id"]))
    return [Noted(shop_id, SignalKind.SAMPLE, SignalThing.PRODUCT, product_id, event.at)]
