"""SIGTERM: what is under way is answered, then the process goes, soon."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from renmai.kit.db import connect
from renmai.trade.checkout.models import Checkout
from tests.fast.door import serving_fast
from tests.fast.test_contract import basket, token_of
from tests.kit.test_keys import wait_until_blocked
from tests.trade.world import make_world


@pytest.fixture
def world(house: None) -> Any:
    return make_world()


def test_what_is_under_way_is_finished(world: Any) -> None:
    token = token_of(world.buyer)
    with serving_fast() as fast, ThreadPoolExecutor(2) as pool:
        with connect(application_name="renmai-test-holder") as holder:
            holder.execute("select 1 from goods_stock for update")
            asked = pool.submit(
                fast.call, "POST", "/api/v1/checkouts", basket(world, mug=1), token=token, key="under-way-1"
            )
            wait_until_blocked()
            stopping = pool.submit(fast.stop)
            time.sleep(0.5)
            assert not asked.done() and not stopping.done()
            holder.rollback()
        answer = asked.result(10)
        code, seconds = stopping.result(10)
    assert answer.status == 201 and str(Checkout.objects.get().id) == answer.json["id"]
    assert seconds < 10 and code in (0, -15)


def test_an_idle_one_goes_at_once(world: Any) -> None:
    with serving_fast() as fast:
        assert fast.call("GET", "/readyz").status == 200
        code, seconds = fast.stop()
    assert seconds < 5 and code in (0, -15)
