"""Suppliers, categories and products for tests of goods, places and carts, made through the tables of the rooms."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from renmai.goods.products.models import Category, Product, Sku, Stock, StockReceipt
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError
from renmai.people.accounts.models import Person
from renmai.places.shops.models import Shop

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def person(name: str, *grants: Grant) -> Actor:
    """A real person with these grants."""
    row = Person.objects.create(email=f"{name}-{new_id()}@example.org", name=name, created_at=NOW)
    return Actor(row.id, frozenset(grants), name=name)


def operator() -> Actor:
    return person("operator", Grant("operator"))


def category(slug: str = "home", cap_bps: int = 30_000) -> Category:
    return Category.objects.get_or_create(
        slug=slug, defaults={"name": slug.title(), "name_zh": f"类{slug}", "cap_multiple_bps": cap_bps}
    )[0]


def supplier(name: str = "Kiln", state: str = "approved", freight_minor: int = 0) -> Supplier:
    return Supplier.objects.create(name=name, state=state, freight_minor=freight_minor, created_at=NOW)


def member(of: Supplier) -> Actor:
    return person("member", Grant("supplier", of.id))


def product(
    of: Supplier,
    handle: str = "mug",
    *,
    state: str = "approved",
    bands: tuple[tuple[int, int, int], ...] = ((2500, 3000, 5000),),
    commission_bps: int | None = 1000,
    stock: int = 10,
    minutes: int = 0,
) -> Product:
    """A product with one variant per band (supply, floor, price)."""
    row = Product.objects.create(
        supplier=of, category=category(), handle=handle, title=handle, title_zh=handle, commission_bps=commission_bps,
        state=state, created_at=NOW, approved_at=NOW + timedelta(minutes=minutes) if state == "approved" else None,
    )  # fmt: skip
    for place, (supply, floor, price) in enumerate(bands):
        sku = Sku.objects.create(
            product=row, code=f"{handle}-{place}", supply_price_minor=supply, floor_price_minor=floor,
            price_minor=price, currency="CNY", position=place,
            screened_supply_minor=supply if state == "approved" else None,
            screened_price_minor=price if state == "approved" else None,
        )  # fmt: skip
        Stock.objects.create(sku=sku, received=stock)
        StockReceipt.objects.create(sku=sku, quantity=stock, reason="start", at=NOW)
    return row


def shop(handle: str) -> tuple[Shop, Actor]:
    """A shop and who may act for it."""
    owner = person(handle)
    assert owner.person_id
    row = Shop.objects.create(owner_id=owner.person_id, handle=handle, name=handle, created_at=NOW)
    return row, Actor(owner.person_id, frozenset({Grant("creator", row.id)}), name=handle)


def digest() -> str:
    """Return a digest of every row of every table of the house."""
    total = hashlib.sha256()
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public' order by 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select md5(string_agg(t::text, chr(10) order by t::text)) from "{table}" t')
            total.update(f"{table}:{cursor.fetchone()[0]}".encode())
    return total.hexdigest()


def refused(kind: type[DomainError], do: Callable[[], object]) -> DomainError:
    """Run what must be refused with exactly `kind`; it must leave no trace. Return the refusal."""
    before = digest()
    with pytest.raises(DomainError) as found:
        do()
    assert type(found.value) is kind, found.value
    assert digest() == before
    return found.value


def strangers() -> list[Actor]:
    """Everyone else: nobody, a buyer, another supplier, another creator."""
    return [
        ANONYMOUS,
        person("buyer"),
        person("other-supplier", Grant("supplier", new_id())),
        person("other-creator", Grant("creator", new_id())),
    ]
