"""Stock by warehouse: never more there than was received, whatever happens, also at once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from renmai.goods.products.models import Sku, Stock, Warehouse, WarehouseStock
from renmai.goods.products.warehouse_lane import NotThere, keep_within, ship_from
from tests.goods.pool import NOW, product, refused, supplier


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
