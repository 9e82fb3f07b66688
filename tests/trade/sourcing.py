"""The mug of the small world, also made by a third supplier: its own product, not picked by anybody."""

from __future__ import annotations

from typing import Any

from renmai.goods.products.models import Product, Sku, Stock, StockReceipt
from renmai.goods.sources.actions import link_source
from renmai.goods.suppliers.models import Supplier
from tests.trade.world import NOW, World


def other_mug(world: World, *, name: str = "Clay", stock: int = 50, supply: int = 2600, **fields: Any) -> Sku:
    """Another supplier's mug: freight 5.00, handed over within 24 hours."""
    supplier = Supplier.objects.create(
        name=name, freight_minor=500, hand_over_hours=24, state="approved", created_at=NOW
    )
    world.suppliers.append(supplier)
    product = Product.objects.create(
        supplier=supplier, category_id=world.skus["mug"].product.category_id, handle=name, title=f"{name} mug",
        state="approved", approved_at=NOW, created_at=NOW,
    )  # fmt: skip
    prices = {"supply_price_minor": supply, "floor_price_minor": supply, "price_minor": supply * 2}
    sku = Sku.objects.create(product=product, **{"code": "1", "currency": "CNY", **prices, **fields})
    Stock.objects.create(sku=sku, received=stock)
    if stock:
        StockReceipt.objects.create(sku=sku, quantity=stock, reason="start", at=NOW)
    return sku


def linked_mug(world: World, **fields: Any) -> Sku:
    """Another supplier's mug, linked to the mug that is picked."""
    sku = other_mug(world, **fields)
    link_source(actor=world.operator, now=NOW, sku_id=world.skus["mug"].id, other_id=sku.id)
    return sku
