"""Buyers check out, pay and fill their carts while it is recalled: every order is refused, cancelled or refunded."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction

from renmai.goods.recalls.actions import recall_product
from renmai.goods.recalls.models import Recall
from renmai.kit.access import Actor
from renmai.kit.problems import DomainError
from renmai.people.notices.models import Notice
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.carts.models import CartLine
from renmai.trade.orders.models import Order, OrderLine, Refund
from renmai.trade.promotions.drop_actions import BadDrop
from renmai.trade.promotions.models import Drop
from renmai.trade.recalls.actions import sweep_recalls
from renmai.trade.recalls.models import RecallRefund
from renmai.trade.recalls.rules import GRACE
from tests.trade.promoting import buyers, drop, pay, place, wanted
from tests.trade.racers import violations
from tests.trade.threads import together
from tests.trade.world import NOW, World, make_world

BUYERS = 24
WAITS = "select count(*) from pg_locks where not granted"


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

    assert set(answers) <= {"placed", "checkout.refused", "cart.not_sold"}
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


def somebody_waits() -> None:
    """Go on once another connection waits for a lock."""
    for _ in range(400):
        with connection.cursor() as cursor:
            cursor.execute(WAITS)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_a_recall_takes_drops_before_stock_as_whoever_places_does(world: World) -> None:
    offer, tea = drop(world, "tea", quantity=5, price_minor=8500), world.skus["tea"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select id from trade_drop where id = %s for update", (offer.id,))
        made = together(
            lambda: recall_product(actor=world.operator, now=NOW, product_id=tea.product_id, reason="Pesticide.")
        )
        somebody_waits()
        cursor.execute("select sku_id from goods_stock where sku_id = %s for update nowait", (tea.id,))
    assert made().product_id == tea.product_id
    assert Drop.objects.get().over_at == NOW
    assert not violations()


def test_no_drop_is_made_of_what_is_being_recalled(world: World) -> None:
    tea = world.skus["tea"]
    with transaction.atomic():
        recall_product(actor=world.operator, now=NOW, product_id=tea.product_id, reason="Pesticide.")
        making = together(lambda: drop(world, "tea", quantity=5, price_minor=8500))
        somebody_waits()
    with pytest.raises(BadDrop):
        making()
    assert not Drop.objects.exists()
