"""Receipt by time never overtakes the carrier."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from renmai.kit.access import SYSTEM
from renmai.trade.captures.actions import pay_checkout
from renmai.trade.orders.models import Parcel
from renmai.trade.parcels.actions import hand_over, receive_due, report_parcel
from renmai.trade.parcels.lane import due_receipts, parcel_lane
from renmai.trade.parcels.rules import Step
from tests.money.desk import capture, place
from tests.trade.world import NOW, World, make_world

LATER = NOW + timedelta(days=31)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def sent(world: World) -> Parcel:
    receipt = place(world, mug=1)
    capture(pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id))
    parcel = Parcel.objects.get()
    hand_over(actor=world.supplier(0), now=NOW, parcel_id=parcel.id, carrier="SF", tracking="T1")
    return parcel


def test_a_parcel_the_carrier_speaks_of_meanwhile_is_not_received_by_time(world: World) -> None:
    parcel = sent(world)
    with connection.cursor() as cursor:
        acts = due_receipts(cursor, actor=SYSTEM, now=LATER, limit=10)
    report_parcel(actor=world.supplier(0), now=LATER, parcel_id=parcel.id, said="in_transit")
    (step,) = parcel_lane.run(acts)
    assert isinstance(step, Step) and step.parcel_state == "handed_over"
    assert receive_due(now=LATER) == 0


def test_what_is_still_due_is_received(world: World) -> None:
    parcel = sent(world)
    assert receive_due(now=LATER) == 1
    parcel.refresh_from_db()
    assert parcel.state == "received"
