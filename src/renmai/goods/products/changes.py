"""What was changed of a product, written set by set in the transaction of the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from renmai.kit.ids import new_id

WRITE = """
insert into goods_productchange (id, product_id, sku_id, kind, field, before, after, via, by_id, at)
select i, p, s, k, f, b::jsonb, a::jsonb, v, w, t
from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[],
            %s::timestamptz[]) as x (i, p, s, k, f, b, a, v, w, t)
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One change to be kept. `kind`: price, stock, text, terms, picture, source. `via`: form, api, file, pull, house.

    `field` is the column: supply_price_minor, price_minor, floor_price_minor, available, title, body, category_id...
    """

    product_id: UUID
    kind: str
    field: str
    before: Any
    after: Any
    via: str
    by_id: UUID | None
    at: datetime
    sku_id: UUID | None = None


def write_changes(cursor: Any, rows: Sequence[Change]) -> None:
    """Keep the changes that are some: before differs from after. One statement, whatever their number."""
    told = [row for row in rows if row.before != row.after]
    if told:
        cursor.execute(
            WRITE,
            (
                [new_id() for _ in told],
                [row.product_id for row in told],
                [row.sku_id for row in told],
                [row.kind for row in told],
                [row.field for row in told],
                [_json(row.before) for row in told],
                [_json(row.after) for row in told],
                [row.via for row in told],
                [row.by_id for row in told],
                [row.at for row in told],
            ),
        )


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value, default=str).decode()
