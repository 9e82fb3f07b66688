"""What a provider may say, and what it means for money (DESIGN section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Said(StrEnum):
    """Kinds of messages a gateway hands on, whatever the provider calls them."""

    CAPTURED = "payment.captured"
    FAILED = "payment.failed"
    RETURN_DONE = "return.done"
    RETURN_FAILED = "return.failed"
    PAYOUT_PAID = "payout.paid"
    PAYOUT_FAILED = "payout.failed"
    PAYOUT_RETURNED = "payout.returned"
    CHARGEBACK = "payment.chargeback"
    CHARGEBACK_WON = "payment.chargeback_won"
    CHARGEBACK_LOST = "payment.chargeback_lost"


@dataclass(frozen=True, slots=True)
class Message:
    """A verified message of a provider. `event_id` is the provider's own and makes it count once.

    `extra` holds `reason` of what failed; of chargebacks `chargeback_ref`, `reason` and `due_by` (a datetime until which
    evidence may be sent, or None).
    """

    gateway: str
    event_id: str
    kind: Said
    provider_ref: str
    amount_minor: int
    currency: str
    at: datetime
    received_at: datetime
    extra: dict[str, Any] = field(default_factory=dict)


class Outcome(StrEnum):
    """What a captured payment came to."""

    PAID = "paid"
    PARTIAL = "partial"
    EXCESS = "excess"
    SECOND = "second_payment"
    LATE = "late"
    WRONG_CURRENCY = "wrong_currency"
    SOLD_OUT = "sold_out"
    SHORT = "short_payment"
    REPEATED = "repeated"
    UNKNOWN = "unknown_payment"
    NOTED = "noted"


@dataclass(slots=True)
class Due:
    """What is still to be paid for a subject. Changed by `apply` as payments of one batch come in."""

    subject_id: UUID
    state: str
    currency: str
    total_minor: int
    received_minor: int


def judge(due: Due, *, amount_minor: int, currency: str) -> Outcome:
    """Return what a captured amount comes to for `due`; changes nothing.

    | state | amount | outcome |
    |---|---|---|
    | any | another currency | WRONG_CURRENCY: given back by itself |
    | open | less than what is missing | PARTIAL: kept apart until complete |
    | open | what is missing | PAID |
    | open | more | EXCESS: paid, the rest kept apart and shown |
    | paid | any | SECOND: given back by itself |
    | expired, cancelled | any | LATE: given back by itself |

    A checkout that holds nothing (a drop for the first who pays) has two more, which its room decides: what would be
    PARTIAL is SHORT, and what would be PAID once nothing is left is SOLD_OUT; both are given back by themselves.
    """
    if currency != due.currency:
        return Outcome.WRONG_CURRENCY
    if due.state == "paid":
        return Outcome.SECOND
    if due.state != "open":
        return Outcome.LATE
    missing = due.total_minor - due.received_minor
    if amount_minor < missing:
        return Outcome.PARTIAL
    return Outcome.PAID if amount_minor == missing else Outcome.EXCESS


GIVEN_BACK = frozenset({Outcome.SECOND, Outcome.LATE, Outcome.WRONG_CURRENCY, Outcome.SOLD_OUT, Outcome.SHORT})
COMPLETES = frozenset({Outcome.PAID, Outcome.EXCESS})

RETURN_STATES: dict[tuple[str, str], str] = {
    ("due", "send"): "sent",
    ("due", "finish"): "done",
    ("due", "fail"): "failed",
    ("sent", "send"): "sent",
    ("sent", "finish"): "done",
    ("sent", "fail"): "failed",
    ("failed", "send"): "sent",
    ("failed", "finish"): "done",
    ("due", "overtake"): "overtaken",
    ("failed", "overtake"): "overtaken",
}

PAYMENT_STATES: dict[tuple[str, str], str] = {
    ("started", "capture"): "captured",
    ("started", "fail"): "failed",
    ("failed", "capture"): "captured",
    ("captured", "dispute"): "disputed",
    ("disputed", "dispute"): "disputed",
    ("charged_back", "dispute"): "disputed",
    ("disputed", "win"): "captured",
    ("disputed", "lose"): "charged_back",
    ("captured", "lose"): "charged_back",
}
CAUGHT = frozenset({"captured", "disputed", "charged_back"})

CHARGEBACK_STATES: dict[tuple[str, str], str] = {
    ("open", "answer"): "answered",
    ("answered", "answer"): "answered",
    ("open", "win"): "won",
    ("open", "lose"): "lost",
    ("answered", "win"): "won",
    ("answered", "lose"): "lost",
}
CHARGEBACK_OPEN = frozenset({"open", "answered"})
BEARERS = ("shared", "platform")
# Nothing was left to be borne: what lay apart, or a return that had not gone out, filled the loss.
NOBODY = "nobody"


def payment_event(states: Iterable[str]) -> str:
    """Return what a payment's chargebacks, standing at `states`, make of it: `dispute`, `lose` or `win`."""
    standing = set(states)
    if standing & CHARGEBACK_OPEN:
        return "dispute"
    return "lose" if "lost" in standing else "win"


RETRY_SECONDS = (30, 120, 600, 3600, 21_600)
UNANSWERED_SECONDS = 600


def retry_seconds(attempts: int) -> int:
    """Return how long to wait after the `attempts`-th try (>= 1) that failed, in seconds."""
    return RETRY_SECONDS[min(max(attempts, 1), len(RETRY_SECONDS)) - 1]
