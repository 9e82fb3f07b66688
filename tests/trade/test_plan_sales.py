"""What a sale on a plan pays: worked by hand, with the agency's service fee; and what orders placed before keep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from renmai.goods.plans.actions import end_plan, make_plan
from renmai.goods.products.actions import set_sale_terms
from renmai.places.shops.rates import sweep_rates
from tests.trade.promoting import place, wanted
from tests.trade.racers import violations
from tests.trade.test_waterfall import contract, parts
from tests.trade.world import NOW, World, make_world

TARGETED = {
    # 88.00 paid: 5 % platform, 5 % service, 25 % commission of which the agency's contract takes a fifth.
    "platform fee": 440, "agency service": 440, "agency agency": 440, "creator creator": 1760, "supplier supply": 5720,
}  # fmt: skip
OPEN = {
    "platform fee": 440, "agency service": 88, "agency agency": 352, "creator creator": 1408, "supplier supply": 6512,
}  # fmt: skip


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def test_a_targeted_plan_pays_creator_and_agency_and_orders_placed_keep_theirs(world: World) -> None:
    contract(world)
    maker, tea = world.supplier(1), world.picks["tea"]
    given: dict[str, Any] = {"actor": maker, "now": NOW, "product_id": tea.product_id, "margin_allowed": True}
    set_sale_terms(**given, commission_bps=2000, service_bps=100)
    [plan] = make_plan(
        actor=maker, now=NOW, product_ids=[tea.product_id], kind="targeted", commission_bps=2500, service_bps=500,
        shop_ids=[world.shops[0].id],
    )  # fmt: skip
    first = place(world, wanted(world, "tea"))
    assert parts(first, 0, world) == TARGETED
    end_plan(actor=maker, now=NOW, plan_id=plan.id)
    assert parts(place(world, wanted(world, "tea")), 0, world) == TARGETED
    sweep_rates(now=NOW + timedelta(days=30))
    assert parts(place(world, wanted(world, "tea")), 0, world) == OPEN
    assert parts(first, 0, world) == TARGETED and violations() == []
