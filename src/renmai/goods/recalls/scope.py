"""Which variants and which time a recall concerns, before and when it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Min, QuerySet

from renmai.goods.products.models import Product, Sku, StockReceipt
from renmai.goods.screening.models import Decision, Verdict
from renmai.kit.access import Actor, require_role
from renmai.kit.problems import NotFound


@dataclass(frozen=True, slots=True)
class Scope:
    """What a recall would concern."""

    product: Product
    batch: str
    sku_ids: tuple[UUID, ...]
    sold_since: datetime


def read_scope(actor: Actor, product_id: UUID, *, batch: str = "", sku_ids: Sequence[UUID] | None = None) -> Scope:
    """Return what a recall of a product, or of a batch of it, would concern. Errors: Forbidden, NotFound."""
    require_role(actor, "operator")
    product = Product.objects.select_related("supplier").filter(id=product_id).first()
    if product is None:
        raise NotFound()
    own = Sku.objects.filter(product=product).order_by("id")
    wanted = {sku.id for sku in own} if not batch else set(sku_ids or received_in(product, batch))
    return Scope(product, batch, tuple(sku.id for sku in own if sku.id in wanted), sold_since(product, batch))


def received_in(product: Product, batch: str) -> set[UUID]:
    """Return the variants of which a batch was ever received."""
    return set(_receipts(product).filter(batch=batch).values_list("sku_id", flat=True))


def list_batches(product: Product, *, limit: int = 50) -> list[str]:
    """Return the batches of a product that were received, the newest first."""
    found = _receipts(product).exclude(batch="").values("batch").annotate(first=Min("at")).order_by("-first")
    return [row["batch"] for row in found[:limit]]


def sold_since(product: Product, batch: str) -> datetime:
    """Return since when it was sold: the batch's first receipt, else the product's first approval."""
    approvals = Decision.objects.filter(subject_id=product.id, verdict=Verdict.APPROVED)
    first_approval: datetime | None = approvals.aggregate(first=Min("at"))["first"]
    approved_at: datetime = product.approved_at or product.created_at
    since = min(first_approval, approved_at) if first_approval else approved_at
    if not batch:
        return since
    return _receipts(product).filter(batch=batch).aggregate(first=Min("at"))["first"] or since


def _receipts(product: Product) -> QuerySet[StockReceipt]:
    return StockReceipt.objects.filter(sku__product=product)
