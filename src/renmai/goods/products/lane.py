"""Stock, set by set: lock it in key order, hold it, release it, sell it, take it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

LOCK = """
select sku_id, received - sold - held - set_aside from goods_stock where sku_id = any(%s) order by sku_id for update
"""
MOVE = """
update goods_stock s set held = s.held + m.held, sold = s.sold + m.sold
from unnest(%s::uuid[], %s::bigint[], %s::bigint[]) as m (sku_id, held, sold)
where s.sku_id = m.sku_id
"""
SET_ASIDE = """
update goods_stock s set set_aside = s.set_aside + m.quantity
from unnest(%s::uuid[], %s::bigint[]) as m (sku_id, quantity)
where s.sku_id = m.sku_id
"""
SHARE = "select state from goods_product where id = %s for share"


def share_product(cursor: Any, product_id: UUID) -> str | None:
    """Return a product's state and keep it so until the transaction ends: a recall waits, then sees what was made of it."""
    cursor.execute(SHARE, (product_id,))
    row = cursor.fetchone()
    return str(row[0]) if row else None


def lock_stock(cursor: Any, sku_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Lock the stock rows of `sku_ids` in key order; return sku id -> what can still be promised."""
    ids = sorted(set(sku_ids))
    if not ids:
        return {}
    cursor.execute(LOCK, (ids,))
    return {sku_id: int(left) for sku_id, left in cursor.fetchall()}


def move_stock(cursor: Any, moves: Mapping[UUID, tuple[int, int]]) -> None:
    """Change (held, sold) of locked rows by the given differences; the database refuses to go below zero."""
    if moves:
        ids = sorted(moves)
        cursor.execute(MOVE, (ids, [moves[i][0] for i in ids], [moves[i][1] for i in ids]))


def set_aside_stock(cursor: Any, moves: Mapping[UUID, int]) -> None:
    """Change what is set aside for drops of locked rows, by the given differences."""
    if moves:
        ids = sorted(moves)
        cursor.execute(SET_ASIDE, (ids, [moves[i] for i in ids]))
