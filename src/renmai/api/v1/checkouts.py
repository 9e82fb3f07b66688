"""Checkouts: one act of buying, one payment, one order a shop."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Router
from pydantic import Field

from renmai.api.v1.contract import (
    CheckoutAnswer,
    CheckoutBody,
    PaymentAnswer,
    PlacedOrder,
    checkout_input,
    checkout_intent,
    payment_intent,
)
from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer
from renmai.kit.problems import Busy, NotFound
from renmai.money.gateways.rules import MethodNotOffered
from renmai.trade.captures.actions import cancel_checkout
from renmai.trade.captures.lane import pay_lane
from renmai.trade.captures.rules import CheckoutOver
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.queries import access_checkout, quote_checkout
from renmai.trade.checkout.rules import BadBasket, CheckoutRefused, CouponsRefused, NoAddress
from renmai.trade.orders.rules import NotNow

router = Router(tags=["Cart and checkout"])


class PaymentNow(Answer):
    """A payment of a checkout, as it stands."""

    id: UUID
    gateway: str = Field(examples=["sandbox"])
    method: str = Field(examples=["card"])
    state: str = Field(examples=["captured"])
    amount_minor: int = Field(examples=[15_800])
    captured_minor: int = Field(examples=[15_800])
    returned_minor: int = Field(examples=[0])
    currency: str = Field(examples=["CNY"])
    pay_url: str


class OrderNow(PlacedOrder):
    """An order of a checkout, as it stands."""

    state: str = Field(examples=["paid"])


class CheckoutNow(Answer):
    """A checkout as it stands, with its orders and payments."""

    id: UUID
    state: str = Field(examples=["paid"])
    method: str = Field(examples=["card"])
    total_minor: int = Field(examples=[15_800])
    received_minor: int = Field(examples=[15_800])
    currency: str = Field(examples=["CNY"])
    expires_at: datetime | None
    orders: list[OrderNow]
    payments: list[PaymentNow]


@operation(
    router,
    "POST",
    "/checkouts",
    audience="person",
    scope="buy",
    answer=CheckoutAnswer,
    status=201,
    key="own",
    problems=(CheckoutRefused, CouponsRefused, NoAddress, BadBasket, Busy),
)
def place_checkout(request: Call, body: CheckoutBody) -> dict[str, Any]:
    """Place one order a shop for all lines, or none.

    Stock is held until `expires_at`. A refusal (`checkout.refused`) names in `lines` each line that cannot be had and
    why: sold_out, price_changed, not_sold, above_cap, below_floor, below_cost, region_excluded (it is not sent to `where`),
    channel_excluded (it is not sold in `channel`), drop_not_yet, drop_over, drop_limit, drop_alone. Another (`checkout.coupons`) names in `coupons` each coupon that cannot be used and why: unknown, not_yet,
    over, used_up, used_by_you, below_threshold, nothing_applies, not_together, below_cost.
    """
    receipt = checkout_lane.submit(checkout_intent(body, actor=request.actor, key=request.key, now=request.now))
    request.replayed = receipt.repeated
    return receipt.as_json()


class QuotedOrder(Answer):
    """What one shop's order would come to."""

    shop_id: UUID
    goods_minor: int = Field(examples=[12_000])
    discount_minor: int = Field(examples=[500])
    freight_minor: int = Field(examples=[800])
    total_minor: int = Field(examples=[12_300])


class QuotedCoupon(Answer):
    """What a coupon would give, or why it gives nothing (`missing_minor`: how far the threshold is)."""

    code: str = Field(examples=["SPRING-10"])
    amount_minor: int = Field(examples=[500])
    why: str | None
    missing_minor: int = Field(examples=[0])


class QuotedFault(Answer):
    """Why a line (from 0) cannot be had as asked, as in `checkout.refused`."""

    line: int = Field(examples=[0])
    pick_id: UUID
    sku_id: UUID
    code: str = Field(examples=["sold_out"])
    left: int | None = Field(None, examples=[3])
    price_minor: int | None = Field(None, examples=[6200])
    where: str | None = Field(None, examples=["Xinjiang"])
    channel: str | None = Field(None, examples=["app"])


class CheckoutQuote(Answer):
    """What placing would come to now. Amounts count the lines that can be had; it would be accepted when `sound`."""

    sound: bool
    currency: str = Field(examples=["CNY"])
    goods_minor: int = Field(examples=[12_000])
    discount_minor: int = Field(examples=[500])
    freight_minor: int = Field(examples=[800])
    total_minor: int = Field(examples=[12_300])
    orders: list[QuotedOrder]
    lines: list[QuotedFault]
    coupons: list[QuotedCoupon]


@operation(
    router,
    "POST",
    "/checkouts/quote",
    audience="person",
    scope="buy",
    answer=CheckoutQuote,
    key="reads",
    problems=(NoAddress, BadBasket),
)
def quote_own_checkout(request: Call, body: CheckoutBody) -> dict[str, Any]:
    """Say what placing the same body would come to; nothing is written or held."""
    return shown(
        CheckoutQuote, quote_checkout(actor=request.actor, now=request.now, **checkout_input(body, now=request.now))
    )


@operation(
    router,
    "GET",
    "/checkouts/{uuid:checkout_id}",
    audience="person",
    scope="buy",
    answer=CheckoutNow,
    problems=(NotFound,),
)
def read_checkout(request: Call, checkout_id: UUID) -> dict[str, Any]:
    """Show a checkout of one's own."""
    return _now(request, checkout_id)


@operation(
    router,
    "POST",
    "/checkouts/{uuid:checkout_id}/payment",
    audience="person",
    scope="buy",
    answer=PaymentAnswer,
    status=201,
    key="own",
    problems=(NotFound, CheckoutOver, MethodNotOffered, Busy),
)
def pay_checkout(request: Call, checkout_id: UUID) -> dict[str, Any]:
    """Start the payment of exactly what is missing.

    The payer goes to `pay_url`. Idempotent by nature: as long as the same amount is missing, the answer is the same
    payment.
    """
    return pay_lane.submit(payment_intent(checkout_id, actor=request.actor, key=request.key, now=request.now)).as_json()


@operation(
    router,
    "DELETE",
    "/checkouts/{uuid:checkout_id}",
    audience="person",
    scope="buy",
    answer=CheckoutNow,
    key="once",
    problems=(NotFound, NotNow),
)
def cancel_own_checkout(request: Call, checkout_id: UUID) -> dict[str, Any]:
    """Cancel an unpaid checkout and release its stock."""
    cancel_checkout(actor=request.actor, now=request.now, checkout_id=checkout_id)
    return _now(request, checkout_id)


def _now(request: Call, checkout_id: UUID) -> dict[str, Any]:
    view = access_checkout(request.actor, checkout_id)
    checkout = view.checkout
    return {
        "id": checkout.id,
        "state": checkout.state,
        "method": checkout.method,
        "total_minor": checkout.total_minor,
        "received_minor": checkout.received_minor,
        "currency": checkout.currency,
        "expires_at": checkout.expires_at,
        "orders": [shown(OrderNow, order) for order in view.orders],
        "payments": [shown(PaymentNow, payment) for payment in view.payments],
    }
