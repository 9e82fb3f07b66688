"""Names and tones of states, so that a state looks the same on every page. A state not listed shows as its own word."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

StatePill = tuple[str, "str | Promise"]

STATES: dict[str, StatePill] = {
    "draft": ("", _("Draft")),
    "submitted": ("info", _("Submitted")),
    "in_review": ("info", _("In review")),
    "screening": ("info", _("In screening")),
    "approved": ("good", _("Approved")),
    "rejected": ("bad", _("Rejected")),
    "suspended": ("bad", _("Suspended")),
    "recalled": ("bad", _("Recalled")),
    "active": ("good", _("Active")),
    "proposed": ("warn", _("Offered")),
    "refused": ("bad", _("Refused")),
    "open": ("good", _("Open")),
    "paused": ("warn", _("Paused")),
    "closed": ("", _("Closed")),
    "hidden": ("", _("Hidden")),
    "sold_out": ("warn", _("Sold out")),
    "low_stock": ("warn", _("Few left")),
    "pending": ("warn", _("Pending")),
    "placed": ("warn", _("Waiting for payment")),
    "unpaid": ("warn", _("Waiting for payment")),
    "paid": ("info", _("Paid")),
    "part_shipped": ("info", _("Partly shipped")),
    "shipped": ("info", _("Shipped")),
    "in_transit": ("info", _("On its way")),
    "delivered": ("info", _("Delivered")),
    "received": ("good", _("Received")),
    "completed": ("good", _("Completed")),
    "cancelled": ("", _("Cancelled")),
    "expired": ("", _("Expired")),
    "imported": ("", _("Imported")),
    "refunding": ("warn", _("Refunding")),
    "refunded": ("", _("Refunded")),
    "part_refunded": ("warn", _("Partly refunded")),
    "estimated": ("", _("Estimated")),
    "frozen": ("warn", _("On hold")),
    "settled": ("good", _("Settled")),
    "reversed": ("bad", _("Reversed")),
    "requested": ("warn", _("Requested")),
    "processing": ("info", _("Processing")),
    "succeeded": ("good", _("Succeeded")),
    "failed": ("bad", _("Failed")),
    "disputed": ("bad", _("Disputed")),
    "answered": ("info", _("Answered")),
    "escalated": ("bad", _("Platform stepped in")),
    "resolved": ("good", _("Resolved")),
    "withdrawn": ("", _("Withdrawn")),
    "live": ("live", _("Live")),
    "scheduled": ("info", _("Scheduled")),
    "ended": ("", _("Ended")),
    "applied": ("warn", _("Applied")),
    "published": ("good", _("Published")),
    "signed": ("info", _("Signed for")),
    "done": ("good", _("Done")),
    "discarded": ("", _("Put away")),
    "applying": ("info", _("Bringing in")),
    "previewed": ("warn", _("To be applied")),
    "reading": ("info", _("Looking through")),
    "waiting": ("", _("Waiting")),
}


def pill_of(state: str) -> StatePill:
    """Tone and label of a state: "paid" -> ("info", "Paid"); unknown "half_way" -> ("", "Half way")."""
    return STATES.get(state, ("", state.replace("_", " ").capitalize()))
