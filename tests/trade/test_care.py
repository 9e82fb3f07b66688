"""Cases: who may do what when, what time answers, and what a repeated answer does."""

from __future__ import annotations

import pytest
from django.db import connection

from renmai.trade.reports.queries import list_violations
from tests.money.desk import balances
from tests.trade.care_desk import Sides, asked, ordered
from tests.trade.world import World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def test_smoke(world: World) -> None:
    order = ordered(world, mug=2)
    sides = Sides(world)
    case = asked(world, order, kind="return_refund")
    case = sides.answer("creator", case, "pass_on")
    case = sides.answer("supplier", case, "approve")
    case = sides.answer("buyer", case, "send_back")
    case = sides.answer("supplier", case, "confirm_return")
    assert case.state == "refunded"
    print(balances(), sides.accounts)
    with connection.cursor() as cursor:
        assert list_violations(cursor) == []
