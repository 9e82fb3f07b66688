"""A supplier's goods: files brought in, screening, terms, prices, stock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.goods.products.actions import (
    AttributesMissing,
    BadQuantity,
    BandRefused,
    CommissionRefused,
    NothingToSell,
    ServiceRefused,
    StockTooLow,
    TiersRefused,
    WrongProductState,
    change_stock,
    set_prices,
    set_sale_terms,
    submit_product,
)
from renmai.goods.products.queries import list_own_products, list_skus, read_product_page
from renmai.goods.products.warehouse_lane import NotThere
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound

router = Router(tags=["Products"])
State = Literal["draft", "screening", "approved", "rejected", "recalled"]


class ProductQuery(PageQuery):
    """A supplier's products, perhaps of one state."""

    supplier_id: UUID
    state: State | None = None
    q: Word = Field(default="", description="In titles, handles, codes and barcodes.")
    category: Word | None = Field(default=None, examples=["tea"])
    low: bool = Field(default=False, description="Only with a variant at or below its threshold.")


class ListedProduct(Answer):
    """A product in its supplier's list."""

    id: UUID
    handle: str = Field(examples=["celadon-teacup"])
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    state: str = Field(examples=["screening"])
    category: str = Field(examples=["home"])
    commission_bps: int | None = Field(examples=[2000])
    margin_allowed: bool
    supplier_id: UUID
    supply_price_from_minor: int | None = Field(examples=[2500])
    price_from_minor: int | None = Field(examples=[5000])
    multiple_bps: int | None = Field(examples=[20_000])
    currency: str | None = Field(examples=["CNY"])
    sku_count: int = Field(examples=[2])
    left: int = Field(examples=[120])
    created_at: datetime
    approved_at: datetime | None


class ProductPage(Answer):
    """A supplier's products, newest first."""

    items: list[ListedProduct]
    next: str | None


class SkuAnswer(Answer):
    """A variant with its price band: supply price <= floor <= price <= cap x supply price."""

    id: UUID
    code: str = Field(examples=["CUP-CEL"])
    options: dict[str, str] = Field(examples=[{"Colour": "Celadon"}])
    supply_price_minor: int = Field(examples=[2500])
    floor_price_minor: int = Field(examples=[3000])
    price_minor: int = Field(examples=[5000])
    highest_price_minor: int = Field(examples=[7500])
    multiple_bps: int = Field(examples=[20_000])
    currency: str = Field(examples=["CNY"])
    active: bool
    left: int = Field(examples=[120])
    barcode: str = Field(examples=["6901234567892"])
    grams: int | None = Field(examples=[320])
    low_at: int | None = Field(examples=[10])
    supply_tiers: list[list[int]] = Field(
        examples=[[[10, 2400], [50, 2200]]], description="From so many of one line on, one costs so much."
    )


class ProductAnswer(Answer):
    """A product with its variants."""

    id: UUID
    handle: str = Field(examples=["celadon-teacup"])
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    body: str
    body_zh: str
    state: str = Field(examples=["screening"])
    commission_bps: int | None = Field(examples=[2000])
    service_bps: int = Field(examples=[500], description="To the agency under whose contract a shop sells it.")
    margin_allowed: bool
    supplier_id: UUID
    category_id: UUID
    brand_id: UUID | None
    attributes: dict[str, str] = Field(examples=[{"material": "Stoneware"}])
    hand_over_hours: int | None = Field(examples=[24], description="Null: the supplier's own.")
    excluded_channels: list[str] = Field(examples=[["live"]])
    excluded_regions: list[str] = Field(examples=[["Tibet"]])
    created_at: datetime
    approved_at: datetime | None
    skus: list[SkuAnswer]


class SaleTermsBody(Body):
    """On which terms creators may pick the product; picks made before keep their rate."""

    commission_bps: Annotated[int, Field(strict=True, ge=1, le=9000)] | None = Field(examples=[2000])
    margin_allowed: bool = True
    service_bps: Annotated[int, Field(strict=True, ge=0, le=4000)] | None = Field(
        default=None, examples=[500], description="Null leaves it as it is."
    )


class PricesBody(Body):
    """A variant's price band, whole."""

    supply_minor: Amount
    floor_minor: Amount
    price_minor: Amount


