"""Find what a recall concerns: orders, chunk by chunk, and people. Finding again what is known changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.recalls.models import Recall
from renmai.goods.recalls.queries import skus_of
from renmai.kit.ids import new_id
from renmai.people.notices.actions import Told, members_of, tell
from renmai.places.shops.queries import shops_with_pick
from renmai.trade.recalls.models import RecallRefund
from renmai.trade.recalls.reactions import clear_carts, concern

# Newest first along the supplier's lines; of a batch, parcels that are known to hold another one are passed by, and what
# was sold after it was lifted.
CONCERNED = """
select l.id, o.id, o.buyer_id, o.shop_id, o.state
from trade_orderline l
join trade_order o on o.id = l.order_id and o.placed_at >= %s and (%s::timestamptz is null or o.placed_at < %s) and o.state not in ('expired', 'cancelled', 'refunded')
left join trade_parcel p on p.order_id = o.id and p.supplier_id = l.supplier_id
where l.supplier_id = %s and l.sku_id = any(%s) and l.kind = 'goods' and l.id < %s
  and (%s = '' or coalesce(p.batch, '') in ('', %s))
order by l.id desc limit %s
"""
INSERT = """
insert into trade_recallrefund (id, recall_id, order_id, buyer_id, shop_id, line_ids, state, error, tries, at)
select *, '[]'::jsonb, 'open', '', 0, %s::timestamptz
from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[])
on conflict (recall_id, order_id) do nothing returning order_id
"""
LAST = UUID(int=2**128 - 1)
CHUNK = 500
TOLD_MAX = 300
WAITING = """
select id, person_id, kind from trade_recalltold where recall_id = %s and told_at is null
order by id limit %s for update skip locked
"""
DONE = "update trade_recalltold set told_at = %s where id = any(%s)"


def gather(recall: Recall, now: datetime) -> int:
    """Note every order concerned and everyone to be told; return how many orders were not known before.

    Each chunk of orders is a transaction of its own: whoever goes on after a stop begins anew and finds the rest.
    """
    found, last = 0, LAST
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            rows = _concerned(cursor, recall, last)
            found += _note(cursor, recall, rows, now)
        if len(rows) < CHUNK:
            break
        last = rows[-1][0]
    _note_sellers(recall)
    return found


def _concerned(cursor: Any, recall: Recall, last: UUID) -> list[tuple[UUID, UUID, UUID, UUID, str]]:
    cursor.execute(
        CONCERNED,
        (
            recall.sold_since,
            recall.lifted_at,
            recall.lifted_at,
            recall.product.supplier_id,
            skus_of(recall),
            last,
            recall.batch,
            recall.batch,
            CHUNK,
        ),
    )
    return list(cursor.fetchall())


def _note(cursor: Any, recall: Recall, rows: Sequence[tuple[UUID, UUID, UUID, UUID, str]], now: datetime) -> int:
    orders = {order_id: (buyer_id, shop_id, state) for _, order_id, buyer_id, shop_id, state in rows}
    if not orders:
        return 0
    ids = sorted(orders)
    cursor.execute(
        INSERT,
        (now, [new_id() for _ in ids], [recall.id] * len(ids), ids, [orders[i][0] for i in ids],
         [orders[i][1] for i in ids]),
    )  # fmt: skip
    fresh = {row[0] for row in cursor.fetchall()}
    bought = {orders[i][0] for i in fresh if orders[i][2] != "placed"}
    unpaid = {orders[i][0] for i in fresh} - bought
    concern(cursor, recall.id, [(each, "buyer", "recall.unpaid") for each in sorted(unpaid)])
    concern(cursor, recall.id, [(each, "buyer", "recall.bought") for each in sorted(bought)])
    return len(fresh)


@transaction.atomic
def _note_sellers(recall: Recall) -> None:
    """Note the people of every shop that had picked it or sold it, and of its supplier; and carts that filled meanwhile."""
    sold = RecallRefund.objects.filter(recall_id=recall.id).values_list("shop_id", flat=True).distinct()
    shops = sorted({*shops_with_pick(recall.product_id, since=recall.at), *sold})
    kind = "recall.batch_picked" if recall.batch else "recall.picked"
    with connection.cursor() as cursor:
        creators = {person for people in members_of(cursor, "team", shops).values() for person in people}
        makers = members_of(cursor, "supplier", [recall.product.supplier_id]).get(recall.product.supplier_id, [])
        concern(cursor, recall.id, [(person, "creator", kind) for person in creators])
        concern(cursor, recall.id, [(person, "supplier", "recall.supplied") for person in makers])
        if recall.lifted_at is None:
            clear_carts(cursor, recall.id, skus_of(recall))


@transaction.atomic
def tell_some(recall: Recall, now: datetime) -> int:
    """Tell up to 300 people, each once, whatever stops this; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, (recall.id, TOLD_MAX))
        rows = cursor.fetchall()
        data, href = notice_data(recall), f"/recalls/{recall.id}"
        tell(cursor, [Told(person_id, kind, now, href, data, mail=True) for _, person_id, kind in rows])
        cursor.execute(DONE, (now, [row[0] for row in rows]))
    return len(rows)


def notice_data(recall: Recall) -> dict[str, str]:
    """Return the names that a notice about a recall says."""
    product = recall.product
    return {
        "title": product.title, "title_zh": product.title_zh, "batch": recall.batch, "reason": recall.reason,
        "reason_zh": recall.reason_zh, "advice": recall.advice, "advice_zh": recall.advice_zh,
        "recall_id": str(recall.id), "product_id": str(product.id),
    }  # fmt: skip
