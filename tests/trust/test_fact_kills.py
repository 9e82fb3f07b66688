"""Workers that are shot while they write facts: afterwards each event has exactly its facts, and the log is whole."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import connection

from renmai.kit.access import SYSTEM
from renmai.kit.db import connection_params
from renmai.kit.events.actions import deliver_all, deliver_batches
from renmai.kit.events.models import ParkedEvent
from renmai.kit.keys.actions import input_hash
from renmai.money.payments.models import Payment
from renmai.money.payments.rules import Message, Said
from renmai.trade.captures.actions import pay_checkout
from renmai.trade.captures.lane import capture_lane
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Place, Receipt, Wanted
from renmai.trade.orders.models import Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from renmai.trust.facts.checking import check_facts
from renmai.trust.facts.lane import Draft, credit_lane
from renmai.trust.facts.models import Fact, FactOpening
from renmai.trust.log.merkle import leaf_hash, root_of
from renmai.trust.log.models import LogEntry
from renmai.trust.log.publishing import publish
from renmai.trust.log.queries import log_state
from tests.trade.world import NOW, World, make_world
from tests.trust.test_facts import leaves

ROOT = Path(__file__).parents[2]
ORDERS = 60
EXACTLY = dict.fromkeys(("price.checked", "stock.kept", "parcel.handed_over", "parcel.delivered"), ORDERS)


@pytest.fixture
def world(house: None) -> World:
    return make_world(stock=1000)


def live(world: World) -> None:
    """So many orders, paid, handed over and delivered: all of their events, and not a fact yet."""
    assert world.buyer.person_id is not None
    mug = (Wanted(world.picks["mug"].id, world.skus["mug"].id, 1),)
    places = [
        Place(world.buyer.person_id, f"order-{n:05}", input_hash(n), mug, "card", NOW, address_id=world.buyer_address)
        for n in range(ORDERS)
    ]
    receipts = [receipt for receipt in checkout_lane.run(places) if isinstance(receipt, Receipt)]
    for receipt in receipts:
        pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id)
    capture_lane.run(
        [
            Message("sandbox", p.provider_ref, Said.CAPTURED, p.provider_ref, p.amount_minor, "CNY", NOW, NOW)
            for p in Payment.objects.all()
        ]
    )
    parcels = list(Parcel.objects.values_list("id", flat=True))
    later = NOW + timedelta(days=1)
    parcel_lane.run([Act("hand_over", parcel_id, SYSTEM, later, "SF", str(parcel_id)) for parcel_id in parcels])
    parcel_lane.run([Act("deliver", parcel_id, SYSTEM, later) for parcel_id in parcels])
    assert len(parcels) == ORDERS and not Fact.objects.exists()


def sound() -> None:
    """Each event has exactly its facts, each fact its leaf and opening, and the log's root is that of its leaves."""
    assert Counter(leaf["kind"] for leaf in leaves()) == EXACTLY
    assert Counter(Fact.objects.values_list("kind", flat=True)) == EXACTLY
    places = list(Fact.objects.order_by("leaf_index").values_list("leaf_index", flat=True))
    assert places == list(range(4 * ORDERS)) and FactOpening.objects.count() == 4 * ORDERS
    assert len({leaf["commitment"] for leaf in leaves()}) == 4 * ORDERS and not ParkedEvent.objects.exists()
    publish(now=NOW)
    state = log_state()
    assert state is not None and state.published_size == 4 * ORDERS
    assert state.root == root_of([leaf_hash(bytes(entry.data)) for entry in LogEntry.objects.order_by("index")])
    counted()


def counted() -> None:
    """What is counted of facts is what there is, whoever was killed over it."""
    with connection.cursor() as cursor:
        assert list(check_facts(cursor, whole=True)) == []


@contextlib.contextmanager
def workers(count: int) -> Iterator[list[subprocess.Popen[str]]]:
    names = ("host", "port", "user", "password", "dbname")
    known = {name: value for name, value in connection_params().items() if name in names}
    env = {**os.environ, "DATABASE_URL": f"postgresql:///?{urlencode(known)}", "LOG_LEVEL": "CRITICAL"}
    argv = [sys.executable, "-m", "tests.trust.credit_worker", "4"]
    found = [
        subprocess.Popen(argv, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        for each in found:
            assert each.stdout is not None and each.stdout.readline() == "ready\n"
        yield found
    finally:
        for each in found:
            each.kill()
            each.communicate(timeout=20)


def test_shot_workers_lose_nothing_and_write_nothing_twice(world: World) -> None:
    live(world)
    chance, written = random.Random(7), []
    with workers(2) as shot:
        for each in shot:
            before = Fact.objects.count()
            assert each.stdin is not None and each.stdout is not None
            each.stdin.write("go\n")
            each.stdin.flush()
            while Fact.objects.count() < before + 24:  # it is at work: what it does now is cut off
                time.sleep(0.002)
            time.sleep(chance.random() * 0.02)
            each.kill()
            each.wait(20)
            written.append(Fact.objects.count())
    assert 0 < written[0] < written[1] < 4 * ORDERS
    deliver_all(now=NOW)
    sound()


def test_workers_side_by_side_write_each_fact_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    live(world)
    monkeypatch.setattr("renmai.kit.events.actions.BATCH_MAX", 8)

    def work(_: int) -> None:
        try:
            while Fact.objects.count() < 4 * ORDERS:
                deliver_batches(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    sound()


def test_lanes_side_by_side_write_a_draft_once(world: World) -> None:
    owner = world.shops[0].owner_id
    drafts = [Draft("show.held", f"show:{n}", "creator", owner, NOW, {"outcome": "ended"}) for n in range(50)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: credit_lane.run(drafts), range(3)))
    assert answers[0] == answers[1] == answers[2] and len(set(answers[0])) == 50
    assert len(leaves("show.held")) == Fact.objects.count() == 50
    counted()
