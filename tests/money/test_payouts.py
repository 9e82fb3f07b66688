"""Payouts: asked for, decided, sent, and every word a provider may say about them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections

from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, Forbidden, KeyReused, NotFound, SignInNeeded
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.payments.models import MoneyException
from renmai.money.payments.rules import Outcome, Said
from renmai.money.payouts.actions import (
    approve_payout,
    claim_payouts,
    finish_payout,
    postpone_payout,
    refuse_payout,
    refuse_sent,
    request_payout,
    retry_payout,
)
from renmai.money.payouts.models import Payout, PayoutState
from renmai.money.payouts.queries import access_payout, available_minor, list_payout_queue, list_payouts
from renmai.money.payouts.rules import (
    PAYOUT_ENDS,
    PAYOUT_STATES,
    OwnPayout,
    PayoutNotNow,
    PayoutOutOfRange,
    PayoutShort,
    SecondFactorNeeded,
    next_payout_state,
    payee_owner,
    payout_key,
    read_key,
)
from tests.money.desk import LATER, about_payout, balances, digest, earn
from tests.trade.world import NOW, World, make_world

SUM = 50_000
EVENTS = ("approve", "refuse", "send", "pay", "fail", "return", "retry")


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@pytest.fixture
def account(world: World) -> str:
    name = creator_account(world.shops[0].id)
    earn(name, SUM)
    return name


def ask(world: World, account: str, amount: int = SUM, key: str = "key-00000001") -> Payout:
    return request_payout(actor=world.creator(0), now=NOW, payee=account, amount_minor=amount, key=key)


def bring(world: World, account: str, state: str) -> Payout:
    """Bring a payout into a state by the actions that lead there."""
    payout = ask(world, account)
    if state == "refused":
        refuse_payout(actor=world.operator, now=NOW, payout_id=payout.id, reason="unclear")
    elif state != "requested":
        approve_payout(actor=world.operator, now=NOW, payout_id=payout.id)
    if state not in {"requested", "refused", "approved"}:
        claim_payouts(gateways=["sandbox"], now=NOW, limit=9)
    said = {"paid": Said.PAYOUT_PAID, "failed": Said.PAYOUT_FAILED, "returned": Said.PAYOUT_RETURNED}.get(state)
    if said is not None:
        finish_payout(about_payout(payout, said, reason="closed"))
    payout.refresh_from_db()
    assert payout.state == state
    return payout


def act(world: World, payout: Payout, event: str) -> None:
    said = {"pay": Said.PAYOUT_PAID, "fail": Said.PAYOUT_FAILED, "return": Said.PAYOUT_RETURNED}
    if event == "approve":
        other = Actor(new_id(), world.operator.grants, confirmed=True)
        approve_payout(actor=other, now=LATER, payout_id=payout.id)
    elif event == "refuse":
        refuse_payout(actor=world.operator, now=LATER, payout_id=payout.id, reason="unclear")
    elif event == "retry":
        retry_payout(actor=world.creator(0), now=LATER, payout_id=payout.id)
    elif event == "send":
        claim_payouts(gateways=["sandbox"], now=NOW + timedelta(hours=1), limit=9)
    else:
        finish_payout(about_payout(payout, said[event]))


# What each state means for the money: payee, payout_due, what the provider handed out.
MONEY = {
    "requested": (0, SUM, 0),
    "approved": (0, SUM, 0),
    "sent": (0, SUM, 0),
    "paid": (0, 0, SUM),
    "refused": (SUM, 0, 0),
    "failed": (SUM, 0, 0),
    "returned": (SUM, 0, 0),
}


@pytest.mark.parametrize("state", PayoutState.values)
@pytest.mark.parametrize("event", EVENTS)
def test_every_event_in_every_state(world: World, account: str, state: str, event: str) -> None:
    payout = bring(world, account, state)
    try:
        act(world, payout, event)
    except PayoutNotNow:
        assert (state, event) not in PAYOUT_STATES
    payout.refresh_from_db()
    after = PAYOUT_STATES.get((state, event), state)
    assert payout.state == after
    held = balances()
    assert (held.get(account, 0), held.get("payout_due", 0), held.get("gateway:sandbox", 0)) == MONEY[after]
    assert held["escrow"] == -SUM


def test_the_table_names_only_states_there_are() -> None:
    assert {state for state, _ in PAYOUT_STATES} | set(PAYOUT_STATES.values()) == set(PayoutState.values)
    assert PAYOUT_ENDS.isdisjoint(state for state, _ in PAYOUT_STATES)
    with pytest.raises(PayoutNotNow):
        next_payout_state("paid", "approve")


def test_the_same_key_asks_once(world: World, account: str) -> None:
    first = ask(world, account, 20_000)
    assert ask(world, account, 20_000).id == first.id
    with pytest.raises(KeyReused):
        ask(world, account, 20_001)
    assert Payout.objects.count() == 1
    assert available_minor(world.creator(0), account) == 30_000


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (999, PayoutOutOfRange),
        (0, PayoutOutOfRange),
        (-5, PayoutOutOfRange),
        (5_000_001, PayoutOutOfRange),
        (SUM + 1, PayoutShort),
    ],
)
def test_amounts_outside_the_limits_change_nothing(
    world: World, account: str, amount: int, refusal: type[DomainError]
) -> None:
    before = digest()
    with pytest.raises(refusal):
        ask(world, account, amount)
    assert digest() == before


def test_only_the_payee_asks_and_only_another_confirmed_operator_decides(world: World, account: str) -> None:
    supplier = supplier_account(world.suppliers[0].id)
    for who, payee, refusal in (
        (ANONYMOUS, account, SignInNeeded),
        (world.creator(1), account, NotFound),
        (world.creator(0), supplier, NotFound),
        (world.operator, account, NotFound),
        (world.creator(0), "platform", NotFound),
        (world.creator(0), "escrow:" + "x" * 36, NotFound),
    ):
        before = digest()
        with pytest.raises(refusal):
            request_payout(actor=who, now=NOW, payee=payee, amount_minor=SUM, key="key-00000001")
        assert digest() == before
    payout = ask(world, account)
    own = Actor(world.creator(0).person_id, frozenset({Grant("operator")}), confirmed=True)
    unconfirmed = Actor(world.operator.person_id, world.operator.grants)
    for who, refusal in (
        (ANONYMOUS, SignInNeeded), (world.creator(0), Forbidden), (unconfirmed, SecondFactorNeeded), (own, OwnPayout),
    ):  # fmt: skip
        before = digest()
        with pytest.raises(refusal):
            approve_payout(actor=who, now=NOW, payout_id=payout.id)
        with pytest.raises(refusal):
            refuse_payout(actor=who, now=NOW, payout_id=payout.id, reason="x")
        assert digest() == before
    with pytest.raises(NotFound):
        retry_payout(actor=world.creator(1), now=NOW, payout_id=payout.id)


def test_reading_is_for_the_payee_and_operators(world: World, account: str) -> None:
    payout = ask(world, account)
    assert access_payout(world.creator(0), payout.id).id == payout.id == access_payout(world.operator, payout.id).id
    assert [row.id for row in list_payouts(world.creator(0), account)] == [payout.id]
    assert [row.id for row in list_payout_queue(world.operator)] == [payout.id]
    for read in (
        lambda: access_payout(world.creator(1), payout.id),
        lambda: list_payouts(world.creator(1), account),
        lambda: available_minor(world.creator(1), account),
        lambda: access_payout(world.operator, new_id()),
    ):
        with pytest.raises(NotFound):
            read()
    with pytest.raises(Forbidden):
        list_payout_queue(world.creator(0))


def test_two_requests_at_once_cannot_spend_the_same_money(world: World, account: str) -> None:
    gate, outcomes = threading.Barrier(2), []

    def one(number: int) -> None:
        gate.wait()
        try:
            outcomes.append(ask(world, account, 40_000, key=f"key-0000000{number}").state)
        except DomainError as refusal:
            outcomes.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["payout.short", "requested"]
    assert balances() == {"escrow": -SUM, account: 10_000, "payout_due": 40_000}


def test_the_same_request_twice_at_once_is_one_payout(world: World, account: str) -> None:
    gate, ids = threading.Barrier(2), []

    def one() -> None:
        gate.wait()
        ids.append(ask(world, account, 20_000).id)
        connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(ids) == 2 and len(set(ids)) == 1
    assert balances()["payout_due"] == 20_000


def test_a_repeated_message_pays_once(world: World, account: str) -> None:
    payout = bring(world, account, "sent")
    message = about_payout(payout, Said.PAYOUT_PAID)
    assert [finish_payout(message), finish_payout(message)] == [Outcome.NOTED, Outcome.REPEATED]
    assert finish_payout(about_payout(payout, Said.PAYOUT_PAID)) is Outcome.NOTED
    assert balances() == {"escrow": -SUM, "gateway:sandbox": SUM}


def test_a_failed_payout_shows_its_reason_and_sets_out_again_as_the_same(world: World, account: str) -> None:
    payout = bring(world, account, "failed")
    old = about_payout(payout, Said.PAYOUT_PAID)
    assert payout.reason == "closed"
    retry_payout(actor=world.creator(0), now=LATER, payout_id=payout.id)
    approve_payout(actor=world.operator, now=LATER, payout_id=payout.id)
    (due,) = claim_payouts(gateways=["sandbox"], now=LATER, limit=9)
    assert (due.id, due.key) == (payout.id, payout_key(payout.id, 2))
    assert finish_payout(old) is Outcome.UNKNOWN
    assert MoneyException.objects.get().kind == "unknown"
    payout.refresh_from_db()
    assert finish_payout(about_payout(payout, Said.PAYOUT_PAID)) is Outcome.NOTED
    assert Payout.objects.count() == 1 and balances() == {"escrow": -SUM, "gateway:sandbox": SUM}
    words = list(Event.objects.filter(subject_id=payout.id).order_by("id").values_list("kind", flat=True))
    assert words == [f"payout.{w}" for w in ("requested", "approved", "failed", "requested", "approved", "paid")]


def test_a_retry_needs_the_money_to_be_there(world: World, account: str) -> None:
    payout = bring(world, account, "failed")
    ask(world, account, 10_000, key="key-00000002")
    before = digest()
    with pytest.raises(PayoutShort):
        retry_payout(actor=world.creator(0), now=LATER, payout_id=payout.id)
    assert digest() == before


def test_the_bank_sends_it_back_before_the_success_is_told(world: World, account: str) -> None:
    payout = bring(world, account, "returned")
    assert finish_payout(about_payout(payout, Said.PAYOUT_PAID)) is Outcome.NOTED
    payout.refresh_from_db()
    assert payout.state == "returned" and balances() == {"escrow": -SUM, account: SUM}


def test_a_message_about_another_amount_moves_nothing_and_is_shown(world: World, account: str) -> None:
    payout = bring(world, account, "sent")
    payout.amount_minor += 1
    assert finish_payout(about_payout(payout, Said.PAYOUT_PAID)) is Outcome.UNKNOWN
    assert balances()["payout_due"] == SUM and MoneyException.objects.count() == 1


def test_unanswered_payouts_are_claimed_again_under_the_same_key(world: World, account: str) -> None:
    payout = bring(world, account, "sent")
    assert claim_payouts(gateways=["sandbox"], now=NOW + timedelta(minutes=9), limit=9) == []
    (due,) = claim_payouts(gateways=["sandbox"], now=NOW + timedelta(minutes=10), limit=9)
    assert due.key == payout_key(payout.id, 1)
    postpone_payout(payout_id=payout.id, error="no answer", now=LATER)
    payout.refresh_from_db()
    assert (payout.state, payout.reason, payout.retry_at) == ("sent", "no answer", LATER + timedelta(seconds=120))
    refuse_sent(payout_id=payout.id, round_number=1, reason="no such account", now=LATER)
    refuse_sent(payout_id=payout.id, round_number=1, reason="no such account", now=LATER)
    assert balances() == {"escrow": -SUM, account: SUM}


def test_keys_and_accounts_are_read_strictly() -> None:
    payout_id = new_id()
    assert read_key(payout_key(payout_id, 3)) == (payout_id, 3)
    assert read_key("x-1") is None and read_key(payout_id.hex) is None
    assert payee_owner(f"creator:{payout_id}") == ("creator", payout_id)
    assert payee_owner(f"agency:{payout_id}") == ("agency", payout_id)
    assert payee_owner(f"sharer:{payout_id}") == ("sharer", payout_id)
    for wrong in ("creator", "creator:", f"buyer:{payout_id}", f"creator:{payout_id.hex}", f"creator:{payout_id} "):
        with pytest.raises(NotFound):
            payee_owner(wrong)
