"""Read checkouts, through the actor."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from renmai.kit.access import Actor, require_person
from renmai.kit.problems import NotFound
from renmai.money.payments.models import Payment
from renmai.places.shops.models import Shop
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order


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
