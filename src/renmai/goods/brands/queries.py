"""Read brands: one's own, the operator's queue, those a supplier may sell under, and whether a chain holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q

from renmai.goods.brands.models import AuthorisationLink, Brand, BrandState
from renmai.goods.brands.rules import Link, chain_faults
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, Grant, require_any, require_role
from renmai.kit.problems import NotFound

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
CHOICES_MAX = 200


class Branded(Protocol):
    """Goods that may carry a brand, as `goods.products` has them."""

    @property
    def brand_id(self) -> UUID | None: ...
    @property
    def supplier_id(self) -> UUID: ...


def brand_faults(product: Branded, *, today: date) -> list[str]:
    """Return why goods may not be sold under their brand; empty when they may, or carry none.

    "brand_not_approved", or what `chain_faults` says of the chain that ends at the goods' supplier. At most three
    statements.
    """
    if product.brand_id is None:
        return []
    brand = Brand.objects.get(id=product.brand_id)
    faults = [] if brand.state == BrandState.APPROVED else ["brand_not_approved"]
    return faults + chain_faults_of(brand, product.supplier_id, today=today)


def chain_faults_of(brand: Brand, supplier_id: UUID, *, today: date) -> list[str]:
    """Return what is wrong with the chain by which a supplier may sell a brand. Two statements."""
    supplier = Supplier.objects.get(id=supplier_id)
    links = [Link(row.grantor, row.grantee, row.valid_until_on) for row in chain_of(brand.id, supplier_id)]
    return chain_faults(brand.owner, (supplier.name, supplier.name_zh), links, today)


def chain_of(brand_id: UUID, supplier_id: UUID) -> list[AuthorisationLink]:
    """Return the links by which a supplier may sell a brand, in order."""
    return list(AuthorisationLink.objects.filter(brand_id=brand_id, supplier_id=supplier_id).order_by("position")[:100])


def access_own_brand(actor: Actor, brand_id: UUID) -> Brand:
    """Return a brand that the actor's supplier keeps, or any for an operator. Errors: NotFound, SignInNeeded."""
    brand = Brand.objects.select_related("supplier").filter(id=brand_id).first()
    require_any(actor, (Grant("operator"), *([Grant("supplier", brand.supplier_id)] if brand else [])))
    if brand is None:
        raise NotFound()
    return brand


def access_brand_to_sell(actor: Actor, brand_id: UUID, supplier_id: UUID) -> Brand:
    """Return a brand that a supplier of the actor's may build a chain for: its own, or an approved one of another.

    Errors: NotFound, SignInNeeded.
    """
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    brand = Brand.objects.filter(_may_sell(supplier_id), id=brand_id).select_related("supplier").first()
    if brand is None:
        raise NotFound()
    return brand


def list_own_brands(actor: Actor, supplier_id: UUID) -> list[Brand]:
    """Return the brands a supplier keeps, newest first. Errors: NotFound, SignInNeeded."""
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    return list(Brand.objects.filter(supplier_id=supplier_id).order_by("-id")[:LIMIT_MAX])


def list_brand_choices(actor: Actor, supplier_id: UUID) -> list[Brand]:
    """Return the brands that a supplier may put on its goods, by name: its own, and those it has a chain for.

    Errors: NotFound, SignInNeeded.
    """
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    linked = AuthorisationLink.objects.filter(supplier_id=supplier_id).values("brand_id")
    rows = Brand.objects.filter(Q(supplier_id=supplier_id) | Q(id__in=linked, state=BrandState.APPROVED))
    return list(rows.order_by("name", "id")[:CHOICES_MAX])


def list_brands_to_screen(
    actor: Actor, *, state: str | None = None, after: UUID | None = None, limit: int = 24
) -> list[Brand]:
    """Return brands for the operator, newest first; `after` is the id of the last one seen. Errors: Forbidden."""
    require_role(actor, "operator")
    rows = Brand.objects.select_related("supplier").order_by("-id")
    if state is not None:
        rows = rows.filter(state=state)
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows[: max(1, min(limit, LIMIT_MAX))])


def find_public_brand(slug: str) -> Brand:
    """Return an approved brand of an approved supplier with its proofs, for everyone. Errors: NotFound."""
    rows = Brand.objects.select_related("supplier").prefetch_related("proofs")
    brand = rows.filter(slug=slug, state=BrandState.APPROVED, supplier__state="approved").first()
    if brand is None:
        raise NotFound()
    return brand


def name_brands(brand_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return id -> {slug, name, name_zh, face_id, town} of those that everyone may see; one statement."""
    rows = Brand.objects.filter(id__in=list(brand_ids), state=BrandState.APPROVED, supplier__state="approved")
    return {row["id"]: dict(row) for row in rows.values("id", "slug", "name", "name_zh", "face_id", "town")}


def _may_sell(supplier_id: UUID) -> Q:
    return Q(supplier_id=supplier_id) | Q(state=BrandState.APPROVED)
