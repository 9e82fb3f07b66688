"""What may happen to an order and to a parcel: literal tables, state x event -> state."""

from __future__ import annotations

from datetime import datetime, timedelta

from renmai.kit.problems import DomainError

ORDER_STATES: dict[tuple[str, str], str] = {
    ("placed", "pay"): "paid",
    ("placed", "expire"): "expired",
    ("placed", "cancel"): "cancelled",
    ("paid", "ship"): "shipped",
    ("shipped", "receive"): "received",
    ("received", "settle"): "settled",
    ("paid", "refund"): "refunded",
    ("shipped", "refund"): "refunded",
    ("received", "refund"): "refunded",
    ("settled", "refund"): "refunded",
}
ORDER_ENDS = frozenset({"expired", "cancelled", "refunded"})

PARCEL_STATES: dict[tuple[str, str], str] = {
    ("waiting", "hand_over"): "handed_over",
    ("waiting", "cancel"): "cancelled",
    ("handed_over", "report_transit"): "handed_over",
    ("handed_over", "deliver"): "delivered",
    ("handed_over", "receive"): "received",
    ("delivered", "receive"): "received",
}
PARCEL_ENDS = frozenset({"received", "cancelled"})


class NotNow(DomainError):
    """The state does not allow this (any more)."""

    code = "order.not_now"
    status = 409
    message = "This cannot be done while it is {state}."


def next_order_state(state: str, event: str) -> str:
    """Return the state after `event`. Errors: NotNow."""
    try:
        return ORDER_STATES[state, event]
    except KeyError:
        raise NotNow(state=state) from None


def next_parcel_state(state: str, event: str) -> str:
    """Return the state after `event`. Errors: NotNow."""
    try:
        return PARCEL_STATES[state, event]
    except KeyError:
        raise NotNow(state=state) from None


def receive_at(
    *, carrier_says: str, handed_over_at: datetime, delivered_at: datetime | None, days_delivered: int, days_most: int
) -> datetime | None:
    """Return when receipt counts by itself, or None while it must not.

    Days after the carrier reported delivery; never while the carrier says the parcel is in transit; and where no
    carrier reports anything, `days_most` after hand-over at the latest.
    """
    if delivered_at is not None:
        return delivered_at + timedelta(days=days_delivered)
    if carrier_says == "in_transit":
        return None
    return handed_over_at + timedelta(days=days_most)
