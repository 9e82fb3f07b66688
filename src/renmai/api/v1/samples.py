"""Samples: asked for by creators, answered and shipped by suppliers, delivered on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, Handler, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.goods.samples.actions import (
    BadDeliverable,
    NoSampleLeft,
    SampledAlready,
    SampleNotOffered,
    TooManySamples,
    WrongSampleState,
    approve_sample,
    deliver_sample,
    reject_sample,
    request_sample,
    ship_sample,
    sign_sample,
    withdraw_sample,
)
from renmai.goods.samples.models import Sample
from renmai.goods.samples.queries import access_sample, address_shown, list_shop_samples, list_supplier_samples
from renmai.kit.paging import BadCursor
from renmai.kit.problems import DomainError, NotFound

router = Router(tags=["Samples"])
Url = Annotated[str, StringConstraints(max_length=600)]


class SampleBody(Body):
    """A request: of what, where to, and what is planned with it."""

    shop_id: UUID
    product_id: UUID
    address_id: UUID
    words: Lines = Field(examples=["A film of my mornings."])
    sku_id: UUID | None = None


class SampleQuery(PageQuery):
    """Whose samples."""

    role: Literal["creator", "supplier"]
    subject_id: UUID


class ReasonOfSample(Body):
    """Why not."""

    reason: Lines = Field(examples=["All of this batch are promised."])


class ShippedBody(Body):
    """Carrier and number."""

    carrier: Word = Field(examples=["SF Express"])
    tracking: Word = Field(examples=["SF1234567890"])


class DeliverableBody(Body):
    """The address of what the creator made of it."""

    url: Url = Field(examples=["https://video.example.org/watch?v=1"])


class SampleAnswer(Answer):
    """A sample. `address` holds as much of it as the reader may know."""

    id: UUID
    shop_id: UUID
    product_id: UUID
    sku_id: UUID
    supplier_id: UUID
    state: str = Field(examples=["requested"])
    words: str
    reason: str
    address: dict[str, str]
    carrier: str
    tracking: str
    deliverable_url: str
    done_why: str = Field(examples=["sale"])
    requested_at: datetime
    decided_at: datetime | None
    shipped_at: datetime | None
    signed_at: datetime | None
    done_at: datetime | None


class SamplePage(Answer):
    """Samples, newest first."""

    items: list[SampleAnswer]
    next: str | None


BOTH = ("creator", "supplier")


def _shown(request: Call, sample: Sample) -> dict[str, Any]:
    fields = {name: getattr(sample, name) for name in SampleAnswer.model_fields}
    return shown(SampleAnswer, fields | {"address": address_shown(request.actor, sample)})


def _who(request: Call) -> dict[str, Any]:
    return {"actor": request.actor, "now": request.now}


def _step(name: str, audience: str, *problems: type[DomainError]) -> Callable[[Handler], Handler]:
    """Declare an operation that takes a sample one step on, once for its key."""
    return operation(
        router, "POST", f"/samples/{{uuid:sample_id}}/{name}", audience=audience, answer=SampleAnswer, key="once",
        problems=(NotFound, WrongSampleState, *problems),
    )  # fmt: skip


@operation(
    router,
    "POST",
    "/samples",
    audience="creator",
    answer=SampleAnswer,
    status=201,
    key="once",
    problems=(NotFound, SampleNotOffered, SampledAlready, TooManySamples),
)
def ask_for_sample(request: Call, body: SampleBody) -> dict[str, Any]:
    """Ask the supplier of a product for one to try."""
    return _shown(request, request_sample(**_who(request), **body.model_dump()))


@operation(router, "GET", "/samples", audience=BOTH, answer=SamplePage, problems=(NotFound, BadCursor))
def list_own_samples(request: Call, query: Query[SampleQuery]) -> dict[str, Any]:
    """List the samples of a shop, or those asked of a supplier."""
    read = list_shop_samples if query.role == "creator" else list_supplier_samples
    rows = read(request.actor, query.subject_id, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: _shown(request, row))


@operation(router, "GET", "/samples/{uuid:sample_id}", audience=BOTH, answer=SampleAnswer, problems=(NotFound,))
def read_sample(request: Call, sample_id: UUID) -> dict[str, Any]:
    """Show a sample to its two sides."""
    return _shown(request, access_sample(request.actor, sample_id))


@_step("approval", "supplier", NoSampleLeft)
def agree_to_sample(request: Call, sample_id: UUID) -> dict[str, Any]:
    """Say yes: one unit is counted out of stock."""
    return _shown(request, approve_sample(**_who(request), sample_id=sample_id))


@_step("rejection", "supplier")
def refuse_sample(request: Call, sample_id: UUID, body: ReasonOfSample) -> dict[str, Any]:
    """Say no, with the reason; a unit counted out is counted back."""
    return _shown(request, reject_sample(**_who(request), sample_id=sample_id, reason=body.reason))


@_step("shipment", "supplier")
def ship_own_sample(request: Call, sample_id: UUID, body: ShippedBody) -> dict[str, Any]:
    """Hand it to a carrier, under a number."""
    return _shown(request, ship_sample(**_who(request), sample_id=sample_id, **body.model_dump()))


@_step("withdrawal", "creator")
def withdraw_own_sample(request: Call, sample_id: UUID) -> dict[str, Any]:
    """Take a request back before anything was shipped."""
    return _shown(request, withdraw_sample(**_who(request), sample_id=sample_id))


@_step("signature", "creator")
def sign_own_sample(request: Call, sample_id: UUID) -> dict[str, Any]:
    """Say that it came."""
    return _shown(request, sign_sample(**_who(request), sample_id=sample_id))


@_step("deliverable", "creator", BadDeliverable)
def deliver_own_sample(request: Call, sample_id: UUID, body: DeliverableBody) -> dict[str, Any]:
    """Hand the work in: the address of what came of it."""
    return _shown(request, deliver_sample(**_who(request), sample_id=sample_id, url=body.url))
