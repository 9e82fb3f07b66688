"""Under which brand goods are sold."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from renmai.goods.brands.models import Brand
from renmai.goods.brands.queries import list_brand_choices
from renmai.goods.products.actions import move_product
from renmai.goods.products.models import Product, ProductChange
from renmai.goods.products.queries import access_own_product
from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import NotFound


@transaction.atomic
def set_brand(*, actor: Actor, now: datetime, product_id: UUID, brand_id: UUID | None, via: str = "form") -> Product:
    """Put goods under a brand, or under none; again changes nothing.

    The brand is one the supplier keeps or has a chain for; whether it may stand there, screening says. An approved product
    under another brand is screened again (event product.submitted).
    After: a change of text, event product.branded. Errors: NotFound.
    """
    access_own_product(actor, product_id)
    product = Product.objects.select_for_update().get(id=product_id)
    before = product.brand_id
    if before == brand_id:
        return product
    if brand_id is not None and brand_id not in {b.id for b in list_brand_choices(actor, product.supplier_id)}:
        raise NotFound()
    product.brand_id = brand_id
    screened = product.state == "approved" and brand_id is not None
    if screened:
        move_product(product, "screening")
    product.save(update_fields=["brand_id"])
    ProductChange.objects.create(
        product=product, kind="text", field="brand", before=before and str(before), after=brand_id and str(brand_id),
        via=via, by_id=actor.person_id, at=now,
    )  # fmt: skip
    record(Happened("product.branded", product_id, now, {"brand_id": brand_id, "before_id": before}, actor.person_id))
    if screened:
        record(Happened("product.submitted", product_id, now, {"supplier_id": product.supplier_id}, actor.person_id))
    return product


def brand_of_product(product_id: UUID) -> dict[str, Any] | None:
    """Return {slug, name, name_zh, face_id, town} of the brand that goods carry, if everyone may see it; one statement."""
    rows = Brand.objects.filter(products=product_id, state="approved", supplier__state="approved")
    found = rows.values("slug", "name", "name_zh", "face_id", "town").first()
    return dict(found) if found else None
