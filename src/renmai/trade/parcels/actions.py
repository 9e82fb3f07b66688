"""Acts on parcels, one at a time, through the parcel lane; and receipts that time brings about."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

from renmai.kit.access import SYSTEM, Actor, require_person
from renmai.kit.problems import Invalid, NotFound
from renmai.trade.orders.models import Order, Parcel
from renmai.trade.orders.rules import NotNow
from renmai.trade.parcels.lane import due_receipts, parcel_lane
from renmai.trade.parcels.rules import Act, Step

SWEEP_MAX = 500


def hand_over(
    *,
    actor: Actor,
    now: datetime,
    parcel_id: UUID,
    carrier: str,
    tracking: str,
    warehouse_id: UUID | None = None,
    batch: str = "",
) -> Step:
    """Hand a parcel to a carrier (its supplier). The order is shipped when all its parcels are.

    `warehouse_id` is the supplier's warehouse it leaves (None: the main one), which must hold what is in it; `batch` is
    what a recall of a batch goes by. Errors: NotFound, NotNow, TrackingNeeded, NotThere. The same carrier and number
    again is no error.
    """
    carrier, tracking = carrier.strip()[:60], tracking.strip()[:80]
    return parcel_lane.submit(
        Act("hand_over", parcel_id, actor, now, carrier, tracking, warehouse_id, batch.strip()[:60])
    )


def report_parcel(*, actor: Actor, now: datetime, parcel_id: UUID, said: str) -> Step:
    """Take in what the carrier says: "in_transit" or "delivered". Receipt by time counts from delivery.

    Errors: NotFound, NotNow, Invalid.
    """
    event = {"in_transit": "report_transit", "delivered": "deliver"}.get(said)
    if event is None:
        raise Invalid(fields={"said": "in_transit or delivered"})
    return parcel_lane.submit(Act(event, parcel_id, actor, now))


def receive_order(*, actor: Actor, now: datetime, order_id: UUID) -> list[Step]:
    """Confirm receipt of every parcel of an order that is on its way (its buyer).

    After: when nothing is left on its way, the order is received and its settlement is scheduled.
    Errors: NotFound, NotNow when nothing was handed over yet. Again is no error.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None or not (actor.is_system or order.buyer_id == require_person(actor)):
        raise NotFound()
    on_way = Parcel.objects.filter(order=order, state__in=["handed_over", "delivered"]).order_by("id")
    steps = [parcel_lane.submit(Act("receive", parcel.id, actor, now)) for parcel in on_way]
    if not steps and order.state not in {"received", "settled"}:
        raise NotNow(state=order.state)
    return steps


def receive_due(*, now: datetime) -> int:
    """Bring about the receipts that are due by time; return how many parcels were looked at."""
    with connection.cursor() as cursor:
        acts = due_receipts(cursor, actor=SYSTEM, now=now, limit=SWEEP_MAX)
    parcel_lane.run(acts)
    return len(acts)
