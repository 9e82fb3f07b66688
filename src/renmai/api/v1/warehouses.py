"""Where goods lie and what kinds there are: warehouses of suppliers, categories with their attributes."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Word
from renmai.api.v1.products import OWN, StockAnswer
from renmai.api.v1.suppliers import SupplierAnswer
from renmai.goods.products.actions import BadQuantity
from renmai.goods.products.categories import CategoryTaken, edit_category, make_category, put_attribute
from renmai.goods.products.history import list_warehouses
from renmai.goods.products.models import Category, Stock
from renmai.goods.products.queries import list_categories
from renmai.goods.products.warehouse_lane import NotThere
from renmai.goods.products.warehouses import (
    TooManyWarehouses,
    WarehouseNotEmpty,
    WarehouseTaken,
    close_warehouse,
    make_warehouse,
    move_goods,
    rename_warehouse,
)
from renmai.goods.suppliers.drop_ship import set_drop_ship_terms
from renmai.kit.problems import NotFound

router = Router(tags=["Products"])


class WarehouseAnswer(Answer):
    """A warehouse besides the main one."""

    id: UUID
    name: str = Field(examples=["Shanghai"])
    region: str = Field(examples=["Shanghai"])


class ListedWarehouse(WarehouseAnswer):
    """A warehouse with how many pieces lie there."""

    left: int = Field(examples=[240])


class WarehouseList(Answer):
    """A supplier's open warehouses by name; what none of them holds lies at the main one."""

    items: list[ListedWarehouse]


class WarehouseQuery(BaseModel):
    """Whose."""

    model_config = ConfigDict(extra="forbid")
    supplier_id: UUID


class WarehouseBody(Body):
    """Its name and region."""

    name: Word = Field(examples=["Shanghai"])
    region: Word = ""


class NewWarehouseBody(WarehouseBody):
    """A warehouse and whose it is."""

    supplier_id: UUID


class StockMoveBody(Body):
    """Goods that move; null is the main warehouse."""

    quantity: Annotated[int, Field(strict=True, ge=1, le=10**9)] = Field(examples=[20])
    from_id: UUID | None = None
    to_id: UUID | None = None


class AttributeAnswer(Answer):
    """What products say of themselves. `choices` is (value, name, name in Chinese)."""

    code: str = Field(examples=["material"])
    name: str = Field(examples=["Material"])
    name_zh: str = Field(examples=["材质"])
    kind: str = Field(examples=["text"])
    unit: str = Field(examples=["g"])
    choices: list[list[str]]
    required: bool


class CategoryAnswer(Answer):
    """A category with what holds for it."""

    id: UUID
    slug: str = Field(examples=["tea"])
    name: str = Field(examples=["Tea"])
    name_zh: str = Field(examples=["茶"])
    cap_multiple_bps: int = Field(examples=[30_000])
    withdrawal_days: int = Field(examples=[7])
    deposit_minor: int = Field(examples=[100_000])
    attributes: list[AttributeAnswer]


class CategoryList(Answer):
    """All categories by name."""

    items: list[CategoryAnswer]


class CategoryChangeBody(Body):
    """What is sent is changed."""

    name: Word | None = None
    name_zh: Word | None = None
    cap_multiple_bps: Annotated[int, Field(strict=True, ge=10_000, le=1_000_000)] | None = Field(
        default=None, examples=[30_000]
    )
    withdrawal_days: Annotated[int, Field(strict=True, ge=0, le=365)] | None = Field(default=None, examples=[7])
    deposit_minor: Amount | None = Field(default=None, examples=[100_000])


class NewCategoryBody(Body):
    """A category."""

    slug: Word = Field(examples=["tea"])
    name: Word = Field(examples=["Tea"])
    name_zh: Word = Field(examples=["茶"])
    cap_multiple_bps: Annotated[int, Field(strict=True, ge=10_000, le=1_000_000, examples=[30_000])] = 30_000
    withdrawal_days: Annotated[int, Field(strict=True, ge=0, le=365)] = 7
    deposit_minor: Amount = 0


class AttributeBody(Body):
    """An attribute, whole; the same code again changes it."""

    code: Word = Field(examples=["material"])
    name: Word = Field(examples=["Material"])
    name_zh: Word = Field(examples=["材质"])
    kind: Literal["text", "number", "choice"] = "text"
    unit: Word = ""
    choices: list[Annotated[list[Word], Field(min_length=3, max_length=3)]] = Field(
        default_factory=list, max_length=50, examples=[[["green", "Green", "绿茶"]]]
    )
    required: bool = False
    position: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0


class SendingBody(Body):
    """How a supplier sends, whole. An empty address is none; its fields are those of an address."""

    hand_over_hours: Annotated[int, Field(strict=True, ge=1, le=1440)] = Field(examples=[48])
    carriers: list[Word] = Field(default_factory=list, max_length=20, examples=[["SF Express"]])
    return_address: dict[Word, Word] = Field(
        default_factory=dict, max_length=7, examples=[{"recipient": "Lantern Hill", "phone": "0571 8700 1234"}]
    )


