"""The sandbox's chargebacks and its settlement file, at its own desk and over real HTTP."""

from __future__ import annotations

from datetime import UTC, date, timedelta

import orjson
import pytest

from renmai.kit.access import Actor, Grant
from renmai.kit.clock import now as clock_now
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden
from renmai.money.gateways.actions import fetch_settlement
from renmai.money.gateways.rules import BadMessage, EvidenceFile, GatewayRefused, Page, RowKind, SettlementRow
from renmai.money.gateways.sandbox.actions import (
    decline_charge,
    open_charge,
    pay_charge,
    remember_paid,
    take_payout,
    take_return,
)
from renmai.money.gateways.sandbox.books import day_file
from renmai.money.gateways.sandbox.client import Sandbox
from renmai.money.gateways.sandbox.disputes import charge_back, decide_dispute, take_evidence
from renmai.money.gateways.sandbox.keys import webhook_key
from renmai.money.gateways.sandbox.models import SandboxCharge, SandboxDispute, SandboxEntry, SandboxMessage
from renmai.money.gateways.sandbox.rules import SIGNATURE_HEADER, Behaviour, read_file, sign
from renmai.money.payments.rules import Message, Said
from tests.trade.world import NOW

PAGE = Page("r1", 6800, "CNY", "card", "Renmai 1", "http://127.0.0.1:1/hook", "http://127.0.0.1:1/back")
TODAY = date(2026, 3, 1)


def paid(ref: str = "r1", behaviour: Behaviour = Behaviour.NORMAL) -> SandboxCharge:
    page = Page(ref, *[getattr(PAGE, name) for name in Page.__slots__[1:]])
    open_charge(page, now=NOW)
    return pay_charge(ref=ref, now=NOW, behaviour=behaviour)


def heard() -> list[Message]:
    """What the house hears when it takes the sandbox's messages, in their order."""
    said = []
    for row in SandboxMessage.objects.order_by("id"):
        body = row.body.encode()
        header = sign(webhook_key(), body, at=int(NOW.timestamp()))
        said += Sandbox().read_message(headers={SIGNATURE_HEADER: header}, body=body, now=NOW)
    return said


def lines(day: date = TODAY) -> list[tuple[str, str, int, int]]:
    return [(row.kind.value, row.provider_ref, row.amount_minor, row.fee_minor) for row in read_file(day_file(day))]


@pytest.mark.parametrize(("won", "state"), [(True, "paid"), (False, "charged_back")])
def test_a_chargeback_is_opened_and_decided_once(house: None, won: bool, state: str) -> None:
    paid()
    for _ in range(2):
        assert charge_back(ref="r1", now=NOW, reason="fraudulent").state == "charged_back"
    for _ in range(2):
        assert decide_dispute(charge_ref="r1", won=won, now=NOW).state == state
    assert decide_dispute(charge_ref="r1", won=not won, now=NOW).state == state
    captured, opened, ended = heard()
    dispute = SandboxDispute.objects.get()
    assert (captured.kind, opened.kind) == (Said.CAPTURED, Said.CHARGEBACK)
    assert ended.kind is (Said.CHARGEBACK_WON if won else Said.CHARGEBACK_LOST)
    assert dispute.state == ("won" if won else "lost")
    for message in (opened, ended):
        assert (message.provider_ref, message.amount_minor, message.currency) == ("r1", 6800, "CNY")
        assert message.extra == {
            "chargeback_ref": dispute.ref, "reason": "fraudulent", "due_by": NOW + timedelta(days=7)
        }  # fmt: skip
    back = [("chargeback_won", dispute.ref, 6800, 0)] if won else []
    assert lines() == [("capture", "r1", 6800, 40), ("chargeback", dispute.ref, -6800, 1500), *back]


def test_only_what_is_left_is_charged_back(house: None) -> None:
    paid()
    take_return(key="k1", charge_ref="r1", amount_minor=6000, currency="CNY", now=NOW)
    charge_back(ref="r1", now=NOW)
    assert SandboxDispute.objects.get().amount_minor == 800
    assert take_return(key="k2", charge_ref="r1", amount_minor=1, currency="CNY", now=NOW).state == "failed"
    paid("r2")
    take_return(key="k3", charge_ref="r2", amount_minor=6800, currency="CNY", now=NOW)
    assert charge_back(ref="r2", now=NOW).state == "paid"
    open_charge(Page("r3", *[getattr(PAGE, name) for name in Page.__slots__[1:]]), now=NOW)
    assert charge_back(ref="r3", now=NOW).state == "open"
    assert SandboxDispute.objects.count() == 1


def test_evidence_is_kept_until_the_end_and_may_decide(house: None) -> None:
    paid()
    charge_back(ref="r1", now=NOW)
    ref = SandboxDispute.objects.get().ref
    files = [{"name": "slip.png"}]
    assert take_evidence(ref=ref, words="it came", files=files, now=NOW).state == "open"
    with pytest.raises(GatewayRefused):
        take_evidence(ref=ref, words="too late", files=[], now=NOW + timedelta(days=8))
    assert take_evidence(ref=ref, words="winning_evidence", files=files, now=NOW).state == "won"
    assert take_evidence(ref=ref, words="winning_evidence", files=files, now=NOW).state == "won"
    for other in (ref, "cbk_none"):
        with pytest.raises(GatewayRefused):
            take_evidence(ref=other, words="losing_evidence", files=[], now=NOW)
    dispute = SandboxDispute.objects.get()
    assert (dispute.state, dispute.words, dispute.files) == ("won", "winning_evidence", files)
    assert [message.kind for message in heard()][-1] is Said.CHARGEBACK_WON


