"""Recalls: anyone reads them, operators make and lift them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer, Body, Lines, Moment, Whole, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.goods.products.actions import BadQuantity, StockTooLow, WrongProductState
from renmai.goods.recalls.actions import (
    AlreadyLifted,
    AlreadyRecalled,
    NeverSold,
    UnknownBatch,
    lift_recall,
    recall_product,
)
from renmai.goods.recalls.models import Recall
from renmai.goods.recalls.queries import access_recall, list_recalls
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Invalid, NotFound
from renmai.trade.recalls.queries import read_progress

router = Router(tags=["Recalls"])
Long = Annotated[Lines, Field(max_length=500)]


class RecallBody(Body):
    """What is recalled and why. Without a batch the whole product, for good. `sku_ids`: the variants of the batch, by
    default those it was received for. `sold_since`: by default the batch's first receipt, or the first approval."""

    product_id: UUID
    reason: Long = Field(examples=["The glaze may give off lead."])
    reason_zh: Long = Field("", examples=["釉面可能析出铅。"])
    advice: Long = Field("", examples=["Do not drink from it. Throw it away; nothing needs to be sent back."])
    advice_zh: Long = Field("", examples=["请勿使用，直接丢弃即可，无需寄回。"])
    batch: Word = Field("", max_length=60, examples=["2026-03-A"])
    sku_ids: list[UUID] | None = Field(None, max_length=200)
    sold_since: Moment | None = None


class TakenOff(Body):
    """How many pieces of a variant were taken off the shelf."""

    sku_id: UUID
    quantity: Annotated[Whole, Field(ge=0, le=10**9)] = Field(examples=[40])


class LiftBody(Body):
    """Why a batch is no danger any more, and what was taken off the shelf; that is counted out of stock."""

    why: Long = Field(examples=["All 40 pieces of the batch were destroyed."])
    taken_off: list[TakenOff] = Field(default_factory=list, max_length=200)


class RecallAnswer(Answer):
    """A recall, as anyone may read it. `batch` is empty where the whole product is recalled."""

    id: UUID
    product_id: UUID
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    supplier_id: UUID
    batch: str = Field(examples=[""])
    sku_ids: list[UUID]
    reason: str = Field(examples=["The glaze may give off lead."])
    reason_zh: str = Field(examples=["釉面可能析出铅。"])
    advice: str = Field(examples=["Do not drink from it."])
    advice_zh: str = Field(examples=["请勿使用。"])
    sold_since: datetime
    at: datetime
    lifted_at: datetime | None
    lifted_why: str = Field(examples=[""])


class RecallPage(Answer):
    """Recalls, newest first."""

    items: list[RecallAnswer]
    next: str | None


class FailedAnswer(Answer):
    """An order that could not be dealt with, why, and when it is tried again."""

    order_id: UUID
    error: str = Field(examples=["disputed"])
    tries: int = Field(examples=[3])
    retry_at: datetime | None


class ToldAnswer(Answer):
    """How many people of one side were told."""

    side: str = Field(examples=["buyer"])
    told: int = Field(examples=[40])
    total: int = Field(examples=[42])


class ProgressAnswer(Answer):
    """How far a recall has come."""

    told_at: datetime | None
    refunds_done_at: datetime | None
    orders: dict[str, int] = Field(examples=[{"refunded": 40, "cancelled": 2}])
    refunded_minor: int = Field(examples=[352_000])
    people: list[ToldAnswer]
    failed: list[FailedAnswer]


def _shown(recall: Recall) -> dict[str, Any]:
    fields = ("id", "product_id", "batch", "sku_ids", "reason", "reason_zh", "advice", "advice_zh", "sold_since", "at",
              "lifted_at", "lifted_why")  # fmt: skip
    product = recall.product
    named = {"title": product.title, "title_zh": product.title_zh, "supplier_id": product.supplier_id}
    return {**{field: getattr(recall, field) for field in fields}, **named}


@operation(router, "GET", "/recalls", audience="public", answer=RecallPage, problems=(BadCursor,))
def list_all_recalls(request: Call, query: Annotated[PageQuery, Query()]) -> dict[str, Any]:
    """List what was recalled, newest first."""
    found = list_recalls(after=id_after(query.after), limit=wide(query.limit))
    return page_json(found, query.limit, lambda recall: (recall.id,), _shown)


@operation(router, "GET", "/recalls/{uuid:recall_id}", audience="public", answer=RecallAnswer, problems=(NotFound,))
def read_recall(request: Call, recall_id: UUID) -> dict[str, Any]:
    """Read one recall: why, and what to do."""
    return _shown(access_recall(recall_id))


@operation(
    router, "POST", "/recalls", audience="operator", answer=RecallAnswer, status=201, key="once",
    problems=(NotFound, NeverSold, UnknownBatch, AlreadyRecalled, WrongProductState, Invalid),
)  # fmt: skip
def make_recall(request: Call, body: RecallBody) -> dict[str, Any]:
    """Recall a product for good, or a batch of it until that is lifted.

    It leaves every shop, drop and cart at once; every order concerned is refunded and everyone told by itself.
    """
    made = recall_product(actor=request.actor, now=request.now, **body.model_dump())
    return _shown(access_recall(made.id))


@operation(
    router, "POST", "/recalls/{uuid:recall_id}/lift", audience="operator", answer=RecallAnswer, key="once",
    problems=(NotFound, AlreadyLifted, StockTooLow, BadQuantity, Invalid),
)  # fmt: skip
def lift_one_recall(request: Call, recall_id: UUID, body: LiftBody) -> dict[str, Any]:
    """Let the variants of a recalled batch be sold again."""
    taken = {each.sku_id: each.quantity for each in body.taken_off}
    lift_recall(actor=request.actor, now=request.now, recall_id=recall_id, why=body.why, taken_off=taken)
    return _shown(access_recall(recall_id))


@operation(
    router,
    "GET",
    "/recalls/{uuid:recall_id}/progress",
    audience="operator",
    answer=ProgressAnswer,
    problems=(NotFound,),
)
def read_recall_progress(request: Call, recall_id: UUID) -> dict[str, Any]:
    """Show how many were told and refunded, and what could not be."""
    recall, progress = access_recall(recall_id), read_progress(request.actor, recall_id)
    return {
        "told_at": recall.told_at, "refunds_done_at": recall.refunds_done_at, "orders": progress.orders,
        "refunded_minor": progress.refunded_minor,
        "people": [{"side": side, "told": done, "total": total} for side, (done, total) in progress.told.items()],
        "failed": progress.failed,
    }  # fmt: skip
