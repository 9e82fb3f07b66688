"""Recall a product for good, or a batch until it is off the shelves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.products.actions import change_stock, move_product
from renmai.goods.products.lane import lock_stock
from renmai.goods.products.models import Product, Sku
from renmai.goods.recalls.models import Recall
from renmai.goods.recalls.rules import SKUS_MAX, WORDS, next_holder
from renmai.goods.recalls.scope import received_in
from renmai.goods.recalls.scope import sold_since as first_sold
from renmai.goods.screening.models import Decision, Evidence, Verdict
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.problems import DomainError, NotFound


class NeverSold(DomainError):
    """A product that was never in the pool: there is nothing to take back."""

    code = "recall.never_sold"
    status = 409
    message = "This product was never for sale: there is nothing to recall."


class UnknownBatch(DomainError):
    """No receipt names the batch, and no variants were named."""

    code = "recall.unknown_batch"
    status = 422
    message = "No goods of batch {batch} were ever received. Name the variants it concerns."


class AlreadyRecalled(DomainError):
    """The batch is recalled already, or the whole product."""

    code = "recall.already"
    status = 409
    message = "This is recalled already."


class AlreadyLifted(DomainError):
    """A recall that was lifted, or one of a whole product, which stands for good."""

    code = "recall.not_liftable"
    status = 409
    message = "Only the recall of a batch can be lifted, and only once."


@transaction.atomic
def recall_product(
    *,
    actor: Actor,
    now: datetime,
    product_id: UUID,
    reason: str,
    reason_zh: str = "",
    advice: str = "",
    advice_zh: str = "",
    batch: str = "",
    sku_ids: Sequence[UUID] | None = None,
    sold_since: datetime | None = None,
) -> Recall:
    """Recall a product for good, or one `batch` of it until that is lifted. By an operator.

    Args: `sku_ids` are the variants of the batch, by default those it was received for. `sold_since` bounds the orders
    concerned: by default the batch's first receipt, or the product's first approval.
    After, whole product: state recalled, a decision, event product.recalled. After, batch: its variants are held back
    from sale (Sku.recall_id), event product.batch_recalled. What these bring about in shops, carts, drops and orders is
    declared in wiring; sales under way at this moment are found afterwards.
    Errors: Forbidden, NotFound, NeverSold, UnknownBatch, AlreadyRecalled, WrongProductState, Invalid.
    """
    require_role(actor, "operator")
    words = checked_texts(WORDS, {"reason": reason, "reason_zh": reason_zh, "advice": advice, "advice_zh": advice_zh,
                                  "batch": batch})  # fmt: skip
    product = _locked(product_id)
    skus = _skus(product, words["batch"], sku_ids)
    since = sold_since or first_sold(product, words["batch"])
    recall = Recall.objects.create(
        product=product, sku_ids=[str(sku_id) for sku_id in skus], sold_since=since, by_id=require_person(actor), at=now,
        **words,
    )  # fmt: skip
    if recall.batch:
        _hold(recall, skus)
    else:
        move_product(product, "recalled")
    _say(recall, skus)
    with connection.cursor() as cursor:
        # Who places holds these rows while it reads what is for sale: it is over before this, or sees it. Last, because
        # stock comes last in LOCK_ORDER and drops are ended within the event.
        lock_stock(cursor, skus)
    return recall


def _locked(product_id: UUID) -> Product:
    product = Product.objects.select_for_update().filter(id=product_id).first()
    if product is None:
        raise NotFound()
    if product.approved_at is None:
        raise NeverSold()
    return product


def _skus(product: Product, batch: str, named: Sequence[UUID] | None) -> list[UUID]:
    """Return the variants concerned: all, or those of a batch. Errors: NotFound (a variant), UnknownBatch."""
    own = Sku.objects.select_for_update().filter(product=product).order_by("id")
    if not batch:
        return [sku.id for sku in own]
    if product.state == "recalled" or Recall.objects.filter(product=product, batch=batch, lifted_at=None).exists():
        raise AlreadyRecalled()
    wanted = set(named or received_in(product, batch))
    found = [sku.id for sku in own if sku.id in wanted]
    if not found:
        raise UnknownBatch(batch=batch)
    if len(found) < len(wanted) or len(found) > SKUS_MAX:
        raise NotFound()
    return found


def _hold(recall: Recall, skus: Sequence[UUID]) -> None:
    """Hold the variants back; one that another recall holds already stays with that one until it is lifted."""
    Sku.objects.filter(id__in=skus, recall_id=None).update(recall_id=recall.id)


def _say(recall: Recall, skus: Sequence[UUID]) -> None:
    data: dict[str, Any] = {"recall_id": recall.id, "reason": recall.reason, "sold_since": recall.sold_since}
    if recall.batch:
        data |= {"batch": recall.batch, "sku_ids": list(skus)}
        record(Happened("product.batch_recalled", recall.product_id, recall.at, data, recall.by_id))
        return
    evidence = Evidence.objects.filter(subject_id=recall.product_id).order_by("id").values_list("id", flat=True)
    decision = Decision.objects.create(
        subject_id=recall.product_id, verdict=Verdict.RECALLED, reason=recall.reason,
        evidence_ids=[str(evidence_id) for evidence_id in evidence], by_id=recall.by_id, at=recall.at,
    )  # fmt: skip
    data["decision_id"] = decision.id
    record(Happened("product.recalled", recall.product_id, recall.at, data, recall.by_id))


@transaction.atomic
def lift_recall(
    *, actor: Actor, now: datetime, recall_id: UUID, why: str, taken_off: Mapping[UUID, int] | None = None
) -> Recall:
    """Let the variants of a recalled batch be sold again, once the batch is off the shelves. By an operator.

    Args: `taken_off` says how many pieces of each variant were taken off; they are counted out of stock.
    After: receipts below zero with the batch's name, the variants free unless another recall holds them, event
    recall.lifted. Errors: Forbidden, NotFound, AlreadyLifted, StockTooLow, BadQuantity, Invalid.
    """
    require_role(actor, "operator")
    words = checked_texts({"why": Text(500, required=True, lines=True)}, {"why": why})["why"]
    found = Recall.objects.filter(id=recall_id).values_list("product_id", flat=True).first()
    if found is None:
        raise NotFound()
    _locked(found)  # a product comes before its recalls, as when one is made
    recall = Recall.objects.select_for_update().get(id=recall_id)
    if not recall.batch or recall.lifted_at is not None:
        raise AlreadyLifted()
    counted = {sku_id: count for sku_id, count in (taken_off or {}).items() if count}
    if any(str(sku_id) not in recall.sku_ids for sku_id in counted):
        raise NotFound()
    recall.lifted_at, recall.lifted_why = now, words
    recall.save(update_fields=["lifted_at", "lifted_why"])
    _free(recall)
    for sku_id in sorted(counted):
        change_stock(
            actor=actor,
            now=now,
            sku_id=sku_id,
            quantity_delta=-abs(counted[sku_id]),
            reason=f"Recall of {recall.batch}",
            batch=recall.batch,
        )
    data = {"product_id": recall.product_id, "batch": recall.batch, "why": words, "taken_off": counted}
    record(Happened("recall.lifted", recall.id, now, _named(data), actor.person_id))
    return recall


def _free(recall: Recall) -> None:
    """Free the variants that no other recall of their product holds back."""
    others = Recall.objects.filter(product_id=recall.product_id, lifted_at=None).exclude(batch="").order_by("id")
    standing = [(str(other.id), other.sku_ids) for other in others]
    for sku in Sku.objects.filter(id__in=recall.sku_ids).order_by("id"):
        Sku.objects.filter(id=sku.id).update(recall_id=next_holder(str(sku.id), standing))


def _named(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"taken_off": {str(sku_id): count for sku_id, count in data["taken_off"].items()}}


def mark_told(recall_id: UUID, now: datetime) -> None:
    """Write down that everyone concerned was told."""
    Recall.objects.filter(id=recall_id, told_at=None).update(told_at=now)


def mark_refunded(recall_id: UUID, now: datetime) -> None:
    """Write down that every concerned order was dealt with."""
    Recall.objects.filter(id=recall_id, refunds_done_at=None).update(refunds_done_at=now)
