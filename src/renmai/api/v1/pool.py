"""The pool of screened goods, for creators, suppliers and operators (it shows supply prices)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from ninja import Query, Router

from renmai.api.v1.door import Call, operation
from renmai.api.v1.pool_contract import (
    PoolItem,
    PoolPage,
    PoolQuery,
    card_item,
    found_answer,
    pool_answer,
    pool_ask,
)
from renmai.goods.products.queries import POOL_COLUMNS, POOL_SQL, require_pool
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.matching.search.queries import find_cards, read_cards

router = Router(tags=["Pool"])


@operation(
    router,
    "GET",
    "/pool",
    audience=("creator", "supplier", "operator"),
    answer=PoolPage,
    problems=(BadCursor,),
)
def list_pool(request: Call, query: Query[PoolQuery]) -> dict[str, Any]:
    """List the pool, newest first; or search, filter and sort it.

    Without q, filters beyond category, term and in_stock, or an order, it is the plain listing.
    """
    require_pool(request.actor)
    if (ask := query.ask) is not None:
        return found_answer(find_cards(request.actor, ask, after=query.after, limit=query.limit))
    with connection.cursor() as cursor:
        cursor.execute(POOL_SQL, pool_ask(query))
        rows = [dict(zip(POOL_COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    return pool_answer(rows, query.limit)


@operation(
    router,
    "GET",
    "/pool/{uuid:product_id}",
    audience=("creator", "supplier", "operator"),
    answer=PoolItem,
    problems=(NotFound,),
)
def read_pool_card(request: Call, product_id: UUID) -> dict[str, Any]:
    """Show a product of the pool with its card."""
    found = read_cards(request.actor, [product_id])
    if not found:
        raise NotFound()
    return card_item(found[0])
