"""A reader's own orders: people for a buyer, the pool for a shop, each with the reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer
from renmai.api.v1.paging import PageQuery
from renmai.api.v1.pool_contract import PoolItem, card_item
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.matching.feed.actions import record_shown
from renmai.matching.feed.queries import OrderPage, list_for_shop, list_people

router = Router(tags=["Orders of lists"])
REASON = Field(description="A code with its numbers and ids: docs/matching.md.", examples=[["trusted_by", 2]])


class HomePerson(Answer):
    """A person in the reader's own order, and why they stand there. `live`: a show of theirs is on."""

    id: UUID = Field(description="The shop.")
    handle: str = Field(examples=["lin"])
    name: str = Field(examples=["Lin"])
    name_zh: str = Field(examples=["林"])
    words: str
    words_zh: str
    face_id: UUID | None
    ai_persona: bool
    live: bool
    reason: list[str | int] = REASON


class HomeAnswer(Answer):
    """A page of people. `ranker` says who ordered them, `made_at` when; pages of one order fit together."""

    items: list[HomePerson]
    next: str | None
    ranker: str = Field(examples=["people"])
    made_at: datetime


class ForYouItem(PoolItem):
    """A product of the pool in a shop's own order, and why it stands there."""

    reason: list[str | int] = REASON


class ForYouAnswer(Answer):
    """A page of the pool in a shop's own order."""

    items: list[ForYouItem]
    next: str | None
    ranker: str = Field(examples=["fit"])
    made_at: datetime


@operation(router, "GET", "/home", audience="person", scope="buy", answer=HomeAnswer, problems=(BadCursor,))
def read_home(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List people in one's own order, each with the reason.

    Without profile: the newest of whom one follows, then the house's order. What is answered counts as shown.
    """
    page = list_people(request.actor, now=request.now, after=query.after, limit=query.limit)
    return _answer(request, page, [shown(HomePerson, row) for row in page.rows])


@operation(
    router, "GET", "/shops/{uuid:shop_id}/for-you", audience=("creator", "creator:content"), answer=ForYouAnswer,
    problems=(NotFound, BadCursor),
)  # fmt: skip
def list_for_you(request: Call, shop_id: UUID, query: Query[PageQuery]) -> dict[str, Any]:
    """List the pool in the order in which it fits a shop of one's own, each product with the reason.

    What is answered counts as shown.
    """
    page = list_for_shop(request.actor, shop_id, now=request.now, after=query.after, limit=query.limit)
    return _answer(request, page, [{**card_item(row), "reason": row["reason"]} for row in page.rows])


def _answer(request: Call, page: OrderPage, items: list[dict[str, Any]]) -> dict[str, Any]:
    record_shown(page.order, [row["id"] for row in page.rows], first=page.first, now=request.now)
    return {"items": items, "next": page.next_cursor, "ranker": page.order.ranker, "made_at": page.order.made_at}
