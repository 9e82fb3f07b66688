"""Read checkouts, through the actor; and say beforehand what one would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.config import config
from renmai.goods.products.exclusions import channel_of
from renmai.kit.access import Actor, require_person
from renmai.kit.problems import NotFound
from renmai.money.payments.models import Payment
from renmai.places.shops.models import Shop
from renmai.trade.checkout.decision import draft_orders, freight_of
from renmai.trade.checkout.lane import read
from renmai.trade.checkout.models import Checkout
from renmai.trade.checkout.pricing import Line, Priced, Verdict, price
from renmai.trade.checkout.rules import (
    METHODS,
    CheckoutRefused,
    CouponsRefused,
    Followed,
    Known,
    Place,
    Wanted,
    address_of,
    check_basket,
    check_promotions,
)
from renmai.trade.orders.models import Order
from renmai.trade.promotions.rules import shaped_codes

NOBODY = UUID(int=0)  # a buyer who is not known yet


@dataclass(slots=True)
class CheckoutView:
    """A checkout with its orders (and their shops) and payments."""

    checkout: Checkout
    orders: list[Order]
    shops: dict[UUID, Shop]
    payments: list[Payment]


def access_checkout(actor: Actor, checkout_id: UUID) -> CheckoutView:
    """Return a checkout of the actor's own (any for operators). Errors: NotFound, SignInNeeded."""
    person_id = require_person(actor)
    checkout = Checkout.objects.filter(pk=checkout_id).first()
    if checkout is None or not (checkout.buyer_id == person_id or actor.has("operator")):
        raise NotFound()
    orders = list(Order.objects.filter(checkout_id=checkout.id).order_by("id"))
    shops = Shop.objects.in_bulk({order.shop_id for order in orders})
    payments = list(Payment.objects.filter(subject_id=checkout.id).order_by("id"))
    return CheckoutView(checkout, orders, shops, payments)


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A line that can be had: its unit price before discounts, what is taken off the whole line, and what is paid for it."""

    line: int
    pick_id: UUID
    sku_id: UUID
    quantity: int
    unit_minor: int
    discount_minor: int
    paid_minor: int


@dataclass(frozen=True, slots=True)
class QuoteOrder:
    """What one shop's order would cost: goods before discounts, discounts, freight by supplier."""

    shop_id: UUID
    lines: list[QuoteLine]
    freight: dict[UUID, int]

    @property
    def goods_minor(self) -> int:
        """Return what its goods cost before discounts."""
        return sum(line.unit_minor * line.quantity for line in self.lines)

    @property
    def discount_minor(self) -> int:
        """Return what coupons and drops take off."""
        return sum(line.discount_minor for line in self.lines)

    @property
    def freight_minor(self) -> int:
        """Return what its parcels cost."""
        return sum(self.freight.values())

    @property
    def total_minor(self) -> int:
        """Return what would be paid."""
        return self.goods_minor - self.discount_minor + self.freight_minor


@dataclass(frozen=True, slots=True)
class Quote:
    """What placing would come to now. Amounts count the lines that can be had; `lines` says why others cannot (as in
    CheckoutRefused), `coupons` what each gives or why not. Nothing stands in the way when `sound`."""

    currency: str
    orders: list[QuoteOrder]
    lines: list[dict[str, Any]]
    coupons: list[Verdict]

    @property
    def sound(self) -> bool:
        """Return whether placing would be accepted as things stand."""
        return bool(self.orders) and not self.lines and not any(verdict.why for verdict in self.coupons)

    @property
    def goods_minor(self) -> int:
        """Return what all goods cost before discounts."""
        return sum(order.goods_minor for order in self.orders)

    @property
    def discount_minor(self) -> int:
        """Return what coupons and drops take off."""
        return sum(order.discount_minor for order in self.orders)

    @property
    def freight_minor(self) -> int:
        """Return what all parcels cost."""
        return sum(order.freight_minor for order in self.orders)

    @property
    def total_minor(self) -> int:
        """Return what would be paid."""
        return sum(order.total_minor for order in self.orders)


def quote_checkout(
    *,
    actor: Actor,
    now: datetime,
    lines: Sequence[Wanted],
    method: str = METHODS[0],
    address_id: UUID | None = None,
    address: Mapping[str, str] | None = None,
    coupons: Sequence[str] = (),
    followed: Sequence[Followed] = (),
) -> Quote:
    """Return what `place_checkout` would make of the same input now: the same decision, without locks, and nothing written.

    Without any address freight is that for everywhere else. Somebody unknown may ask as well: they count as a buyer who
    never bought. Errors: BadBasket, NoAddress (one that is named
    and is not the actor's).
    """
    check_basket(lines, method)
    codes = shaped_codes(coupons)
    check_promotions(codes, followed)
    to = address if address is not None or address_id is not None else {}
    place = Place(
        actor.person_id or NOBODY, "", b"", tuple(lines), method, now, address_id, to, None, codes, tuple(followed),
        channel_of(actor),
    )  # fmt: skip
    with connection.cursor() as cursor:
        known = read(cursor, [place], lock=False)
    to = address_of(place, known)
    priced = price(place, known, to)
    orders = [
        QuoteOrder(shop_id, [_shown(line) for line in rows], freight_of(place, rows, known, to))
        for shop_id, rows in priced.by_shop().items()
    ]
    currency = priced.lines[0].offer.currency if priced.lines else config().currency
    _find_below_cost(place, priced, known, to)
    return Quote(currency, orders, priced.faults, priced.verdicts)


def _shown(line: Line) -> QuoteLine:
    wanted = line.wanted
    return QuoteLine(
        line.number, wanted.pick_id, wanted.sku_id, wanted.quantity, line.unit_minor, line.off_minor, line.paid_minor
    )


def _find_below_cost(place: Place, priced: Priced, known: Known, address: Mapping[str, str]) -> None:
    """Note what only the split shows: a line, or a coupon, that would leave somebody with less than nothing."""
    try:
        draft_orders(place, priced, known, address)
    except CheckoutRefused as refusal:
        priced.faults += refusal.params["lines"]
    except CouponsRefused as refusal:
        guilty = {row["code"]: row["why"] for row in refusal.params["coupons"]}
        priced.verdicts = [replace(v, why=guilty.get(v.code, v.why)) for v in priced.verdicts]
