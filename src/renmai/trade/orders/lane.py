"""Orders, set by set: written on placing; moved by payment, hand-over, delivery, receipt and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from renmai.kit.events.actions import Happened, append

INSERT_ORDERS = """
insert into trade_order (id, checkout_id, shop_id, buyer_id, state, currency, goods_minor, freight_minor, total_minor,
                         refunded_minor, address, placed_at)
select i, c, s, b, 'placed', y, g, f, g + f, 0, a, p
from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::jsonb[],
            %s::timestamptz[]) as x (i, c, s, b, y, g, f, a, p)
"""
INSERT_LINES = """
insert into trade_orderline (id, order_id, kind, supplier_id, pick_id, sku_id, title, title_zh, quantity,
                             unit_price_minor, supply_price_minor, discount_minor, paid_minor, drop_id, withdrawal_days,
                             show_id, segment_id, refunded_minor, restocked, tax_bps, tax_minor)
select i, o, k, s, p, u, t, z, q, a, b, c, d, e, w, h, g, 0, 0, 0, 0
from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::int[],
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::uuid[], %s::smallint[],
            %s::uuid[], %s::uuid[])
  as x (i, o, k, s, p, u, t, z, q, a, b, c, d, e, w, h, g)
"""
PAY_ORDERS = """
update trade_order o set state = 'paid', paid_at = w.at
from unnest(%s::uuid[], %s::timestamptz[]) as w (checkout_id, at)
where o.checkout_id = w.checkout_id and o.state = 'placed'
returning o.id, o.checkout_id, o.paid_at, o.buyer_id
"""
END_ORDERS = """
update trade_order set state = %s where checkout_id = any(%s) and state = 'placed' returning id, checkout_id, buyer_id
"""
GOODS = """
select l.sku_id, sum(l.quantity) from trade_checkout c
join trade_order o on o.checkout_id = c.id join trade_orderline l on l.order_id = o.id
where c.id = any(%s) and c.holds_stock and l.kind = 'goods' group by l.sku_id
"""
REFUND_LINES = """
update trade_orderline l set refunded_minor = w.refunded, restocked = w.restocked
from unnest(%s::uuid[], %s::bigint[], %s::int[]) as w (id, refunded, restocked) where l.id = w.id
"""
REFUND_ORDERS = """
update trade_order o set state = w.state, refunded_minor = w.refunded
from unnest(%s::uuid[], %s::text[], %s::bigint[]) as w (id, state, refunded) where o.id = w.id
"""
MOVE_ORDERS = """
update trade_order o set state = w.state, received_at = coalesce(o.received_at, w.received)
from unnest(%s::uuid[], %s::text[], %s::timestamptz[]) as w (id, state, received) where o.id = w.id
"""


def write_orders(cursor: Any, drafts: Sequence[Any]) -> None:
    """Write the orders and lines of placed checkouts (`trade.checkout.rules.Draft`): two statements for the set."""
    rows = [(draft, order) for draft in drafts for order in draft.orders]
    cursor.execute(
        INSERT_ORDERS,
        (
            [order.id for _, order in rows],
            [draft.receipt.checkout_id for draft, _ in rows],
            [order.shop_id for _, order in rows],
            [draft.place.buyer_id for draft, _ in rows],
            [draft.receipt.currency for draft, _ in rows],
            [order.goods_minor for _, order in rows],
            [order.freight_minor for _, order in rows],
            [orjson.dumps(dict(draft.address)).decode() for draft, _ in rows],
            [draft.place.now for draft, _ in rows],
        ),
    )
    lines = [(order.id, line) for _, order in rows for line in order.lines]
    cursor.execute(
        INSERT_LINES,
        (
            [line.id for _, line in lines],
            [order_id for order_id, _ in lines],
            [line.kind for _, line in lines],
            [line.supplier_id for _, line in lines],
            [line.pick_id for _, line in lines],
            [line.sku_id for _, line in lines],
            [line.title for _, line in lines],
            [line.title_zh for _, line in lines],
            [line.quantity for _, line in lines],
            [line.unit_price_minor for _, line in lines],
            [line.supply_price_minor for _, line in lines],
            [line.discount_minor for _, line in lines],
            [line.paid_minor for _, line in lines],
            [line.drop_id for _, line in lines],
            [line.withdrawal_days for _, line in lines],
            [line.show_id for _, line in lines],
            [line.segment_id for _, line in lines],
        ),
    )


SETTLE = """
update trade_order set state = 'settled' where id = any(%s) and state = 'received' returning id
"""


def settle_orders(cursor: Any, settled: Sequence[Happened]) -> None:
    """Follow `split.settled`: received orders become settled (a refunded one stays refunded)."""
    cursor.execute(SETTLE, ([event.subject_id for event in settled],))
    at = {event.subject_id: event.at for event in settled}
    append(cursor, [Happened("order.settled", row[0], at[row[0]]) for row in cursor.fetchall()])


def pay_orders(cursor: Any, paid: Mapping[UUID, datetime]) -> list[tuple[UUID, UUID, datetime, UUID]]:
    """Mark the placed orders of checkouts (id -> when) paid; return (order id, checkout id, paid at, buyer id)."""
    cursor.execute(PAY_ORDERS, (list(paid), list(paid.values())))
    return list(cursor.fetchall())


def end_orders(cursor: Any, checkout_ids: Sequence[UUID], *, state: str) -> list[tuple[UUID, UUID, UUID]]:
    """End the placed orders of checkouts as `state`; return (order id, checkout id, buyer id)."""
    cursor.execute(END_ORDERS, (state, list(checkout_ids)))
    return list(cursor.fetchall())


def goods_of(cursor: Any, checkout_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return sku id -> how many of it the checkouts hold, or held and bought; nothing of those that hold nothing."""
    cursor.execute(GOODS, (list(checkout_ids),))
    return {sku_id: int(quantity) for sku_id, quantity in cursor.fetchall()}


def move_orders(cursor: Any, moved: Sequence[tuple[UUID, str, datetime | None]]) -> None:
    """Write the states of locked orders: (id, state, when received or None)."""
    cursor.execute(MOVE_ORDERS, ([i for i, _, _ in moved], [s for _, s, _ in moved], [at for _, _, at in moved]))


def refund_orders(cursor: Any, refunded: Sequence[tuple[UUID, str, int]]) -> None:
    """Write what was refunded of locked orders so far: (id, state, minor units)."""
    cursor.execute(
        REFUND_ORDERS, ([i for i, _, _ in refunded], [s for _, s, _ in refunded], [m for _, _, m in refunded])
    )


def refund_lines(cursor: Any, refunded: Sequence[tuple[UUID, int, int]]) -> None:
    """Write what was refunded and put back of lines so far: (id, minor units, quantity)."""
    cursor.execute(
        REFUND_LINES, ([i for i, _, _ in refunded], [m for _, m, _ in refunded], [q for _, _, q in refunded])
    )
