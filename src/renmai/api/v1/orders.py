"""Orders, as buyer, creator, supplier or operator; receipt and refunds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.contract import SCOPE_OF, require_scope
from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Word
from renmai.api.v1.paging import PageQuery
from renmai.api.v1.parcels import ParcelAnswer, StepAnswer
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Busy, Forbidden, NotFound
from renmai.people.follows.actions import FollowsOneself, set_reachable
from renmai.trade.orders.queries import OrderRow, OrderView, access_order, list_orders
from renmai.trade.orders.rules import NotNow
from renmai.trade.parcels.actions import receive_order
from renmai.trade.refunds.actions import refund_order
from renmai.trade.refunds.rules import RefundDenied, RefundNothing, RefundTooMuch

router = Router(tags=["Orders"])


class OrderQuery(PageQuery):
    """Whose orders: one's own as buyer, those of a shop or supplier (`subject_id`), or all as operator."""

    role: Literal["buyer", "creator", "supplier", "operator"] = "buyer"
    subject_id: UUID | None = None
    state: Literal["placed", "paid", "shipped", "received", "settled", "refunded", "expired", "cancelled"] | None = None


class LineAnswer(Answer):
    """Goods, or one supplier's freight."""

    id: UUID
    kind: str = Field(examples=["goods"])
    supplier_id: UUID | None
    pick_id: UUID | None
    sku_id: UUID | None
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    quantity: int = Field(examples=[2])
    unit_price_minor: int = Field(examples=[6000])
    discount_minor: int = Field(examples=[0])
    paid_minor: int = Field(examples=[12_000])
    refunded_minor: int = Field(examples=[0])
    drop_id: UUID | None
    show_id: UUID | None = Field(description="The show in which it was bought.")
    segment_id: UUID | None


class ListedOrder(Answer):
    """An order in a list; a supplier sees only its own lines."""

    id: UUID
    checkout_id: UUID | None
    shop_id: UUID
    shop_handle: str = Field(examples=["lin"])
    state: str = Field(examples=["paid"])
    currency: str = Field(examples=["CNY"])
    total_minor: int | None = Field(examples=[12_800], description="Null for a supplier, who sees its own lines only.")
    refunded_minor: int | None = Field(examples=[0])
    placed_at: datetime
    paid_at: datetime | None
    received_at: datetime | None
    lines: list[LineAnswer]


class OrderPage(Answer):
    """Orders, newest first."""

    items: list[ListedOrder]
    next: str | None


class PartAnswer(Answer):
    """One payee's part of one line: estimated until the order is settled."""

    line_id: UUID
    payee: str = Field(examples=["creator:0190a1b2-0000-7000-8000-000000000000"])
    rule: str = Field(examples=["margin"])
    amount_minor: int = Field(examples=[3200])
    reversed_minor: int = Field(examples=[0])


class RefundAnswer(Answer):
    """Money that was given back for an order."""

    id: UUID
    order_id: UUID
    amount_minor: int = Field(examples=[4400])
    currency: str = Field(examples=["CNY"])


class SoldInAnswer(Answer):
    """A show in which lines of the order were bought, and its host."""

    show_id: UUID
    title: str = Field(examples=["Tea at noon"])
    host_id: UUID
    host: str = Field(examples=["Lin"])
    began_at: datetime | None


class OrderAnswer(ListedOrder):
    """An order as its reader may see it. `role` says as whom; `parts` are only the reader's own (all for operators)."""

    role: str = Field(examples=["buyer"])
    settle_at: datetime | None
    settled_at: datetime | None
    address: dict[str, str] = Field(examples=[{"recipient": "Lin Mei", "city": "Hangzhou"}])
    parcels: list[ParcelAnswer]
    parts: list[PartAnswer]
    refunds: list[RefundAnswer]
    shows: list[SoldInAnswer]


class ReceiptAnswer(Answer):
    """What receipt did to each parcel that was on its way."""

    steps: list[StepAnswer]


class RefundLineBody(Body):
    """So much of a line back; `restock` of its goods return to the shelf (before hand-over only)."""

    line_id: UUID
    amount_minor: Amount
    restock: Annotated[int, Field(strict=True, ge=0, le=999)] = 0


class RefundBody(Body):
    """Why, and which lines; without `lines` all that is left of the order."""

    reason: Word = Field(examples=["Arrived chipped"])
    lines: Annotated[list[RefundLineBody], Field(min_length=1, max_length=100)] | None = None


