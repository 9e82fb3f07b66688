"""A supplier's warehouses: make, rename, close; goods moved between them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from renmai.goods.products.actions import BadQuantity
from renmai.goods.products.changes import Change, write_changes
from renmai.goods.products.lane import lock_stock
from renmai.goods.products.models import Stock, Warehouse, WarehouseStock
from renmai.goods.products.queries import access_sku
from renmai.goods.products.rules import QUANTITY_MAX
from renmai.goods.products.warehouse_lane import NotThere, access_place, count_at, held_at
from renmai.goods.suppliers.models import Supplier
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.problems import DomainError, NotFound

WAREHOUSES_MAX = 20
NAMED = {"name": Text(80, required=True), "region": Text(80)}


class WarehouseTaken(DomainError):
    """A name that another open warehouse of the supplier has, in whatever case: stock files name them so."""

    code = "warehouse.taken"
    status = 409
    message = "You have a warehouse called {name} already."


class TooManyWarehouses(DomainError):
    """More open warehouses than a supplier may have."""

    code = "warehouse.too_many"
    status = 409
    message = "At most {most} warehouses."


class WarehouseNotEmpty(DomainError):
    """A warehouse that still holds goods."""

    code = "warehouse.not_empty"
    status = 409
    message = "It still holds goods. Move them or count them out first."


@transaction.atomic
def make_warehouse(*, actor: Actor, now: datetime, supplier_id: UUID, name: str, region: str = "") -> Warehouse:
    """Open a warehouse besides the main one: event warehouse.made.

    Errors: NotFound, Invalid, WarehouseTaken, TooManyWarehouses.
    """
    access_supplier(actor, supplier_id)
    Supplier.objects.select_for_update().get(id=supplier_id)  # names are told apart one at a time
    words = checked_texts(NAMED, {"name": name, "region": region})
    own = Warehouse.objects.filter(supplier_id=supplier_id, closed_at=None)
    if own.count() >= WAREHOUSES_MAX:
        raise TooManyWarehouses(most=WAREHOUSES_MAX)
    if own.filter(name__iexact=words["name"]).exists():
        raise WarehouseTaken(name=words["name"])
    place = Warehouse.objects.create(supplier_id=supplier_id, created_at=now, **words)
    record(Happened("warehouse.made", place.id, now, {"supplier_id": supplier_id}, actor.person_id))
    return place


@transaction.atomic
def rename_warehouse(*, actor: Actor, now: datetime, warehouse_id: UUID, name: str, region: str = "") -> Warehouse:
    """Change name and region: event warehouse.renamed; nothing when nothing differs.

    Errors: NotFound (also when it is closed), Invalid, WarehouseTaken.
    """
    place = _locked(actor, warehouse_id)
    words = checked_texts(NAMED, {"name": name, "region": region})
    others = Warehouse.objects.filter(supplier_id=place.supplier_id, closed_at=None).exclude(id=place.id)
    if others.filter(name__iexact=words["name"]).exists():
        raise WarehouseTaken(name=words["name"])
    if (place.name, place.region) != (words["name"], words["region"]):
        place.name, place.region = words["name"], words["region"]
        place.save(update_fields=["name", "region"])
        record(Happened("warehouse.renamed", place.id, now, {"supplier_id": place.supplier_id}, actor.person_id))
    return place


@transaction.atomic
def close_warehouse(*, actor: Actor, now: datetime, warehouse_id: UUID) -> Warehouse:
    """Close an empty warehouse; what it shipped stays on record. Event warehouse.closed.

    Errors: NotFound (also when it is closed), WarehouseNotEmpty.
    """
    place = _locked(actor, warehouse_id)
    rows = WarehouseStock.objects.filter(warehouse=place)
    with connection.cursor() as cursor:
        lock_stock(cursor, rows.values_list("sku_id", flat=True))
    if rows.filter(received__gt=F("shipped")).exists():
        raise WarehouseNotEmpty()
    place.closed_at = now
    place.save(update_fields=["closed_at"])
    record(Happened("warehouse.closed", place.id, now, {"supplier_id": place.supplier_id}, actor.person_id))
    return place


@transaction.atomic
def move_goods(
    *,
    actor: Actor,
    now: datetime,
    sku_id: UUID,
    quantity: int,
    from_id: UUID | None,
    to_id: UUID | None,
    via: str = "form",
) -> None:
    """Move goods of a variant between warehouses (None: the main one); how many there are stays as it is.

    After: a change of stock, event stock.moved. Errors: NotFound, BadQuantity, NotThere.
    """
    sku = access_sku(actor, sku_id)
    if not 0 < quantity <= QUANTITY_MAX or from_id == to_id:
        raise BadQuantity(most=QUANTITY_MAX)
    ends = sorted((from_id, to_id), key=str)  # two moves the other way round take turns
    places = {place: access_place(sku.product.supplier_id, place) for place in ends}
    giver, taker = places[from_id], places[to_id]
    with connection.cursor() as cursor:
        lock_stock(cursor, [sku_id])
        stock = Stock.objects.get(sku_id=sku_id)
        there = held_at(stock, giver)
        if there < quantity:
            raise NotThere(left=there)
        for place, delta in ((giver, -quantity), (taker, quantity)):
            if place is not None:
                count_at(stock, place, delta)
        names = [place.name if place else "" for place in (giver, taker)]
        told = Change(
            sku.product_id, "stock", "moved", names[:1], [names[1], quantity], via, actor.person_id, now, sku_id
        )
        write_changes(cursor, [told])
    data = {"product_id": sku.product_id, "quantity": quantity, "from_id": from_id, "to_id": to_id}
    record(Happened("stock.moved", sku_id, now, data, actor.person_id))


def _locked(actor: Actor, warehouse_id: UUID) -> Warehouse:
    place = Warehouse.objects.select_for_update().filter(id=warehouse_id, closed_at=None).first()
    require_any(actor, (Grant("operator"), *([Grant("supplier", place.supplier_id)] if place else [])))
    if place is None:
        raise NotFound()
    return place
