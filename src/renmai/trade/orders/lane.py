"""Orders, set by set: written on placing; moved by payment, hand-over, delivery, receipt and time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
                             unit_price_minor, supply_price_minor, paid_minor, refunded_minor, restocked, tax_bps, tax_minor)
select i, o, k, s, p, u, t, z, q, a, b, d, 0, 0, 0, 0
from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::int[],
            %s::bigint[], %s::bigint[], %s::bigint[]) as x (i, o, k, s, p, u, t, z, q, a, b, d)
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
            [line.paid_minor for _, line in lines],
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