class StockBody(Body):
    """Goods counted in, or out (below zero)."""

    quantity_delta: Annotated[int, Field(strict=True, ge=-(10**9), le=10**9, examples=[50])]
    reason: Word = Field(examples=["New batch"])
    warehouse_id: UUID | None = Field(default=None, description="Null is the main one.")
    batch: Annotated[str, Field(max_length=60)] = Field(default="", examples=["2026-03-A"])


class StockAnswer(Answer):
    """What there is of a variant: received - sold - held can still be promised."""

    sku_id: UUID
    received: int = Field(examples=[150])
    sold: int = Field(examples=[20])
    held: int = Field(examples=[10])


OWN = ("supplier", "operator")


@operation(router, "GET", "/products", audience=OWN, answer=ProductPage, problems=(NotFound, BadCursor))
def list_products(request: Call, query: Query[ProductQuery]) -> dict[str, Any]:
    """List a supplier's products."""
    rows = list_own_products(
        request.actor,
        query.supplier_id,
        state=query.state,
        after=id_after(query.after),
        limit=wide(query.limit),
        words=query.q,
        category=query.category,
        low=query.low,
    )
    return page_json(rows, query.limit, lambda row: (row["id"],))


@operation(
    router,
    "GET",
    "/products/{uuid:product_id}",
    audience=("creator", "supplier", "operator"),
    answer=ProductAnswer,
    problems=(NotFound,),
)
def readproduct_json(request: Call, product_id: UUID) -> dict[str, Any]:
    """Show a product with its variants: one of the pool, or of one's own."""
    page = read_product_page(request.actor, product_id)
    return product_json(page["product"], page["skus"])


@operation(
    router,
    "POST",
    "/products/{uuid:product_id}/submission",
    audience=OWN,
    answer=ProductAnswer,
    key="once",
    problems=(NotFound, WrongProductState, NothingToSell, AttributesMissing),
)
def submit_for_screening(request: Call, product_id: UUID) -> dict[str, Any]:
    """Hand a draft or rejected product in for screening."""
    return product_json(submit_product(actor=request.actor, now=request.now, product_id=product_id))


@operation(
    router,
    "PATCH",
    "/products/{uuid:product_id}",
    audience=OWN,
    answer=ProductAnswer,
    key="once",
    problems=(NotFound, CommissionRefused, ServiceRefused),
)
def set_product_terms(request: Call, product_id: UUID, body: SaleTermsBody) -> dict[str, Any]:
    """Set on which terms creators may pick the product."""
    return product_json(
        set_sale_terms(
            actor=request.actor,
            now=request.now,
            product_id=product_id,
            commission_bps=body.commission_bps,
            margin_allowed=body.margin_allowed,
            service_bps=body.service_bps,
            via="api",
        )
    )


@operation(
    router,
    "PATCH",
    "/skus/{uuid:sku_id}",
    audience=OWN,
    answer=ProductAnswer,
    key="once",
    problems=(NotFound, BandRefused, TiersRefused),
)
def set_sku_prices(request: Call, sku_id: UUID, body: PricesBody) -> dict[str, Any]:
    """Set a variant's price band; orders placed before keep theirs."""
    sku = set_prices(
        actor=request.actor,
        now=request.now,
        sku_id=sku_id,
        supply_minor=body.supply_minor,
        price_minor=body.price_minor,
        floor_minor=body.floor_minor,
        via="api",
    )
    return product_json(sku.product)


@operation(
    router,
    "POST",
    "/skus/{uuid:sku_id}/stock-changes",
    audience=OWN,
    answer=StockAnswer,
    status=201,
    key="once",
    problems=(NotFound, BadQuantity, StockTooLow, NotThere),
)
def change_sku_stock(request: Call, sku_id: UUID, body: StockBody) -> dict[str, Any]:
    """Count goods in or out."""
    stock = change_stock(
        actor=request.actor,
        now=request.now,
        sku_id=sku_id,
        quantity_delta=body.quantity_delta,
        reason=body.reason,
        warehouse_id=body.warehouse_id,
        batch=body.batch,
        via="api",
    )
    return shown(StockAnswer, stock)


def product_json(product: Any, skus: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return a product with its variants as the API shows it."""
    rows = list_skus(product.id, also_inactive=True) if skus is None else skus
    names = [name for name in ProductAnswer.model_fields if name != "skus"]
    return {
        **{name: getattr(product, name) for name in names},
        "skus": [shown(SkuAnswer, row) for row in rows],
    }
