"""WeChat Pay v3 against its stand-in: RSA signatures both ways, sealed notices, our guarded client on the wire."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from renmai.kit.clock import now as clock_now
from renmai.kit.http import Limits
from renmai.kit.ids import new_id
from renmai.money.gateways.actions import send_due_returns
from renmai.money.gateways.registry import gateway
from renmai.money.gateways.rules import (
    BadMessage,
    BadSignature,
    GatewayRefused,
    GatewayUnavailable,
    Page,
    Payer,
    RowKind,
    SettlementRow,
)
from renmai.money.gateways.wechat import client as wechat_client
from renmai.money.gateways.wechat.client import WeChat
from renmai.money.gateways.wechat.rules import bill_number, key_of_bill
from renmai.money.gateways.wechat.signing import Keys
from renmai.money.payments.models import GatewayEvent, PaymentReturn
from renmai.money.payments.rules import Message, Said
from renmai.money.payouts.rules import payout_key
from renmai.trade.orders.models import Order
from tests.money.desk import balances, digest
from tests.money.sale import Sale, start_sale
from tests.money.standins.keys import Pair, pair
from tests.money.standins.server import serving
from tests.money.standins.wechat import (
    APIV3,
    APPID,
    BILL,
    MCHID,
    PUBLIC_ID,
    SERIAL,
    WeChatStandIn,
    notice,
    signed_headers,
)
from tests.trade.world import NOW

PAGE = Page("ref1ref1", 6800, "CNY", "wallet", "Renmai 1", "http://127.0.0.1:1/hook", "http://127.0.0.1:1/back?a=b")
DESK, PHONE = Payer(phone=False, address="203.0.113.9"), Payer(phone=True, address="203.0.113.9")
STAMP = int(NOW.timestamp())
DAY = date(2026, 3, 1)


@pytest.fixture
def standin() -> Iterator[WeChatStandIn]:
    with serving(WeChatStandIn) as stand_in:
        yield stand_in


def keys(private: Pair | None = None) -> Keys:
    return Keys(MCHID, SERIAL, (private or pair("merchant")).private, pair("wechat").public, PUBLIC_ID, APIV3.encode())


@pytest.fixture
def gate(standin: WeChatStandIn) -> WeChat:
    return WeChat(keys=keys(), appid=APPID, api_url=standin.origin)


@pytest.fixture
def house_of_wechat(house: None, standin: WeChatStandIn, settle: Callable[..., None], tmp_path: Path) -> WeChatStandIn:
    """A house that takes wallets through WeChat Pay, which stands on this machine."""
    secret, _ = pair("merchant").write(tmp_path, "merchant")
    _, known = pair("wechat").write(tmp_path, "wechat")
    settle(
        PAYMENT_GATEWAY="wechat", WECHAT_MCHID=MCHID, WECHAT_APPID=APPID, WECHAT_CERT_SERIAL=SERIAL,
        WECHAT_KEY_FILE=secret, WECHAT_APIV3_KEY=APIV3, WECHAT_PUBLIC_KEY_FILE=known, WECHAT_PUBLIC_KEY_ID=PUBLIC_ID,
        WECHAT_API_URL=standin.origin,
    )  # fmt: skip
    return standin


def read(gate: WeChat, kind: str, thing: dict[str, Any], name: str = "n-1") -> list[Message]:
    body = notice(kind, thing, name)
    return gate.read_message(headers=signed_headers(body, STAMP), body=body, now=NOW)


def post(body: bytes, headers: dict[str, str]) -> int:
    return Client().post(
        "/webhooks/payments/wechat", body, content_type="application/json", headers=headers
    ).status_code  # fmt: skip


def tell(kind: str, thing: dict[str, Any], name: str) -> int:
    """Deliver a signed notice now; return the status of our answer."""
    body = notice(kind, thing, name)
    return post(body, signed_headers(body, int(clock_now().timestamp())))


def buy(standin: WeChatStandIn, *, told: bool = False) -> tuple[Sale, dict[str, Any]]:
    """Place a checkout, open its pay address, pay in WeChat; `told`: and hear of it."""
    sale = start_sale("wallet")
    status, page = sale.visit()
    assert status == 200, page
    paid = standin.pay(sale.payment.provider_ref)
    if told:
        assert tell("TRANSACTION.SUCCESS", paid, "n-captured") == 200
    return sale, paid


# --- paying


def test_a_checkout_is_paid_by_scanning(house_of_wechat: WeChatStandIn) -> None:
    sale = start_sale("wallet")
    status, page = sale.visit()
    assert status == 200 and 'src="data:image/svg+xml' in page and "weixin:" not in page
    paid = house_of_wechat.pay(sale.payment.provider_ref)
    assert f'content="0; url={sale.back}"' in sale.visit()[1]
    asked_by_itself = Client().get(sale.path, headers={"HX-Request": "true"})
    assert (asked_by_itself.status_code, asked_by_itself["HX-Redirect"]) == (200, sale.back)
    assert list(house_of_wechat.orders) == [sale.payment.provider_ref]
    order = house_of_wechat.orders[sale.payment.provider_ref]
    assert order["amount"] == {"total": 6800, "currency": "CNY"}
    assert order["notify_url"] == "http://127.0.0.1:8000/webhooks/payments/wechat"
    assert tell("TRANSACTION.SUCCESS", paid, "n-1") == 200
    assert sale.state() == "captured" and Order.objects.get().state == "paid"
    assert balances() == {"gateway:wechat": -6800, "escrow": 6800}


def test_a_phone_goes_to_the_page_of_wechat(house_of_wechat: WeChatStandIn) -> None:
    sale = start_sale("wallet")
    status, page = sale.visit(phone=True)
    back = sale.back.replace(":", "%3A").replace("/", "%2F")
    wanted = f"https://wx.tenpay.example/checkmweb?prepay_id={sale.payment.provider_ref[-8:]}&amp;redirect_url={back}"
    assert status == 200 and f'content="0; url={wanted}"' in page
    assert house_of_wechat.orders[sale.payment.provider_ref]["scene_info"]["payer_client_ip"] == "127.0.0.1"


def test_cards_are_not_taken_and_wallets_are(house_of_wechat: WeChatStandIn) -> None:
    with pytest.raises(Exception, match="wechat cannot take payments by card"):
        start_sale("card")
    assert house_of_wechat.calls == []


# --- signatures of notices


def test_forged_old_and_replayed_notices_do_nothing(house_of_wechat: WeChatStandIn) -> None:
    sale, paid = buy(house_of_wechat)
    at = int(clock_now().timestamp())
    body = notice("TRANSACTION.SUCCESS", paid, "n-1")
    good = signed_headers(body, at)
    other_key = notice("TRANSACTION.SUCCESS", paid, "n-1", key="another-apiv3-key-of-32-letters!")
    forged: list[tuple[bytes, dict[str, str]]] = [
        (body, {}),
        (body, signed_headers(body, at, by=pair("stranger"))),
        (body, signed_headers(body, at, by=pair("merchant"))),
        (body, signed_headers(body + b" ", at)),
        (body, signed_headers(body, at - 301)),
        (body, signed_headers(body, at + 302)),
        (body, good | {"Wechatpay-Timestamp": str(at + 1)}),
        (body, good | {"Wechatpay-Timestamp": "now"}),
        (body, good | {"Wechatpay-Nonce": "other"}),
        (body, good | {"Wechatpay-Serial": "PUB_KEY_ID_9999"}),
        (body, good | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/abcd"}),
        (body.replace(b"n-1", b"n-2"), good),
        (other_key, signed_headers(other_key, at)),
    ]
    before = digest()
    for number, (sent, headers) in enumerate(forged):
        assert post(sent, headers) == 403, number
    assert digest() == before
    assert post(body, good) == 200
    after = digest()
    assert after != before and post(body, good) == 200 and digest() == after
    assert GatewayEvent.objects.count() == 1 and sale.state() == "captured"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"resource": []}', b'{"resource": {"algorithm": "AES"}}', b"\xff", b" " * 70_000]
)
def test_signed_nonsense_is_refused(gate: WeChat, body: bytes) -> None:
    with pytest.raises(BadMessage):
        gate.read_message(headers=signed_headers(body, STAMP), body=body, now=NOW)


@pytest.mark.parametrize(
    "thing", [{}, {"trade_state": "SUCCESS"}, {"out_trade_no": 5, "trade_state": "SUCCESS", "amount": 7}]
)
def test_sealed_nonsense_is_refused(gate: WeChat, thing: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        read(gate, "TRANSACTION.SUCCESS", thing)


def test_kinds_that_mean_nothing_here_are_left_out(gate: WeChat) -> None:
    assert read(gate, "COMPLAINT.CREATE", {"complaint_id": "1"}) == []
    assert read(gate, "REFUND.PROCESSING", {"refund_status": "PROCESSING", "out_refund_no": "k"}) == []


# --- signatures of answers


def test_answers_that_wechat_did_not_sign_were_not_said(standin: WeChatStandIn, gate: WeChat) -> None:
    standin.signs_with = pair("stranger")
    with pytest.raises(GatewayUnavailable, match="not signed"):
        gate.go_on(page=PAGE, payer=DESK, now=NOW)
    standin.signs_with = pair("wechat")
    assert gate.go_on(page=PAGE, payer=DESK, now=NOW).code == "weixin://wxpay/bizpayurl?pr=ref1ref1"
    assert "redirect_url=http%3A%2F%2F127.0.0.1%3A1%2Fback%3Fa%3Db" in gate.go_on(page=PAGE, payer=PHONE, now=NOW).url


def test_requests_are_signed_by_the_merchant(standin: WeChatStandIn) -> None:
    stranger = WeChat(keys=keys(pair("stranger")), appid=APPID, api_url=standin.origin)
    with pytest.raises(GatewayUnavailable, match="401"):
        stranger.go_on(page=PAGE, payer=DESK, now=NOW)
    assert standin.orders == {}


# --- refunds


def test_a_refund_goes_back_at_once_and_once(house_of_wechat: WeChatStandIn) -> None:
    sale, _ = buy(house_of_wechat, told=True)
    row = sale.refund()
    assert [send_due_returns(now=clock_now()), send_due_returns(now=clock_now())] == [1, 0]
    row.refresh_from_db()
    assert row.state == "done" and balances() == {}
    assert [r["amount"]["refund"] for r in house_of_wechat.refunds.values()] == [6800]
    for name in ("n-7", "n-7", "n-8"):
        assert tell("REFUND.SUCCESS", house_of_wechat.about_refund(row.id.hex, "SUCCESS"), name) == 200
    assert tell("REFUND.ABNORMAL", house_of_wechat.about_refund(row.id.hex, "ABNORMAL"), "n-9") == 200
    assert balances() == {} and PaymentReturn.objects.get().state == "done"


def test_a_refund_that_was_closed_is_tried_under_a_new_number(house_of_wechat: WeChatStandIn) -> None:
    house_of_wechat.refund_states = ["PROCESSING", "SUCCESS"]
    sale, _ = buy(house_of_wechat, told=True)
    row = sale.refund()
    assert send_due_returns(now=clock_now()) == 1
    row.refresh_from_db()
    assert row.state == "sent" and balances() == {"gateway:wechat": -6800, "return_due": 6800}
    assert tell("REFUND.CLOSED", house_of_wechat.about_refund(row.id.hex, "CLOSED"), "n-7") == 200
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "WeChat Pay says CLOSED")
    assert send_due_returns(now=clock_now() + timedelta(seconds=40)) == 1
    row.refresh_from_db()
    assert row.state == "done" and balances() == {}
    assert list(house_of_wechat.refunds) == [row.id.hex, f"{row.id.hex}-1"]


def refunded(gate: WeChat, amount: int = 800) -> Message | None:
    return gate.send_return(key="key1", payment_ref="ref1ref1", amount_minor=amount, currency="CNY", now=NOW)


def test_no_answer_is_none_and_asking_again_refunds_once(
    standin: WeChatStandIn, gate: WeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_client, "LIMITS", Limits(bytes_max=65_536, seconds_max=0.7, redirects_max=0))
    with pytest.raises(GatewayUnavailable, match="not found there yet"):
        refunded(gate)
    gate.go_on(page=PAGE, payer=DESK, now=NOW)
    standin.pay("ref1ref1")
    for fault in ("silent", "broken"):
        standin.refunds.clear()
        standin.faults = [None, None, fault]
        with pytest.raises(GatewayUnavailable, match="outgoing"):
            refunded(gate)
        message = refunded(gate)
        assert message is not None and message.kind is Said.RETURN_DONE
        assert (message.provider_ref, message.amount_minor, message.currency) == ("key1", 800, "CNY")
        assert list(standin.refunds) == ["key1"]


def test_a_signed_no_is_a_refusal_and_anything_else_is_no_answer(standin: WeChatStandIn, gate: WeChat) -> None:
    gate.go_on(page=PAGE, payer=DESK, now=NOW)
    standin.pay("ref1ref1")
    with pytest.raises(GatewayRefused, match="403 NOT_ENOUGH"):
        refunded(gate, 9999)
    for status in (400, 401, 404, 429, 500, 502):
        standin.faults = [status]
        with pytest.raises(GatewayUnavailable):
            refunded(gate)
    assert standin.refunds == {}


# --- payouts


@pytest.mark.parametrize("number", [1, 2, 35, 36, 65_535])
@pytest.mark.parametrize("payout", [UUID(int=0), UUID(int=2**128 - 1), new_id()])
def test_payouts_have_numbers_that_fit_and_lead_back(payout: UUID, number: int) -> None:
    key = payout_key(payout, number)
    assert key_of_bill(bill_number(key)) == key
    assert bill_number(key).isalnum() and len(bill_number(key)) <= 32


KEY = f"{UUID(int=77).hex}-1"


def paid_out(gate: WeChat, amount: int = 5000) -> Message | None:
    return gate.send_payout(key=KEY, payee_ref="oABC", amount_minor=amount, currency="CNY", now=NOW)


def test_a_payout_waits_for_its_receiver_and_is_sent_once(
    standin: WeChatStandIn, gate: WeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_client, "LIMITS", Limits(bytes_max=65_536, seconds_max=0.7, redirects_max=0))
    standin.faults = [None, "silent"]
    with pytest.raises(GatewayUnavailable):
        paid_out(gate)
    assert paid_out(gate) is None and paid_out(gate) is None
    (bill,) = standin.transfers.values()
    assert (bill["openid"], bill["transfer_amount"]) == ("oABC", 5000)
    bill["state"] = "SUCCESS"
    (paid,) = read(gate, "MCHTRANSFER.BILL.FINISHED", bill)
    assert (paid.kind, paid.provider_ref, paid.amount_minor, paid.currency) == (Said.PAYOUT_PAID, KEY, 5000, "CNY")
    asked = paid_out(gate)
    assert asked is not None and asked.kind is Said.PAYOUT_PAID
    bill.update(state="FAIL", fail_reason="ACCOUNT_FROZEN")
    (failed,) = read(gate, "MCHTRANSFER.BILL.FINISHED", bill)
    assert (failed.kind, failed.extra) == (Said.PAYOUT_FAILED, {"reason": "ACCOUNT_FROZEN"})
    with pytest.raises(BadMessage):
        read(gate, "MCHTRANSFER.BILL.FINISHED", {**bill, "out_bill_no": "another"})


def test_a_payout_without_cover_or_above_what_needs_a_name_is_refused(standin: WeChatStandIn, gate: WeChat) -> None:
    with pytest.raises(GatewayRefused, match="real name"):
        paid_out(gate, 200_000)
    assert standin.calls == []
    standin.balance = 10
    with pytest.raises(GatewayRefused, match="NOT_ENOUGH"):
        paid_out(gate)
    assert standin.transfers == {}


def test_it_hears_no_evidence(gate: WeChat) -> None:
    with pytest.raises(GatewayRefused):
        gate.send_evidence(key="e1", chargeback_ref="x", words="x", files=[], now=NOW)


# --- the bill


def test_the_bill_is_fetched_checked_and_read(standin: WeChatStandIn, gate: WeChat) -> None:
    rows = gate.read_settlement(gate.settlement_file(day=DAY, now=NOW))
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert rows == [
        SettlementRow(RowKind.CAPTURE, "ref1", 6800, 41, "CNY", at),
        SettlementRow(RowKind.REFUND, "key1", -800, -5, "CNY", at + timedelta(minutes=5)),
    ]
    standin.bill_digest = "0" * 40
    with pytest.raises(GatewayUnavailable, match="damaged"):
        gate.settlement_file(day=DAY, now=NOW)
    standin.origin = "http://127.0.0.1:9"
    with pytest.raises(GatewayRefused, match="odd address"):
        gate.settlement_file(day=DAY, now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff", b"a,b\r\n`1,`2\r\n", BILL.replace("交易时间".encode(), b"when"), BILL.replace(b"`68.00", b"`68.001"),
        BILL[: BILL.index("总交易单数".encode())], BILL.replace(b"20:00:00", b"25:00:00"),
    ],
)  # fmt: skip
def test_what_is_no_bill_is_refused(gate: WeChat, body: bytes) -> None:
    with pytest.raises(BadMessage):
        gate.read_settlement(body)


# --- secrets


def test_keys_are_told_to_nobody(house_of_wechat: WeChatStandIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sale = start_sale("wallet")
    house_of_wechat.faults = [500]
    status, page = sale.visit()
    assert status == 502
    provider = gateway("wechat")
    said = caplog.text + page + repr(vars(provider))
    assert APIV3 not in said and "PRIVATE" not in said and "RSAPrivateKey" not in said


def test_a_private_address_is_called_only_when_it_was_set(standin: WeChatStandIn) -> None:
    inner = WeChat(keys=keys(), appid=APPID, api_url=None)
    inner._api = standin.origin
    with pytest.raises(GatewayUnavailable, match="blocked"):
        inner.go_on(page=PAGE, payer=DESK, now=NOW)
    assert standin.calls == []


def test_a_signature_is_checked_before_anything_is_opened(gate: WeChat) -> None:
    with pytest.raises(BadSignature):
        gate.read_message(headers={}, body=b"not even json", now=NOW)
