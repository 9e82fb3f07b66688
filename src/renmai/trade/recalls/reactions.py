"""What follows from a recall within its own transaction: drops end, and every cart loses the goods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from renmai.goods.products.lane import lock_stock
from renmai.kit.events.actions import Happened
from renmai.kit.ids import new_id
from renmai.trade.promotions.drop_lane import finish_drops, read_drops

HELD = "select id from goods_sku where product_id = %s and (%s::uuid[] is null or id = any(%s)) order by id"
DROPS = "select id from trade_drop where sku_id = any(%s) and over_at is null order by id"
# Lines that a checkout takes out at this moment are passed by: they are being bought, and are found among the orders.
CLEAR = """
with gone as (
  select person_id, pick_id, sku_id from trade_cartline where sku_id = any(%s)
  order by person_id, pick_id, sku_id for update skip locked
)
delete from trade_cartline c using gone g
where c.person_id = g.person_id and c.pick_id = g.pick_id and c.sku_id = g.sku_id returning c.person_id
"""
CONCERN = """
insert into trade_recalltold (id, recall_id, person_id, side, kind)
select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[])
on conflict (recall_id, person_id, side) do update set kind = excluded.kind
where trade_recalltold.told_at is null and trade_recalltold.kind <> excluded.kind and excluded.kind <> 'recall.carted'
"""


def end_recalled_drops(cursor: Any, events: Sequence[Happened]) -> None:
    """React to product.recalled and product.batch_recalled, within the transaction: end the drops of what is recalled.

    Locks them, then the stock of all that is recalled, as whoever places does; what follows goes by that.
    """
    for event in events:
        held = _held(cursor, event)
        cursor.execute(DROPS, (held,))
        drops = read_drops(cursor, [row[0] for row in cursor.fetchall()], lock=True)
        lock_stock(cursor, held)
        finish_drops(cursor, [drops[drop_id] for drop_id in sorted(drops)], event.at, event.actor_id)


def empty_carts(cursor: Any, events: Sequence[Happened]) -> None:
    """React to product.recalled and product.batch_recalled, within the transaction: take the goods out of every cart, and
    note who is to be told."""
    for event in events:
        clear_carts(cursor, UUID(str(event.data["recall_id"])), _held(cursor, event))


def clear_carts(cursor: Any, recall_id: UUID, sku_ids: Sequence[UUID]) -> int:
    """Take variants out of every cart; return how many people lost some."""
    cursor.execute(CLEAR, (list(sku_ids),))
    people = sorted({row[0] for row in cursor.fetchall()})
    concern(cursor, recall_id, [(person_id, "buyer", "recall.carted") for person_id in people])
    return len(people)


def concern(cursor: Any, recall_id: UUID, people: Sequence[tuple[UUID, str, str]]) -> None:
    """Note people to be told of a recall: (person, side, kind). Nobody is told twice as one side; until they are, what
    they bought outweighs what lay in their cart."""
    rows = sorted({(person, side): kind for person, side, kind in people}.items())
    if rows:
        cursor.execute(
            CONCERN,
            ([new_id() for _ in rows], [recall_id] * len(rows), [p for (p, _), _ in rows], [s for (_, s), _ in rows],
             [kind for _, kind in rows]),
        )  # fmt: skip


def _held(cursor: Any, event: Happened) -> list[UUID]:
    named = event.data.get("sku_ids")
    cursor.execute(HELD, (event.subject_id, named, named))
    return [row[0] for row in cursor.fetchall()]
