"""Pushed goods: a shop's inbox, and what came of a supplier's new goods. Who declined, nobody but the shop reads."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Query, Router

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer, Body
from renmai.api.v1.paging import PageQuery, page_json, wide
from renmai.api.v1.pool_contract import PoolItem, card_item
from renmai.kit.paging import BadCursor, moment_of, parts_of
from renmai.kit.problems import NotFound
from renmai.matching.push.actions import UnknownWhy, choose_pushes, decline, undo_decline
from renmai.matching.push.models import Push
from renmai.matching.push.queries import (
    FittingCreator,
    cursor_for,
    list_creators_for,
    list_inbox,
    list_pushes,
    place_of,
    wants_pushes,
)

router = Router(tags=["Pushed goods"])


class InboxQuery(PageQuery):
    """Which part of the inbox: what waits for an answer, was picked, or was declined."""

    show: Literal["open", "picked", "declined"] = "open"


class PushAnswer(Answer):
    """What a shop was told of a product and did with it; `reasons` are lists of a code and what belongs to it."""

    product_id: UUID
    told_at: datetime
    looked_at: datetime | None
    sampled_at: datetime | None
    picked_at: datetime | None
    declined_at: datetime | None
    declined_why: str
    reasons: list[list[str | int]]


class InboxItem(PushAnswer):
    """The same with the product's card."""

    product: PoolItem


class InboxPageAnswer(Answer):
    """A shop's inbox, the newest day first, within a day the best first."""

    items: list[InboxItem]
    next: str | None


class DeclineBody(Body):
    """Why, if that is to be said."""

    why: Literal["", "audience", "price", "maker", "other"] = ""


class SupplierPush(Answer):
    """An approved product: how many shops were told of it, looked, asked for a sample, picked it, and what these sold."""

    product_id: UUID
    title: str
    title_zh: str
    approved_at: datetime
    told: int
    looked: int
    sampled: int
    picked: int
    sold_pieces: int
    sold_minor: int


class SupplierPushPage(Answer):
    """A supplier's approved goods, the last approved first."""

    items: list[SupplierPush]
    next: str | None


class WantedPushes(Answer):
    """Whether a shop is told of new goods that fit it."""

    on: bool


class WantPushesBody(Body):
    """Whether the shop is to be told."""

    on: bool


class FittingCreatorAnswer(Answer):
    """A shop that a product would fit, by what is public of it; `followers_to` is null where there is no upper end."""

    shop_id: UUID
    handle: str
    name: str
    name_zh: str
    words: str
    words_zh: str
    ai_persona: bool
    followers_from: int
    followers_to: int | None
    invited: bool
    reasons: list[list[str | int]]


class FittingCreatorsAnswer(Answer):
    """Creators, the best first."""

    items: list[FittingCreatorAnswer]


@operation(
    router, "GET", "/shops/{uuid:shop_id}/inbox", audience=("creator", "creator:content"), answer=InboxPageAnswer,
    problems=(NotFound, BadCursor),
)  # fmt: skip
def list_shop_inbox(request: Call, shop_id: UUID, query: Query[InboxQuery]) -> dict[str, Any]:
    """List the new goods that a shop of one's own was told of."""
    page = list_inbox(
        request.actor, shop_id, now=request.now, kept=query.show, after=place_of(query.after)[0], limit=query.limit
    )
    following = cursor_for(page.next) if page.next else None
    return {"items": [{**_push(row.push), "product": card_item(row.card)} for row in page.rows], "next": following}


@operation(
    router, "PUT", "/shops/{uuid:shop_id}/inbox/{uuid:product_id}/decline", audience=("creator", "creator:content"),
    answer=PushAnswer, key="once", problems=(NotFound, UnknownWhy),
)  # fmt: skip
def decline_push(request: Call, shop_id: UUID, product_id: UUID, body: DeclineBody) -> dict[str, Any]:
    """Say that a product is not for this shop; nobody else learns it. Again changes nothing but the reason."""
    return _push(decline(actor=request.actor, now=request.now, shop_id=shop_id, product_id=product_id, why=body.why))


@operation(
    router, "DELETE", "/shops/{uuid:shop_id}/inbox/{uuid:product_id}/decline", audience=("creator", "creator:content"),
    answer=PushAnswer, key="once", problems=(NotFound,),
)  # fmt: skip
def undo_push_decline(request: Call, shop_id: UUID, product_id: UUID) -> dict[str, Any]:
    """Take a decline back; again changes nothing."""
    return _push(undo_decline(actor=request.actor, now=request.now, shop_id=shop_id, product_id=product_id))


@operation(
    router, "GET", "/shops/{uuid:shop_id}/pushes", audience=("creator", "creator:content"), answer=WantedPushes,
    problems=(NotFound,),
)  # fmt: skip
def get_wanted_pushes(request: Call, shop_id: UUID) -> dict[str, Any]:
    """Tell whether a shop of one's own is told of new goods that fit it."""
    return {"on": wants_pushes(request.actor, shop_id)}


@operation(
    router, "PUT", "/shops/{uuid:shop_id}/pushes", audience=("creator", "creator:content"), answer=WantedPushes,
    key="once", problems=(NotFound,),
)  # fmt: skip
def put_wanted_pushes(request: Call, shop_id: UUID, body: WantPushesBody) -> dict[str, Any]:
    """Have a shop told of new goods that fit it, or not. What it was told stays."""
    choose_pushes(actor=request.actor, now=request.now, shop_id=shop_id, on=body.on)
    return {"on": body.on}


@operation(
    router, "GET", "/products/{uuid:product_id}/fitting-creators", audience="supplier", answer=FittingCreatorsAnswer,
    problems=(NotFound,),
)  # fmt: skip
def list_fitting_creators(request: Call, product_id: UUID) -> dict[str, Any]:
    """List creators whom a product of one's own would fit, at most 24: by public facts only, whoever declined it or was told."""
    found = list_creators_for(request.actor, product_id, now=request.now)
    return {"items": [_fitting(each) for each in found]}


@operation(
    router, "GET", "/suppliers/{uuid:supplier_id}/pushes", audience="supplier", answer=SupplierPushPage,
    problems=(NotFound, BadCursor),
)  # fmt: skip
def list_supplier_pushes(request: Call, supplier_id: UUID, query: Query[PageQuery]) -> dict[str, Any]:
    """List what came of telling creators of one's new goods, in numbers."""
    parts = parts_of(query.after, 2)
    after = (moment_of(parts[0]), _id(parts[1])) if parts else None
    rows = list_pushes(request.actor, supplier_id, after=after, limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row["approved_at"].isoformat(), row["id"]), _supplier_push)


def _fitting(each: FittingCreator) -> dict[str, Any]:
    lowest, highest = each.followers
    return {
        **each.shop, "shop_id": each.shop["id"], "followers_from": lowest, "followers_to": highest, "reasons": each.reasons,
    }  # fmt: skip


def _supplier_push(row: dict[str, Any]) -> dict[str, Any]:
    return {"product_id": row["id"], **{name: row[name] for name in SupplierPush.model_fields if name != "product_id"}}


def _push(push: Push) -> dict[str, Any]:
    return {name: getattr(push, name) for name in PushAnswer.model_fields}


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor() from None
