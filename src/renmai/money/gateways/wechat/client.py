"""WeChat Pay v3 behind the protocol of gateways.

Every write carries a number of ours that the provider takes once: out_trade_no, out_refund_no, out_bill_no. Answers are
verified as notices are: what is not signed was not said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from renmai.config import config
from renmai.kit.http import Limits, OutgoingError, Response, fetch
from renmai.kit.ids import new_id
from renmai.money.gateways.providers import KeyFault
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
from renmai.money.gateways.tokens import notify_url, pay_address
from renmai.money.gateways.wechat.rules import (
    CURRENCY,
    NAME,
    REFUND_ENDS,
    TRANSFER_ENDS,
    bill_number,
    read_bill,
    read_notice,
    refund_number,
    refund_reason,
    transfer_reason,
)
from renmai.money.gateways.wechat.signing import Keys, authorization, check_signed, open_resource
from renmai.money.payments.rules import Message

API = "https://api.mch.weixin.qq.com"
LIMITS = Limits(bytes_max=1024 * 1024, seconds_max=15.0, redirects_max=0)
FILE_LIMITS = Limits(bytes_max=64 * 1024 * 1024, seconds_max=60.0, redirects_max=0)
REFUND_TRIES_MAX = 10
DESCRIPTION_LENGTH_MAX = 127
# From this amount on a transfer needs the receiver's real name, which the house does not keep (FIELD 3.13).
REAL_NAME_FROM_MINOR = 200_000
# A commission (scene 1005) is reported with who earned it and for what.
SCENE, REPORTED = "1005", (("岗位类型", "推广者"), ("报酬说明", "推广佣金"))


class WeChat:
    """Wallets in CNY: a code to scan on a computer, WeChat's page on a phone; transfers to persons by their openid.

    The money comes to the merchant's own account, so it is we who hold it. Profit sharing (which would leave it with
    WeChat, for 30 days, 30 % to others) is not used. A person's transfer cannot be called back. Refunds: a year.
    """

    name = NAME
    methods = ("wallet",)
    thanks = None
    able = Able(
        custody="platform", freeze_days_max=3650, split_bps_max=10_000, claw_back_days_max=0, return_days_max=365
    )

    def __init__(self, *, keys: Keys, appid: str, api_url: str | None) -> None:
        """`api_url` is for a stand-in: only then may the address be a private one."""
        self._keys, self._appid, self._api = keys, appid, api_url or API
        self._allow = frozenset({api_url}) if api_url else frozenset()

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
        """Return the code to scan, or on a phone WeChat's page, which leads back here; see `Gateway.go_on`."""
        if page.currency != CURRENCY:
            raise GatewayRefused(reason=f"WeChat Pay takes {CURRENCY} only")
        asked: dict[str, Any] = {
            "appid": self._appid,
            "mchid": self._keys.mchid,
            "description": page.title[:DESCRIPTION_LENGTH_MAX],
            "out_trade_no": page.ref,
            "notify_url": page.notify_url,
            "amount": {"total": page.amount_minor, "currency": page.currency},
        }
        try:
            return self._page(asked, page, payer, now)
        except GatewayRefused:
            if self._is_paid(page.ref, now):
                return Onward(url=page.back_url)
            raise

    def _page(self, asked: dict[str, Any], page: Page, payer: Payer, now: datetime) -> Onward:
        if not payer.phone:
            return Onward(code=self._told("POST", "/v3/pay/transactions/native", asked, now)["code_url"])
        asked["scene_info"] = {"payer_client_ip": payer.address, "h5_info": {"type": "Wap"}}
        url = self._told("POST", "/v3/pay/transactions/h5", asked, now)["h5_url"]
        return Onward(url=f"{url}&redirect_url={quote(page.back_url, safe='')}")

    def _order(self, ref: str, now: datetime) -> dict[str, Any] | None:
        return self._found(f"/v3/pay/transactions/out-trade-no/{ref}?mchid={self._keys.mchid}", now)

    def _is_paid(self, ref: str, now: datetime) -> bool:
        order = self._order(ref, now)
        return order is not None and order["trade_state"] == "SUCCESS"

    def send_return(
        self, *, key: str, payment_ref: str, amount_minor: int, currency: str, now: datetime
    ) -> Message | None:
        """Refund once per key; a number that WeChat closed is followed by the next. See `Gateway.send_return`."""
        number, refund = self._refund_known(key, now)
        if refund is None:
            order = self._order(payment_ref, now)
            if order is None:
                raise GatewayUnavailable(reason="the payment is not found there yet")
            asked = {
                "out_trade_no": payment_ref,
                "out_refund_no": number,
                "notify_url": notify_url(NAME),
                "amount": {"refund": amount_minor, "total": order["amount"]["total"], "currency": currency},
            }
            refund = self._told("POST", "/v3/refund/domestic/refunds", asked, now)
        end = REFUND_ENDS.get(refund["status"])
        if end is None:
            return None
        event, amount = f"{refund['refund_id']}:{refund['status']}", refund["amount"]["refund"]
        return Message(NAME, event, end, key, amount, CURRENCY, now, now, refund_reason(refund["status"]))

    def _refund_known(self, key: str, now: datetime) -> tuple[str, dict[str, Any] | None]:
        """Return the number to refund under and what WeChat knows of it."""
        for tries in range(REFUND_TRIES_MAX):
            number = refund_number(key, tries)
            known = self._found(f"/v3/refund/domestic/refunds/{number}", now)
            if known is None or known["status"] != "CLOSED":
                return number, known
        raise GatewayRefused(reason="WeChat Pay closed this refund again and again")

    def send_payout(
        self, *, key: str, payee_ref: str, amount_minor: int, currency: str, now: datetime
    ) -> Message | None:
        """Transfer to the person with the openid `payee_ref`, once per key; see `Gateway.send_payout`.

        The person confirms it in WeChat within a day, else it comes to nothing and is told as failed.
        """
        if currency != CURRENCY or amount_minor >= REAL_NAME_FROM_MINOR:
            raise GatewayRefused(reason=f"WeChat Pay transfers less than 2,000 {CURRENCY} without the real name")
        number = bill_number(key)
        bill = self._found(f"/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{number}", now)
        if bill is None:
            bill = self._told(
                "POST", "/v3/fund-app/mch-transfer/transfer-bills", self._transfer(number, payee_ref, amount_minor), now
            )
        end = TRANSFER_ENDS.get(bill["state"])
        if end is None:
            return None
        event = f"{bill['transfer_bill_no']}:{bill['state']}"
        return Message(NAME, event, end, key, amount_minor, CURRENCY, now, now, transfer_reason(bill))

    def _transfer(self, number: str, openid: str, amount_minor: int) -> dict[str, Any]:
        return {
            "appid": self._appid,
            "out_bill_no": number,
            "transfer_scene_id": SCENE,
            "openid": openid,
            "transfer_amount": amount_minor,
            "transfer_remark": REPORTED[1][1],
            "notify_url": notify_url(NAME),
            "transfer_scene_report_infos": [{"info_type": name, "info_content": said} for name, said in REPORTED],
        }

    def send_evidence(
        self, *, key: str, chargeback_ref: str, words: str, files: Sequence[EvidenceFile], now: datetime
    ) -> None:
        """Refuse: wallets know no chargebacks, only complaints to WeChat. Errors: GatewayRefused."""
        raise GatewayRefused(reason="WeChat Pay hears no evidence")

    def settlement_file(self, *, day: date, now: datetime) -> bytes:
        """Return the bill of trades of a day in Beijing, there from ten the next morning; see `Gateway.settlement_file`."""
        told = self._told("GET", f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL", None, now)
        parts = urlsplit(told["download_url"])
        if f"{parts.scheme}://{parts.netloc}" != self._api:
            raise GatewayRefused(reason="the bill is kept at an odd address")
        answer = self._sent("GET", f"{parts.path}?{parts.query}", b"", now, limits=FILE_LIMITS)
        # The file itself is not signed; its digest was.
        if answer.status != 200 or hashlib.sha1(answer.body).hexdigest() != told["hash_value"]:
            raise GatewayUnavailable(reason="the bill came damaged")
        return answer.body

    def read_settlement(self, body: bytes) -> list[SettlementRow]:
        """Return the lines of a bill; see `Gateway.read_settlement`."""
        return read_bill(body)

    def read_message(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Message]:
        """Return what a notice says, verified and opened; see `Gateway.read_message`."""
        check_size(body)
        check_signed(self._keys, {name.lower(): value for name, value in headers.items()}, body, now)
        try:
            notice = orjson.loads(body)
            resource = notice["resource"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise BadMessage(why="it is no notice of WeChat Pay") from None
        return read_notice(notice, open_resource(self._keys, resource), now)

    def _found(self, target: str, now: datetime) -> dict[str, Any] | None:
        """Return what is known there, or None. Errors: GatewayUnavailable, GatewayRefused."""
        status, told = self._asked("GET", target, None, now)
        return None if status == 404 else _taken(status, told)

    def _told(self, method: str, target: str, asked: dict[str, Any] | None, now: datetime) -> dict[str, Any]:
        return _taken(*self._asked(method, target, asked, now))

    def _asked(
        self, method: str, target: str, asked: dict[str, Any] | None, now: datetime
    ) -> tuple[int, dict[str, Any]]:
        """Return (status, answer), verified. An answer nobody signed tells nothing. Errors: GatewayUnavailable."""
        answer = self._sent(method, target, b"" if asked is None else orjson.dumps(asked), now)
        try:
            check_signed(self._keys, answer.headers, answer.body, now)
            told = orjson.loads(answer.body)
        except (BadSignature, orjson.JSONDecodeError):
            raise GatewayUnavailable(reason=f"{answer.status}, and the answer is not signed") from None
        if not isinstance(told, dict):
            raise GatewayUnavailable(reason="the answer cannot be read")
        return answer.status, told

    def _sent(self, method: str, target: str, body: bytes, now: datetime, *, limits: Limits | None = None) -> Response:
        at, nonce = int(now.timestamp()), new_id().hex
        headers = {
            "accept": "application/json",
            "content-type": "application/json",
            "authorization": authorization(self._keys, method=method, target=target, body=body, nonce=nonce, at=at),
            "wechatpay-serial": self._keys.public_id,
        }
        sent = body if method == "POST" else None
        try:
            return fetch(
                self._api + target,
                method=method,
                body=sent,
                headers=headers,
                limits=limits or LIMITS,
                allow=self._allow,
            )
        except OutgoingError as error:
            raise GatewayUnavailable(reason=error.code) from None


def _taken(status: int, told: dict[str, Any]) -> dict[str, Any]:
    """Return a good answer. Errors: GatewayRefused (it says no), GatewayUnavailable (it could not say)."""
    if status == 200:
        return told
    reason = f"{status} {told.get('code', '')} {told.get('message', '')}"[:200].strip()
    if 400 <= status < 500 and status not in {401, 409, 429}:
        raise GatewayRefused(reason=reason)
    raise GatewayUnavailable(reason=reason)


def open_gateway() -> WeChat:
    """Return the gateway by the settings, which are all there. Errors: KeyFault."""
    own = config()
    assert own.wechat_mchid and own.wechat_appid and own.wechat_cert_serial and own.wechat_public_key_id
    assert own.wechat_key_file and own.wechat_public_key_file and own.wechat_apiv3_key
    keys = Keys(
        own.wechat_mchid,
        own.wechat_cert_serial,
        read_private_key(own.wechat_key_file),
        read_public_key(own.wechat_public_key_file),
        own.wechat_public_key_id,
        own.wechat_apiv3_key.get_secret_value().encode(),
    )
    if len(keys.apiv3_key) != 32:
        raise KeyFault("WECHAT_APIV3_KEY must be 32 characters")
    return WeChat(
        keys=keys, appid=own.wechat_appid, api_url=own.wechat_api_url.rstrip("/") if own.wechat_api_url else None
    )
