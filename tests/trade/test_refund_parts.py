"""What refunds took from each part: kept with every refund, and worked out for those made before it was kept."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

from renmai.trade.orders.models import RefundPart
from renmai.trade.refunds.actions import refund_order
from renmai.trade.reports.queries import list_violations
from tests.trade.care_desk import RECEIVED, line_of, ordered
from tests.trade.world import World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def kept() -> set[tuple[object, ...]]:
    return set(RefundPart.objects.values_list("refund_id", "part_id", "amount_minor", "borne_by"))


def test_refunds_made_before_are_worked_out_to_the_cent(world: World) -> None:
    order = ordered(world, mug=3, tea=1)
    for number, (goods, amount) in enumerate((("mug", 1), ("tea", 3333), ("mug", 777), ("mug", 17_222), ("tea", 5467))):
        refund_order(
            actor=world.operator, now=RECEIVED, order_id=order.id, key=f"refund-{number:04d}", reason="x",
            lines={line_of(world, order, goods).id: amount},
        )  # fmt: skip
    before = kept()
    assert len(before) > 10
    RefundPart.objects.all().delete()
    with connection.cursor() as cursor:
        assert {violation.name for violation in list_violations(cursor)} == {"parts_of_refund"}
        cursor.execute(import_module("renmai.trade.migrations.0005_refund_parts").WORK_OUT)
        assert list_violations(cursor) == []
    assert kept() == before