@operation(router, "GET", "/orders", audience="person", answer=OrderPage, problems=(NotFound, Forbidden, BadCursor))
def list_own_orders(request: Call, query: Query[OrderQuery]) -> dict[str, Any]:
    """List orders, newest first, in one role.

    The role needs its scope: buyer `buy`, creator `shop`, supplier `supply`, operator `operate`.
    """
    require_scope(request.actor, SCOPE_OF[query.role])
    page = list_orders(
        request.actor,
        role=query.role,
        subject_id=query.subject_id,
        state=query.state,
        after=query.after,
        limit=query.limit,
    )
    return {"items": [_listed(row, query.role) for row in page.items], "next": page.next_cursor}


@operation(router, "GET", "/orders/{uuid:order_id}", audience="person", answer=OrderAnswer, problems=(NotFound,))
def read_order(request: Call, order_id: UUID) -> dict[str, Any]:
    """Show an order, as far as it is one's to see."""
    return _shown(_access(request, order_id))


@operation(
    router,
    "POST",
    "/orders/{uuid:order_id}/receipt",
    audience="person",
    scope="buy",
    answer=ReceiptAnswer,
    key="around",
    problems=(NotFound, NotNow, Busy),
)
def confirm_receipt(request: Call, order_id: UUID) -> dict[str, Any]:
    """Confirm that what is on its way has arrived; settlement is scheduled when nothing is left."""
    steps = receive_order(actor=request.actor, now=request.now, order_id=order_id)
    return {"steps": [shown(StepAnswer, step) for step in steps]}


@operation(
    router,
    "POST",
    "/orders/{uuid:order_id}/refunds",
    audience="person",
    answer=RefundAnswer,
    status=201,
    key="own",
    problems=(NotFound, NotNow, RefundDenied, RefundTooMuch, RefundNothing, Busy),
)
def refund(request: Call, order_id: UUID, body: RefundBody) -> dict[str, Any]:
    """Give money back: whole, or so much of each line.

    The buyer: the whole order, before anything was handed over. A supplier: its own lines. Creator and operator: any.
    """
    _access(request, order_id)
    done = refund_order(
        actor=request.actor,
        now=request.now,
        order_id=order_id,
        key=request.key,
        reason=body.reason,
        lines=None if body.lines is None else {line.line_id: line.amount_minor for line in body.lines},
        restock={line.line_id: line.restock for line in body.lines or () if line.restock},
    )
    request.replayed = done.repeated
    return done.as_json()


def _access(request: Call, order_id: UUID) -> OrderView:
    view = access_order(request.actor, order_id)
    require_scope(request.actor, SCOPE_OF[view.role])
    return view


def _listed(row: OrderRow, role: str) -> dict[str, Any]:
    order, whole = row.order, role != "supplier"
    return {
        "id": order.id,
        "checkout_id": order.checkout_id,
        "shop_id": order.shop_id,
        "shop_handle": row.shop.handle if row.shop else "",
        "state": order.state,
        "currency": order.currency,
        "total_minor": order.total_minor if whole else None,
        "refunded_minor": order.refunded_minor if whole else None,
        "placed_at": order.placed_at,
        "paid_at": order.paid_at,
        "received_at": order.received_at,
        "lines": [shown(LineAnswer, line) for line in row.lines],
    }


def _shown(view: OrderView) -> dict[str, Any]:
    return {
        **_listed(OrderRow(view.order, view.shop, view.lines), view.role),
        "role": view.role,
        "settle_at": view.split.settle_at if view.split else None,
        "settled_at": view.split.settled_at if view.split else None,
        "address": view.address,
        "parcels": [shown(ParcelAnswer, parcel) for parcel in view.parcels],
        "parts": [shown(PartAnswer, part) for part in view.parts],
        "refunds": [shown(RefundAnswer, one) for one in view.refunds],
        "shows": [shown(SoldInAnswer, one) for one in view.shows],
    }


class ConsentBody(Body):
    """Whether the person one bought from may see and address one as a customer."""

    known: bool


class ConsentAnswer(ConsentBody, Answer):
    """What stands now."""


@operation(
    router, "PUT", "/orders/{uuid:order_id}/consent", audience="person", scope="buy", answer=ConsentAnswer, key="once",
    problems=(NotFound, FollowsOneself),
)  # fmt: skip
def set_order_consent(request: Call, order_id: UUID, body: ConsentBody) -> dict[str, Any]:
    """Let the person one bought from see and address one as a customer, or no more. Nothing is given by buying alone."""
    owner_id = access_order(request.actor, order_id, "buyer").shop.owner_id
    set_reachable(actor=request.actor, now=request.now, person_id=owner_id, reachable=body.known)
    return {"known": body.known}