def test_a_message_must_name_its_chargeback(house: None) -> None:
    paid()
    charge_back(ref="r1", now=NOW)
    whole = orjson.loads(SandboxMessage.objects.order_by("id").last().body)  # type: ignore[union-attr]
    for change in ({"due_by": "soon"}, {"due_by": 5}, {"chargeback_ref": None, "due_by": None}):
        body = orjson.dumps(whole | change)
        with pytest.raises(BadMessage):
            Sandbox().read_message(
                headers={SIGNATURE_HEADER: sign(webhook_key(), body, at=int(NOW.timestamp()))}, body=body, now=NOW
            )


def test_the_file_of_a_day_lists_every_movement_with_its_fee(house: None) -> None:
    paid("r1", Behaviour.REPEATED)
    paid("r2", Behaviour.PART)
    paid("r3", Behaviour.FOREIGN)
    open_charge(Page("r4", *[getattr(PAGE, name) for name in Page.__slots__[1:]]), now=NOW)
    decline_charge(ref="r4", now=NOW)
    take_return(key="k1", charge_ref="r1", amount_minor=800, currency="CNY", now=NOW)
    take_return(key="k1", charge_ref="r1", amount_minor=800, currency="CNY", now=NOW)
    take_return(key="k2", charge_ref="r1", amount_minor=9000, currency="CNY", now=NOW)
    for cents, key in ((0, "p1"), (91, "p2"), (92, "p3")):
        for _ in range(2):
            take_payout(key=key, payee="creator:x", amount_minor=5000 + cents, currency="CNY", notify_url="u", now=NOW)
    remember_paid(Page("r5", *[getattr(PAGE, n) for n in Page.__slots__[1:]]), paid_minor=6900, now=NOW)
    assert lines() == [
        ("capture", "r1", 6800, 40), ("capture", "r2", 3400, 20), ("capture", "r3", 6800, 40), ("refund", "k1", -800, 0),
        ("payout", "p1", -5000, 0), ("payout", "p3", -5092, 0), ("capture", "r5", 6900, 41),
        ("payout_returned", "p3", 5092, 0),
    ]  # fmt: skip
    assert lines(TODAY - timedelta(days=1)) == lines(TODAY + timedelta(days=1)) == []
    foreign = read_file(day_file(TODAY))[2]
    assert foreign == SettlementRow(RowKind.CAPTURE, "r3", 6800, 40, "USD", NOW)


def test_a_day_is_a_day_of_the_installation(house: None) -> None:
    remember_paid(PAGE, paid_minor=1000, now=NOW.astimezone(UTC).replace(hour=15, minute=59, second=59))
    remember_paid(
        Page("r2", *[getattr(PAGE, n) for n in Page.__slots__[1:]]), paid_minor=1000, now=NOW.replace(hour=16)
    )
    assert [len(lines(day)) for day in (TODAY, TODAY + timedelta(days=1))] == [1, 1]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe", b"kind,ref\r\ncapture,r1\r\n",
        b"kind,ref,amount_minor,fee_minor,currency,at\r\ncapture,r1,x,0,CNY,2026-03-01T12:00:00+00:00\r\n",
        b"kind,ref,amount_minor,fee_minor,currency,at\r\ncapture,r1,1,0,CNY,2026-03-01T12:00:00\r\n",
        b"kind,ref,amount_minor,fee_minor,currency,at\r\ngift,r1,1,0,CNY,2026-03-01T12:00:00+00:00\r\n",
        b"kind,ref,amount_minor,fee_minor,currency,at\r\ncapture,r1\r\n",
    ],
)  # fmt: skip
def test_what_is_no_settlement_file_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        read_file(body)


def test_evidence_and_files_over_http(served: str) -> None:
    paid()
    charge_back(ref="r1", now=clock_now())
    ref = SandboxDispute.objects.get().ref
    shown = [EvidenceFile("slip.png", "image/png", b"\x89PNG")]
    now = clock_now()
    Sandbox().send_evidence(key="e1", chargeback_ref=ref, words="it came", files=shown, now=now)
    assert SandboxDispute.objects.get().words == "it came"
    with pytest.raises(GatewayRefused, match="409"):
        Sandbox().send_evidence(key="e2", chargeback_ref="cbk_none", words="it came", files=[], now=now)
    body = Sandbox().settlement_file(day=TODAY, now=now)
    assert [row.kind for row in Sandbox().read_settlement(body)] == [RowKind.CAPTURE]
    assert SandboxEntry.objects.count() == 2
    operator = Actor(new_id(), frozenset({Grant("operator")}))
    assert fetch_settlement(actor=operator, gateway_name="sandbox", day=TODAY, now=now) == body
    with pytest.raises(Forbidden):
        fetch_settlement(actor=Actor(new_id()), gateway_name="sandbox", day=TODAY, now=now)
    with pytest.raises(GatewayRefused):
        fetch_settlement(actor=operator, gateway_name="house", day=TODAY, now=now)
