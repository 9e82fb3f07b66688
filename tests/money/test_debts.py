"""Debts written off, four eyes, and what a payout waits for."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.pauses import pausing
from renmai.kit.problems import DomainError, Forbidden, KeyReused, NotFound, SignInNeeded
from renmai.money.ledger.queries import roll_up
from renmai.money.ledger.rules import creator_account
from renmai.money.payments.rules import Said
from renmai.money.payouts.actions import approve_payout, claim_payouts, finish_payout, request_payout, retry_payout
from renmai.money.payouts.debts import Debt, NoDebt, ReasonMissing, list_debts, write_off
from renmai.money.payouts.models import Payout
from renmai.money.payouts.rules import OwnPayout, PayoutShort, SecondFactorNeeded, cannot_ask, waits_for
from tests.money.desk import LATER, about_payout, balances, digest, earn
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@pytest.fixture
def account(world: World) -> str:
    return creator_account(world.shops[0].id)


def off(world: World, account: str, amount: int, key: str = "key-00000001", reason: str = "closed its shop") -> int:
    return write_off(
        actor=world.operator, now=NOW, payee=account, amount_minor=amount, reason=reason, key=key
    ).owed_minor


def test_a_debt_is_written_off_once_and_only_as_far_as_it_goes(world: World, account: str) -> None:
    earn(account, -5000)
    roll_up()
    assert list_debts(world.operator) == [Debt(account, 5000)]
    assert [off(world, account, 2000), off(world, account, 2000)] == [3000, 3000]
    assert balances() == {"escrow": 5000, account: -3000, "bad_debt": -2000}
    with pytest.raises(KeyReused):
        off(world, account, 2001)
    for amount, reason, refusal in (
        (3001, "gone", NoDebt),
        (0, "gone", NoDebt),
        (-1, "gone", NoDebt),
        (5, " ", ReasonMissing),
    ):
        before = digest()
        with pytest.raises(refusal):
            off(world, account, amount, "key-00000002", reason)
        assert digest() == before
    assert off(world, account, 3000, "key-00000003") == 0
    assert list_debts(world.operator) == []
    assert Event.objects.filter(kind="debt.written_off").count() == 2


def test_debts_are_for_operators_with_a_second_factor_and_no_part_in_it(world: World, account: str) -> None:
    earn(account, -5000)
    member = Actor(new_id(), frozenset({Grant("operator"), Grant("creator", world.shops[0].id)}), confirmed=True)
    unconfirmed = Actor(world.operator.person_id, world.operator.grants)
    before = digest()
    for who, payee, refusal in (
        (ANONYMOUS, account, SignInNeeded), (world.creator(0), account, Forbidden),
        (unconfirmed, account, SecondFactorNeeded), (member, account, OwnPayout), (world.operator, "platform", NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            write_off(actor=who, now=NOW, payee=payee, amount_minor=1, reason="x", key="key-00000001")
    with pytest.raises(Forbidden):
        list_debts(world.creator(0))
    assert digest() == before


def ask(world: World, account: str, amount: int, key: str = "key-00000001") -> Payout:
    return request_payout(actor=world.creator(0), now=NOW, payee=account, amount_minor=amount, key=key)


def test_a_negative_balance_is_netted_before_anything_is_paid_out(world: World, account: str) -> None:
    earn(account, -5000)
    earn(account, 8000)
    with pytest.raises(PayoutShort):
        ask(world, account, 3001)
    assert ask(world, account, 3000).state == "requested"
    assert balances()["payout_due"] == 3000 and account not in balances()


def test_a_member_of_the_payee_may_not_decide_though_somebody_else_asked(world: World, account: str) -> None:
    earn(account, 5000)
    payout = ask(world, account, 5000)
    member = Actor(new_id(), frozenset({Grant("operator"), Grant("creator", world.shops[0].id)}), confirmed=True)
    before = digest()
    with pytest.raises(OwnPayout):
        approve_payout(actor=member, now=LATER, payout_id=payout.id)
    assert digest() == before
    assert approve_payout(actor=world.operator, now=LATER, payout_id=payout.id).state == "approved"


def test_an_operator_sends_a_failed_payout_out_again_as_the_same(world: World, account: str) -> None:
    earn(account, 5000)
    payout = ask(world, account, 5000)
    approve_payout(actor=world.operator, now=NOW, payout_id=payout.id)
    claim_payouts(gateways=["sandbox"], now=NOW, limit=9)
    finish_payout(about_payout(payout, Said.PAYOUT_FAILED, reason="the account is closed"))
    unconfirmed = Actor(world.operator.person_id, world.operator.grants)
    with pytest.raises(SecondFactorNeeded):
        retry_payout(actor=unconfirmed, now=LATER, payout_id=payout.id)
    again = retry_payout(actor=world.operator, now=LATER, payout_id=payout.id)
    assert (again.id, again.round, again.state, Payout.objects.count()) == (payout.id, 2, "requested", 1)
    assert balances() == {"escrow": -5000, "payout_due": 5000}


def test_what_a_payout_waits_for_is_never_silent() -> None:
    assert {state: waits_for(state) for state in ("requested", "approved", "sent", "failed", "paid", "returned")} == {
        "requested": "approval", "approved": "sending", "sent": "bank", "failed": "again", "paid": "", "returned": "",
    }  # fmt: skip
    assert waits_for("sent", "no answer") == "retry"
    assert [cannot_ask(amount, 1000) for amount in (-1, 0, 999, 1000)] == ["owes", "below_least", "below_least", ""]


def test_race_a_payout_waits_for_the_one_before_it_and_then_sees_what_it_took(world: World, account: str) -> None:
    earn(account, 5000)
    outcomes: list[str] = []

    def one(key: str) -> None:
        try:
            outcomes.append(ask(world, account, 4000, key).state)
        except DomainError as refusal:
            outcomes.append(refusal.code)
        finally:
            connections.close_all()

    with pausing("payout.written") as pause:
        first = threading.Thread(target=one, args=("key-00000001",))
        first.start()
        pause.wait()
        second = threading.Thread(target=one, args=("key-00000002",))
        second.start()
        second.join(0.3)
        assert second.is_alive() and outcomes == []
        pause.go()
        first.join(20)
        second.join(20)
    assert sorted(outcomes) == ["payout.short", "requested"]
    assert balances() == {"escrow": -5000, account: 1000, "payout_due": 4000}
