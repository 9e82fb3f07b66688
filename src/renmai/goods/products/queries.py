"""Read products: the pool, one product with its variants and pictures, and a supplier's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from renmai.goods.products.attributes import Asked
from renmai.goods.products.models import Category, CategoryAttribute, Product, ProductPicture, ProductState, Sku
from renmai.goods.suppliers.models import SupplierState
from renmai.kit.access import Actor, Grant, require_any, require_role
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.people.accounts.rules import CONTENT

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
LAST_ID = UUID(int=(1 << 128) - 1)
Place = tuple[datetime, UUID]

# One statement for API, pages and `fast`. The index pool_latest gives approved products in order, and everything else is
# looked up only for the rows that are shown. `limit 1` changes no answer (they are primary keys): it tells the planner
# that a lookup gives one row, where its guess for a small table, which PostgreSQL never analyses by itself, would have
# it sort the whole pool.
POOL_SQL = """
select p.id, p.title, p.title_zh, p.cover_id, p.approved_at, p.commission_bps, p.margin_allowed,
       c.slug as category, c.name as category_name, c.name_zh as category_name_zh, c.cap_multiple_bps,
       su.id as supplier_id, su.name as supplier_name, su.name_zh as supplier_name_zh,
       a.supply_price_from_minor, a.price_from_minor, a.multiple_bps, a.currency, a.sku_count, a."left"
from goods_product p
cross join lateral (
  select f.id, f.name, f.name_zh from goods_supplier f where f.id = p.supplier_id and f.state = 'approved' limit 1
) su
cross join lateral (select k.* from goods_category k where k.id = p.category_id limit 1) c
cross join lateral (
  select min(s.supply_price_minor) as supply_price_from_minor, min(s.price_minor) as price_from_minor,
         max((s.price_minor * 10000 + s.supply_price_minor - 1) / s.supply_price_minor) as multiple_bps,
         min(s.currency) as currency, count(*) as sku_count, sum(t.received - t.sold - t.held - t.set_aside)::bigint as "left"
  from goods_sku s join goods_stock t on t.sku_id = s.id
  where s.product_id = p.id and s.active and s.recall_id is null
) a
where p.state = 'approved' and (p.approved_at, p.id) < (%s::timestamptz, %s::uuid)
  and (%s::text is null or p.category_id = (select g.id from goods_category g where g.slug = %s::text))
  and (%s::text is null or (%s::text = 'margin' and p.margin_allowed)
       or (%s::text = 'commission' and p.commission_bps is not null))
  and a.sku_count > 0 and (not %s::boolean or a."left" > 0)
order by p.approved_at desc, p.id desc
limit %s::int
"""
POOL_COLUMNS = (
    "id", "title", "title_zh", "cover_id", "approved_at", "commission_bps", "margin_allowed", "category",
    "category_name", "category_name_zh", "cap_multiple_bps", "supplier_id", "supplier_name", "supplier_name_zh",
    "supply_price_from_minor", "price_from_minor", "multiple_bps", "currency", "sku_count", "left",
)  # fmt: skip


def pool_params(
    *, after: Place | None, limit: int, category: str | None = None, term: str | None = None, in_stock: bool = False
) -> tuple[Any, ...]:
    """Return the parameters of POOL_SQL (for a door that runs it on a connection of its own)."""
    at, last_id = (after[0].isoformat(), after[1]) if after else ("infinity", LAST_ID)
    return (at, last_id, category, category, term, term, term, in_stock, max(1, min(limit, LIMIT_MAX)))


def pool_page(
    cursor: Any,
    *,
    after: Place | None,
    limit: int,
    category: str | None = None,
    term: str | None = None,
    in_stock: bool = False,
) -> list[dict[str, Any]]:
    """Return approved products of approved suppliers, newest first, as rows of POOL_COLUMNS; one statement.

    `after` is (approved_at, id) of the last row seen; `term` "margin" or "commission" keeps what may be picked so;
    `multiple_bps` is the highest of the variants; `left` is what all variants together can still promise.
    """
    params = pool_params(after=after, limit=limit, category=category, term=term, in_stock=in_stock)
    cursor.execute(POOL_SQL, params)
    return [dict(zip(POOL_COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def require_pool(actor: Actor) -> None:
    """Refuse whoever is neither creator, supplier nor operator: the pool shows supply prices. Errors: SignInNeeded, NotFound."""
    if actor.is_system or any(grant.role in {"creator", CONTENT, "supplier", "operator"} for grant in actor.grants):
        return
    raise SignInNeeded() if actor.person_id is None else NotFound()


def list_pool(
    actor: Actor,
    *,
    after: Place | None = None,
    limit: int = 24,
    category: str | None = None,
    term: str | None = None,
    in_stock: bool = False,
) -> list[dict[str, Any]]:
    """Return a page of the pool, as `pool_page`, for creators, suppliers and operators."""
    require_pool(actor)
    with connection.cursor() as cursor:
        return pool_page(cursor, after=after, limit=limit, category=category, term=term, in_stock=in_stock)


def access_product(actor: Actor, product_id: UUID) -> Product:
    """Return a product with supplier and category: one in the pool for whoever may see the pool, any other only for
    its supplier and operators. Errors: NotFound, SignInNeeded."""
    product = Product.objects.select_related("supplier", "category").filter(id=product_id).first()
    if product is None:
        raise SignInNeeded() if actor.person_id is None and not actor.is_system else NotFound()
    if product.state == ProductState.APPROVED and product.supplier.state == SupplierState.APPROVED:
        require_pool(actor)
    else:
        require_any(actor, (Grant("supplier", product.supplier_id), Grant("operator")))
    return product


def pool_among(product_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these products are in the pool now: approved, of an approved supplier; one statement."""
    rows = Product.objects.filter(id__in=list(product_ids), state=ProductState.APPROVED)
    return set(rows.filter(supplier__state=SupplierState.APPROVED).values_list("id", flat=True))


