"""From orders as they were to what happens when. Pure.

What the tables do not say is decided here, once:

- *Paid* at the approval. Where no approval is recorded but payments are, at the purchase.
- Steps happen in causal order: each at its own time or at the time of the step before it, whichever is later. An order
  whose recorded times (purchase, approval, carrier, customer; empty ones left out) do not ascend is a `time_order`.
- *Refunded* whole right after its last recorded step, when it is canceled or unavailable, or has no items: the tables
  give no time for that.
- A payment of zero is no payment: nothing moves, and nothing can be captured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from renmai.cli.replay.reader import UNCATEGORISED, Item, Paid, RealOrder

METHODS = {"credit_card": "card", "debit_card": "card", "boleto": "transfer", "voucher": "wallet"}
SAD = frozenset({"canceled", "unavailable"})


@dataclass(frozen=True, slots=True)
class Journey:
    """An order with the times at which its steps are taken; None where a step is never taken."""

    order: RealOrder
    category: str
    method: str
    payments: tuple[Paid, ...]
    placed_at: datetime
    paid_at: datetime | None
    handed_over_at: datetime | None
    delivered_at: datetime | None
    refunded_at: datetime | None
    backwards: bool

    @property
    def total_minor(self) -> int:
        """Return what the order costs: its items and freight, or, where it has none, what was paid."""
        return self.order.items_minor if self.order.items else self.order.paid_minor

    @property
    def difference_minor(self) -> int:
        """Return payments less items and freight; 0 where there are no items to compare with."""
        return self.order.paid_minor - self.order.items_minor if self.order.items else 0


@dataclass(slots=True)
class Day:
    """What happens on one day: (when, journey), each list in time order."""

    placed: list[Journey] = field(default_factory=list)
    paid: list[Journey] = field(default_factory=list)
    handed_over: list[Journey] = field(default_factory=list)
    delivered: list[Journey] = field(default_factory=list)
    refunded: list[Journey] = field(default_factory=list)
    reviewed: list[tuple[datetime, Journey, int]] = field(default_factory=list)


def plan_journey(order: RealOrder) -> Journey:
    """Return when the steps of `order` are taken."""
    placed_at = order.purchased_at
    paid_at = max(placed_at, order.approved_at or placed_at) if order.paid_minor else None
    handed_over_at = delivered_at = None
    if order.items and paid_at is not None:
        handed_over_at = _later(paid_at, order.carrier_at or order.delivered_at)
        delivered_at = _later(handed_over_at, order.delivered_at)
    refunded_at = None
    if paid_at is not None and (order.status in SAD or not order.items):
        refunded_at = delivered_at or handed_over_at or paid_at
    return Journey(
        order,
        order.items[0].category if order.items else UNCATEGORISED,
        METHODS.get(order.payments[0].kind, "card") if order.payments else "card",
        tuple(payment for payment in order.payments if payment.amount_minor),
        placed_at,
        paid_at,
        handed_over_at,
        delivered_at,
        refunded_at,
        runs_backwards(order),
    )


def runs_backwards(order: RealOrder) -> bool:
    """Return whether the recorded times of purchase, approval, carrier and customer do not ascend."""
    recorded = (order.purchased_at, order.approved_at, order.carrier_at, order.delivered_at)
    times = [at for at in recorded if at is not None]
    return times != sorted(times)


def _later(before: datetime | None, own: datetime | None) -> datetime | None:
    return None if before is None or own is None else max(before, own)


def plan_days(journeys: Iterable[Journey]) -> dict[date, Day]:
    """Return the days on which something happens; within a day, steps of a kind are in time order."""
    days: dict[date, Day] = defaultdict(Day)
    for journey in journeys:
        _put(days, journey)
    for day in days.values():
        day.placed.sort(key=lambda j: (j.placed_at, j.order.id))
        day.paid.sort(key=lambda j: (j.paid_at, j.order.id))
        day.handed_over.sort(key=lambda j: (j.handed_over_at, j.order.id))
        day.delivered.sort(key=lambda j: (j.delivered_at, j.order.id))
        day.refunded.sort(key=lambda j: (j.refunded_at, j.order.id))
        day.reviewed.sort(key=lambda said: (said[0], said[1].order.id, said[2]))
    return dict(days)


def _put(days: dict[date, Day], journey: Journey) -> None:
    days[journey.placed_at.date()].placed.append(journey)
    if journey.paid_at:
        days[journey.paid_at.date()].paid.append(journey)
    if journey.handed_over_at:
        days[journey.handed_over_at.date()].handed_over.append(journey)
    if journey.delivered_at:
        days[journey.delivered_at.date()].delivered.append(journey)
    if journey.refunded_at:
        days[journey.refunded_at.date()].refunded.append(journey)
    for number, said in enumerate(journey.order.reviews):
        at = max(said.at, journey.paid_at or journey.placed_at)
        days[at.date()].reviewed.append((at, journey, number))


def last_step(journeys: Sequence[Journey]) -> datetime:
    """Return when the last order was placed, paid, handed over, delivered or refunded."""
    return max(
        at
        for j in journeys
        for at in (j.placed_at, j.paid_at, j.handed_over_at, j.delivered_at, j.refunded_at)
        if at is not None
    )


def quantities(items: Sequence[Item]) -> dict[tuple[str, str, int], int]:
    """Return (seller, product, price in minor units) -> how many pieces, in the order of the items."""
    pieces: dict[tuple[str, str, int], int] = defaultdict(int)
    for item in items:
        pieces[item.seller, item.product, item.price_minor] += 1
    return dict(pieces)


def freights(items: Sequence[Item]) -> dict[str, int]:
    """Return seller -> freight of its parcel in minor units."""
    freight: dict[str, int] = defaultdict(int)
    for item in items:
        freight[item.seller] += item.freight_minor
    return dict(freight)
