"""Parcels: what one supplier sends for one order."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Word
from renmai.api.v1.paging import PageQuery
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Busy, NotFound
from renmai.trade.orders.queries import ParcelView, list_parcels
from renmai.trade.orders.rules import NotNow
from renmai.trade.parcels.actions import hand_over, report_parcel
from renmai.trade.parcels.rules import TrackingNeeded

router = Router(tags=["Parcels"])


class ParcelQuery(PageQuery):
    """A supplier's parcels, perhaps of one state: oldest first while they wait, else newest first."""

    supplier_id: UUID
    state: Literal["waiting", "handed_over", "delivered", "received", "cancelled"] | None = None


class ParcelAnswer(Answer):
    """A parcel as it stands."""

    id: UUID
    order_id: UUID
    supplier_id: UUID
    state: str = Field(examples=["waiting"])
    carrier: str = Field(examples=["SF Express"])
    tracking: str = Field(examples=["SF1234567890"])
    carrier_says: str = Field(examples=["in_transit"])
    hand_over_by: datetime | None
    handed_over_at: datetime | None
    delivered_at: datetime | None
    receive_at: datetime | None
    received_at: datetime | None


class PackedLine(Answer):
    """What goes into a parcel."""

    sku_id: UUID | None
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    quantity: int = Field(examples=[2])


class ListedParcel(ParcelAnswer):
    """A parcel with what goes in and where to."""

    address: dict[str, str] = Field(examples=[{"recipient": "Lin Mei", "city": "Hangzhou"}])
    lines: list[PackedLine]


class ParcelPage(Answer):
    """A supplier's parcels."""

    items: list[ListedParcel]
    next: str | None


class StepAnswer(Answer):
    """Where a parcel and its order stand now."""

    order_id: UUID
    parcel_id: UUID
    parcel_state: str = Field(examples=["handed_over"])
    order_state: str = Field(examples=["shipped"])


class HandOverBody(Body):
    """The carrier and its number."""

    carrier: Annotated[Word, Field(max_length=60)] = Field(examples=["SF Express"])
    tracking: Annotated[Word, Field(max_length=80)] = Field(examples=["SF1234567890"])


class ReportBody(Body):
    """What the carrier says."""

    said: Literal["in_transit", "delivered"]


@operation(router, "GET", "/parcels", audience="supplier", answer=ParcelPage, problems=(NotFound, BadCursor))
def list_own_parcels(request: Call, query: Query[ParcelQuery]) -> dict[str, Any]:
    """List a supplier's parcels."""
    page = list_parcels(
        request.actor, supplier_id=query.supplier_id, state=query.state, after=query.after, limit=query.limit
    )
    return {"items": [_listed(view) for view in page.items], "next": page.next_cursor}


@operation(
    router,
    "POST",
    "/parcels/{uuid:parcel_id}/hand-over",
    audience=("supplier", "operator"),
    answer=StepAnswer,
    key="around",
    problems=(NotFound, NotNow, TrackingNeeded, Busy),
)
def hand_parcel_over(request: Call, parcel_id: UUID, body: HandOverBody) -> dict[str, Any]:
    """Hand a parcel to a carrier."""
    step = hand_over(
        actor=request.actor, now=request.now, parcel_id=parcel_id, carrier=body.carrier, tracking=body.tracking
    )
    return shown(StepAnswer, step)


@operation(
    router,
    "POST",
    "/parcels/{uuid:parcel_id}/reports",
    audience=("supplier", "operator"),
    answer=StepAnswer,
    key="around",
    problems=(NotFound, NotNow, Busy),
)
def report_on_parcel(request: Call, parcel_id: UUID, body: ReportBody) -> dict[str, Any]:
    """Take in what the carrier says."""
    return shown(StepAnswer, report_parcel(actor=request.actor, now=request.now, parcel_id=parcel_id, said=body.said))


def _listed(view: ParcelView) -> dict[str, Any]:
    return {
        **shown(ParcelAnswer, view.parcel),
        "address": view.address,
        "lines": [shown(PackedLine, line) for line in view.lines],
    }
