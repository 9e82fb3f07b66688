"""Two operators at once, an operator who asks for a failed payout again, and a provider that speaks for another."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from django.db import connection

from renmai.kit.access import Actor
from renmai.kit.db import connect
from renmai.money.ledger.rules import creator_account
from renmai.money.payments.models import MoneyException, PaymentReturn
from renmai.money.payments.rules import Outcome, Said
from renmai.money.payouts.actions import (
    approve_payout,
    claim_payouts,
    finish_payout,
    request_payout,
    retry_payout,
)
from renmai.money.payouts.models import Payout
from renmai.money.payouts.rules import SecondFactorNeeded
from renmai.people.standing.actions import set_term
from renmai.people.standing.models import Standing
from renmai.trade.captures.actions import pay_checkout, take_message
from renmai.trade.orders.models import Order
from renmai.trade.refunds.actions import refund_order
from tests.money.desk import about_payout, about_return, balances, capture, digest, earn, place
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def set_fee(actor: Actor, value: int, faults: list[Exception]) -> None:
    try:
        set_term(actor=actor, now=NOW, term="platform_fee_bps", value=value, reason="costs")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure of the test
        faults.append(error)
    finally:
        connection.close()


def test_two_operators_set_the_same_term_at_once(world: World) -> None:
    faults: list[Exception] = []
    with connect(application_name="test-other") as other:
        # Both have counted the versions before either has written: the table lets nobody write yet.
        other.execute("lock table people_standing in share mode")
        threads = [threading.Thread(target=set_fee, args=(world.operator, value, faults)) for value in (600, 700)]
        for thread in threads:
            thread.start()
        threads[0].join(1.0)
        other.rollback()
    for thread in threads:
        thread.join(20)
    assert faults == []
    assert sorted(Standing.objects.values_list("version", flat=True)) == [1, 2]


def failed(world: World) -> Payout:
    account = creator_account(world.shops[0].id)
    earn(account, 5000)
    payout = request_payout(actor=world.creator(0), now=NOW, payee=account, amount_minor=5000, key="payout-0001")
    approve_payout(actor=world.operator, now=NOW, payout_id=payout.id)
    claim_payouts(gateways=["sandbox"], now=NOW, limit=1)
    payout.refresh_from_db()
    finish_payout(about_payout(payout, Said.PAYOUT_FAILED, reason="account closed"))
    return payout


def test_an_operator_asks_for_a_failed_payout_again_with_a_second_factor(world: World) -> None:
    payout, before = failed(world), digest()
    with pytest.raises(SecondFactorNeeded):
        retry_payout(actor=replace(world.operator, confirmed=False), now=NOW, payout_id=payout.id)
    assert digest() == before
    again = retry_payout(actor=world.operator, now=NOW, payout_id=payout.id)
    assert (again.state, again.round, again.requested_by_id) == ("requested", 2, world.creator(0).person_id)
    assert balances()["payout_due"] == 5000


def test_a_provider_cannot_finish_the_return_of_another(world: World) -> None:
    receipt = place(world, mug=1)
    capture(pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id))
    refund_order(actor=world.buyer, now=NOW, order_id=Order.objects.get().id, key="refund-0001", reason="gone")
    row = PaymentReturn.objects.get()
    other = replace(about_return(row, Said.RETURN_DONE), gateway="other")
    assert take_message(other) is Outcome.UNKNOWN
    row.refresh_from_db()
    assert row.state == "due" and MoneyException.objects.get().kind == "unknown"
