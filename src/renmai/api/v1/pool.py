"""The pool of screened goods, for creators, suppliers and operators (it shows supply prices)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from ninja import Query, Router

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
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
from renmai.places.shops.saving import SavedTooMany, list_saved, save_product, unsave_product

router = Router(tags=["Pool"])


class SavedAnswer(Answer):
    """A product that a shop keeps in view."""

    product_id: UUID
    at: datetime


class SavedPage(Answer):
    """Saved products, the latest first."""

    items: list[SavedAnswer]
    next: str | None


class UnsavedAnswer(Answer):
    """A product that is kept in view no longer."""

    product_id: UUID


@operation(
    router,
    "GET",
    "/pool",
    audience=("creator", "creator:content", "supplier", "operator"),
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
    audience=("creator", "creator:content", "supplier", "operator"),
    answer=PoolItem,
    problems=(NotFound,),
)
def read_pool_card(request: Call, product_id: UUID) -> dict[str, Any]:
    """Show a product of the pool with its card."""
    found = read_cards(request.actor, [product_id])
    if not found:
        raise NotFound()
    return card_item(found[0])


@operation(
    router,
    "GET",
    "/shops/{uuid:shop_id}/saved",
    audience=("creator", "creator:content"),
    answer=SavedPage,
    problems=(NotFound, BadCursor),
)
def list_saved_products(request: Call, shop_id: UUID, query: Query[PageQuery]) -> dict[str, Any]:
    """List what a shop of one's own saved, the latest first."""
    rows = list_saved(request.actor, shop_id, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row["id"],))


@operation(
    router, "PUT", "/shops/{uuid:shop_id}/saved/{uuid:product_id}", audience=("creator", "creator:content"), answer=SavedAnswer, key="once",
    problems=(NotFound, SavedTooMany),
)  # fmt: skip
def save_one_product(request: Call, shop_id: UUID, product_id: UUID) -> dict[str, Any]:
    """Keep a product of the pool in view; again changes nothing."""
    saved = save_product(actor=request.actor, now=request.now, shop_id=shop_id, product_id=product_id)
    return shown(SavedAnswer, saved)


@operation(
    router, "DELETE", "/shops/{uuid:shop_id}/saved/{uuid:product_id}", audience=("creator", "creator:content"), answer=UnsavedAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def unsave_one_product(request: Call, shop_id: UUID, product_id: UUID) -> dict[str, Any]:
    """Keep it in view no longer."""
    unsave_product(actor=request.actor, now=request.now, shop_id=shop_id, product_id=product_id)
    return {"product_id": product_id}
