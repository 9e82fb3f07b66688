"""Whether a drop may have a price, asked when it is made and already when a show is planned."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from renmai.goods.products.models import Sku
from renmai.kit.money import share
from renmai.money.splits.queries import Fees
from renmai.places.live.models import Segment
from renmai.places.shops.models import Pick
from renmai.places.shops.rules import Band, price_fault


def price_fault_of(pick: Pick, sku: Sku, price_minor: int, fees: Fees) -> str | None:
    """Return why a drop of a variant may not have a price (minor units), or None: outside its band, above the list, or

    more than the creator's own part is given away. `sku` with its product, supplier and category.
    """
    category = sku.product.category
    band = Band(sku.supply_price_minor, sku.floor_price_minor, sku.price_minor, category.cap_multiple_bps)
    fault = price_fault(price_minor, band)
    fee = fees.fee(supplier_id=sku.product.supplier_id, category_id=category.id)
    if pick.term == "commission":
        left = share(sku.price_minor, pick.commission_bps or 0) - (sku.price_minor - price_minor)
        fault = fault or ("above_list" if price_minor > sku.price_minor else None)
    else:
        left = price_minor - fee.on(price_minor) - sku.supply_price_minor
    return fault or ("below_cost" if left < 0 else None)


def show_price_faults(shop_id: UUID, segments: Iterable[Segment]) -> dict[UUID, str]:
    """Return segment -> why its show price could not be raised as a drop now; three statements, none without show prices."""
    priced = [each for each in segments if each.show_price_minor is not None and each.sku_id is not None]
    if not priced:
        return {}
    skus = Sku.objects.select_related("product__category").in_bulk({each.sku_id for each in priced})
    fees, faults = Fees(shop_id), {}
    for each in priced:
        sku = skus.get(each.sku_id)
        assert each.show_price_minor is not None
        fault = price_fault_of(each.pick, sku, each.show_price_minor, fees) if sku else "not_sold"
        if fault:
            faults[each.id] = fault
    return faults
