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
from renmai.goods.products.warehouse_lane import NotThere
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Busy, NotFound
from renmai.trade.dispatch.actions import NothingToLabel, hand_over_tracked, label_parcel
from renmai.trade.dispatch.labels import LabelNotMade
from renmai.trade.dispatch.rules import Tracked
from renmai.trade.orders.queries import ParcelView, list_parcels
from renmai.trade.orders.rules import NotNow
from renmai.trade.parcels.actions import hand_over, report_parcel
from renmai.trade.parcels.rules import TrackingNeeded
from renmai.trade.reports.sellers import SELLERS_MAX, list_sellers

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
    warehouse_id: UUID | None
    batch: str = Field(examples=["2026-03-A"])
    hand_over_by: datetime | None
    late_at: datetime | None
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
    """The carrier and its number; perhaps the supplier's warehouse it leaves (else the main one) and the batch in it."""

    carrier: Annotated[Word, Field(max_length=60)] = Field(examples=["SF Express"])
    tracking: Annotated[Word, Field(max_length=80)] = Field(examples=["SF1234567890"])
    warehouse_id: UUID | None = None
    batch: Annotated[Word, Field(max_length=60)] = Field("", examples=["2026-03-A"])


class ParcelReportBody(Body):
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
    problems=(NotFound, NotNow, TrackingNeeded, NotThere, Busy),
)
def hand_parcel_over(request: Call, parcel_id: UUID, body: HandOverBody) -> dict[str, Any]:
    """Hand a parcel to a carrier."""
    step = hand_over(
        actor=request.actor, now=request.now, parcel_id=parcel_id, carrier=body.carrier, tracking=body.tracking,
        warehouse_id=body.warehouse_id, batch=body.batch,
    )  # fmt: skip
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
def report_on_parcel(request: Call, parcel_id: UUID, body: ParcelReportBody) -> dict[str, Any]:
    """Take in what the carrier says."""
    return shown(StepAnswer, report_parcel(actor=request.actor, now=request.now, parcel_id=parcel_id, said=body.said))


class TrackingRow(Body):
    """A parcel with its carrier and number."""

    parcel_id: UUID
    carrier: Annotated[Word, Field(min_length=1, max_length=60)] = Field(examples=["SF Express"])
    tracking: Annotated[Word, Field(min_length=1, max_length=80)] = Field(examples=["SF1234567890"])


class TrackingBody(Body):
    """Up to 500 parcels of one supplier."""

    supplier_id: UUID
    rows: list[TrackingRow] = Field(min_length=1, max_length=500)


class BadTrackingAnswer(Answer):
    """A row that was passed over: its place (1 is the first), a code and a reason."""

    row: int = Field(examples=[3])
    code: str = Field(examples=["order.not_now"])
    reason: str = Field(examples=["This cannot be done while it is refunded."])


class TrackingAnswer(Answer):
    """How many parcels were handed over, how many already were under the same number, and the first 200 bad rows."""

    handed_over: int = Field(examples=[48])
    same: int = Field(examples=[0])
    rows_bad: int = Field(examples=[1])
    bad: list[BadTrackingAnswer]


class LabelAnswer(Answer):
    """A parcel's label: a private PDF under /media/{media_id}; carrier and number where the maker gives them."""

    parcel_id: UUID
    maker: str = Field(examples=["plain"])
    carrier: str = Field(examples=["SF Express"])
    tracking: str = Field(examples=["SF1234567890"])
    media_id: UUID
    at: datetime


@operation(
    router,
    "POST",
    "/parcel-numbers",
    audience="supplier",
    answer=TrackingAnswer,
    key="around",
    problems=(NotFound, Busy),
)
def give_parcel_numbers(request: Call, body: TrackingBody) -> dict[str, Any]:
    """Hand over many parcels at once; one bad row holds back no other, and the same again changes nothing."""
    rows = [Tracked(n, row.parcel_id, row.carrier, row.tracking) for n, row in enumerate(body.rows, start=1)]
    report = hand_over_tracked(actor=request.actor, now=request.now, supplier_id=body.supplier_id, rows=rows)
    return shown(TrackingAnswer, report)


@operation(
    router,
    "POST",
    "/parcels/{uuid:parcel_id}/label",
    audience="supplier",
    answer=LabelAnswer,
    key="around",
    problems=(NotFound, NothingToLabel, LabelNotMade),
)
def make_parcel_label(request: Call, parcel_id: UUID) -> dict[str, Any]:
    """Make a parcel's label, or read the one that was made."""
    return shown(LabelAnswer, label_parcel(actor=request.actor, now=request.now, parcel_id=parcel_id))


class SellersQuery(Body):
    """Whose goods, in how many days, and perhaps of one product."""

    supplier_id: UUID
    days: Annotated[int, Field(ge=1, le=365)] = 30
    product_id: UUID | None = None


class SellerAnswer(Answer):
    """A shop that picks or sold a supplier's goods."""

    shop_id: UUID
    handle: str = Field(examples=["lin"])
    name: str = Field(examples=["Lin's table"])
    name_zh: str = Field(examples=["林的餐桌"])
    picks: int = Field(examples=[4])
    on_margin: int = Field(examples=[1], description="Of the picks, those at the creator's own price.")
    orders: int = Field(examples=[31])
    units: int = Field(examples=[48])
    paid_minor: int = Field(examples=[384000])
    refunded_minor: int = Field(examples=[8000])
    supply_minor: int = Field(examples=[192000])
    multiple_bps: int | None = Field(examples=[20_000])
    last_at: datetime | None


class Sellers(Answer):
    """Who sold most first (200 at most)."""

    items: list[SellerAnswer]


@operation(router, "GET", "/sellers", audience=("supplier", "operator"), answer=Sellers, problems=(NotFound,))
def list_own_sellers(request: Call, query: Query[SellersQuery]) -> dict[str, Any]:
    """List the shops that pick or sold a supplier's goods."""
    rows = list_sellers(
        request.actor, query.supplier_id, now=request.now, days=query.days, product_id=query.product_id,
        limit=SELLERS_MAX,
    )  # fmt: skip
    return {"items": [shown(SellerAnswer, row) for row in rows]}


def _listed(view: ParcelView) -> dict[str, Any]:
    return {
        **shown(ParcelAnswer, view.parcel),
        "address": view.address,
        "lines": [shown(PackedLine, line) for line in view.lines],
    }
