"""The tables of this wing, gathered for Django."""

from renmai.trade.care.models import Case, CaseEntry
from renmai.trade.carts.models import CartLine
from renmai.trade.checkout.models import Checkout
from renmai.trade.dispatch.models import ParcelLabel
from renmai.trade.orders.models import Order, OrderLine, Parcel, Refund, RefundLine, RefundPart
from renmai.trade.promotions.models import Coupon, CouponUse, Drop, DropWaiter, FreightRule
from renmai.trade.recalls.models import RecallRefund, RecallTold
from renmai.trade.referrals.models import Binding, Click, Referral, ShareLink, ShareTerms
from renmai.trade.reports.models import EarningsMonth

__all__ = [
    "Binding",
    "CartLine",
    "Case",
    "CaseEntry",
    "Checkout",
    "Click",
    "Coupon",
    "CouponUse",
    "Drop",
    "DropWaiter",
    "EarningsMonth",
    "FreightRule",
    "Order",
    "OrderLine",
    "Parcel",
    "ParcelLabel",
    "RecallRefund",
    "RecallTold",
    "Referral",
    "Refund",
    "RefundLine",
    "RefundPart",
    "ShareLink",
    "ShareTerms",
]
