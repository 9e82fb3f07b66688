"""Alipay behind the protocol of gateways. Trades carry our reference, refunds our key; each is taken once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from renmai.config import config
from renmai.kit.http import Limits, OutgoingError, fetch
from renmai.kit.money import to_decimal
from renmai.money.gateways.alipay.rules import BEIJING, CURRENCY, NAME, is_unsure, read_bill, read_trade
from renmai.money.gateways.alipay.signing import read_answer, read_notice, signed_fields
from renmai.money.gateways.rsa import read_private_key, read_public_key
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
from renmai.money.gateways.tokens import pay_address
from renmai.money.payments.rules import Message, Said

API = "https://openapi.alipay.com/gateway.do"
LIMITS = Limits(bytes_max=1024 * 1024, seconds_max=15.0, redirects_max=0)
FILE_LIMITS = Limits(bytes_max=64 * 1024 * 1024, seconds_max=60.0, redirects_max=0)
TITLE_LENGTH_MAX = 256


class Alipay:
    """Wallets in CNY on Alipay's own pages. Hands nothing out: its transfers want certificates instead of keys.

    The money comes to the merchant's own account, so it is we who hold it. Refunds: a year.
    """

    name = NAME
    methods = ("wallet",)
    thanks = b"success"
    able = Able(
        custody="platform",
        freeze_days_max=3650,
        split_bps_max=10_000,
        claw_back_days_max=0,
        return_days_max=365,
        pays_out=False,
    )

    def __init__(self, *, app_id: str, private: RSAPrivateKey, public: RSAPublicKey, api_url: str | None) -> None:
        """`api_url` is for a stand-in: only then may the address be a private one."""
        self._app_id, self._private, self._public = app_id, private, public
        self._api, parts = api_url or API, urlsplit(api_url or "")
        self._allow = frozenset({f"{parts.scheme}://{parts.netloc}"}) if api_url else frozenset()

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
        """Return the address of our page, which signs for Alipay when it is opened; see `Gateway.start`."""
        return pay_address(NAME, Page(payment_ref, amount_minor, currency, method, title, notify_url, back_url))

    def go_on(self, *, page: Page, payer: Payer, now: datetime) -> Onward:
        """Return the signed address of Alipay's page. No call is made; one reference is paid once there."""
        if page.currency != CURRENCY:
            raise GatewayRefused(reason=f"Alipay takes {CURRENCY} only")
        wanted = {
            "out_trade_no": page.ref,
            "total_amount": str(to_decimal(page.amount_minor, page.currency)),
            "subject": page.title[:TITLE_LENGTH_MAX],
            "product_code": "QUICK_WAP_WAY" if payer.phone else "FAST_INSTANT_TRADE_PAY",
        }
        if payer.phone:
            wanted["quit_url"] = page.back_url
        method = "alipay.trade.wap.pay" if payer.phone else "alipay.trade.page.pay"
        fields = self._fields(method, wanted, now, notify_url=page.notify_url, return_url=page.back_url)
        return Onward(url=f"{self._api}?{urlencode(fields)}")

    def send_return(
        self, *, key: str, payment_ref: str, amount_minor: int, currency: str, now: datetime
    ) -> Message | None:
        """Refund once per key; see `Gateway.send_return`. Where nothing moved it is asked how that refund stands."""
        asked = {
            "out_trade_no": payment_ref,
            "out_request_no": key,
            "refund_amount": str(to_decimal(amount_minor, currency)),
        }
        told = self._told("alipay.trade.refund", asked, now)
        if told.get("fund_change") != "Y" and not self._refunded(payment_ref, key, now):
            return None
        return Message(NAME, f"{key}:done", Said.RETURN_DONE, key, amount_minor, currency, now, now)

    def _refunded(self, payment_ref: str, key: str, now: datetime) -> bool:
        asked = {"out_trade_no": payment_ref, "out_request_no": key}
        told = self._told("alipay.trade.fastpay.refund.query", asked, now)
        return told.get("refund_status") == "REFUND_SUCCESS"

    def send_payout(self, *, key: str, payee_ref: str, amount_minor: int, currency: str, now: datetime) -> Message:
        """Refuse. Errors: GatewayRefused."""
        raise GatewayRefused(reason="Alipay hands no money out for this house")

    def send_evidence(
        self, *, key: str, chargeback_ref: str, words: str, files: Sequence[EvidenceFile], now: datetime
    ) -> None:
        """Refuse: wallets know no chargebacks, only complaints to Alipay. Errors: GatewayRefused."""
        raise GatewayRefused(reason="Alipay hears no evidence")

    def settlement_file(self, *, day: date, now: datetime) -> bytes:
        """Return the bill of trades of a day in Beijing, a zip, there from the next morning; see `Gateway`."""
        asked = {"bill_type": "trade", "bill_date": day.isoformat()}
        told = self._told("alipay.data.dataservice.bill.downloadurl.query", asked, now)
        try:
            answer = fetch(str(told["bill_download_url"]), limits=FILE_LIMITS, allow=self._allow)
        except OutgoingError as error:
            raise GatewayUnavailable(reason=error.code) from None
        if answer.status != 200:
            raise GatewayUnavailable(reason=str(answer.status))
        return answer.body

    def read_settlement(self, body: bytes) -> list[SettlementRow]:
        """Return the lines of a bill; see `Gateway.read_settlement`."""
        return read_bill(body)

    def read_message(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Message]:
        """Return what a notice says, verified; see `Gateway.read_message`."""
        check_size(body)
        return read_trade(read_notice(self._public, body), app_id=self._app_id, now=now)

    def _fields(self, method: str, wanted: Mapping[str, str], now: datetime, **urls: str) -> dict[str, str]:
        fields = {
            "app_id": self._app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": now.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "biz_content": orjson.dumps(wanted).decode(),
            **urls,
        }
        return signed_fields(self._private, fields)

    def _told(self, method: str, wanted: Mapping[str, str], now: datetime) -> dict[str, Any]:
        """Return a good answer, verified. Errors: GatewayRefused (it says no), GatewayUnavailable (nobody knows)."""
        body = urlencode(self._fields(method, wanted, now)).encode()
        headers = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
        try:
            answer = fetch(self._api, method="POST", body=body, headers=headers, limits=LIMITS, allow=self._allow)
            told = read_answer(self._public, answer.body.decode(), method)
        except OutgoingError as error:
            raise GatewayUnavailable(reason=error.code) from None
        except (BadSignature, BadMessage, UnicodeDecodeError):
            raise GatewayUnavailable(reason=f"{answer.status}, and the answer is not signed") from None
        code, sub_code = str(told.get("code", "")), str(told.get("sub_code", ""))
        if code == "10000":
            return told
        reason = f"{code} {sub_code} {told.get('sub_msg', '')}"[:200].strip()
        if is_unsure(code, sub_code):
            raise GatewayUnavailable(reason=reason)
        raise GatewayRefused(reason=reason)


def open_gateway() -> Alipay:
    """Return the gateway by the settings, which are all there. Errors: KeyFault."""
    own = config()
    assert own.alipay_app_id and own.alipay_key_file and own.alipay_public_key_file
    return Alipay(
        app_id=own.alipay_app_id,
        private=read_private_key(own.alipay_key_file),
        public=read_public_key(own.alipay_public_key_file),
        api_url=own.alipay_api_url,
    )
