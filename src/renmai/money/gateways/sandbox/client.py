"""The house's side: the sandbox behind the protocol of gateways."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import orjson

from renmai.config import config
from renmai.kit.http import Limits, OutgoingError, fetch
from renmai.kit.money import AMOUNT_MINOR_MAX
from renmai.money.gateways.rules import (
    Able,
    BadMessage,
    BadSignature,
    EvidenceFile,
    GatewayRefused,
    GatewayUnavailable,
    Onward,
    Page,
    Payer,
    SettlementRow,
    check_size,
)
from renmai.money.gateways.sandbox.keys import merchant_key, webhook_key
from renmai.money.gateways.sandbox.rules import METHODS, SIGNATURE_HEADER, read_file, read_json, sign, verify
from renmai.money.gateways.tokens import pack
from renmai.money.payments.rules import Message, Said

LIMITS = Limits(bytes_max=64 * 1024, seconds_max=10.0, redirects_max=0)
FILE_LIMITS = Limits(bytes_max=64 * 1024 * 1024, seconds_max=60.0, redirects_max=0)
CHARGEBACKS = frozenset({Said.CHARGEBACK, Said.CHARGEBACK_WON, Said.CHARGEBACK_LOST})
FIELDS = (("id", str), ("kind", str), ("ref", str), ("amount_minor", int), ("currency", str), ("at", str))
NAME_LENGTH_MAX = 80
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
KNOWN = frozenset(Said)


class Sandbox:
    """The sandbox provider. Its pages are signed addresses, so starting a payment makes no call."""

    name = "sandbox"
    methods = METHODS
    thanks = None
    able = Able(
        custody="platform", freeze_days_max=365, split_bps_max=10_000, claw_back_days_max=0, return_days_max=365
    )

    def start(
        self,
        *,
        payment_ref: str,
        amount_minor: int,
        currency: str,
        method: str,
        title: str,
        notify_url: str,
        back_url: str,
    ) -> str:
        """Return the address of the payment page; see `Gateway.start`."""
        page = Page(payment_ref, amount_minor, currency, method, title, notify_url, back_url)
        return f"{config().pages_origin}/sandbox/pay?order={pack(merchant_key(), page)}"

    def go_on(self, *, page: Page, payer: Payer, now: datetime) -> Onward:
        """Refuse: its pages need no asking. Errors: GatewayRefused."""
        raise GatewayRefused(reason="the sandbox has pages of its own")

    def send_return(self, *, key: str, payment_ref: str, amount_minor: int, currency: str, now: datetime) -> None:
        """Ask for a return; see `Gateway.send_return`."""
        ask = {"key": key, "charge": payment_ref, "amount_minor": amount_minor, "currency": currency}
        _call("returns", ask, now)

    def send_payout(self, *, key: str, payee_ref: str, amount_minor: int, currency: str, now: datetime) -> None:
        """Ask for a payout; see `Gateway.send_payout`."""
        notify = f"{config().pages_origin}/webhooks/payments/{self.name}"
        ask = {
            "key": key,
            "payee": payee_ref,
            "amount_minor": amount_minor,
            "currency": currency,
            "notify_url": notify,
        }
        _call("payouts", ask, now)

    def send_evidence(
        self, *, key: str, chargeback_ref: str, words: str, files: Sequence[EvidenceFile], now: datetime
    ) -> None:
        """Send evidence; see `Gateway.send_evidence`."""
        told = [{"name": f.name, "media_type": f.media_type, "sha256": sha256(f.body).hexdigest()} for f in files]
        _call("evidence", {"key": key, "chargeback": chargeback_ref, "words": words, "files": told}, now)

    def settlement_file(self, *, day: date, now: datetime) -> bytes:
        """Return the file of a day; see `Gateway.settlement_file`."""
        return _call("settlement", {"day": day.isoformat()}, now, limits=FILE_LIMITS)

    def read_settlement(self, body: bytes) -> list[SettlementRow]:
        """Return the lines of a file; see `Gateway.read_settlement`."""
        return read_file(body)

    def read_message(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Message]:
        """Return the one message of a webhook; see `Gateway.read_message`."""
        check_size(body)
        named = {name.lower(): value for name, value in headers.items()}
        header = named.get(SIGNATURE_HEADER.lower())
        if header is None:
            raise BadSignature()
        verify(webhook_key(), body, header, now=now)
        said: dict[str, Any] = read_json(body, FIELDS)
        if said["kind"] not in KNOWN:
            return []
        return [_message(self.name, said, now)]


def _message(gateway: str, said: dict[str, Any], now: datetime) -> Message:
    names = (said["id"], said["ref"])
    if not all(1 <= len(name) <= NAME_LENGTH_MAX for name in names) or not CURRENCY.fullmatch(said["currency"]):
        raise BadMessage(why="id, ref or currency cannot be right")
    if not 0 <= said["amount_minor"] <= AMOUNT_MINOR_MAX:
        raise BadMessage(why="the amount cannot be right")
    try:
        at = datetime.fromisoformat(said["at"])
    except ValueError:
        raise BadMessage(why="its time cannot be read") from None
    if at.tzinfo is None:
        raise BadMessage(why="its time has no zone")
    kind = Said(said["kind"])
    extra = _about_chargeback(said) if kind in CHARGEBACKS else {}
    if "reason" in said:
        extra["reason"] = str(said["reason"])[:200]
    return Message(gateway, said["id"], kind, said["ref"], said["amount_minor"], said["currency"], at, now, extra)


def _about_chargeback(said: dict[str, Any]) -> dict[str, Any]:
    try:
        due_by = datetime.fromisoformat(said["due_by"])
        return {"chargeback_ref": str(said["chargeback_ref"])[:NAME_LENGTH_MAX], "due_by": due_by}
    except (KeyError, TypeError, ValueError):
        raise BadMessage(why="it does not say which chargeback it is about") from None


def _call(path: str, ask: dict[str, Any], now: datetime, *, limits: Limits = LIMITS) -> bytes:
    origin = config().pages_origin
    body = orjson.dumps(ask)
    headers = {
        "content-type": "application/json",
        SIGNATURE_HEADER: sign(merchant_key(), body, at=int(now.timestamp())),
    }
    url = f"{origin}/sandbox/api/{path}"
    try:
        answer = fetch(url, method="POST", body=body, headers=headers, limits=limits, allow=frozenset({origin}))
    except OutgoingError as error:
        raise GatewayUnavailable(reason=error.code) from error
    if 400 <= answer.status < 500:
        raise GatewayRefused(reason=f"{answer.status} {answer.body[:120].decode('utf-8', 'replace')}")
    if answer.status != 200:
        raise GatewayUnavailable(reason=str(answer.status))
    return answer.body
