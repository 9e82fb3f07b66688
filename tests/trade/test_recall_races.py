"""Buyers check out, pay and fill their carts while it is recalled: every order is refused, cancelled or refunded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier

import pytest

from renmai.goods.recalls.actions import recall_product
from renmai.goods.recalls.models import Recall
from renmai.kit.access import Actor
from renmai.kit.problems import DomainError
from renmai.people.notices.models import Notice
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.carts.models import CartLine
from renmai.trade.orders.models import Order, OrderLine, Refund
from renmai.trade.recalls.actions import sweep_recalls
from renmai.trade.recalls.models import RecallRefund
from renmai.trade.recalls.rules import GRACE
from tests.trade.promoting import buyers, pay, place, wanted
from tests.trade.racers import violations
from tests.trade.threads import together
from tests.trade.world import NOW, World, make_world

BUYERS = 24


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@pytest.mark.parametrize("batch", ["", "B1"])
def test_no_order_is_kept_that_was_placed_while_it_was_recalled(world: World, batch: str) -> None:
    tea = world.skus["tea"]
    start = Barrier(BUYERS + 1)

    def buy(buyer: Actor, number: int) -> Callable[[], str]:
        def run() -> str:
            start.wait(20)
            try:
                line = {"pick_id": world.picks["tea"].id, "sku_id": tea.id, "quantity": 1}
                if number % 3 == 0:
                    set_cart_line(actor=buyer, now=NOW, **line)
                receipt = place(world, wanted(world, "tea"), wanted(world, "mug"), buyer=buyer)
                if number % 2:
                    pay(receipt)
            except DomainError as refusal:
                return refusal.code
            return "placed"

        return run

    def recall() -> Recall:
        start.wait(20)
        return recall_product(
            actor=world.operator, now=NOW, product_id=tea.product_id, reason="Pesticide.", batch=batch,
            sku_ids=[tea.id] if batch else None, sold_since=NOW - timedelta(days=1),
        )  # fmt: skip

    waiting = [together(buy(buyer, number)) for number, (buyer, _) in enumerate(buyers(BUYERS))]
    made = together(recall)()
    workers = [together(lambda: sweep_recalls(now=NOW)) for _ in range(2)]
    answers = [answer() for answer in waiting]
    assert [worker() for worker in workers] == [1, 1]
    sweep_recalls(now=NOW + GRACE)
    sweep_recalls(now=NOW + 2 * GRACE)

    assert set(answers) <= {"placed", "checkout.refused", "cart.not_for_sale"}
    lines = OrderLine.objects.filter(sku_id=tea.id).select_related("order")
    kept = [line for line in lines if line.order.state not in {"cancelled", "expired"} and line.refunded_minor < 8800]
    assert kept == []
    assert {order.state for order in Order.objects.all()} <= {"cancelled", "paid"}  # the mug of the paid ones goes on
    assert Refund.objects.count() == Order.objects.filter(state="paid").count()
    assert set(RecallRefund.objects.values_list("state", flat=True)) <= {"refunded", "cancelled"}
    assert not CartLine.objects.filter(sku_id=tea.id).exists()
    to = list(Notice.objects.filter(data__recall_id=str(made.id), kind__in=("recall.bought", "recall.unpaid", "recall.carted"))
              .values_list("person_id", flat=True))  # fmt: skip
    assert len(to) == len(set(to)) >= Order.objects.count()
    assert Recall.objects.get().refunds_done_at is not None
    assert not violations()
