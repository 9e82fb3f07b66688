"""A small world for tests, made through the rooms' own tables: two suppliers, two shops, a buyer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from renmai.goods.products.models import Category, Product, Sku, Stock, StockReceipt
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, Grant
from renmai.kit.ids import new_id
from renmai.people.accounts.models import Address, Person
from renmai.places.shops.models import Pick, PickPrice, Shop

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class World:
    """Ids of what was made."""

    buyer: Actor
    buyer_address: UUID
    operator: Actor
    suppliers: list[Supplier] = field(default_factory=list)
    shops: list[Shop] = field(default_factory=list)
    picks: dict[str, Pick] = field(default_factory=dict)
    skus: dict[str, Sku] = field(default_factory=dict)

    def supplier(self, number: int) -> Actor:
        """An actor who may act for the supplier."""
        return Actor(new_id(), frozenset({Grant("supplier", self.suppliers[number].id)}))

    def creator(self, number: int) -> Actor:
        """An actor who may act for the shop."""
        return Actor(
            self.shops[number].owner_id,
            frozenset({Grant("creator", self.shops[number].id), Grant("owner", self.shops[number].id)}),
        )


def person(email: str) -> Person:
    return Person.objects.create(email=email, name=email.split("@")[0], created_at=NOW)


def make_world(*, stock: int = 100) -> World:
    """Two suppliers (freight 8.00 and none), three goods, two shops.

    mug: supplier 0, margin pick in shop 0 at 60.00 (supply 25.00). tea: supplier 1, commission pick (20 %) in shop 0 at
    88.00. soap: supplier 1, margin pick in shop 1 at 30.00 (supply 12.00).
    """
    buyer = person("buyer@example.org")
    address = Address.objects.create(
        person=buyer, recipient="Lin", phone="000", region="ZJ", city="Hangzhou", street="1 Lake Rd", created_at=NOW
    )
    world = World(
        Actor(buyer.id, name="buyer"),
        address.id,
        Actor(person("op@example.org").id, frozenset({Grant("operator")}), confirmed=True),
    )
    category = Category.objects.create(slug="home", name="Home", name_zh="家居")
    for name, freight in (("Kiln", 800), ("Hill", 0)):
        world.suppliers.append(
            Supplier.objects.create(name=name, freight_minor=freight, state="approved", created_at=NOW)
        )
    for handle in ("lin", "mei"):
        world.shops.append(
            Shop.objects.create(owner_id=person(f"{handle}@example.org").id, handle=handle, name=handle, created_at=NOW)
        )
    goods = [
        ("mug", 0, 0, "margin", None, 2500, 3000, 5000, 6000),
        ("tea", 1, 0, "commission", 2000, 4000, 8000, 8800, None),
        ("soap", 1, 1, "margin", None, 1200, 1500, 2500, 3000),
    ]
    for handle, supplier, shop, term, commission, supply, floor, price, own in goods:
        product = Product.objects.create(
            supplier=world.suppliers[supplier], category=category, handle=handle, title=handle, title_zh=handle,
            commission_bps=commission, state="approved", approved_at=NOW, created_at=NOW,
        )  # fmt: skip
        sku = Sku.objects.create(
            product=product,
            code="1",
            supply_price_minor=supply,
            floor_price_minor=floor,
            price_minor=price,
            currency="CNY",
        )
        Stock.objects.create(sku=sku, received=stock)
        StockReceipt.objects.create(sku=sku, quantity=stock, reason="start", at=NOW)
        pick = Pick.objects.create(
            shop=world.shops[shop],
            product_id=product.id,
            term=term,
            commission_bps=commission,
            word="Good.",
            created_at=NOW,
        )
        if own:
            PickPrice.objects.create(pick=pick, sku_id=sku.id, price_minor=own)
        world.picks[handle], world.skus[handle] = pick, sku
    return world
