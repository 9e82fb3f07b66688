"""Signatures, the sandbox as a company of its own, and the way of money over real HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta

import orjson
import pytest

from renmai.kit.clock import now as clock_now
from renmai.money.gateways.actions import send_due_payouts, send_due_returns
from renmai.money.gateways.registry import gateway, gateway_names
from renmai.money.gateways.rules import Able, BadMessage, BadSignature, Page, Path, UnknownGateway, path_faults
from renmai.money.gateways.sandbox.actions import decline_charge, open_charge, pay_charge, take_return
from renmai.money.gateways.sandbox.client import Sandbox
from renmai.money.gateways.sandbox.deliver import deliver_due
from renmai.money.gateways.sandbox.disputes import charge_back
from renmai.money.gateways.sandbox.keys import merchant_key, webhook_key
from renmai.money.gateways.sandbox.models import SandboxCharge, SandboxMessage, SandboxReturn
from renmai.money.gateways.sandbox.rules import (
    Behaviour,
    deliveries,
    paid_amount,
    resend_seconds,
    sign,
)
from renmai.money.gateways.sandbox.words import WORDS
from renmai.money.gateways.tokens import pack, unpack
from renmai.money.ledger.rules import creator_account
from renmai.money.payments.models import Payment, PaymentReturn
from renmai.money.payments.rules import Outcome, Said
from renmai.money.payouts.actions import approve_payout, request_payout
from renmai.money.payouts.models import Payout
from renmai.trade.captures.actions import pay_checkout
from renmai.trade.orders.models import Order
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.money.desk import balances, earn, place
from tests.money.doors import call, received
from tests.trade.world import NOW, make_world

BODY = orjson.dumps(
    {
        "id": "evt_1",
        "kind": "payment.captured",
        "ref": "r1",
        "amount_minor": 6800,
        "currency": "CNY",
        "at": NOW.isoformat(),
    }
)
STAMP = int(NOW.timestamp())
PAGE = Page("r1", 6800, "CNY", "card", "Renmai 1", "http://127.0.0.1:1/hook", "http://127.0.0.1:1/back")


def read(body: bytes, header: str | None, now: datetime = NOW) -> list[object]:
    headers = {} if header is None else {"sandbox-signature": header}
    return list(Sandbox().read_message(headers=headers, body=body, now=now))


# --- signatures


def test_a_signed_webhook_is_read() -> None:
    (message,) = Sandbox().read_message(
        headers={"Sandbox-Signature": sign(webhook_key(), BODY, at=STAMP)}, body=BODY, now=NOW + timedelta(minutes=4)
    )
    assert (message.event_id, message.kind, message.provider_ref) == ("evt_1", Said.CAPTURED, "r1")
    assert (message.amount_minor, message.currency, message.at) == (6800, "CNY", NOW)
    assert message.received_at == NOW + timedelta(minutes=4)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=,v1=",
        f"t={STAMP}",
        f"t={STAMP},v1=" + "0" * 64,
        f"t={STAMP},v1=\u00e9",
        "t=9" * 40,
        sign(b"another key", BODY, at=STAMP),
        sign(merchant_key(), BODY, at=STAMP),
        sign(webhook_key(), BODY + b" ", at=STAMP),
        sign(webhook_key(), BODY, at=STAMP - 301),
        sign(webhook_key(), BODY, at=STAMP + 301),
        sign(webhook_key(), BODY, at=STAMP).replace(f"t={STAMP}", f"t={STAMP + 1}"),
    ],
)
def test_forged_changed_and_old_webhooks_are_refused(header: str | None) -> None:
    with pytest.raises(BadSignature):
        read(BODY, header)


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": "6800"}, {"amount_minor": -1}, {"amount_minor": True}, {"amount_minor": 10**13},
        {"currency": "cny"}, {"at": "yesterday"}, {"at": "2026-03-01T12:00:00"}, {"id": ""}, {"id": "x" * 81}, {"ref": None},
    ],
)  # fmt: skip
def test_signed_nonsense_is_refused(change: dict[str, object]) -> None:
    body = orjson.dumps(orjson.loads(BODY) | change)
    with pytest.raises(BadMessage):
        read(body, sign(webhook_key(), body, at=STAMP))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff", b" " * 70_000])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        read(body, sign(webhook_key(), body, at=STAMP))


def test_kinds_that_mean_nothing_here_are_left_out() -> None:
    body = orjson.dumps(orjson.loads(BODY) | {"kind": "customer.created"})
    assert read(body, sign(webhook_key(), body, at=STAMP)) == []


def test_a_payment_page_cannot_be_changed_by_its_payer() -> None:
    token = pack(merchant_key(), PAGE)
    assert unpack(merchant_key(), token) == PAGE
    body, _, digest = token.partition(".")
    cheaper, _, _ = pack(b"x", Page("r1", 1, *[getattr(PAGE, n) for n in PAGE.__slots__[2:]])).partition(".")
    for forged in (f"{cheaper}.{digest}", body, f"{body}.", "", ".", "\u00e9.\u00e9", pack(webhook_key(), PAGE)):
        with pytest.raises(BadSignature):
            unpack(merchant_key(), forged)


# --- what gateways are


def test_gateways_declare_what_they_may_do() -> None:
    assert gateway_names() == ["sandbox", "house"]
    with pytest.raises(UnknownGateway):
        gateway("stripe")
    able = Able(custody="provider", freeze_days_max=30, split_bps_max=3000, claw_back_days_max=180, return_days_max=180)
    assert path_faults(able, Path(30, 3000, 180)) == []
    assert path_faults(able, Path(40, 9500, 365)) == ["freeze", "split", "return"]


def test_behaviours_cover_what_goes_wrong() -> None:
    assert deliveries(Behaviour.LATE, 40) == [("payment.captured", 40)]
    assert [kind for kind, _ in deliveries(Behaviour.REORDERED, 0)] == ["payment.captured", "payment.failed"]
    assert len(deliveries(Behaviour.REPEATED, 0)) == 3 and deliveries(Behaviour.SILENT, 0) == []
    assert paid_amount(Behaviour.PART, 6801, "CNY") == (3400, "CNY")
    assert paid_amount(Behaviour.FOREIGN, 6800, "USD") == (6800, "EUR")
    assert [resend_seconds(n) for n in (1, 2, 3, 10)] == [1, 5, 30, 14_400]
    assert WORDS["en"].keys() == WORDS["zh"].keys() and set(WORDS["en"]) >= set(Behaviour)


# --- the company's books


def test_a_charge_is_paid_once_and_returned_at_most_once_over(house: None) -> None:
    open_charge(PAGE, now=NOW)
    assert open_charge(PAGE, now=NOW).state == "open"
    assert decline_charge(ref="r1", now=NOW).state == "declined"
    assert pay_charge(ref="r1", now=NOW, behaviour=Behaviour.RETURN_FAILS).paid_minor == 6800
    assert pay_charge(ref="r1", now=NOW).state == decline_charge(ref="r1", now=NOW).state == "paid"
    ask = {"key": "k1", "charge_ref": "r1", "amount_minor": 6000, "currency": "CNY", "now": NOW}
    assert [take_return(**ask).state for _ in range(3)] == ["failed", "done", "done"]  # type: ignore[arg-type]
    assert take_return(**ask | {"key": "k2"}).state == "failed"  # type: ignore[arg-type]
    with pytest.raises(BadMessage):
        take_return(**ask | {"amount_minor": 5})  # type: ignore[arg-type]
    assert charge_back(ref="r1", now=NOW).state == charge_back(ref="r1", now=NOW).state == "charged_back"
    events = [orjson.loads(row.body)["kind"] for row in SandboxMessage.objects.order_by("id")]
    assert events == [
        "payment.failed", "payment.captured", "return.failed", "return.done", "return.done", "return.failed",
        "payment.chargeback",
    ]  # fmt: skip
    assert len(set(SandboxMessage.objects.values_list("event_id", flat=True))) == 6


def test_messages_nobody_takes_are_sent_again_ten_times(house: None) -> None:
    open_charge(PAGE, now=NOW)
    pay_charge(ref="r1", now=NOW)
    waits, at = [], NOW
    for _ in range(12):
        assert deliver_due(at) == 0
        row = SandboxMessage.objects.get()
        waits.append(int((row.send_at - at).total_seconds()))
        at = row.send_at
    assert waits[:10] == [1, 5, 30, 120, 600, 1800, 3600, 7200, 14_400, 14_400]
    assert (row.attempts, row.delivered_at, row.last_status) == (10, None, None)


# --- over HTTP


def deliver_through(seconds: int = 0) -> int:
    return deliver_due(clock_now() + timedelta(seconds=seconds))


def test_a_payment_page_over_http_pays_an_order(served: str) -> None:
    world = make_world()
    receipt = place(world, at=clock_now(), mug=1)
    payment = pay_checkout(actor=world.buyer, now=clock_now(), checkout_id=receipt.checkout_id)
    assert payment.pay_url.startswith(f"{served}/sandbox/pay?order=") and len(payment.pay_url) < 2000

    status, _, text = call(payment.pay_url, **{"Accept-Language": "zh-CN"})
    assert status == 200 and "\u00a568.00" in text and payment.provider_ref in text and 'lang="zh-CN"' in text
    assert 'lang="en"' in call(payment.pay_url + "&lang=en")[2]
    assert call(f"{served}/sandbox/sandbox.css")[0] == 200
    assert SandboxCharge.objects.get().state == "open"

    assert call(payment.pay_url, {"act": "decline"})[0] == 302
    assert deliver_through() == 1
    payment.refresh_from_db()
    assert payment.state == "failed"

    status, location, _ = call(payment.pay_url, {"act": "pay", "behaviour": "repeated"})
    assert (status, location) == (302, f"{served}/checkouts/{receipt.checkout_id}")
    assert [deliver_through(), deliver_through(5), deliver_through(9)] == [1, 2, 0]
    assert sorted(str(each) for each in received) == ["noted", "paid", "repeated", "repeated"]
    assert Order.objects.get().state == "paid"
    assert balances() == {"gateway:sandbox": -6800, "escrow": 6800}


def test_late_and_reordered_notices_over_http(served: str) -> None:
    world = make_world()
    payments = []
    for goods in ("mug", "soap"):
        receipt = place(world, at=clock_now(), **{goods: 1})
        payments.append(pay_checkout(actor=world.buyer, now=clock_now(), checkout_id=receipt.checkout_id))
    call(payments[0].pay_url, {"act": "pay", "behaviour": "late", "delay_seconds": "60"})
    call(payments[1].pay_url, {"act": "pay", "behaviour": "reordered"})
    assert [deliver_through(), deliver_through(5), deliver_through(61)] == [1, 1, 1]
    assert received == [Outcome.PAID, Outcome.NOTED, Outcome.PAID]
    assert set(Payment.objects.values_list("state", flat=True)) == {"captured"}


def test_forged_pages_calls_and_webhooks_are_refused_over_http(served: str) -> None:
    token = pack(b"x" * 32, PAGE)
    assert call(f"{served}/sandbox/pay?order={token}")[0] == 404
    assert call(f"{served}/sandbox/pay?order={token}", {"act": "pay"})[0] == 404
    for where in ("sandbox/api/returns", "sandbox/api/payouts", "webhooks/payments/sandbox"):
        assert call(f"{served}/{where}", {"a": "b"})[0] == 403
        assert call(f"{served}/{where}", {"a": "b"}, **{"Sandbox-Signature": f"t={STAMP},v1=0"})[0] == 403
    assert call(f"{served}/webhooks/payments/nobody", {"a": "b"})[0] == 404
    assert SandboxCharge.objects.count() == SandboxReturn.objects.count() == 0 and received == []


def test_a_refund_returns_through_the_provider_and_recovers_from_a_failure(served: str) -> None:
    world = make_world()
    receipt = place(world, at=clock_now(), mug=1)
    payment = pay_checkout(actor=world.buyer, now=clock_now(), checkout_id=receipt.checkout_id)
    call(payment.pay_url, {"act": "pay", "behaviour": "return_fails"})
    deliver_through()
    refund_lane.submit(Ask(Order.objects.get().id, "refund-0001", b"x" * 32, "no", world.buyer, clock_now()))
    assert balances() == {"gateway:sandbox": -6800, "return_due": 6800}

    assert [send_due_returns(now=clock_now()), send_due_returns(now=clock_now())] == [1, 0]
    assert deliver_through() == 1
    row = PaymentReturn.objects.get()
    assert (row.state, row.attempts, row.error) == ("failed", 1, "the payer's bank did not answer")
    assert balances()["return_due"] == 6800

    soon = clock_now() + timedelta(seconds=31)
    assert [send_due_returns(now=soon), deliver_through()] == [1, 1]
    row.refresh_from_db()
    assert row.state == "done" and balances() == {}
    assert SandboxReturn.objects.get().attempts == 2


@pytest.mark.parametrize(
    ("cents", "states", "left"),
    [(0, ["paid"], 0), (91, ["failed"], 50_091), (92, ["paid", "returned"], 50_092)],
)
def test_payouts_over_http(served: str, cents: int, states: list[str], left: int) -> None:
    world, amount = make_world(), 50_000 + cents
    account = creator_account(world.shops[0].id)
    earn(account, amount)
    payout = request_payout(
        actor=world.creator(0), now=clock_now(), payee=account, amount_minor=amount, key="key-00000001"
    )
    approve_payout(actor=world.operator, now=clock_now(), payout_id=payout.id)
    assert [send_due_payouts(now=clock_now()), send_due_payouts(now=clock_now())] == [1, 0]
    seen = []
    for wait in (0, 5):
        if deliver_through(wait):
            seen.append(Payout.objects.get().state)
    assert seen == states
    expected = {"escrow": -amount, account: left, "gateway:sandbox": 0 if left else amount}
    assert balances() == {name: value for name, value in expected.items() if value}


def test_a_provider_that_does_not_answer_is_asked_again_later(house: None) -> None:
    world = make_world()
    account = creator_account(world.shops[0].id)
    earn(account, 50_000)
    payout = request_payout(actor=world.creator(0), now=NOW, payee=account, amount_minor=50_000, key="key-00000001")
    approve_payout(actor=world.operator, now=NOW, payout_id=payout.id)
    assert send_due_payouts(now=NOW) == 0
    payout.refresh_from_db()
    assert (payout.state, payout.attempts, payout.retry_at) == ("sent", 1, NOW + timedelta(seconds=30))
    assert "does not answer" in payout.reason
    assert balances()["payout_due"] == 50_000