@operation(router, "GET", "/warehouses", audience=OWN, answer=WarehouseList, problems=(NotFound,))
def list_own_warehouses(request: Call, query: Query[WarehouseQuery]) -> dict[str, Any]:
    """List a supplier's warehouses with what they hold."""
    rows = list_warehouses(request.actor, query.supplier_id)
    return {"items": [shown(ListedWarehouse, row) for row in rows]}


@operation(
    router, "POST", "/warehouses", audience=OWN, answer=WarehouseAnswer, status=201, key="once",
    problems=(NotFound, WarehouseTaken, TooManyWarehouses),
)  # fmt: skip
def open_warehouse(request: Call, body: NewWarehouseBody) -> dict[str, Any]:
    """Open a warehouse."""
    return shown(WarehouseAnswer, make_warehouse(actor=request.actor, now=request.now, **body.model_dump()))


@operation(
    router, "PATCH", "/warehouses/{uuid:warehouse_id}", audience=OWN, answer=WarehouseAnswer, key="once",
    problems=(NotFound, WarehouseTaken),
)  # fmt: skip
def change_warehouse(request: Call, warehouse_id: UUID, body: WarehouseBody) -> dict[str, Any]:
    """Change its name and region."""
    place = rename_warehouse(actor=request.actor, now=request.now, warehouse_id=warehouse_id, **body.model_dump())
    return shown(WarehouseAnswer, place)


@operation(
    router, "POST", "/warehouses/{uuid:warehouse_id}/closure", audience=OWN, answer=WarehouseAnswer, key="once",
    problems=(NotFound, WarehouseNotEmpty),
)  # fmt: skip
def close_own_warehouse(request: Call, warehouse_id: UUID) -> dict[str, Any]:
    """Close an empty warehouse."""
    return shown(WarehouseAnswer, close_warehouse(actor=request.actor, now=request.now, warehouse_id=warehouse_id))


@operation(
    router, "POST", "/skus/{uuid:sku_id}/moves", audience=OWN, answer=StockAnswer, status=201, key="once",
    problems=(NotFound, BadQuantity, NotThere),
)  # fmt: skip
def move_sku(request: Call, sku_id: UUID, body: StockMoveBody) -> dict[str, Any]:
    """Move goods between warehouses; how many there are stays as it is."""
    move_goods(actor=request.actor, now=request.now, sku_id=sku_id, via="api", **body.model_dump())
    return shown(StockAnswer, Stock.objects.get(sku_id=sku_id))


@operation(router, "GET", "/categories", audience="public", answer=CategoryList)
def list_all_categories(request: Call) -> dict[str, Any]:
    """List the categories with their attributes."""
    return {"items": [_category(row) for row in list_categories(also_attributes=True)]}


@operation(
    router, "POST", "/categories", audience="operator", answer=CategoryAnswer, status=201, key="once",
    problems=(CategoryTaken,),
)  # fmt: skip
def make_new_category(request: Call, body: NewCategoryBody) -> dict[str, Any]:
    """Make a category."""
    return _category(make_category(actor=request.actor, now=request.now, **body.model_dump()))


@operation(
    router, "PATCH", "/categories/{uuid:category_id}", audience="operator", answer=CategoryAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def change_category_rules(request: Call, category_id: UUID, body: CategoryChangeBody) -> dict[str, Any]:
    """Change what holds for a category; orders placed keep theirs."""
    sent = {name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None}
    return _category(edit_category(actor=request.actor, now=request.now, category_id=category_id, **sent))


@operation(
    router, "POST", "/categories/{uuid:category_id}/attributes", audience="operator", answer=CategoryAnswer, status=201,
    key="once", problems=(NotFound,),
)  # fmt: skip
def put_category_attribute(request: Call, category_id: UUID, body: AttributeBody) -> dict[str, Any]:
    """Make or change an attribute of a category."""
    one = put_attribute(actor=request.actor, now=request.now, category_id=category_id, **body.model_dump())
    return _category(one.category)


@operation(
    router, "PATCH", "/suppliers/{uuid:supplier_id}/sending", audience=OWN, answer=SupplierAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def set_sending(request: Call, supplier_id: UUID, body: SendingBody) -> dict[str, Any]:
    """Set hand-over time, carriers and where returns are sent."""
    return shown(
        SupplierAnswer,
        set_drop_ship_terms(actor=request.actor, now=request.now, supplier_id=supplier_id, **body.model_dump()),
    )


def _category(row: Category) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in CategoryAnswer.model_fields if name != "attributes"}
    asked = sorted(row.attributes.all(), key=lambda one: (one.position, one.id))
    return {**plain, "attributes": [shown(AttributeAnswer, one) for one in asked]}
