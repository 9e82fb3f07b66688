"""How many products a supplier has in which state."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count

from renmai.goods.products.models import Product
from renmai.kit.access import Actor, Grant, require_any


def count_goods(actor: Actor, supplier_id: UUID) -> dict[str, int]:
    """Return state -> how many products, without states that have none (one statement). Errors: NotFound."""
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    rows = (
        Product.objects.filter(supplier_id=supplier_id).values_list("state").annotate(n=Count("id")).order_by("state")
    )
    return {state: n for state, n in rows}