def access_own_product(actor: Actor, product_id: UUID) -> Product:
    """Return a product for its supplier or an operator, whatever its state. Errors: NotFound, SignInNeeded."""
    product = Product.objects.select_related("supplier", "category").filter(id=product_id).first()
    require_any(actor, (Grant("operator"), *([Grant("supplier", product.supplier_id)] if product else [])))
    if product is None:
        raise NotFound()
    return product


def access_sku(actor: Actor, sku_id: UUID) -> Sku:
    """Return a variant with product, category and stock for its supplier or an operator. Errors: NotFound."""
    sku = Sku.objects.select_related("product__category", "stock").filter(id=sku_id).first()
    require_any(actor, (Grant("operator"), *([Grant("supplier", sku.product.supplier_id)] if sku else [])))
    if sku is None:
        raise NotFound()
    return sku


SKUS_SQL = """
select s.id, s.code, s.options, s.options_zh, s.supply_price_minor, s.floor_price_minor, s.price_minor,
       s.supply_price_minor * c.cap_multiple_bps / 10000 as highest_price_minor,
       (s.price_minor * 10000 + s.supply_price_minor - 1) / s.supply_price_minor as multiple_bps,
       s.currency, s.active, t.received - t.sold - t.held - t.set_aside as "left", s.barcode, s.grams, s.low_at,
       s.supply_tiers, s.screened_price_minor, s.screened_supply_minor
from goods_sku s
join goods_product p on p.id = s.product_id
join goods_category c on c.id = p.category_id
join goods_stock t on t.sku_id = s.id
where s.product_id = %s and (s.active or %s)
order by s.position, s.id
"""
SKU_COLUMNS = (
    "id", "code", "options", "options_zh", "supply_price_minor", "floor_price_minor", "price_minor",
    "highest_price_minor", "multiple_bps", "currency", "active", "left", "barcode", "grams", "low_at", "supply_tiers",
    "screened_price_minor", "screened_supply_minor",
)  # fmt: skip


def list_skus(product_id: UUID, *, also_inactive: bool = False) -> list[dict[str, Any]]:
    """Return a product's variants with band, multiple and what is left, in order; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(SKUS_SQL, (product_id, also_inactive))
        rows = [dict(zip(SKU_COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["options"], row["options_zh"] = _object(row["options"]), _object(row["options_zh"])
        row["supply_tiers"] = _object(row["supply_tiers"])
    return rows


def list_pictures(product_id: UUID) -> list[dict[str, Any]]:
    """Return a product's pictures that are here (id, media_id, alt), in order."""
    rows = ProductPicture.objects.filter(product_id=product_id).exclude(media_id=None).order_by("position")
    return [dict(row) for row in rows.values("id", "media_id", "alt")]


def read_product_page(actor: Actor, product_id: UUID) -> dict[str, Any]:
    """Return {"product", "skus", "pictures"} of one product in three statements. Errors as `access_product`."""
    product = access_product(actor, product_id)
    own = actor.has("operator") or actor.has("supplier", product.supplier_id)
    return {
        "product": product,
        "skus": list_skus(product_id, also_inactive=own),
        "pictures": list_pictures(product_id),
    }


