"""Keep products of the pool in view: a shop's saved products."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from renmai.goods.products.queries import access_product
from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError
from renmai.places.shops.models import SavedProduct, Shop
from renmai.places.shops.queries import LAST_ID, access_content_shop

SAVED_MAX = 500


class SavedTooMany(DomainError):
    """More products than a shop may keep in view."""

    code = "saved.too_many"
    status = 409
    message = "A shop can save {most} products. Take some away first."


@transaction.atomic
def save_product(*, actor: Actor, now: datetime, shop_id: UUID, product_id: UUID) -> SavedProduct:
    """Keep a product of the pool in view: event product.saved; again changes nothing. Errors: NotFound, SavedTooMany."""
    access_content_shop(actor, shop_id)
    access_product(actor, product_id)
    # The shop is held, so that two pages at once do not pass the limit together.
    Shop.objects.select_for_update().get(id=shop_id)
    known = SavedProduct.objects.filter(shop_id=shop_id, product_id=product_id).first()
    if known is not None:
        return known
    if SavedProduct.objects.filter(shop_id=shop_id).count() >= SAVED_MAX:
        raise SavedTooMany(most=SAVED_MAX)
    saved = SavedProduct.objects.create(id=new_id(), shop_id=shop_id, product_id=product_id, at=now)
    record(Happened("product.saved", product_id, now, {"shop_id": shop_id}, actor.person_id))
    return saved


@transaction.atomic
def unsave_product(*, actor: Actor, now: datetime, shop_id: UUID, product_id: UUID) -> None:
    """Keep it in view no longer: event product.unsaved; nothing when it was not saved. Errors: NotFound."""
    access_content_shop(actor, shop_id)
    if SavedProduct.objects.filter(shop_id=shop_id, product_id=product_id).delete()[0]:
        record(Happened("product.unsaved", product_id, now, {"shop_id": shop_id}, actor.person_id))


def list_saved(actor: Actor, shop_id: UUID, *, after: UUID | None = None, limit: int = 24) -> list[dict[str, Any]]:
    """Return what a shop saved (id, product_id, at), the latest first; `after` is the id of the last one seen. Errors: NotFound."""
    access_content_shop(actor, shop_id)
    rows = SavedProduct.objects.filter(shop_id=shop_id, id__lt=after or LAST_ID).order_by("-id")
    return [dict(row) for row in rows.values("id", "product_id", "at")[: max(1, min(limit, 101))]]


def saved_among(shop_id: UUID, product_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these products the shop saved."""
    rows = SavedProduct.objects.filter(shop_id=shop_id, product_id__in=list(product_ids))
    return set(rows.values_list("product_id", flat=True))
