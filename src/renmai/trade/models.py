"""The tables of this wing, gathered for Django."""

from renmai.trade.carts.models import CartLine
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order, OrderLine, Parcel, Refund, RefundLine

__all__ = [
    "CartLine",
    "Checkout",
    "Order",
    "OrderLine",
    "Parcel",
    "Refund",
    "RefundLine",
]
