"""Settlement and refunds of the same order at the same time: nobody waits in a circle, nothing is parked for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from renmai.kit.access import SYSTEM
from renmai.kit.db import connect
from renmai.money.payments.models import MoneyException, Payment
from renmai.money.settlement.actions import settle_due
from renmai.trade.captures.actions import pay_checkout, sweep_expired
from renmai.trade.orders.models import Order, Parcel
from renmai.trade.parcels.actions import hand_over, receive_order
from renmai.trade.refunds.actions import refund_order
from tests.money.desk import capture, place
from tests.trade.world import NOW, World, make_world

SETTLED_AT = NOW + timedelta(days=30)
WAITING = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'renmai-lane-refund'"
)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@contextmanager
def held(sql: str, *params: object) -> Iterator[psycopg.Connection]:
    """Rows that somebody else has locked."""
    other = connect(application_name="test-other")
    try:
        other.execute(sql, params)
        yield other
    finally:
        other.rollback()
        other.close()


@contextmanager
def waiting_at_most(seconds: int) -> Iterator[None]:
    """Whatever this thread does waits no longer than so for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(f"set lock_timeout = '{seconds}s'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("set lock_timeout = 0")


def received(world: World) -> Order:
    """An order whose settlement is due."""
    receipt = place(world, tea=1)
    capture(pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id))
    order = Order.objects.get()
    parcel = Parcel.objects.get()
    hand_over(actor=world.supplier(1), now=NOW, parcel_id=parcel.id, carrier="SF", tracking="T1")
    receive_order(actor=world.buyer, now=NOW, order_id=order.id)
    return order


def until_refund_waits() -> None:
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("the refund does not wait")


def refund(order_id: UUID, now: datetime, answers: list[object]) -> None:
    answers.append(refund_order(actor=SYSTEM, now=now, order_id=order_id, key="refund-0001", reason="late", lines=None))


def test_settlement_passes_by_what_is_being_refunded(world: World) -> None:
    order, answers = received(world), []
    with held("select 1 from money_payment where id = %s for update", Payment.objects.get().id):
        thread = threading.Thread(target=refund, args=(order.id, SETTLED_AT, answers))
        thread.start()
        until_refund_waits()
        with waiting_at_most(2):
            assert settle_due(now=SETTLED_AT) == 0
    thread.join(20)
    assert len(answers) == 1
    assert not MoneyException.objects.exists()
    order.refresh_from_db()
    assert order.state == "refunded"


def test_a_settlement_that_had_to_wait_is_not_parked(world: World) -> None:
    order = received(world)
    with held("select 1 from trade_order where id = %s for update", order.id), waiting_at_most(1):
        assert settle_due(now=SETTLED_AT) == 0
    assert not MoneyException.objects.exists()
    assert settle_due(now=SETTLED_AT) == 1


def test_an_expiry_that_had_to_wait_is_not_parked(world: World) -> None:
    place(world, tea=1)
    with held("select 1 from trade_order for update"), waiting_at_most(1):
        assert sweep_expired(now=SETTLED_AT) == 0
    assert not MoneyException.objects.exists()
    assert sweep_expired(now=SETTLED_AT) == 1
