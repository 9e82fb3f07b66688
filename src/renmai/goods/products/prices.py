"""Supply prices by volume: what one costs when many are on a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.products.actions import TiersRefused
from renmai.goods.products.changes import Change, write_changes
from renmai.goods.products.models import Sku
from renmai.goods.products.queries import access_sku
from renmai.goods.products.rules import TIERS_MAX, tiers_fault
from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record


@transaction.atomic
def set_supply_tiers(
    *, actor: Actor, now: datetime, sku_id: UUID, tiers: Sequence[tuple[int, int]], via: str = "form"
) -> Sku:
    """Set supply prices by quantity: (from quantity, supply price in minor units); none takes them away.

    They hold for orders placed from now on. After: a change of price, event sku.tiered; nothing when nothing differs.
    Errors: NotFound, TiersRefused.
    """
    access_sku(actor, sku_id)
    sku = Sku.objects.select_for_update().get(id=sku_id)
    wanted = [[int(quantity), int(price)] for quantity, price in tiers]
    fault = tiers_fault(sku.supply_price_minor, wanted)
    if fault:
        raise TiersRefused(fault=fault, most=TIERS_MAX)
    if sku.supply_tiers != wanted:
        told = Change(
            sku.product_id, "price", "supply_tiers", sku.supply_tiers, wanted, via, actor.person_id, now, sku_id
        )
        with connection.cursor() as cursor:
            write_changes(cursor, [told])
        sku.supply_tiers = wanted
        sku.save(update_fields=["supply_tiers"])
        record(Happened("sku.tiered", sku_id, now, {"product_id": sku.product_id, "tiers": wanted}, actor.person_id))
    return sku
