"""Read what this installation asks of its providers at worst."""

from __future__ import annotations

from django.db.models import Max

from renmai.goods.products.models import Category
from renmai.goods.suppliers.models import Supplier
from renmai.kit.money import BPS
from renmai.money.gateways.registry import least_freeze_days
from renmai.money.gateways.rules import Path
from renmai.people.standing.queries import most_in_force

HOURS_A_DAY, MINUTES_A_DAY = 24, 1440
WINDOWS = ("unpaid_minutes_card", "unpaid_minutes_wallet", "unpaid_minutes_transfer")


def longest_path() -> Path:
    """Return the longest way money can take by the terms in force, of the house or of any shop or supplier.

    Paid in part at once and whole when the unpaid window ends, handed over as late as a supplier may, received by time,
    settled when the longest right to withdraw is over. All of a line may go to others: freight is its supplier's alone.
    Parcels that a carrier keeps in transit, and what people hold by hand, have no end that could be declared.
    """
    before, settles = _before_receipt_is_over(), _settles()
    return Path(freeze_days=before + settles, split_bps=BPS, return_days=before + settles)


def longest_wait_days() -> int:
    """Return for how many days after receipt settlement may wait, so that every provider in use still holds the money."""
    return max(0, least_freeze_days() - _before_receipt_is_over())


def _before_receipt_is_over() -> int:
    hours = Supplier.objects.aggregate(most=Max("hand_over_hours"))["most"] or 0
    window = _whole_days(max(most_in_force(name) for name in WINDOWS), MINUTES_A_DAY)
    return window + _whole_days(hours, HOURS_A_DAY) + most_in_force("receipt_days_most")


def _settles() -> int:
    withdrawal = Category.objects.aggregate(most=Max("withdrawal_days"))["most"] or 0
    return max(most_in_force("settlement_days"), withdrawal)


def _whole_days(count: int, a_day: int) -> int:
    return -(-count // a_day)
