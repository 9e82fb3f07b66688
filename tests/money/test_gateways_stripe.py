"""Stripe against its stand-in: real webhook signatures, the official SDK, our guarded client on the wire."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import stripe
from django.test import Client

from renmai.kit.clock import now as clock_now
from renmai.kit.http import Limits
from renmai.money.gateways.actions import send_due_returns
from renmai.money.gateways.rules import (
    BadMessage,
    BadSignature,
    EvidenceFile,
    GatewayRefused,
    GatewayUnavailable,
    MethodNotOffered,
    Page,
    Payer,
    RowKind,
    SettlementRow,
)
from renmai.money.gateways.sandbox.keys import merchant_key
from renmai.money.gateways.stripe import wire
from renmai.money.gateways.stripe.client import Stripe
from renmai.money.gateways.tokens import pack
from renmai.money.payments.models import GatewayEvent, Payment, PaymentReturn
from renmai.money.payments.rules import Message, Said
from renmai.trade.captures.actions import pay_checkout
from renmai.trade.orders.models import Order
from tests.money.desk import balances, digest, place
from tests.money.sale import Sale, start_sale
from tests.money.standins.server import serving
from tests.money.standins.stripe import HOOK, KEY, REPORT, StripeStandIn, event, signature
from tests.trade.world import NOW, make_world

PAGE = Page("ref1", 6800, "CNY", "card", "Renmai 1", "http://127.0.0.1:1/hook", "http://127.0.0.1:1/back")
PAYER = Payer(phone=False, address="203.0.113.9")
STAMP = int(NOW.timestamp())
DAY = date(2026, 3, 1)


@pytest.fixture
def standin() -> Iterator[StripeStandIn]:
    with serving(StripeStandIn) as stand_in:
        yield stand_in


@pytest.fixture
def gate(standin: StripeStandIn) -> Stripe:
    return Stripe(secret_key=KEY, webhook_secret=HOOK, api_url=standin.origin)


@pytest.fixture
def house_of_stripe(house: None, standin: StripeStandIn, settle: Callable[..., None]) -> StripeStandIn:
    """A house that takes cards through Stripe, which stands on this machine."""
    settle(
        PAYMENT_GATEWAY="stripe", STRIPE_SECRET_KEY=KEY, STRIPE_WEBHOOK_SECRET=HOOK, STRIPE_API_URL=standin.origin + "/"
    )
    return standin


def read(gate: Stripe, kind: str, thing: dict[str, Any], name: str = "evt_1") -> list[Message]:
    body = event(kind, thing, STAMP, name)
    return gate.read_message(headers={"Stripe-Signature": signature(body, STAMP)}, body=body, now=NOW)


def post(body: bytes, header: str) -> int:
    answer = Client().post(
        "/webhooks/payments/stripe", body, content_type="application/json", headers={"Stripe-Signature": header}
    )
    return answer.status_code


def tell(kind: str, thing: dict[str, Any], name: str) -> int:
    """Deliver a signed webhook now; return the status of our answer."""
    at = int(clock_now().timestamp())
    body = event(kind, thing, at, name)
    return post(body, signature(body, at))


@dataclass
class Bought:
    """A sale that was paid at Stripe; no webhook yet."""

    sale: Sale
    session: dict[str, Any]

    @property
    def payment(self) -> Payment:
        return self.sale.payment


def buy(standin: StripeStandIn, *, told: bool = False) -> Bought:
    """Place a checkout, open its pay address, pay at Stripe; `told`: and hear of it."""
    sale = start_sale()
    status, page = sale.visit()
    assert status == 200, page
    session = standin.pay(standin.sessions[-1])
    if told:
        assert tell("checkout.session.completed", session, "evt_captured") == 200
    return Bought(sale, session)


# --- paying


def test_a_checkout_is_paid_through_stripe(house_of_stripe: StripeStandIn) -> None:
    bought = buy(house_of_stripe)
    payment = bought.payment
    assert payment.gateway == "stripe" and "/pay/stripe?order=" in payment.pay_url
    (call,) = house_of_stripe.calls
    assert call.headers["idempotency-key"] == f"pay-{payment.provider_ref}"
    form = call.form
    assert form["line_items[0][price_data][unit_amount]"] == "6800"
    assert form["line_items[0][price_data][currency]"] == "cny"
    assert form["client_reference_id"] == form["payment_intent_data[metadata][renmai_payment]"] == payment.provider_ref
    assert form["success_url"] == form["cancel_url"] == bought.sale.back

    assert tell("checkout.session.completed", bought.session, "evt_1") == 200
    assert bought.sale.state() == "captured" and payment.captured_minor == 6800
    assert Order.objects.get().state == "paid"
    assert balances() == {"gateway:stripe": -6800, "escrow": 6800}


def test_the_pay_page_asks_once_and_leads_on(house_of_stripe: StripeStandIn) -> None:
    bought = buy(house_of_stripe)
    path = bought.sale.path
    again = Client().get(path)
    assert f'content="0; url={bought.session["url"]}"' in again.content.decode()
    assert (again["Cache-Control"], again["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert len(house_of_stripe.sessions) == 1
    for forged in (path[:-4] + "AAAA", path.replace("/stripe?", "/wechat?"), "/pay/stripe", "/pay/stripe?order=a.b"):
        assert Client().get(forged).status_code == 403, forged
    assert tell("checkout.session.completed", bought.session, "evt_1") == 200
    calls = len(house_of_stripe.calls)
    assert f'content="0; url={bought.sale.back}"' in bought.sale.visit()[1]
    assert len(house_of_stripe.calls) == calls


def test_a_provider_in_trouble_is_shown_and_asked_again(house_of_stripe: StripeStandIn) -> None:
    sale = start_sale()
    house_of_stripe.faults = [500, "broken"]
    assert [sale.visit()[0] for _ in range(3)] == [502, 502, 200]
    assert len(house_of_stripe.sessions) == 1
    assert len({call.headers["idempotency-key"] for call in house_of_stripe.calls}) == 1


def test_the_sandbox_takes_no_payments_beside_a_real_provider(house_of_stripe: StripeStandIn) -> None:
    world = make_world()
    receipt = place(world, at=clock_now(), mug=1)
    before = digest()
    with pytest.raises(MethodNotOffered):
        pay_checkout(actor=world.buyer, now=clock_now(), checkout_id=receipt.checkout_id, gateway="sandbox")
    token = pack(merchant_key(), PAGE)
    assert Client().get(f"/sandbox/pay?order={token}").status_code == 404
    assert digest() == before


# --- signatures


def forgeries(body: bytes, at: int) -> list[str]:
    return [
        "", "t=,v1=", f"t={at}", f"t={at},v1=" + "0" * 64, f"t=x,v1={'0' * 64}", signature(body, at, "whsec_other"),
        signature(body, at, scheme="v0"), signature(body + b" ", at), signature(body, at - 301), signature(body, at + 302),
        signature(body, at).replace(f"t={at}", f"t={at + 1}"), f"t={at}," + signature(body, at - 301).partition(",")[2],
    ]  # fmt: skip


def test_forged_old_and_replayed_webhooks_do_nothing(house_of_stripe: StripeStandIn) -> None:
    bought = buy(house_of_stripe)
    at = int(clock_now().timestamp())
    body = event("checkout.session.completed", bought.session, at, "evt_1")
    before = digest()
    for header in forgeries(body, at):
        assert post(body, header) == 403, header
    assert digest() == before
    header = signature(body, at)
    assert post(body, header) == 200
    after = digest()
    assert after != before and post(body, header) == 200 and digest() == after
    assert GatewayEvent.objects.count() == 1


def test_a_rolled_secret_signs_twice(gate: Stripe) -> None:
    body = event("customer.created", {"id": "cus_1", "currency": "cny"}, STAMP, "evt_1")
    both = f"{signature(body, STAMP, 'whsec_old')},{signature(body, STAMP).partition(',')[2]}"
    assert gate.read_message(headers={"stripe-signature": both}, body=body, now=NOW + timedelta(minutes=4)) == []


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"type": "refund.updated"}', b"x", b"\xff", b" " * 70_000])
def test_signed_nonsense_is_refused(gate: Stripe, body: bytes) -> None:
    with pytest.raises((BadMessage, BadSignature)):
        gate.read_message(headers={"stripe-signature": signature(body, STAMP)}, body=body, now=NOW)


# --- what events mean


def test_events_come_in_any_order_and_more_than_once(house_of_stripe: StripeStandIn) -> None:
    bought = buy(house_of_stripe)
    failed = {**house_of_stripe.intents["pi_1"], "last_payment_error": {"code": "card_declined"}}
    waiting = {**bought.session, "payment_status": "unpaid"}
    assert tell("payment_intent.payment_failed", failed, "evt_1") == 200
    assert bought.sale.state() == "failed"
    for kind, thing, name in (
        ("checkout.session.completed", waiting, "evt_2"),
        ("checkout.session.async_payment_succeeded", bought.session, "evt_4"),
        ("checkout.session.completed", bought.session, "evt_5"),
        ("payment_intent.payment_failed", failed, "evt_3"),
        ("checkout.session.expired", waiting, "evt_6"),
    ):
        assert tell(kind, thing, name) == 200
    assert bought.sale.state() == "captured"
    assert balances() == {"gateway:stripe": -6800, "escrow": 6800}


@pytest.mark.parametrize("kind", ["checkout.session.completed", "refund.updated", "transfer.reversed", "payout.paid"])
def test_what_others_do_on_the_same_account_is_left_out(gate: Stripe, kind: str) -> None:
    thing = {
        "id": "x", "amount": 5, "amount_total": 5, "amount_reversed": 5, "currency": "cny", "metadata": {},
        "payment_status": "paid", "status": "succeeded",
    }  # fmt: skip
    assert read(gate, kind, thing) == []


# --- refunds


def test_a_refund_goes_back_at_once_and_once(house_of_stripe: StripeStandIn) -> None:
    bought = buy(house_of_stripe, told=True)
    row = bought.sale.refund()
    assert [send_due_returns(now=clock_now()), send_due_returns(now=clock_now())] == [1, 0]
    row.refresh_from_db()
    assert row.state == "done" and balances() == {}
    (refund,) = house_of_stripe.refunds
    assert (refund["amount"], refund["metadata"]) == (6800, {"renmai_return": row.id.hex})
    for kind, name in (("refund.created", "evt_7"), ("refund.updated", "evt_8"), ("charge.refund.updated", "evt_9")):
        assert tell(kind, refund, name) == 200
    assert balances() == {} and PaymentReturn.objects.get().state == "done"


def test_a_refund_that_takes_days_or_fails_is_tried_anew(house_of_stripe: StripeStandIn) -> None:
    house_of_stripe.refund_states = ["pending", "succeeded"]
    bought = buy(house_of_stripe, told=True)
    row = bought.sale.refund()
    assert send_due_returns(now=clock_now()) == 1
    row.refresh_from_db()
    assert row.state == "sent" and balances() == {"gateway:stripe": -6800, "return_due": 6800}
    first = house_of_stripe.refunds[0]
    first.update(status="failed", failure_reason="expired_or_canceled_card")
    assert tell("refund.failed", first, "evt_7") == 200
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "expired_or_canceled_card")
    assert send_due_returns(now=clock_now() + timedelta(seconds=40)) == 1
    row.refresh_from_db()
    assert row.state == "done" and balances() == {}
    keys = [call.headers["idempotency-key"] for call in house_of_stripe.named("/v1/refunds") if call.method == "POST"]
    assert keys == [f"return-{row.id.hex}-0", f"return-{row.id.hex}-1"]


def refunded(gate: Stripe) -> Message | None:
    return gate.send_return(key="key1", payment_ref="ref1", amount_minor=800, currency="CNY", now=NOW)


def paid_at(standin: StripeStandIn, gate: Stripe) -> dict[str, Any]:
    gate.go_on(page=PAGE, payer=PAYER, now=NOW)
    return standin.pay(standin.sessions[-1])


def test_no_answer_is_none_and_asking_again_refunds_once(
    standin: StripeStandIn, gate: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid_at(standin, gate)
    monkeypatch.setattr(wire, "LIMITS", Limits(bytes_max=65_536, seconds_max=0.7, redirects_max=0))
    # Each refund asks for the intent, for what was refunded, and then for the refund, which acts and does not answer.
    for fault in ("broken", "silent"):
        standin.kept.clear()
        standin.faults = [None, None, fault]
        if fault == "silent":
            standin.refunds.clear()
        with pytest.raises(GatewayUnavailable, match="APIConnectionError"):
            refunded(gate)
        # Stripe forgets keys after a day: its own list of refunds is what counts.
        standin.kept.clear()
        message = refunded(gate)
        assert message is not None and message.kind is Said.RETURN_DONE
        assert (message.provider_ref, message.amount_minor, message.currency) == ("key1", 800, "CNY")
        assert len(standin.refunds) == 1


def test_what_stripe_refuses_and_what_it_does_not_know(standin: StripeStandIn, gate: Stripe) -> None:
    with pytest.raises(GatewayUnavailable, match="not found there yet"):
        refunded(gate)
    paid_at(standin, gate)
    with pytest.raises(GatewayRefused, match="charge_already_refunded"):
        gate.send_return(key="key2", payment_ref="ref1", amount_minor=9999, currency="CNY", now=NOW)
    with pytest.raises(GatewayRefused):
        gate.send_return(key="key2", payment_ref="x' OR status:'succeeded", amount_minor=1, currency="CNY", now=NOW)
    for status in (401, 403, 409, 429, 500, 503):
        standin.faults = [status]
        with pytest.raises(GatewayUnavailable):
            refunded(gate)
    assert standin.refunds == []


# --- payouts


def pay_out(gate: Stripe, amount: int = 50_000, key: str = "out1-1") -> Message:
    return gate.send_payout(key=key, payee_ref="acct_9", amount_minor=amount, currency="CNY", now=NOW)


def test_a_payout_is_transferred_once(standin: StripeStandIn, gate: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LIMITS", Limits(bytes_max=65_536, seconds_max=0.7, redirects_max=0))
    standin.faults = [None, "silent"]
    with pytest.raises(GatewayUnavailable):
        pay_out(gate)
    standin.kept.clear()
    messages = [pay_out(gate) for _ in range(2)]
    assert [m.kind for m in messages] == [Said.PAYOUT_PAID] * 2 and len({m.event_id for m in messages}) == 1
    assert (messages[0].provider_ref, messages[0].amount_minor, messages[0].currency) == ("out1-1", 50_000, "CNY")
    (transfer,) = standin.transfers
    assert (transfer["destination"], transfer["amount"]) == ("acct_9", 50_000)
    back = read(gate, "transfer.reversed", {**transfer, "amount_reversed": 50_000})
    assert [(m.kind, m.provider_ref, m.amount_minor) for m in back] == [(Said.PAYOUT_RETURNED, "out1-1", 50_000)]
    assert read(gate, "transfer.reversed", {**transfer, "amount_reversed": 1}) == []


def test_a_payout_without_cover_is_refused(standin: StripeStandIn, gate: Stripe) -> None:
    standin.balance = 10
    with pytest.raises(GatewayRefused, match="balance_insufficient"):
        pay_out(gate)
    assert standin.transfers == []


# --- chargebacks


def test_a_dispute_is_opened_answered_and_ended(standin: StripeStandIn, gate: Stripe) -> None:
    dispute = standin.dispute(paid_at(standin, gate), STAMP + 86_400)
    assert read(gate, "charge.dispute.created", dispute) == []
    (opened,) = read(gate, "charge.dispute.funds_withdrawn", dispute)
    assert (opened.kind, opened.provider_ref, opened.amount_minor) == (Said.CHARGEBACK, "ref1", 6800)
    assert opened.extra == {"chargeback_ref": "dp_1", "reason": "fraudulent", "due_by": NOW + timedelta(days=1)}
    files = [
        EvidenceFile("slip.png", "image/png", b"\x89PNG-1"),
        EvidenceFile("sign.pdf", "application/pdf", b"%PDF-2"),
    ]
    gate.send_evidence(key="e1", chargeback_ref="dp_1", words="It came on Monday.", files=files, now=NOW)
    evidence = standin.disputes["dp_1"]["evidence"]
    assert evidence == {
        "uncategorized_text": "It came on Monday.", "uncategorized_file": "file_1", "shipping_documentation": "file_2"
    }  # fmt: skip
    assert standin.disputes["dp_1"]["submitted"] == "true"
    assert b"\x89PNG-1" in standin.files[0] and b'filename="slip.png"' in standin.files[0]
    with pytest.raises(GatewayRefused, match="dispute_closed"):
        gate.send_evidence(key="e2", chargeback_ref="dp_1", words="More.", files=[], now=NOW)
    with pytest.raises(GatewayRefused, match="five|5 files"):
        gate.send_evidence(key="e3", chargeback_ref="dp_1", words="More.", files=files * 3, now=NOW)
    won = read(gate, "charge.dispute.funds_reinstated", {**dispute, "status": "won"})
    lost = read(gate, "charge.dispute.closed", {**dispute, "status": "lost"})
    assert [m.kind for m in (*won, *lost)] == [Said.CHARGEBACK_WON, Said.CHARGEBACK_LOST]
    assert read(gate, "charge.dispute.closed", {**dispute, "status": "won"}) == []
    assert read(gate, "charge.dispute.closed", {**dispute, "status": "warning_closed"}) == []


def test_a_dispute_whose_payment_cannot_be_asked_for_is_told_again(standin: StripeStandIn, gate: Stripe) -> None:
    dispute = standin.dispute(paid_at(standin, gate), STAMP)
    standin.faults = [500]
    with pytest.raises(GatewayUnavailable):
        read(gate, "charge.dispute.funds_withdrawn", dispute)
    assert len(read(gate, "charge.dispute.funds_withdrawn", dispute)) == 1


# --- the settlement file


def test_the_balance_report_is_asked_for_and_read(standin: StripeStandIn, gate: Stripe) -> None:
    later = NOW + timedelta(days=2)
    with pytest.raises(GatewayUnavailable, match="not over"):
        gate.settlement_file(day=DAY, now=NOW)
    with pytest.raises(GatewayUnavailable, match="being made"):
        gate.settlement_file(day=DAY, now=later)
    rows = gate.read_settlement(gate.settlement_file(day=DAY, now=later))
    asked = standin.named("report_runs")[0].form
    midnight = datetime(2026, 2, 28, 16, tzinfo=UTC)  # in Shanghai
    assert asked["parameters[interval_start]"] == str(int(midnight.timestamp()))
    assert asked["parameters[interval_end]"] == str(int(midnight.timestamp()) + 86_400)
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert rows[0] == SettlementRow(RowKind.CAPTURE, "ref1", 6800, 233, "CNY", at)
    assert [(r.kind.value, r.provider_ref, r.amount_minor, r.fee_minor, r.currency) for r in rows[1:]] == [
        ("refund", "key1", -800, 0, "CNY"), ("chargeback", "dp_1", -6000, 1500, "CNY"),
        ("chargeback_won", "dp_1", 6000, 0, "CNY"), ("payout", "out1-1", -100_050, 0, "CNY"),
        ("fee", "txn_6", -75, 0, "CNY"), ("other", "tu_1", 500, 18, "JPY"),
    ]  # fmt: skip


def test_a_report_that_failed_or_lies_elsewhere_is_not_fetched(
    standin: StripeStandIn, gate: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = NOW + timedelta(days=2)
    standin.report_states = ["failed", "succeeded"]
    with pytest.raises(GatewayRefused, match="failed"):
        gate.settlement_file(day=DAY, now=later)
    standin.origin = "http://127.0.0.1:9"
    with pytest.raises(GatewayRefused, match="odd address"):
        gate.settlement_file(day=DAY, now=later)


@pytest.mark.parametrize("body", [b"", b"\xff", b"a,b\n1,2\n", REPORT.replace(b"68.00", b"68.001"), REPORT + b"x\n"])
def test_what_is_no_report_is_refused(gate: Stripe, body: bytes) -> None:
    with pytest.raises(BadMessage):
        gate.read_settlement(body)


def test_keys_are_told_to_nobody(standin: StripeStandIn, gate: Stripe, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = Stripe(secret_key="sk_test_elsewhere", webhook_secret=HOOK, api_url=standin.origin)
    with pytest.raises(GatewayUnavailable) as refusal:
        wrong.go_on(page=PAGE, payer=PAYER, now=NOW)
    gate.go_on(page=PAGE, payer=PAYER, now=NOW)
    said = str(refusal.value) + str(refusal.value.problem()) + caplog.text
    assert "sk_test" not in said and "whsec" not in said and "AuthenticationError 401" in str(refusal.value)


def test_a_private_address_is_called_only_when_it_was_set(standin: StripeStandIn, gate: Stripe) -> None:
    inner = Stripe(secret_key=KEY, webhook_secret=HOOK, api_url=None)
    inner._client = stripe.StripeClient(
        KEY, base_addresses={"api": standin.origin}, http_client=wire.Wire(frozenset()), max_network_retries=0
    )
    with pytest.raises(GatewayUnavailable, match="APIConnectionError"):
        inner.go_on(page=PAGE, payer=PAYER, now=NOW)
    assert standin.calls == []
