"""Products by hand: texts, attributes, variants, volume prices, exclusions, pictures, and what was changed.

They stand in the router of `products`: two methods of one address must be in one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import File, Query, UploadedFile
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Lines, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.api.v1.products import OWN, ProductAnswer, product_json, router
from renmai.goods.products.actions import BadQuantity, BandRefused, TiersRefused, WrongProductState
from renmai.goods.products.history import list_changes
from renmai.goods.products.pictures import TooManyPictures, add_picture
from renmai.goods.products.prices import set_supply_tiers
from renmai.goods.products.queries import access_own_product, list_pictures
from renmai.goods.products.texts import (
    HandleTaken,
    NewProduct,
    SupplierClosed,
    change_product,
    create_product,
    set_exclusions,
)
from renmai.goods.products.variants import (
    LastVariant,
    NewVariant,
    TooManyVariants,
    VariantTaken,
    add_variant,
    change_variant,
    end_variant,
    resume_variant,
)
from renmai.kit.access import require_role
from renmai.kit.media.actions import store_picture
from renmai.kit.media.rules import MediaTooLarge, NotAPicture, TooManyPixels
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound

Title = Annotated[Lines, Field(max_length=255)]
Text = Annotated[str, Field(max_length=20_000)]
Options = Annotated[dict[Word, Word], Field(max_length=3, examples=[{"Colour": "Celadon"}])]
Attributes = Annotated[dict[Word, Word], Field(max_length=30, examples=[{"material": "Stoneware"}])]
Count = Annotated[int, Field(strict=True, ge=0, le=10**9)]
Hours = Annotated[int, Field(strict=True, ge=1, le=1440)]


class VariantBody(Body):
    """A variant with its price band; `stock` is counted in at the main warehouse."""

    code: Word = Field(examples=["CUP-CEL"])
    options: Options = Field(default_factory=dict)
    options_zh: Options = Field(default_factory=dict)
    supply_minor: Amount
    floor_minor: Amount
    price_minor: Amount
    stock: Count = 0
    barcode: Word = Field(default="", examples=["6901234567892"])
    grams: Count | None = Field(default=None, examples=[320])
    low_at: Count | None = Field(default=None, description="The supplier is told when so many are left.")

    def new(self) -> NewVariant:
        """Return it as the actions take it."""
        return NewVariant(**{name: getattr(self, name) for name in type(self).model_fields})


class NewProductBody(Body):
    """A product made by hand: a draft until it is handed in."""

    supplier_id: UUID
    category_id: UUID
    title: Title = Field(examples=["Celadon teacup"])
    title_zh: Title = Field(default="", examples=["青瓷茶杯"])
    body: Text = ""
    body_zh: Text = ""
    handle: Word = Field(default="", examples=["celadon-teacup"])
    attributes: Attributes = Field(default_factory=dict)
    variants: list[VariantBody] = Field(default_factory=list, max_length=100)


class TextsBody(Body):
    """What is sent is changed; `hand_over_hours` null is the supplier's own."""

    title: Title | None = None
    title_zh: Title | None = None
    body: Text | None = None
    body_zh: Text | None = None
    category_id: UUID | None = None
    attributes: Attributes | None = Field(default=None, examples=[{"material": "Stoneware"}])
    hand_over_hours: Hours | None = Field(default=None, examples=[24])


class ExclusionsBody(Body):
    """Where it is not sold, and where it is not sent."""

    channels: list[Literal["shop", "live", "app", "store"]] = Field(max_length=4, examples=[["live"]])
    regions: list[Word] = Field(max_length=60, examples=[["Tibet", "US"]])


class FactsBody(Body):
    """What is sent is changed."""

    options: Options | None = Field(default=None, examples=[{"Colour": "Celadon"}])
    options_zh: Options | None = Field(default=None, examples=[{"颜色": "青瓷"}])
    barcode: Word | None = None
    grams: Count | None = Field(default=None, examples=[320])
    low_at: Count | None = Field(default=None, examples=[10])


class TierBody(Body):
    """From so many of one line on, one costs so much."""

    from_quantity: Annotated[int, Field(strict=True, ge=2, le=1_000_000)] = Field(examples=[10])
    supply_minor: Amount


class TiersBody(Body):
    """All supply prices by quantity; none takes them away."""

    tiers: list[TierBody] = Field(max_length=5)


class ChangeAnswer(Answer):
    """One change: what, from what to what, by whom, when, through what."""

    id: UUID
    sku_id: UUID | None
    kind: str = Field(examples=["price"])
    field: str = Field(examples=["price_minor"])
    before: Any = Field(examples=[5000])
    after: Any = Field(examples=[5200])
    via: str = Field(examples=["api"])
    by_id: UUID | None
    at: datetime


class ChangePage(Answer):
    """Changes, newest first."""

    items: list[ChangeAnswer]
    next: str | None


class PictureAnswer(Answer):
    """A picture; its sizes are at /media/{media_id}/320, /800 and /1600."""

    id: UUID
    media_id: UUID
    alt: str = Field(examples=["The cup from above"])


class PictureList(Answer):
    """A product's pictures, the cover first."""

    items: list[PictureAnswer]


def _who(request: Call) -> dict[str, Any]:
    return {"actor": request.actor, "now": request.now, "via": "api"}


