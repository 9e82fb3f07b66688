"""Read what was changed of a product, and where its goods lie."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Sum

from renmai.goods.products.models import ProductChange, Sku, Stock, Warehouse, WarehouseStock
from renmai.goods.products.queries import LIMIT_MAX, access_own_product
from renmai.goods.products.rules import main_holds
from renmai.kit.access import Actor, Grant, require_any


def list_changes(actor: Actor, product_id: UUID, *, after: UUID | None = None, limit: int = 24) -> list[ProductChange]:
    """Return the changes of a product for its supplier or an operator, newest first. Errors: NotFound."""
    access_own_product(actor, product_id)
    rows = ProductChange.objects.filter(product_id=product_id).order_by("-id")
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows[: min(limit, LIMIT_MAX)])


def codes_of(product_id: UUID) -> dict[UUID, str]:
    """Return variant -> its code, of one product (one statement)."""
    return dict(Sku.objects.filter(product_id=product_id).values_list("id", "code"))


def list_warehouses(actor: Actor, supplier_id: UUID) -> list[dict[str, Any]]:
    """Return a supplier's open warehouses with how many pieces of how many variants they hold (one statement).

    The main one has no row. Errors: NotFound.
    """
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    rows = Warehouse.objects.filter(supplier_id=supplier_id, closed_at=None).order_by("name", "id")
    totals = rows.annotate(
        received=Sum("warehousestock__received", default=0), shipped=Sum("warehousestock__shipped", default=0)
    )
    return [
        {"id": row.id, "name": row.name, "region": row.region, "left": row.received - row.shipped,
         "created_at": row.created_at}
        for row in totals
    ]  # fmt: skip


def stock_by_warehouse(actor: Actor, product_id: UUID) -> dict[UUID, list[dict[str, Any]]]:
    """Return variant -> where its goods lie: {"warehouse_id", "name", "left"}, the main one (None, "") first.

    Two statements besides the check. Variants that only the main one holds are there too. Errors: NotFound.
    """
    access_own_product(actor, product_id)
    held: dict[UUID, list[WarehouseStock]] = {}
    rows = WarehouseStock.objects.filter(sku__product_id=product_id).select_related("warehouse")
    for row in rows.order_by("warehouse__name", "id"):
        held.setdefault(row.sku_id, []).append(row)
    stocks = Stock.objects.filter(sku__product_id=product_id)
    return {stock.sku_id: _places(stock, held.get(stock.sku_id, [])) for stock in stocks}


def _places(stock: Stock, rows: list[WarehouseStock]) -> list[dict[str, Any]]:
    main = main_holds(
        received=stock.received, sold=stock.sold, elsewhere=sum(row.received for row in rows),
        shipped_elsewhere=sum(row.shipped for row in rows),
    )  # fmt: skip
    places = [
        {"warehouse_id": row.warehouse_id, "name": row.warehouse.name, "left": row.received - row.shipped}
        for row in rows
        if row.received > row.shipped
    ]
    return [{"warehouse_id": None, "name": "", "left": main}, *places]
