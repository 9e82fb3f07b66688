"""Stock by warehouse: never more there than was received, whatever happens, also at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence

import pytest
from django.db import connection, transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renmai.goods.products.actions import BadQuantity, TiersRefused, change_stock, set_prices
from renmai.goods.products.lane import lock_stock
from renmai.goods.products.low import count_low, sweep_low_stock
from renmai.goods.products.models import LowStock, Sku, Stock, StockReceipt, Warehouse, WarehouseStock
from renmai.goods.products.prices import set_supply_tiers
from renmai.goods.products.variants import change_variant
from renmai.goods.products.warehouse_lane import NotThere, keep_within, ship_from
from renmai.goods.products.warehouses import (
    WarehouseNotEmpty,
    WarehouseTaken,
    close_warehouse,
    make_warehouse,
    move_goods,
    rename_warehouse,
)
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.problems import DomainError, Invalid, NotFound, SignInNeeded
from renmai.people.accounts.models import Membership
from renmai.people.notices.models import Notice
from tests.goods.pool import NOW, member, product, refused, strangers, supplier


def stocked(received: int, *held: int) -> tuple[Sku, list[Warehouse]]:
    """A variant with so many received, of which each warehouse holds so many."""
    row = product(supplier(), stock=received)
    sku = row.skus.get()
    places = [Warehouse.objects.create(supplier=row.supplier, name=f"W{n}", created_at=NOW) for n in range(len(held))]
    for place, many in zip(places, held, strict=True):
        WarehouseStock.objects.create(warehouse=place, sku=sku, received=many)
    return sku, places


def rows(sku: Sku) -> list[tuple[int, int]]:
    found = WarehouseStock.objects.filter(sku=sku).order_by("id")
    return [(row.received, row.shipped) for row in found]


def ship(shipped: Sequence[tuple[Warehouse, Sku, int]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        ship_from(cursor, [(place.id, sku.id, many) for place, sku, many in shipped])


@pytest.mark.django_db
def test_what_leaves_a_warehouse_is_counted_there_and_nowhere_else() -> None:
    sku, (east, west) = stocked(10, 4, 3)
    ship([(east, sku, 1), (west, sku, 2), (east, sku, 2)])
    assert rows(sku) == [(4, 3), (3, 2)]
    assert Stock.objects.get(sku=sku).received == 10
    assert refused(NotThere, lambda: ship([(west, sku, 1), (east, sku, 2)])).params == {"left": 1}
    ship([])
    other, _ = stocked(5)
    assert refused(NotThere, lambda: ship([(east, other, 1)])).params == {"left": 0}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("received", "held", "after"),
    [
        (10, (4, 3), [(4, 0), (3, 0)]),
        (6, (4, 3), [(4, 0), (2, 0)]),
        (2, (4, 3), [(2, 0), (0, 0)]),
        (0, (4, 3), [(0, 0), (0, 0)]),
    ],
)
def test_a_lower_count_takes_from_the_warehouse_named_last(
    received: int, held: tuple[int, ...], after: list[tuple[int, int]]
) -> None:
    sku, _ = stocked(20, *held)
    Stock.objects.filter(sku=sku).update(received=received)
    with connection.cursor() as cursor:
        keep_within(cursor, [sku.id])
    assert rows(sku) == after
    held_now = WarehouseStock.objects.filter(sku=sku).aggregate(n=Sum("received"))["n"]
    assert held_now <= received


def count(sku: Sku, delta: int, place: Warehouse | None = None, actor: Actor | None = None, batch: str = "") -> Stock:
    return change_stock(
        actor=actor or member(sku.product.supplier), now=NOW, sku_id=sku.id, quantity_delta=delta, reason="count",
        warehouse_id=place and place.id, batch=batch,
    )  # fmt: skip


def move(sku: Sku, quantity: int, giver: Warehouse | None, taker: Warehouse | None, actor: Actor | None = None) -> None:
    move_goods(
        actor=actor or member(sku.product.supplier), now=NOW, sku_id=sku.id, quantity=quantity,
        from_id=giver and giver.id, to_id=taker and taker.id,
    )  # fmt: skip


@pytest.mark.django_db
def test_goods_are_counted_where_they_lie() -> None:
    sku, (east, _west) = stocked(10, 4, 3)
    own = member(sku.product.supplier)
    assert count(sku, 5, east, own, " A-7 ").received == 15
    receipt = StockReceipt.objects.get(reason="count")
    assert (receipt.quantity, receipt.warehouse, receipt.batch) == (5, east, "A-7")
    assert rows(sku) == [(9, 0), (3, 0)]
    assert refused(NotThere, lambda: count(sku, -10, east, own)).params == {"left": 9}
    assert refused(NotThere, lambda: count(sku, -4, None, own)).params == {"left": 3}
    count(sku, -3, None, own)
    assert (rows(sku), Stock.objects.get(sku=sku).received) == ([(9, 0), (3, 0)], 12)
    elsewhere = Warehouse.objects.create(supplier=supplier("Other"), name="W", created_at=NOW)
    refused(NotFound, lambda: count(sku, 1, elsewhere, own))
    Warehouse.objects.filter(id=east.id).update(closed_at=NOW)
    refused(NotFound, lambda: count(sku, 1, east, own))


@pytest.mark.django_db
def test_moving_changes_only_where_they_lie() -> None:
    sku, (east, west) = stocked(10, 4, 3)
    own = member(sku.product.supplier)
    move(sku, 2, None, east, own)
    move(sku, 6, east, west, own)
    move(sku, 1, west, None, own)
    assert (rows(sku), Stock.objects.get(sku=sku).received) == ([(0, 0), (8, 0)], 10)
    assert refused(NotThere, lambda: move(sku, 3, None, east, own)).params == {"left": 2}
    Stock.objects.filter(sku=sku).update(sold=2)  # what was sold counts as gone from the main one
    assert refused(NotThere, lambda: move(sku, 1, None, east, own)).params == {"left": 0}
    refused(BadQuantity, lambda: move(sku, 0, east, west, own))
    refused(BadQuantity, lambda: move(sku, 1, east, east, own))
    for stranger in strangers():
        refused(
            NotFound if stranger.person_id else SignInNeeded, lambda actor=stranger: move(sku, 1, west, east, actor)
        )
    assert Event.objects.filter(kind="stock.moved").count() == 3


@pytest.mark.django_db
def test_warehouses_are_made_renamed_and_closed_when_empty() -> None:
    sku, (east,) = stocked(5, 2)
    own, of = member(sku.product.supplier), sku.product.supplier
    west = make_warehouse(actor=own, now=NOW, supplier_id=of.id, name="West", region="Sichuan")
    refused(WarehouseTaken, lambda: make_warehouse(actor=own, now=NOW, supplier_id=of.id, name=" west "))
    refused(Invalid, lambda: make_warehouse(actor=own, now=NOW, supplier_id=of.id, name=""))
    refused(WarehouseTaken, lambda: rename_warehouse(actor=own, now=NOW, warehouse_id=east.id, name="WEST"))
    assert rename_warehouse(actor=own, now=NOW, warehouse_id=west.id, name="Chengdu").name == "Chengdu"
    refused(WarehouseNotEmpty, lambda: close_warehouse(actor=own, now=NOW, warehouse_id=east.id))
    assert close_warehouse(actor=own, now=NOW, warehouse_id=west.id).closed_at == NOW
    refused(NotFound, lambda: close_warehouse(actor=own, now=NOW, warehouse_id=west.id))
    make_warehouse(actor=own, now=NOW, supplier_id=of.id, name="Chengdu")
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: make_warehouse(actor=actor, now=NOW, supplier_id=of.id, name="Mine"))
        refused(kind, lambda actor=stranger: close_warehouse(actor=actor, now=NOW, warehouse_id=east.id))


STEPS = st.lists(
    st.tuples(st.sampled_from("cmsr"), st.integers(0, 2), st.integers(0, 2), st.integers(-6, 9)), max_size=25
)


@pytest.mark.django_db(transaction=True)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_no_history_puts_more_in_warehouses_than_was_received(steps: list[tuple[str, int, int, int]]) -> None:
    sku, places = stocked(8, 3, 2)
    own, ends = member(sku.product.supplier), [None, *places]
    for kind, a, b, many in steps:
        with contextlib.suppress(DomainError):
            if kind == "c":
                count(sku, many, ends[a], own)
            elif kind == "m":
                move(sku, many, ends[a], ends[b], own)
            elif kind == "s" and many > 0 and (place := ends[a]) is not None:
                ship([(place, sku, many)])
            elif kind == "r":  # a file's count, which names no warehouse
                with transaction.atomic(), connection.cursor() as cursor:
                    left = lock_stock(cursor, [sku.id])[sku.id]
                    Stock.objects.filter(sku=sku).update(received=F("received") + max(-left, many))
                    keep_within(cursor, [sku.id])
        found, received = rows(sku), Stock.objects.get(sku=sku).received
        assert sum(held for held, _ in found) <= received
        assert all(0 <= shipped <= held for held, shipped in found)
    assert sum(StockReceipt.objects.filter(sku=sku).values_list("quantity", flat=True)) >= 0


def at_once(*doing: Callable[[], object]) -> list[DomainError]:
    """Run these at the same time, each on a connection of its own; return what was refused."""
    gate, refusals = threading.Barrier(len(doing)), list[DomainError]()

    def run(do: Callable[[], object]) -> None:
        gate.wait()
        try:
            do()
        except DomainError as refusal:
            refusals.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(do,)) for do in doing]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


@pytest.mark.django_db(transaction=True)
def test_counts_at_two_warehouses_at_once_both_stand() -> None:
    sku, (east, west) = stocked(10, 4, 3)
    own = member(sku.product.supplier)
    doing = [lambda place=place, many=many: count(sku, many, place, own) for place, many in [(east, 5), (west, -3)] * 4]
    refusals = at_once(*doing)
    assert [type(refusal) for refusal in refusals] == [NotThere] * 3
    assert (rows(sku), Stock.objects.get(sku=sku).received) == ([(24, 0), (0, 0)], 27)


@pytest.mark.django_db(transaction=True)
def test_the_last_goods_at_the_main_warehouse_are_moved_or_counted_out_once() -> None:
    sku, (east, west) = stocked(10, 4, 3)
    own = member(sku.product.supplier)
    refusals = at_once(
        lambda: move(sku, 3, None, east, own), lambda: move(sku, 3, None, west, own), lambda: count(sku, -3, None, own)
    )
    assert [type(refusal) for refusal in refusals] == [NotThere] * 2
    assert sum(held for held, _ in rows(sku)) <= Stock.objects.get(sku=sku).received


@pytest.mark.django_db
def test_low_stock_is_told_once_a_fall() -> None:
    sku, _ = stocked(5)
    own, other = member(sku.product.supplier), member(supplier("Other"))
    assert own.person_id and other.person_id
    Membership.objects.create(
        person_id=own.person_id, role="supplier", subject_id=sku.product.supplier_id, created_at=NOW
    )
    assert sweep_low_stock(now=NOW) == 0
    change_variant(actor=own, now=NOW, sku_id=sku.id, low_at=5)
    assert [sweep_low_stock(now=NOW) for _ in range(2)] == [1, 0]
    told = Notice.objects.get()
    assert (told.person_id, told.kind, told.data["left"]) == (own.person_id, "stock.low", 5)
    assert Event.objects.get(kind="stock.low").data["low_at"] == 5
    assert count_low(own, sku.product.supplier_id) == 1
    count(sku, -1, None, own)
    assert sweep_low_stock(now=NOW) == 0
    count(sku, 2, None, own)
    assert (sweep_low_stock(now=NOW), LowStock.objects.count()) == (0, 0)
    count(sku, -1, None, own)
    assert (sweep_low_stock(now=NOW), Notice.objects.count()) == (1, 2)
    with pytest.raises(NotFound):
        count_low(other, sku.product.supplier_id)


@pytest.mark.django_db
def test_supply_prices_by_quantity() -> None:
    sku, _ = stocked(5)
    own = member(sku.product.supplier)

    def tiers(*wanted: tuple[int, int], actor: Actor = own) -> Sku:
        return set_supply_tiers(actor=actor, now=NOW, sku_id=sku.id, tiers=wanted)

    assert tiers((10, 2400), (50, 2000)).supply_tiers == [[10, 2400], [50, 2000]]
    tiers((10, 2400), (50, 2000))
    assert Event.objects.filter(kind="sku.tiered").count() == 1
    assert refused(TiersRefused, lambda: tiers((10, 2500))).params["fault"] == "prices"
    refused(
        TiersRefused,
        lambda: set_prices(actor=own, now=NOW, sku_id=sku.id, supply_minor=2400, floor_minor=3000, price_minor=5000),
    )
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: tiers(actor=actor))
    assert tiers().supply_tiers == []
