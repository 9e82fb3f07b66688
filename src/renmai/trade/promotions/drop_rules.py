"""Drops: who may have a unit now, and who is next in line. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from renmai.kit.problems import DomainError

UNITS_MAX = 1_000_000
PER_BUYER_MAX = 999
HOLD_MINUTES_MAX = 120
HOLD, FIRST_PAID = "hold", "first_paid"


class BadDrop(DomainError):
    """A drop that cannot be: its price, units, limits or times."""

    code = "drop.bad"
    status = 422
    message = "This drop cannot be made: {why}."


class DropTooLarge(DomainError):
    """Less is left in stock than shall be set aside."""

    code = "drop.too_large"
    status = 409
    message = "Only {left} are left to be set aside."


class DropPriceRefused(DomainError):
    """The price may not stand: above_cap, below_floor, above_list, below_cost."""

    code = "drop.price"
    status = 409
    message = "This price cannot stand: {why}."


class DropOver(DomainError):
    """The drop has not begun, or is over."""

    code = "drop.not_now"
    status = 409
    message = "This drop is not on now."


class NoLine(DomainError):
    """There is nothing to wait for: units are left, or the drop goes to the first who pays."""

    code = "drop.no_line"
    status = 409
    message = "There is no line to wait in: {why}."


@dataclass(slots=True)
class DropNow:
    """A drop as it stands (under lock in the lanes); `taken` and `offered` change as units are promised."""

    id: UUID
    shop_id: UUID
    pick_id: UUID
    sku_id: UUID
    price_minor: int
    quantity: int
    taken: int
    offered: int
    per_buyer_max: int
    policy: str
    hold_minutes: int
    starts_at: datetime
    ends_at: datetime
    over_at: datetime | None
    show_id: UUID | None = None
    segment_id: UUID | None = None

    @property
    def free(self) -> int:
        """Return how many units are neither taken nor offered to somebody in line."""
        return max(0, self.quantity - self.taken - self.offered)

    @property
    def set_aside(self) -> int:
        """Return how many units stock keeps for it: none once it is over."""
        return self.quantity - self.taken if self.over_at is None else 0

    def when(self, now: datetime) -> str | None:
        """Return "drop_not_yet" before it begins, "drop_over" once it is over, None while it is on."""
        if now < self.starts_at:
            return "drop_not_yet"
        return "drop_over" if self.over_at is not None or now >= self.ends_at else None


@dataclass(slots=True)
class Waiter:
    """Somebody in line: first come, first offered."""

    id: UUID
    drop_id: UUID
    buyer_id: UUID
    quantity: int
    offered_until: datetime | None

    def holds(self, now: datetime) -> bool:
        """Return whether units are kept for them now."""
        return self.offered_until is not None and now < self.offered_until


def drop_fault(
    drop: DropNow, *, quantity: int, bought: int, offer: Waiter | None, now: datetime
) -> tuple[str, int] | None:
    """Return why `quantity` units cannot be had by a buyer who has `bought` already (open orders count), with how many
    could be, or None: drop_not_yet, drop_over, drop_limit, sold_out. An `offer` counts while it holds."""
    when = drop.when(now)
    if when is not None:
        return when, 0
    if bought + quantity > drop.per_buyer_max:
        return "drop_limit", max(0, drop.per_buyer_max - bought)
    kept = offer.quantity if offer is not None and offer.holds(now) else 0
    if drop.free + kept < quantity:
        return "sold_out", drop.free + kept
    return None


def next_offers(drop: DropNow, line: Iterable[Waiter]) -> list[Waiter]:
    """Offer what is free to those in line, in its order; return who is offered something now, with how many.

    Who waits for more than is free is offered what there is: nobody behind overtakes.
    """
    offered = []
    for waiter in line:
        if waiter.offered_until is not None:
            continue
        if drop.free == 0:
            break
        waiter.quantity = min(waiter.quantity, drop.free)
        drop.offered += waiter.quantity
        offered.append(waiter)
    return offered
