"""Read recalls: anyone may."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Q, QuerySet

from renmai.goods.products.models import Sku
from renmai.goods.recalls.models import Recall
from renmai.kit.problems import NotFound

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one


def list_recalls(
    *, after: UUID | None = None, limit: int = 24, supplier_id: UUID | None = None, product_id: UUID | None = None
) -> list[Recall]:
    """Return recalls, newest first, of everyone or of one supplier or product; `after` is the id of the last one seen."""
    rows = _with_product().order_by("-id")
    if supplier_id is not None:
        rows = rows.filter(product__supplier_id=supplier_id)
    if product_id is not None:
        rows = rows.filter(product_id=product_id)
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows[: min(limit, LIMIT_MAX)])


def access_recall(recall_id: UUID) -> Recall:
    """Return one recall. Errors: NotFound."""
    recall = _with_product().filter(id=recall_id).first()
    if recall is None:
        raise NotFound()
    return recall


def _with_product() -> QuerySet[Recall]:
    return Recall.objects.select_related("product", "product__supplier")


def open_recalls(limit: int = 200) -> list[Recall]:
    """Return recalls that are not over yet, those of which somebody is to be told first: or some order is to be dealt with."""
    rows = _with_product().filter(Q(told_at=None) | Q(refunds_done_at=None))
    return list(rows.order_by(F("told_at").asc(nulls_first=True), "id")[:limit])


def skus_of(recall: Recall) -> list[UUID]:
    """Return the variants a recall concerns, as they were when it was made."""
    return [UUID(sku_id) for sku_id in recall.sku_ids]


def recalls_of_skus(sku_ids: Iterable[UUID | None]) -> dict[UUID, UUID]:
    """Return variant -> the recall that holds it back now, or took its product out for good; by two statements."""
    wanted = {sku_id for sku_id in sku_ids if sku_id}
    held = Sku.objects.filter(id__in=wanted).values_list("id", "recall_id", "product_id", "product__state")
    rows = list(held)
    gone = {product_id for _, _, product_id, state in rows if state == "recalled"}
    whole = dict(Recall.objects.filter(product_id__in=gone, batch="").values_list("product_id", "id")) if gone else {}
    found = {sku_id: whole.get(product_id) or recall_id for sku_id, recall_id, product_id, _ in rows}
    return {sku_id: recall_id for sku_id, recall_id in found.items() if recall_id}
