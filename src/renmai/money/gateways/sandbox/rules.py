"""Signatures, files and test behaviours of the sandbox provider. Pure."""

from __future__ import annotations

import csv
import hashlib
import hmac
from collections.abc import Sequence
from csv import DictReader
from datetime import datetime
from enum import StrEnum
from io import StringIO

import orjson

from renmai.money.gateways.rules import BadMessage, BadSignature, RowKind, SettlementRow

SIGNATURE_HEADER = "Sandbox-Signature"
TOLERANCE_SECONDS = 300
METHODS = ("card", "wallet", "transfer")
ATTEMPTS_MAX = 10
RESEND_SECONDS = (1, 5, 30, 120, 600, 1800, 3600, 7200, 14_400)
DELAY_SECONDS_MAX = 86_400
# Payouts whose last two digits are these fail, or come back from the bank after they were paid.
PAYOUT_FAILS, PAYOUT_COMES_BACK = 91, 92
COMES_BACK_SECONDS = 2
EVIDENCE_DAYS = 7
REASONS = ("not_received", "not_as_described", "fraudulent", "duplicate")
# Evidence with one of these words is decided at once, for whoever tests.
WINNING, LOSING = "winning_evidence", "losing_evidence"
COLUMNS = ("kind", "ref", "amount_minor", "fee_minor", "currency", "at")


def sign(key: bytes, body: bytes, *, at: int) -> str:
    """Return the header for `body` sent at the Unix time `at`: `t=<unix>,v1=<hex HMAC-SHA-256 of "t.body">`."""
    return f"t={at},v1={_digest(key, body, at).hex()}"


def verify(key: bytes, body: bytes, header: str, *, now: datetime) -> None:
    """Refuse a body whose header is not ours or more than five minutes off. Errors: BadSignature."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and given.isascii()):
        raise BadSignature()
    if not hmac.compare_digest(_digest(key, body, int(stamp)).hex(), given):
        raise BadSignature()
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise BadSignature()


def _digest(key: bytes, body: bytes, at: int) -> bytes:
    return hmac.digest(key, b"%d." % at + body, hashlib.sha256)


class Behaviour(StrEnum):
    """How a payment goes, for whoever tests the house."""

    NORMAL = "normal"
    LATE = "late"
    REPEATED = "repeated"
    REORDERED = "reordered"
    SILENT = "silent"
    PART = "part"
    EXCESS = "excess"
    FOREIGN = "foreign"
    RETURN_FAILS = "return_fails"


EXCESS_MINOR = 100


def paid_amount(behaviour: Behaviour, amount_minor: int, currency: str) -> tuple[int, str]:
    """Return (amount in minor units, currency) that the payer gives when asked for the given ones."""
    if behaviour is Behaviour.PART:
        return amount_minor // 2, currency
    if behaviour is Behaviour.EXCESS:
        return amount_minor + EXCESS_MINOR, currency
    if behaviour is Behaviour.FOREIGN:
        return amount_minor, "EUR" if currency == "USD" else "USD"
    return amount_minor, currency


def deliveries(behaviour: Behaviour, delay_seconds: int) -> list[tuple[str, int]]:
    """Return (kind of message, seconds from now) in the order of sending. The same kind twice is the same message."""
    captured = "payment.captured"
    table: dict[Behaviour, list[tuple[str, int]]] = {
        Behaviour.LATE: [(captured, delay_seconds)],
        Behaviour.REPEATED: [(captured, 0), (captured, 1), (captured, 2)],
        Behaviour.REORDERED: [(captured, 0), ("payment.failed", 1)],
        Behaviour.SILENT: [],
    }
    return table.get(behaviour, [(captured, 0)])


def resend_seconds(attempts: int) -> int:
    """Return the wait after the `attempts`-th delivery (>= 1) that was not taken."""
    return RESEND_SECONDS[min(attempts, len(RESEND_SECONDS)) - 1]


def decided_by(words: str) -> bool | None:
    """Return what evidence of these words brings about at once: won, lost, or nothing (None)."""
    if WINNING in words:
        return True
    return False if LOSING in words else None


def read_file(body: bytes) -> list[SettlementRow]:
    """Return the lines of a settlement file of the sandbox. Errors: BadMessage, with the row that cannot be read."""
    found: list[SettlementRow] = []
    try:
        rows = DictReader(StringIO(body.decode("utf-8-sig")), strict=True)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise BadMessage(why="it is no settlement file of the sandbox")
        found.extend(map(_row, rows))
    except (ValueError, TypeError, csv.Error):
        raise BadMessage(why=f"row {len(found) + 1} is no row of the sandbox's settlement file") from None
    return found


def _row(row: dict[str, str]) -> SettlementRow:
    at = datetime.fromisoformat(row["at"])
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    amount, fee = int(row["amount_minor"]), int(row["fee_minor"])
    return SettlementRow(RowKind(row["kind"]), row["ref"], amount, fee, row["currency"], at)


def read_json(body: bytes, fields: Sequence[tuple[str, type]]) -> dict[str, object]:
    """Return the JSON object in `body` if it has `fields` of these types. Errors: BadMessage."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadMessage(why="it is not JSON") from None
    if not isinstance(value, dict):
        raise BadMessage(why="it is not an object")
    for name, kind in fields:
        if type(value.get(name)) is not kind:
            raise BadMessage(why=f"{name} is missing or of the wrong kind")
    return value
