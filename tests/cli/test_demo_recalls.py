"""The demo's past recall: refunded, told, lifted, and nothing of it sold meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from renmai.cli.demo.recalls import PIECES, take_back
from renmai.cli.demo.world import World as Demo
from renmai.goods.products.models import Sku, Stock
from renmai.goods.recalls.models import Recall
from renmai.people.notices.models import Notice
from renmai.trade.recalls.models import RecallRefund
from tests.trade.promoting import pay, place, wanted
from tests.trade.racers import violations
from tests.trade.world import NOW, make_world

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_past_recall_is_whole(house: None) -> None:
    world = make_world()
    kiln = world.suppliers[0]
    demo = Demo(operator=world.operator, suppliers={"kiln": (kiln.id, world.supplier(0))})
    now = NOW + timedelta(days=10)
    take_back(demo, now)
    assert not Recall.objects.exists()  # nothing was sold yet
    pay(place(world, wanted(world, "mug")))
    take_back(demo, now)
    recall = Recall.objects.get()
    assert recall.told_at is not None and recall.refunds_done_at is not None and recall.lifted_at is not None
    assert RecallRefund.objects.get().state == "refunded"
    assert Sku.objects.get(id=world.skus["mug"].id).recall_id is None
    assert Stock.objects.get(sku=world.skus["mug"]).received == 100 + PIECES - PIECES
    assert Notice.objects.filter(kind="recall.bought").count() == 1
    assert not violations()
