"""Stripe behind the protocol of gateways, by its official SDK.

Every write carries an Idempotency-Key. Stripe forgets keys after a day, so before money leaves (refund, transfer) it is
asked whether the thing is there already: asking twice after a week pays once too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import orjson
import stripe

from renmai.config import config
from renmai.kit.http import Limits, OutgoingError, fetch
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
from renmai.money.gateways.stripe.rules import (
    COLUMNS,
    NAME,
    PAYMENT,
    PAYOUT,
    REFUND_ENDS,
    REPORT,
    RETURN,
    SIGNATURE_HEADER,
    check_time,
    read_event,
    read_report,
    refund_reason,
)
from renmai.money.gateways.stripe.wire import Wire, asking
from renmai.money.gateways.tokens import pay_address
from renmai.money.payments.rules import Message, Said

API = "https://api.stripe.com"
FILES = "https://files.stripe.com"
FILE_LIMITS = Limits(bytes_max=64 * 1024 * 1024, seconds_max=60.0, redirects_max=0)
# Evidence has one place for each kind of file; ours are not told apart.
EVIDENCE_PLACES = (
    "uncategorized_file",
    "shipping_documentation",
    "service_documentation",
    "customer_communication",
    "receipt",
)


class Stripe:
    """Cards. The payer pays on Stripe's page; payees are paid by transfers to their connected accounts.

    Money waits on the platform's own balance at Stripe, so it is we who hold it. Stripe lets a balance wait 90 days in most
    countries; transfers can be reversed as long as the receiver has the money, which nobody can promise: not declared.
    """

    name = NAME
    methods = ("card",)
    thanks = None
    able = Able(custody="platform", freeze_days_max=90, split_bps_max=10_000, claw_back_days_max=0, return_days_max=180)

    def __init__(self, *, secret_key: str, webhook_secret: str, api_url: str | None) -> None:
        """`api_url` is for a stand-in, which takes files at the same address."""
        self._key, self._webhook_secret = secret_key, webhook_secret
        self._allow = frozenset({api_url}) if api_url else frozenset()
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_url or API, "files": api_url or FILES},
            http_client=Wire(self._allow),
            max_network_retries=0,
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
        """Return the address of our page that asks; see `Gateway.start`."""
        return pay_address(NAME, Page(payment_ref, amount_minor, currency, method, title, notify_url, back_url))

    def go_on(self, *, page: Page, payer: Payer, now: datetime) -> Onward:
        """Return the address of a Checkout Session, opened once per reference (in a day); see `Gateway.go_on`."""
        price: Any = {
            "currency": page.currency.lower(),
            "unit_amount": page.amount_minor,
            "product_data": {"name": page.title},
        }
        wanted: Any = {
            "mode": "payment",
            "payment_method_types": ["card"],
            "line_items": [{"price_data": price, "quantity": 1}],
            "client_reference_id": page.ref,
            "metadata": {PAYMENT: page.ref},
            "payment_intent_data": {"metadata": {PAYMENT: page.ref}},
            "success_url": page.back_url,
            "cancel_url": page.back_url,
        }
        with asking():
            session = self._client.v1.checkout.sessions.create(wanted, {"idempotency_key": f"pay-{page.ref}"})
        if not session.url:
            raise GatewayRefused(reason="this payment page was used")
        return Onward(url=session.url)

    def send_return(
        self, *, key: str, payment_ref: str, amount_minor: int, currency: str, now: datetime
    ) -> Message | None:
        """Refund once per key; what failed is tried anew. See `Gateway.send_return`."""
        with asking():
            intent = self._intent(payment_ref)
            page = self._client.v1.refunds.list({"payment_intent": intent, "limit": 100})
            mine = [one for one in page.auto_paging_iter() if _mark(one.metadata, RETURN) == key]
            live = [one for one in mine if one.status not in {"failed", "canceled"}]
            refund = live[0] if live else self._refund(intent, amount_minor, key, len(mine))
        end = REFUND_ENDS.get(refund.status or "")
        if end is None:
            return None
        event = f"{refund.id}:{refund.status}"
        extra = refund_reason({"failure_reason": getattr(refund, "failure_reason", None)})
        return Message(NAME, event, end, key, refund.amount, refund.currency.upper(), now, now, extra)

    def _refund(self, intent: str, amount_minor: int, key: str, failed: int) -> stripe.Refund:
        return self._client.v1.refunds.create(
            {"payment_intent": intent, "amount": amount_minor, "metadata": {RETURN: key}},
            {"idempotency_key": f"return-{key}-{failed}"},
        )

    def _intent(self, payment_ref: str) -> str:
        """Return the id of the payment intent that took the money. Errors: GatewayUnavailable (not found, perhaps not yet)."""
        if not payment_ref.isalnum():
            raise GatewayRefused(reason="no such payment")
        query = f"metadata['{PAYMENT}']:'{payment_ref}' AND status:'succeeded'"
        found = self._client.v1.payment_intents.search({"query": query, "limit": 1}).data
        if not found:
            raise GatewayUnavailable(reason="the payment is not found there yet")
        return found[0].id

    def send_payout(self, *, key: str, payee_ref: str, amount_minor: int, currency: str, now: datetime) -> Message:
        """Transfer to the connected account `payee_ref` (acct_...), once per key; see `Gateway.send_payout`."""
        with asking():
            known = self._client.v1.transfers.list({"transfer_group": key, "limit": 1}).data
            transfer = known[0] if known else self._transfer(key, payee_ref, amount_minor, currency)
        paid, currency = transfer.amount, transfer.currency.upper()
        return Message(NAME, f"{transfer.id}:paid", Said.PAYOUT_PAID, key, paid, currency, now, now)

    def _transfer(self, key: str, account: str, amount_minor: int, currency: str) -> stripe.Transfer:
        return self._client.v1.transfers.create(
            {
                "amount": amount_minor,
                "currency": currency.lower(),
                "destination": account,
                "transfer_group": key,
                "metadata": {PAYOUT: key},
            },
            {"idempotency_key": f"payout-{key}"},
        )

    def send_evidence(
        self, *, key: str, chargeback_ref: str, words: str, files: Sequence[EvidenceFile], now: datetime
    ) -> None:
        """Submit evidence for a dispute; see `Gateway.send_evidence`. At most five files."""
        if len(files) > len(EVIDENCE_PLACES):
            raise GatewayRefused(reason=f"evidence has room for {len(EVIDENCE_PLACES)} files")
        with asking():
            sent = {
                place: self._client.v1.files.create({"purpose": "dispute_evidence", "file": _Named(file)}).id
                for place, file in zip(EVIDENCE_PLACES, files, strict=False)
            }
            evidence: Any = {"uncategorized_text": words, **sent}
            self._client.v1.disputes.update(chargeback_ref, {"evidence": evidence, "submit": True})

    def settlement_file(self, *, day: date, now: datetime) -> bytes:
        """Return the balance report of a day in TIME_ZONE. Stripe makes it after it was asked: ask again."""
        start = datetime.combine(day, time(), ZoneInfo(config().time_zone)).astimezone(UTC)
        end = start + timedelta(days=1)
        if now < end:
            raise GatewayUnavailable(reason="the day is not over")
        wanted: Any = {
            "interval_start": int(start.timestamp()),
            "interval_end": int(end.timestamp()),
            "columns": list(COLUMNS),
        }
        try:
            with asking():
                run = self._client.v1.reporting.report_runs.create(
                    {"report_type": REPORT, "parameters": wanted}, {"idempotency_key": f"settlement-{day}-{wanted}"}
                )
                run = self._client.v1.reporting.report_runs.retrieve(run.id)
        except GatewayRefused as refusal:
            raise GatewayUnavailable(reason=str(refusal)) from refusal
        if run.status == "failed":
            raise GatewayRefused(reason="the report failed")
        if run.status != "succeeded" or run.result is None or not run.result.url:
            raise GatewayUnavailable(reason="the report is being made")
        return self._file(run.result.url)

    def _file(self, url: str) -> bytes:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" not in {FILES, *self._allow}:
            raise GatewayRefused(reason="the report is kept at an odd address")
        headers = {"authorization": f"Bearer {self._key}"}
        try:
            answer = fetch(url, headers=headers, limits=FILE_LIMITS, allow=self._allow)
        except OutgoingError as error:
            raise GatewayUnavailable(reason=error.code) from None
        if answer.status != 200:
            raise GatewayUnavailable(reason=str(answer.status))
        return answer.body

    def read_settlement(self, body: bytes) -> list[SettlementRow]:
        """Return the lines of a balance report; see `Gateway.read_settlement`."""
        return read_report(body)

    def read_message(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Message]:
        """Return what a webhook says, verified; see `Gateway.read_message`. A dispute's payment is asked for."""
        check_size(body)
        header = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE_HEADER, "")
        try:
            # Its own tolerance reads the machine's clock; ours is passed in.
            stripe.WebhookSignature.verify_header(body, header, self._webhook_secret, tolerance=None)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError):
            raise BadSignature() from None
        check_time(header, now)
        try:
            event = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise BadMessage(why="it is not JSON") from None
        return read_event(event, payment_of=self._payment_of, now=now)

    def _payment_of(self, intent_id: str) -> str:
        with asking():
            intent = self._client.v1.payment_intents.retrieve(intent_id)
        return _mark(intent.metadata, PAYMENT)


def _mark(kept: Any, name: str) -> str:
    """Return our reference out of an object's metadata, which looks like a mapping and has no `get`."""
    return str(kept[name]) if kept and name in kept else ""


class _Named(BytesIO):
    """A file in memory with a name, as the SDK wants to send it."""

    def __init__(self, file: EvidenceFile) -> None:
        super().__init__(file.body)
        self.name = file.name


def open_gateway() -> Stripe:
    """Return the gateway by the settings, which are all there."""
    own = config()
    assert own.stripe_secret_key is not None and own.stripe_webhook_secret is not None
    return Stripe(
        secret_key=own.stripe_secret_key.get_secret_value(),
        webhook_secret=own.stripe_webhook_secret.get_secret_value(),
        api_url=own.stripe_api_url.rstrip("/") if own.stripe_api_url else None,
    )
