"""The pool of screened goods, for creators, suppliers and operators (it shows supply prices)."""

from __future__ import annotations

from typing import Any

from django.db import connection
from ninja import Query, Router

from renmai.api.v1.contract import PoolPage, PoolQuery, pool_answer, pool_ask
from renmai.api.v1.door import Call, operation
from renmai.goods.products.queries import POOL_COLUMNS, POOL_SQL, require_pool
from renmai.kit.paging import BadCursor

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
    """List the pool, newest first."""
    require_pool(request.actor)
    with connection.cursor() as cursor:
        cursor.execute(POOL_SQL, pool_ask(query))
        rows = [dict(zip(POOL_COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    return pool_answer(rows, query.limit)
