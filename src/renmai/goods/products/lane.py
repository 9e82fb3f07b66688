"""Stock, set by set: lock it in key order, hold it, release it, sell it, take it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

READ = "select sku_id, received - sold - held - set_aside from goods_stock where sku_id = any(%s) order by sku_id"
LOCK = f"{READ} for update"
MOVE = """
update goods_stock s set held = s.held + m.held, sold = s.sold + m.sold
from unnest(%s::uuid[], %s::bigint[], %s::bigint[]) as m (sku_id, held, sold)
where s.sku_id = m.sku_id
"""
MOVE_ALL = """
update goods_stock s set held = s.held + m.held, sold = s.sold + m.sold, set_aside = s.set_aside + m.aside
from unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[]) as m (sku_id, held, sold, aside)
where s.sku_id = m.sku_id
"""
NOTE_SCREENED = """
update goods_sku set screened_price_minor = price_minor, screened_supply_minor = supply_price_minor
where product_id = %s and active
"""
SHARE = "select state from goods_product where id = %s for share"


def share_product(cursor: Any, product_id: UUID) -> str | None:
    """Return a product's state and keep it so until the transaction ends: a recall waits, then sees what was made of it."""
    cursor.execute(SHARE, (product_id,))
    row = cursor.fetchone()
    return str(row[0]) if row else None


def note_screened(product_id: UUID) -> None:
    """Remember of every variant on sale what screening saw: its price and supply price of now, in one statement.

    Call it in the transaction that approves the product, its row locked. From then on `rules.needs_screening` measures
    every rise from here.
    """
    with connection.cursor() as cursor:
        cursor.execute(NOTE_SCREENED, (product_id,))


def lock_stock(cursor: Any, sku_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Lock the stock rows of `sku_ids` in key order; return sku id -> what can still be promised."""
    ids = sorted(set(sku_ids))
    if not ids:
        return {}
    cursor.execute(LOCK, (ids,))
    return {sku_id: int(left) for sku_id, left in cursor.fetchall()}


def read_stock(cursor: Any, sku_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return sku id -> what can still be promised, without a lock: true for the moment."""
    cursor.execute(READ, (list(set(sku_ids)),))
    return {sku_id: int(left) for sku_id, left in cursor.fetchall()}


def move_stock(cursor: Any, moves: Mapping[UUID, tuple[int, int]], aside: Mapping[UUID, int] | None = None) -> None:
    """Change (held, sold) of locked rows, and what is set `aside` for drops, by the given differences, in one statement;
    the database refuses to go below zero."""
    if aside:
        ids = sorted({*moves, *aside})
        held_sold = [moves.get(i, (0, 0)) for i in ids]
        cursor.execute(
            MOVE_ALL, (ids, [h for h, _ in held_sold], [s for _, s in held_sold], [aside.get(i, 0) for i in ids])
        )
    elif moves:
        ids = sorted(moves)
        cursor.execute(MOVE, (ids, [moves[i][0] for i in ids], [moves[i][1] for i in ids]))