@operation(
    router, "POST", "/products", audience=OWN, answer=ProductAnswer, status=201, key="once",
    problems=(NotFound, SupplierClosed, HandleTaken, BandRefused, BadQuantity, VariantTaken, TooManyVariants),
)  # fmt: skip
def make_product(request: Call, body: NewProductBody) -> dict[str, Any]:
    """Make a product by hand, a draft; pictures and handing in follow."""
    plain = {name: getattr(body, name) for name in type(body).model_fields if name not in {"supplier_id", "variants"}}
    new = NewProduct(**plain, variants=[variant.new() for variant in body.variants])
    return product_json(create_product(**_who(request), supplier_id=body.supplier_id, new=new))


@operation(
    router, "PATCH", "/products/{uuid:product_id}/texts", audience=OWN, answer=ProductAnswer, key="once",
    problems=(NotFound, WrongProductState),
)  # fmt: skip
def change_product_texts(request: Call, product_id: UUID, body: TextsBody) -> dict[str, Any]:
    """Change texts, attributes, hand-over time; the category while it is a draft or rejected."""
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    kept = {name: value for name, value in sent.items() if value is not None or name == "hand_over_hours"}
    return product_json(change_product(**_who(request), product_id=product_id, **kept))


@operation(
    router, "PATCH", "/products/{uuid:product_id}/exclusions", audience=OWN, answer=ProductAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def set_product_exclusions(request: Call, product_id: UUID, body: ExclusionsBody) -> dict[str, Any]:
    """Say where a product is not sold and not sent."""
    return product_json(
        set_exclusions(**_who(request), product_id=product_id, channels=body.channels, regions=body.regions)
    )


@operation(
    router, "POST", "/products/{uuid:product_id}/variants", audience=OWN, answer=ProductAnswer, status=201, key="once",
    problems=(NotFound, BandRefused, BadQuantity, VariantTaken, TooManyVariants),
)  # fmt: skip
def add_product_variant(request: Call, product_id: UUID, body: VariantBody) -> dict[str, Any]:
    """Add a variant; far above what screening saw, the product waits for screening again."""
    return product_json(add_variant(**_who(request), product_id=product_id, new=body.new()).product)


@operation(
    router, "PATCH", "/skus/{uuid:sku_id}/facts", audience=OWN, answer=ProductAnswer, key="once", problems=(NotFound,)
)
def change_sku_facts(request: Call, sku_id: UUID, body: FactsBody) -> dict[str, Any]:
    """Change options, barcode, weight and threshold of a variant."""
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    kept = {name: value for name, value in sent.items() if value is not None or name in {"grams", "low_at"}}
    return product_json(change_variant(**_who(request), sku_id=sku_id, **kept).product)


@operation(
    router, "PATCH", "/skus/{uuid:sku_id}/supply-tiers", audience=OWN, answer=ProductAnswer, key="once",
    problems=(NotFound, TiersRefused),
)  # fmt: skip
def set_sku_tiers(request: Call, sku_id: UUID, body: TiersBody) -> dict[str, Any]:
    """Set supply prices by quantity, for orders placed from now on."""
    tiers = [(tier.from_quantity, tier.supply_minor) for tier in body.tiers]
    return product_json(set_supply_tiers(**_who(request), sku_id=sku_id, tiers=tiers).product)


@operation(
    router, "POST", "/skus/{uuid:sku_id}/end", audience=OWN, answer=ProductAnswer, key="once",
    problems=(NotFound, LastVariant),
)  # fmt: skip
def end_sku(request: Call, sku_id: UUID) -> dict[str, Any]:
    """Take a variant off sale; orders that were placed go on."""
    return product_json(end_variant(**_who(request), sku_id=sku_id).product)


@operation(
    router, "POST", "/skus/{uuid:sku_id}/resumption", audience=OWN, answer=ProductAnswer, key="once",
    problems=(NotFound, BandRefused),
)  # fmt: skip
def resume_sku(request: Call, sku_id: UUID) -> dict[str, Any]:
    """Put an ended variant on sale again."""
    return product_json(resume_variant(**_who(request), sku_id=sku_id).product)


@operation(
    router, "POST", "/products/{uuid:product_id}/pictures", audience="supplier", answer=PictureList, status=201,
    key="once", problems=(NotFound, TooManyPictures, MediaTooLarge, NotAPicture, TooManyPixels),
)  # fmt: skip
def upload_product_picture(request: Call, product_id: UUID, file: File[UploadedFile]) -> dict[str, Any]:
    """Put a picture behind the others; the first is the cover."""
    require_role(request.actor, "supplier", access_own_product(request.actor, product_id).supplier_id)
    media = store_picture(data=file.read(), name=file.name or "", actor=request.actor, now=request.now)
    add_picture(**_who(request), product_id=product_id, media_id=media.id)
    return {"items": [shown(PictureAnswer, row) for row in list_pictures(product_id)]}


@operation(
    router,
    "GET",
    "/products/{uuid:product_id}/changes",
    audience=OWN,
    answer=ChangePage,
    problems=(NotFound, BadCursor),
)
def list_product_changes(request: Call, product_id: UUID, query: Query[PageQuery]) -> dict[str, Any]:
    """List what was changed of a product, newest first."""
    rows = list_changes(request.actor, product_id, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(ChangeAnswer, row))
