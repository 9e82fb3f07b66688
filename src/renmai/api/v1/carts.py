"""The cart: what a buyer means to buy, from any number of shops and suppliers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router
from pydantic import Field

from renmai.api.v1.contract import CartLineAnswer, CartLineBody, cart_line_answer, cart_line_intent
from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer
from renmai.kit.problems import Busy
from renmai.matching.shown.lane import note_cart
from renmai.trade.carts.lane import cart_lane
from renmai.trade.carts.queries import read_cart
from renmai.trade.carts.rules import BadCartQuantity, CartFull, NotForSale

router = Router(tags=["Cart and checkout"])


class CartLineNow(Answer):
    """A line as it stands now. `fault`: not_sold, sold_out, above_cap, below_floor, or null when it can be bought."""

    pick_id: UUID
    sku_id: UUID
    product_id: UUID
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    options: dict[str, str] = Field(examples=[{"Colour": "Celadon"}])
    quantity: int = Field(examples=[2])
    price_minor: int = Field(examples=[6000])
    total_minor: int = Field(examples=[12_000])
    multiple_bps: int = Field(examples=[24_000])
    left: int = Field(examples=[120])
    fault: str | None


class CartParcel(Answer):
    """The lines of one supplier in one shop, and its freight."""

    supplier_id: UUID
    supplier_name: str = Field(examples=["Kiln Street"])
    supplier_name_zh: str = Field(examples=["窑街"])
    freight_minor: int = Field(examples=[800])
    lines: list[CartLineNow]


class CartShop(Answer):
    """What will be one order."""

    shop_id: UUID
    handle: str = Field(examples=["lin"])
    name: str = Field(examples=["Lin"])
    name_zh: str = Field(examples=["林"])
    parcels: list[CartParcel]


class CartAnswer(Answer):
    """The cart now. Amounts count the lines that can be bought; `faults` is how many cannot."""

    shops: list[CartShop]
    goods_minor: int = Field(examples=[12_000])
    freight_minor: int = Field(examples=[800])
    total_minor: int = Field(examples=[12_800])
    currency: str = Field(examples=["CNY"])
    units: int = Field(examples=[2])
    faults: int = Field(examples=[0])


@operation(router, "GET", "/cart", audience="person", scope="buy", answer=CartAnswer)
def read_own_cart(request: Call) -> Any:
    """Show one's cart as it stands now."""
    return read_cart(request.actor)


@operation(
    router,
    "PUT",
    "/cart/lines",
    audience="person",
    scope="buy",
    answer=CartLineAnswer,
    key="own",
    problems=(BadCartQuantity, CartFull, NotForSale, Busy),
)
def set_cart_line(request: Call, body: CartLineBody) -> dict[str, Any]:
    """Hold so many of a variant in the cart; 0 takes it out."""
    outcome = cart_lane.submit(cart_line_intent(body, actor=request.actor, key=request.key, now=request.now))
    request.replayed = outcome.repeated
    if outcome.quantity and not outcome.repeated:
        note_cart(request.actor.person_id, body.pick_id, request.now)
    return cart_line_answer(body, outcome)
