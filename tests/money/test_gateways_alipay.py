"""Alipay against its stand-in: RSA2 signatures both ways, our guarded client on the wire."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from renmai.kit.clock import now as clock_now
from renmai.kit.http import Limits
from renmai.money.gateways.actions import send_due_returns
from renmai.money.gateways.alipay import client as alipay_client
from renmai.money.gateways.alipay.client import Alipay
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
from renmai.money.payments.models import GatewayEvent
from renmai.money.payments.rules import Message, Said
from renmai.trade.orders.models import Order
from tests.money.desk import balances, digest
from tests.money.sale import Sale, start_sale
from tests.money.standins.alipay import APP_ID, BILL, TOTALS, AlipayStandIn, notice, zipped
from tests.money.standins.keys import pair
from tests.money.standins.server import serving
from tests.trade.world import NOW

PAGE = Page("ref1", 6800, "CNY", "wallet", "Renmai 1 & more", "http://127.0.0.1:1/hook", "http://127.0.0.1:1/back")
DESK = Payer(phone=False, address="203.0.113.9")
DAY = date(2026, 3, 1)


def beijing(at: datetime) -> str:
    return at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")


@pytest.fixture
def standin() -> Iterator[AlipayStandIn]:
    with serving(AlipayStandIn) as stand_in:
        yield stand_in


@pytest.fixture
def gate(standin: AlipayStandIn) -> Alipay:
    return Alipay(app_id=APP_ID, private=pair("app").private, public=pair("alipay").public, api_url=standin.gateway)


@pytest.fixture
def house_of_alipay(house: None, standin: AlipayStandIn, settle: Callable[..., None], tmp_path: Path) -> AlipayStandIn:
    """A house that takes wallets through Alipay, which stands on this machine."""
    secret, _ = pair("app").write(tmp_path, "app", old_form=True)
    _, known = pair("alipay").write(tmp_path, "alipay")
    settle(
        PAYMENT_GATEWAY="alipay", PAYOUT_GATEWAY="sandbox", ALIPAY_APP_ID=APP_ID, ALIPAY_KEY_FILE=secret,
        ALIPAY_PUBLIC_KEY_FILE=known, ALIPAY_API_URL=standin.gateway,
    )  # fmt: skip
    return standin


def asked_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def post(body: bytes) -> tuple[int, bytes]:
    answer = Client().post("/webhooks/payments/alipay", body, content_type="application/x-www-form-urlencoded")
    return answer.status_code, answer.content


def buy(standin: AlipayStandIn, *, told: bool = False, phone: bool = False) -> tuple[Sale, dict[str, str]]:
    """Place a checkout, go on from its pay address, pay at Alipay; `told`: and hear of it."""
    sale = start_sale("wallet")
    status, page = sale.visit(phone=phone)
    found = re.search(r'content="0; url=([^"]+)"', page)
    assert status == 200 and found, page
    url = html.unescape(found.group(1))
    assert url.startswith(standin.gateway + "?")
    paid = standin.pay(asked_of(url), beijing(clock_now()))
    if told:
        assert post(notice(paid)) == (200, b"success")
    return sale, paid


# --- paying


@pytest.mark.parametrize(
    ("phone", "method", "product"),
    [
        (False, "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
        (True, "alipay.trade.wap.pay", "QUICK_WAP_WAY"),
    ],
)
def test_a_checkout_is_paid_on_alipays_page(
    house_of_alipay: AlipayStandIn, phone: bool, method: str, product: str
) -> None:
    sale, paid = buy(house_of_alipay, phone=phone)
    assert house_of_alipay.calls == []
    url = html.unescape(re.findall(r'content="0; url=([^"]+)"', sale.visit(phone=phone)[1])[0])
    fields = asked_of(url)
    assert fields["method"] == method and f'"product_code":"{product}"' in fields["biz_content"]
    assert '"total_amount":"68.00"' in fields["biz_content"]
    assert (fields["return_url"], fields["notify_url"]) == (sale.back, "http://127.0.0.1:8000/webhooks/payments/alipay")
    assert post(notice(paid)) == (200, b"success")
    assert sale.state() == "captured" and Order.objects.get().state == "paid"
    assert balances() == {"gateway:alipay": -6800, "escrow": 6800}


# --- signatures


def test_forged_old_and_replayed_notices_do_nothing(house_of_alipay: AlipayStandIn) -> None:
    sale, paid = buy(house_of_alipay)
    good = notice(paid)
    old = {**paid, "notify_time": beijing(clock_now() - timedelta(days=4))}
    forged = [
        notice(paid, by=pair("stranger")), notice(paid, by=pair("app")), notice(paid, kind="RSA"),
        good.replace(b"68.00", b"68.01"), good.replace(b"TRADE_SUCCESS", b"TRADE_CLOSED"), good + b"&extra=1",
        b"", good.partition(b"&sign=")[0], good.partition(b"&sign=")[0] + b"&sign=&sign_type=RSA2", notice(old),
    ]  # fmt: skip
    before = digest()
    for number, body in enumerate(forged):
        assert post(body)[0] == 403, number
    for body in (b"\xff", b"a=1&a=2", good + b"&total_amount=0.01", notice({**paid, "app_id": "2021"})):
        assert post(body)[0] == 400, body
    assert digest() == before
    assert post(good) == (200, b"success")
    after = digest()
    assert after != before and post(good) == (200, b"success") and digest() == after
    assert GatewayEvent.objects.count() == 1 and sale.state() == "captured"


def test_notices_come_in_any_order(house_of_alipay: AlipayStandIn) -> None:
    sale, paid = buy(house_of_alipay)
    for number, status in enumerate(
        ("WAIT_BUYER_PAY", "TRADE_CLOSED", "TRADE_FINISHED", "TRADE_SUCCESS", "TRADE_CLOSED")
    ):
        assert post(notice({**paid, "trade_status": status, "notify_id": f"nid-{number}"})) == (200, b"success")
    assert sale.state() == "captured" and balances() == {"gateway:alipay": -6800, "escrow": 6800}
    assert GatewayEvent.objects.count() == 4


@pytest.mark.parametrize("change", [{"total_amount": "x"}, {"total_amount": "-1"}, {"gmt_payment": "now"}])
def test_signed_nonsense_is_refused(standin: AlipayStandIn, gate: Alipay, change: dict[str, str]) -> None:
    paid = standin.pay(asked_of(gate.go_on(page=PAGE, payer=DESK, now=NOW).url), beijing(NOW))
    with pytest.raises(BadMessage):
        gate.read_message(headers={}, body=notice({**paid, **change}), now=NOW)
    missing = {name: value for name, value in paid.items() if name != "notify_id"}
    with pytest.raises(BadMessage):
        gate.read_message(headers={}, body=notice(missing), now=NOW)


def test_a_signature_is_checked_before_anything_is_believed(gate: Alipay) -> None:
    with pytest.raises(BadSignature):
        gate.read_message(headers={}, body=b"app_id=other&sign=AAAA&sign_type=RSA2", now=NOW)


def test_answers_that_alipay_did_not_sign_were_not_said(standin: AlipayStandIn, gate: Alipay) -> None:
    pay(standin, gate)
    standin.signs_with = pair("stranger")
    with pytest.raises(GatewayUnavailable, match="not signed"):
        refunded(gate)
    stranger = Alipay(
        app_id=APP_ID, private=pair("stranger").private, public=pair("alipay").public, api_url=standin.gateway
    )
    standin.refunds.clear()
    with pytest.raises(GatewayUnavailable, match="not signed"):
        refunded(stranger)
    assert standin.refunds == {}


# --- refunds


def pay(standin: AlipayStandIn, gate: Alipay) -> None:
    standin.pay(asked_of(gate.go_on(page=PAGE, payer=DESK, now=NOW).url), beijing(NOW))


def refunded(gate: Alipay, amount: int = 800) -> Message | None:
    return gate.send_return(key="key1", payment_ref="ref1", amount_minor=amount, currency="CNY", now=NOW)


def test_a_refund_goes_back_at_once_and_once(house_of_alipay: AlipayStandIn) -> None:
    sale, paid = buy(house_of_alipay, told=True)
    row = sale.refund()
    assert [send_due_returns(now=clock_now()), send_due_returns(now=clock_now())] == [1, 0]
    row.refresh_from_db()
    assert row.state == "done" and balances() == {}
    assert house_of_alipay.refunds[row.id.hex]["refund_amount"] == "68.00"
    told = {**paid, "notify_id": "nid-9", "gmt_refund": paid["notify_time"], "refund_fee": "68.00"}
    for status in ("TRADE_SUCCESS", "TRADE_CLOSED"):
        assert post(notice({**told, "trade_status": status})) == (200, b"success")
    assert balances() == {} and sale.state() == "captured"


def test_a_refund_that_is_refused_waits_and_is_asked_for_again(house_of_alipay: AlipayStandIn) -> None:
    sale, _ = buy(house_of_alipay, told=True)
    row = sale.refund()
    house_of_alipay.codes = [("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH")]
    assert send_due_returns(now=clock_now()) == 0
    row.refresh_from_db()
    assert row.state != "done" and "SELLER_BALANCE_NOT_ENOUGH" in row.error
    assert balances() == {"gateway:alipay": -6800, "return_due": 6800}
    assert send_due_returns(now=clock_now() + timedelta(seconds=40)) == 1
    row.refresh_from_db()
    assert row.state == "done" and balances() == {}


def test_no_answer_is_none_and_asking_again_refunds_once(
    standin: AlipayStandIn, gate: Alipay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alipay_client, "LIMITS", Limits(bytes_max=65_536, seconds_max=0.7, redirects_max=0))
    with pytest.raises(GatewayUnavailable, match="TRADE_NOT_EXIST"):
        refunded(gate)
    pay(standin, gate)
    for fault in ("silent", "broken"):
        standin.refunds.clear()
        standin.faults = [fault]
        with pytest.raises(GatewayUnavailable, match="outgoing"):
            refunded(gate)
        message = refunded(gate)
        assert message is not None and message.kind is Said.RETURN_DONE
        assert (message.provider_ref, message.amount_minor, message.currency) == ("key1", 800, "CNY")
        assert list(standin.refunds) == ["key1"]
    standin.slow_refunds = True
    assert refunded(gate) is None


@pytest.mark.parametrize(
    ("code", "sub_code", "error"),
    [
        ("20000", "isp.unknow-error", GatewayUnavailable), ("40004", "ACQ.SYSTEM_ERROR", GatewayUnavailable),
        ("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH", GatewayRefused), ("40002", "isv.invalid-app-id", GatewayRefused),
    ],
)  # fmt: skip
def test_what_a_no_means(
    standin: AlipayStandIn, gate: Alipay, code: str, sub_code: str, error: type[Exception]
) -> None:
    pay(standin, gate)
    standin.codes = [(code, sub_code)]
    with pytest.raises(error, match=sub_code):
        refunded(gate)
    with pytest.raises(GatewayRefused, match="REFUND_AMT"):
        refunded(gate, 9999)


def test_it_pays_nobody_out_and_hears_no_evidence(gate: Alipay) -> None:
    assert not gate.able.pays_out
    with pytest.raises(GatewayRefused):
        gate.send_payout(key="k", payee_ref="a", amount_minor=1, currency="CNY", now=NOW)
    with pytest.raises(GatewayRefused):
        gate.send_evidence(key="e1", chargeback_ref="x", words="x", files=[], now=NOW)


# --- the bill


def test_the_bill_is_fetched_and_read(gate: Alipay) -> None:
    body = gate.settlement_file(day=DAY, now=NOW)
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    rows = [
        SettlementRow(RowKind.CAPTURE, "ref1", 6800, 41, "CNY", at),
        SettlementRow(RowKind.REFUND, "key1", -800, -5, "CNY", at + timedelta(minutes=5, seconds=1)),
    ]
    assert gate.read_settlement(body) == gate.read_settlement(BILL) == rows


@pytest.mark.parametrize(
    "body",
    [
        b"", b"PK\x03\x04", b"a,b\r\n1,2\r\n", zipped(totals=TOTALS), zipped(**{f"f{n}": BILL for n in range(11)}),
        BILL.replace(b"68.00", b"68.001"), zipped(bomb=b"0" * (65 * 1024 * 1024)),
    ],
    ids=["nothing", "no zip", "other", "totals only", "many", "amount", "bomb"],
)  # fmt: skip
def test_what_is_no_bill_is_refused(gate: Alipay, body: bytes) -> None:
    with pytest.raises(BadMessage):
        gate.read_settlement(body)


def test_a_private_address_is_called_only_when_it_was_set(standin: AlipayStandIn) -> None:
    inner = Alipay(app_id=APP_ID, private=pair("app").private, public=pair("alipay").public, api_url=None)
    inner._api = standin.gateway
    with pytest.raises(GatewayUnavailable, match="blocked"):
        refunded(inner)
    assert standin.calls == []
