"""Which variant serves new orders of a variant: itself, or the same goods of another supplier (`Sku.served_by`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

# For lists of what is for sale: `s` is the picked variant, `v` who serves it (nothing when it serves itself), `t` the
# stock that counts. Where nobody is named the joins look nothing up.
SERVING_JOINS = """
  left join goods_sku v on v.id = s.served_by_id
  left join goods_product vp on vp.id = v.product_id
  left join goods_supplier vs on vs.id = vp.supplier_id
  join goods_stock t on t.sku_id = coalesce(v.id, s.id)
"""
# A source that may not be sold, or that a recall holds back, serves nothing.
SERVES = "(v.id is null or v.active and v.recall_id is null and vp.state = 'approved' and vs.state = 'approved')"
SERVING_LEFT = f"case when {SERVES} then t.received - t.sold - t.held - t.set_aside else 0 end"

READ = """
select w.id, w.own, t.sku_id, t.received - t.sold - t.held - t.set_aside
from unnest(%s::uuid[], %s::bool[]) as w (id, own)
join goods_sku s on s.id = w.id
join goods_stock t on t.sku_id = case when w.own then s.id else coalesce(s.served_by_id, s.id) end
order by t.sku_id
"""
LOCK = f"{READ} for update of t"


def read_serving(
    cursor: Any, wanted: Iterable[tuple[UUID, bool]], *, lock: bool
) -> tuple[dict[tuple[UUID, bool], UUID], dict[UUID, int]]:
    """Return (variant, own) -> who serves it, and who serves -> what can still be promised; one statement.

    With `own` the variant serves itself, whoever is named (drops sell what was set aside of it). With `lock` the rows of
    stock are locked in key order. A switch that commits while this waits counts from the next order on: who serves is
    read once, and the rest of the batch keeps to it.
    """
    pairs = sorted(set(wanted))
    if not pairs:
        return {}, {}
    cursor.execute(LOCK if lock else READ, ([sku_id for sku_id, _ in pairs], [own for _, own in pairs]))
    rows = cursor.fetchall()
    return {(sku_id, own): serving for sku_id, own, serving, _ in rows}, {row[2]: int(row[3]) for row in rows}
