"""Picks: a product of the pool, on the creator's terms, with the creator's word for it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Lines
from renmai.kit.problems import NotFound
from renmai.places.shops.actions import (
    NotForYou,
    NotInPool,
    PickedAlready,
    PickRefused,
    TermNotOffered,
    change_pick,
    pick_product,
    remove_pick,
)
from renmai.places.shops.queries import access_content_shop, access_pick_page, quote_pick

router = Router(tags=["Picks"])
TermName = Literal["margin", "commission"]


class PriceBody(Body):
    """The creator's price of a variant (margin terms only)."""

    sku_id: UUID
    price_minor: Amount


class QuoteBody(Body):
    """A pick that is thought of."""

    shop_id: UUID
    product_id: UUID
    term: TermName = "margin"
    prices: Annotated[list[PriceBody], Field(max_length=200)] = Field(default=[])


class PickBody(QuoteBody):
    """A new pick, with the creator's word for it."""

    word: Lines = Field(examples=["The cup I reach for."])
    word_zh: Lines = Field("", examples=["我最常用的杯子。"])


class PickChangeBody(Body):
    """What is to change; what is left out stays."""

    term: TermName | None = None
    word: Lines | None = Field(None, examples=["The cup I reach for."])
    word_zh: Lines | None = None
    prices: Annotated[list[PriceBody], Field(max_length=200)] | None = None
    position: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] | None = None


class QuoteLine(Answer):
    """What one sale of a variant costs and earns. `fault`: why the price may not stand, else null."""

    sku_id: UUID
    price_minor: int = Field(examples=[6000])
    earns_minor: int = Field(examples=[3200])
    multiple_bps: int = Field(examples=[24_000])
    supply_minor: int = Field(examples=[2500])
    suggested_minor: int = Field(examples=[5000])
    least_minor: int = Field(examples=[3000])
    most_minor: int = Field(examples=[7500])
    fault: str | None
    left: int = Field(examples=[120])


class QuoteAnswer(Answer):
    """What a pick would mean, variant by variant."""

    product_id: UUID
    term: str = Field(examples=["margin"])
    offered: bool
    fee_bps: int = Field(examples=[500])
    commission_bps: int | None = Field(examples=[2000])
    quotes: list[QuoteLine]


class PickAnswer(Answer):
    """A pick in a shop of one's own."""

    id: UUID
    shop_id: UUID
    product_id: UUID
    term: str = Field(examples=["margin"])
    commission_bps: int | None
    word: str = Field(examples=["The cup I reach for."])
    word_zh: str
    position: int = Field(examples=[0])
    removed_why: str


class SoldVariant(Answer):
    """A variant of a pick, as it is sold in that shop."""

    id: UUID
    options: dict[str, str] = Field(examples=[{"Colour": "Celadon"}])
    options_zh: dict[str, str] = Field(examples=[{"颜色": "青"}])
    price_minor: int = Field(examples=[6000])
    multiple_bps: int = Field(examples=[24_000])
    currency: str = Field(examples=["CNY"])
    left: int = Field(examples=[120])


class PickPageAnswer(Answer):
    """A pick for everyone: the person, the word, the product, its variants."""

    id: UUID
    shop_id: UUID
    product_id: UUID
    word: str = Field(examples=["The cup I reach for."])
    word_zh: str
    shop_handle: str = Field(examples=["lin"])
    shop_name: str = Field(examples=["Lin"])
    shop_name_zh: str = Field(examples=["林"])
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    body: str
    body_zh: str
    cover_id: UUID | None
    category: str = Field(examples=["home"])
    withdrawal_days: int = Field(examples=[7])
    cap_multiple_bps: int = Field(examples=[30_000])
    supplier_id: UUID
    supplier_name: str = Field(examples=["Kiln Street"])
    supplier_name_zh: str = Field(examples=["窑街"])
    freight_minor: int = Field(examples=[800])
    hand_over_hours: int = Field(examples=[48])
    skus: list[SoldVariant]


WRONG = (NotFound, NotInPool, NotForYou, TermNotOffered, PickRefused, PickedAlready)


@operation(router, "GET", "/picks/{uuid:pick_id}", audience="public", answer=PickPageAnswer, problems=(NotFound,))
def read_pick(request: Call, pick_id: UUID) -> dict[str, Any]:
    """Show a pick that is for sale."""
    return access_pick_page(pick_id)


@operation(
    router,
    "POST",
    "/picks/quote",
    audience=("creator", "creator:content"),
    answer=QuoteAnswer,
    key="reads",
    problems=(NotFound,),
)
def quote_new_pick(request: Call, body: QuoteBody) -> dict[str, Any]:
    """Show what each sale would earn, before picking. Writes nothing, needs no key."""
    access_content_shop(request.actor, body.shop_id)
    offer = quote_pick(
        request.actor, body.product_id, body.term, _prices(body.prices), now=request.now, shop_id=body.shop_id
    )
    return shown(QuoteAnswer, offer)


@operation(
    router,
    "POST",
    "/picks",
    audience=("creator", "creator:content"),
    answer=PickAnswer,
    status=201,
    key="once",
    problems=WRONG,
)
def pick_from_pool(request: Call, body: PickBody) -> dict[str, Any]:
    """Put a product of the pool into a shop of one's own."""
    given = body.model_dump(exclude={"prices"})
    prices = _prices(body.prices)
    return shown(PickAnswer, pick_product(actor=request.actor, now=request.now, prices=prices, **given))


@operation(
    router,
    "PATCH",
    "/picks/{uuid:pick_id}",
    audience=("creator", "creator:content"),
    answer=PickAnswer,
    key="once",
    problems=WRONG,
)
def change_own_pick(request: Call, pick_id: UUID, body: PickChangeBody) -> dict[str, Any]:
    """Change word, terms, prices or place of a pick."""
    given = body.model_dump(exclude={"prices"})
    prices = None if body.prices is None else _prices(body.prices)
    pick = change_pick(actor=request.actor, now=request.now, pick_id=pick_id, prices=prices, **given)
    return shown(PickAnswer, pick)


@operation(
    router,
    "DELETE",
    "/picks/{uuid:pick_id}",
    audience=("creator", "creator:content"),
    answer=PickAnswer,
    key="once",
    problems=(NotFound,),
)
def remove_own_pick(request: Call, pick_id: UUID) -> dict[str, Any]:
    """Take a pick out of its shop; orders placed stay."""
    return shown(PickAnswer, remove_pick(actor=request.actor, now=request.now, pick_id=pick_id))


def _prices(given: list[PriceBody]) -> dict[UUID, int]:
    return {price.sku_id: price.price_minor for price in given}
