"""What an act does to a parcel, who may do it, and what follows for the order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from renmai.kit.access import Actor
from renmai.kit.problems import DomainError, NotFound
from renmai.trade.orders.rules import NotNow, next_parcel_state, receive_at


class TrackingNeeded(DomainError):
    """A parcel is handed over to a carrier under a number."""

    code = "parcel.tracking_needed"
    status = 422
    message = "Please give the carrier and the tracking number."


@dataclass(frozen=True, slots=True)
class Act:
    """The intent of the parcel lane. `event`: hand_over, report_transit, deliver, receive, receive_by_time.

    A hand-over may say which of the supplier's warehouses it leaves (None: the main one) and which batch it carries.
    """

    event: str
    parcel_id: UUID
    actor: Actor
    now: datetime
    carrier: str = ""
    tracking: str = ""
    warehouse_id: UUID | None = None
    batch: str = ""


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """A parcel as it stands under lock."""

    id: UUID
    order_id: UUID
    supplier_id: UUID
    state: str
    carrier: str
    tracking: str
    carrier_says: str
    handed_over_at: datetime | None
    delivered_at: datetime | None
    receive_at: datetime | None
    received_at: datetime | None
    warehouse_id: UUID | None = None
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The answer to an act: where parcel and order stand now."""

    order_id: UUID
    parcel_id: UUID
    parcel_state: str
    order_state: str


def apply_act(
    act: Act,
    parcel: ParcelRow | None,
    *,
    buyer_id: UUID | None,
    order_state: str,
    days_delivered: int,
    days_most: int,
) -> ParcelRow:
    """Return the parcel after `act`; the same row when the act was done before (a repeat).

    Errors: NotFound when it is not the actor's to do, NotNow when the state does not allow it, TrackingNeeded.
    """
    if parcel is None or not may_act(act, parcel, buyer_id):
        raise NotFound()
    if act.event == "hand_over":
        return _hand_over(act, parcel, order_state, days_most)
    if act.event == "receive":
        return _receive(act, parcel)
    if act.event == "receive_by_time":
        # What was due when it was looked for may not be any more: the carrier may have spoken meanwhile.
        due = parcel.receive_at is not None and parcel.receive_at <= act.now
        return _receive(act, parcel) if due else parcel
    return _report(act, parcel, days_delivered, days_most)


def may_act(act: Act, parcel: ParcelRow, buyer_id: UUID | None) -> bool:
    """Return whether the actor may: the supplier hands over, the buyer receives, the house and operators do either."""
    actor = act.actor
    if actor.is_system or actor.has("operator"):
        return True
    if act.event == "receive_by_time":
        return False
    if act.event == "receive":
        return buyer_id is not None and actor.person_id == buyer_id
    return actor.has("supplier", parcel.supplier_id)


def _hand_over(act: Act, parcel: ParcelRow, order_state: str, days_most: int) -> ParcelRow:
    if not act.carrier.strip() or not act.tracking.strip():
        raise TrackingNeeded()
    if parcel.state == "handed_over" and (parcel.carrier, parcel.tracking) == (act.carrier, act.tracking):
        return parcel
    if order_state != "paid":
        raise NotNow(state=order_state)
    state = next_parcel_state(parcel.state, "hand_over")
    due = receive_at(carrier_says="", handed_over_at=act.now, delivered_at=None, days_delivered=0, days_most=days_most)
    return replace(
        parcel, state=state, carrier=act.carrier, tracking=act.tracking, handed_over_at=act.now, receive_at=due,
        warehouse_id=act.warehouse_id, batch=act.batch,
    )  # fmt: skip


def _report(act: Act, parcel: ParcelRow, days_delivered: int, days_most: int) -> ParcelRow:
    if parcel.state in {"delivered", "received"} or (
        act.event == "report_transit" and parcel.carrier_says == "in_transit"
    ):
        return parcel
    state = next_parcel_state(parcel.state, act.event)
    delivered_at = act.now if act.event == "deliver" else None
    says = "delivered" if delivered_at else "in_transit"
    due = receive_at(
        carrier_says=says,
        handed_over_at=parcel.handed_over_at or act.now,
        delivered_at=delivered_at,
        days_delivered=days_delivered,
        days_most=days_most,
    )
    return replace(parcel, state=state, carrier_says=says, delivered_at=delivered_at, receive_at=due)


def _receive(act: Act, parcel: ParcelRow) -> ParcelRow:
    if parcel.state == "received":
        return parcel
    state = next_parcel_state(parcel.state, "receive")
    return replace(parcel, state=state, received_at=act.now, receive_at=None)


def order_step(state: str, parcel_states: Sequence[str]) -> tuple[str, str]:
    """Return (order state, the event word if it moved): shipped when all parcels left, received when all arrived."""
    live = [parcel for parcel in parcel_states if parcel != "cancelled"]
    if state == "paid" and live and all(parcel != "waiting" for parcel in live):
        state, moved = "shipped", "shipped"
    else:
        moved = ""
    if state == "shipped" and live and all(parcel == "received" for parcel in live):
        return "received", "received"
    return state, moved