def list_own_products(
    actor: Actor,
    supplier_id: UUID,
    *,
    state: str | None = None,
    after: UUID | None = None,
    limit: int = 24,
    words: str = "",
    category: str | None = None,
    low: bool = False,
) -> list[dict[str, Any]]:
    """Return a supplier's products, newest first, with the count of variants and what is left; one statement.

    `words` are looked for in titles, handles, and codes and barcodes of variants; `low` keeps those with a variant at or
    below its threshold.
    """
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    sought = LIKE.sub(r"\\\g<0>", words.strip()[:80])
    like = f"%{sought}%" if sought else None
    more = (like, like, like, like, like, like, category, category, not low)
    return _rows(f"p.supplier_id = %s{NARROWED}", (supplier_id, *more), state, after, limit)


def list_screening_queue(
    actor: Actor, *, state: str = ProductState.SCREENING, after: UUID | None = None, limit: int = 24
) -> list[dict[str, Any]]:
    """Return products of one state for the operator, newest first; one statement. Errors: Forbidden."""
    require_role(actor, "operator")
    return _rows("true", (), state, after, limit)


OWN_COLUMNS = (
    "id", "handle", "title", "title_zh", "state", "cover_id", "commission_bps", "margin_allowed", "created_at",
    "approved_at", "category", "supplier_id", "supplier_name", "supplier_name_zh", "supply_price_from_minor",
    "price_from_minor", "multiple_bps", "currency", "sku_count", "left",
)  # fmt: skip
OWN_SQL = """
select p.id, p.handle, p.title, p.title_zh, p.state, p.cover_id, p.commission_bps, p.margin_allowed, p.created_at,
       p.approved_at, c.slug, su.id, su.name, su.name_zh, a.supply, a.price, a.multiple, a.currency, a.skus, a.remaining
from goods_product p
join goods_supplier su on su.id = p.supplier_id
join goods_category c on c.id = p.category_id
cross join lateral (
  select min(s.supply_price_minor) as supply, min(s.price_minor) as price,
         max((s.price_minor * 10000 + s.supply_price_minor - 1) / s.supply_price_minor) as multiple,
         min(s.currency) as currency, count(*) as skus, coalesce(sum(t.received - t.sold - t.held - t.set_aside), 0)::bigint as remaining
  from goods_sku s join goods_stock t on t.sku_id = s.id
  where s.product_id = p.id and s.active
) a
where {scope} and (%s::text is null or p.state = %s::text) and p.id < %s::uuid
order by p.id desc
limit %s::int
"""


LIKE = re.compile(r"[\\%_]")
NARROWED = """ and (%s::text is null or p.title ilike %s or p.title_zh ilike %s or p.handle ilike %s or exists (
    select from goods_sku k where k.product_id = p.id and (k.code ilike %s or k.barcode ilike %s)))
  and (%s::text is null or c.slug = %s) and (%s or exists (
    select from goods_sku k join goods_stock r on r.sku_id = k.id where k.product_id = p.id and k.active
      and r.received - r.sold - r.held - r.set_aside <= k.low_at))"""


def _rows(
    scope: str, scope_params: tuple[Any, ...], state: str | None, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    params = (*scope_params, state, state, after or LAST_ID, max(1, min(limit, LIMIT_MAX)))
    with connection.cursor() as cursor:
        cursor.execute(OWN_SQL.format(scope=scope), params)
        return [dict(zip(OWN_COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def list_categories(*, also_attributes: bool = False) -> list[Category]:
    """Return all categories by name, perhaps with their attributes (one statement more)."""
    rows = Category.objects.order_by("name")
    return list(rows.prefetch_related("attributes") if also_attributes else rows)


def list_attributes(category_id: UUID) -> list[CategoryAttribute]:
    """Return what products of a category say of themselves, in order (one statement)."""
    return list(CategoryAttribute.objects.filter(category_id=category_id).order_by("position", "id"))


SAID_SQL = """
select a.name, a.name_zh, a.kind, a.unit, a.choices, p.attributes ->> a.code
from goods_product p join goods_categoryattribute a on a.category_id = p.category_id
where p.id = %s and p.attributes ? a.code order by a.position, a.id
"""


def said_attributes(product_id: UUID) -> list[dict[str, Any]]:
    """Return what a product says of itself, in its category's order: name, name_zh, kind, unit, choices, value.

    For whoever may see the product, which the caller asked; one statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(SAID_SQL, (product_id,))
        rows = cursor.fetchall()
    names = ("name", "name_zh", "kind", "unit", "choices", "value")
    return [{**dict(zip(names, row, strict=True)), "choices": _object(row[4])} for row in rows]


def asked_of(category_id: UUID) -> list[Asked]:
    """Return the attributes of a category as its rules need them."""
    return [Asked(a.code, a.kind, a.required, a.choices) for a in list_attributes(category_id)]


def _object(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value  # Django hands jsonb out as text
