"""What a creator weighs before picking, besides the price: what a product is, what volume earns, where it is not sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from renmai.goods.products.models import Product
from renmai.web.desks.attributes import attribute_rows
from renmai.web.desks.changes import said
from renmai.web.desks.words import variant_words


@dataclass(frozen=True, slots=True)
class Volume:
    """From `quantity` on one line the supply price is `supply_minor` each, and a sale of so many earns `more_minor` more."""

    variant: str
    quantity: int
    supply_minor: int
    more_minor: int
    currency: str


def product_facts(product: Product, skus: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return "said", "volumes", "not_sold_in" and "not_sent_to" of a product; one statement."""
    return {
        "said": attribute_rows(product.id),
        "volumes": [one for sku in skus if sku["active"] for one in _volumes(sku)],
        "not_sold_in": said("excluded_channels", product.excluded_channels) if product.excluded_channels else "",
        "not_sent_to": said("excluded_regions", product.excluded_regions) if product.excluded_regions else "",
    }


def _volumes(sku: Mapping[str, Any]) -> list[Volume]:
    """On a price of the creator's own, what the supplier asks less is the creator's: the platform's fee is on the price."""
    list_minor = sku["supply_price_minor"]
    return [
        Volume(variant_words(sku), quantity, price, quantity * (list_minor - price), sku["currency"])
        for quantity, price in sku["supply_tiers"]
        if price < list_minor
    ]
