"""What Stripe's words mean: events, refunds, disputes and report lines, as this house knows them. Pure.

Sources: Stripe's API reference (objects Event, Checkout Session, Refund, Dispute, Transfer) and its list of report types
(`balance_change_from_activity.itemized.3`). Whatever carries no reference of ours was not ours and is left out.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from csv import DictReader
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from renmai.kit.money import parse_minor
from renmai.money.gateways.rules import BadMessage, BadSignature, RowKind, SettlementRow
from renmai.money.payments.rules import Message, Said

NAME = "stripe"
SIGNATURE_HEADER = "stripe-signature"
TOLERANCE_SECONDS = 300
# Under these names Stripe keeps our references with its objects.
PAYMENT, RETURN, PAYOUT = "renmai_payment", "renmai_return", "renmai_payout"
REFUND_ENDS = {"succeeded": Said.RETURN_DONE, "failed": Said.RETURN_FAILED, "canceled": Said.RETURN_FAILED}
CHARGEBACKS = frozenset({Said.CHARGEBACK, Said.CHARGEBACK_WON, Said.CHARGEBACK_LOST})
REPORT = "balance_change_from_activity.itemized.3"
COLUMNS = (
    "balance_transaction_id",
    "created_utc",
    "currency",
    "gross",
    "fee",
    "net",
    "reporting_category",
    "source_id",
    f"payment_metadata[{PAYMENT}]",
    f"refund_metadata[{RETURN}]",
    f"transfer_metadata[{PAYOUT}]",
)
CATEGORIES = {
    "charge": (RowKind.CAPTURE, f"payment_metadata[{PAYMENT}]"),
    "refund": (RowKind.REFUND, f"refund_metadata[{RETURN}]"),
    "dispute": (RowKind.CHARGEBACK, "source_id"),
    "dispute_reversal": (RowKind.CHARGEBACK_WON, "source_id"),
    "transfer": (RowKind.PAYOUT, f"transfer_metadata[{PAYOUT}]"),
    "transfer_reversal": (RowKind.PAYOUT_RETURNED, f"transfer_metadata[{PAYOUT}]"),
    "fee": (RowKind.FEE, "balance_transaction_id"),
}

Object = Mapping[str, Any]
# The id of a payment intent -> our reference of the payment, or an empty text when it is not ours.
Lookup = Callable[[str], str]


def check_time(header: str, now: datetime) -> None:
    """Refuse a signature made more than five minutes from now. Errors: BadSignature."""
    stamp = dict(part.partition("=")[::2] for part in header.split(",")).get("t", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadSignature()
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise BadSignature()


def read_event(event: Object, *, payment_of: Lookup, now: datetime) -> list[Message]:
    """Return what a verified event says; kinds that mean nothing here are left out. Errors: BadMessage, those of the lookup.

    Money counts where it moves: a session when it is paid, a chargeback when its funds are withdrawn.
    """
    try:
        message = _read(event, now)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadMessage(why="it is no event of Stripe") from None
    if message is not None and message.kind in CHARGEBACKS:
        message = replace(message, provider_ref=payment_of(message.provider_ref))
    return [message] if message is not None and message.provider_ref else []


def _read(event: Object, now: datetime) -> Message | None:
    kind, thing = str(event["type"]), event["data"]["object"]
    read = READERS.get(kind) or READERS.get(f"{kind.rpartition('.')[0]}.*")
    said = read(kind, thing) if read else None
    if said is None:
        return None
    what, ref, amount, extra = said
    at = datetime.fromtimestamp(int(event["created"]), UTC)
    currency = str(thing["currency"]).upper()
    return Message(NAME, str(event["id"])[:80], what, ref, int(amount), currency, at, now, extra)


# What is said, our reference (of a dispute the payment intent, to be looked up), the amount, and the rest.
Read = tuple[Said, str, int, dict[str, Any]] | None


def _session(kind: str, thing: Object) -> Read:
    ref, amount = _mark(thing, PAYMENT), thing["amount_total"]
    paid = kind.endswith("async_payment_succeeded") or (
        kind.endswith("completed") and thing["payment_status"] == "paid"
    )
    failed = kind.endswith(("async_payment_failed", "expired"))
    if not ref or not (paid or failed):
        return None
    return (Said.CAPTURED if paid else Said.FAILED), ref, amount, {}


def _intent_failed(kind: str, thing: Object) -> Read:
    ref = _mark(thing, PAYMENT)
    reason = (thing.get("last_payment_error") or {}).get("code", "")
    return (Said.FAILED, ref, thing["amount"], {"reason": str(reason)[:200]}) if ref else None


def _refund(kind: str, thing: Object) -> Read:
    ref, end = _mark(thing, RETURN), REFUND_ENDS.get(thing["status"])
    return (end, ref, thing["amount"], refund_reason(thing)) if ref and end else None


def _dispute(kind: str, thing: Object) -> Read:
    what = {
        "charge.dispute.funds_withdrawn": Said.CHARGEBACK,
        "charge.dispute.funds_reinstated": Said.CHARGEBACK_WON,
        "charge.dispute.closed": Said.CHARGEBACK_LOST if thing["status"] == "lost" else None,
    }.get(kind)
    if what is None:
        return None
    due = (thing.get("evidence_details") or {}).get("due_by")
    due_by = datetime.fromtimestamp(int(due), UTC) if due else None
    extra = {"chargeback_ref": str(thing["id"])[:80], "reason": str(thing.get("reason") or "")[:120], "due_by": due_by}
    return what, str(thing["payment_intent"]), thing["amount"], extra


def _transfer(kind: str, thing: Object) -> Read:
    ref = _mark(thing, PAYOUT)
    whole = thing["amount_reversed"] == thing["amount"]
    return (
        (Said.PAYOUT_RETURNED, ref, thing["amount"], {"reason": "the transfer was reversed"}) if ref and whole else None
    )


READERS: dict[str, Callable[[str, Object], Read]] = {
    "checkout.session.*": _session,
    "payment_intent.payment_failed": _intent_failed,
    "refund.*": _refund,
    "charge.refund.updated": _refund,
    "charge.dispute.*": _dispute,
    "transfer.reversed": _transfer,
}


def refund_reason(thing: Object) -> dict[str, Any]:
    """Return why a refund failed, as the `extra` of a message."""
    reason = thing.get("failure_reason")
    return {"reason": str(reason)[:200]} if reason else {}


def _mark(thing: Object, name: str) -> str:
    return str((thing.get("metadata") or {}).get(name, ""))[:80]


def read_report(body: bytes) -> list[SettlementRow]:
    """Return the lines of a balance report with our `COLUMNS`. Errors: BadMessage."""
    try:
        rows = DictReader(StringIO(body.decode("utf-8-sig")), strict=True)
        missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise BadMessage(why=f"it has no column {missing[0]}")
        return [_row(row) for row in rows]
    except (ValueError, TypeError, AttributeError, csv.Error):
        raise BadMessage(why="it is no balance report of Stripe") from None


def _row(row: dict[str, str]) -> SettlementRow:
    kind, named_by = CATEGORIES.get(row["reporting_category"], (RowKind.OTHER, "source_id"))
    ref = row[named_by] or row["source_id"] or row["balance_transaction_id"]
    currency = row["currency"].upper()
    at = datetime.fromisoformat(row["created_utc"].strip()).replace(tzinfo=UTC)
    return SettlementRow(kind, ref[:80], signed(row["gross"], currency), signed(row["fee"], currency), currency, at)


def signed(text: str, currency: str) -> int:
    """Return minor units of an amount in major units with a sign; ValueError when it is none."""
    plain = text.strip().replace(",", "")
    return -parse_minor(plain[1:], currency) if plain.startswith("-") else parse_minor(plain or "0", currency)
