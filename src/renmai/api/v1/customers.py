"""A shop's customers: only who agreed to be known."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.trade.reports.customers import list_customers

router = Router(tags=["Shops"])


class CustomerQuery(PageQuery):
    """Which group: by what they bought here."""

    group: Literal["all", "new", "once", "again", "recent", "quiet"] = "all"


class CustomerAnswer(Answer):
    """Somebody who follows the shop's person and agreed to be known, with what they bought here, less refunds."""

    person_id: UUID
    name: str = Field(examples=["Chen"])
    agreed_at: datetime
    orders: int = Field(examples=[2])
    spent_minor: int = Field(examples=[25_600])
    last_at: datetime | None


class CustomerPage(Answer):
    """Customers, who agreed latest first."""

    items: list[CustomerAnswer]
    next: str | None


@operation(
    router, "GET", "/shops/{uuid:shop_id}/customers", audience="creator", answer=CustomerPage,
    problems=(NotFound, BadCursor),
)  # fmt: skip
def list_own_customers(request: Call, shop_id: UUID, query: Query[CustomerQuery]) -> dict[str, Any]:
    """List who agreed to be known to the shop's person."""
    rows = list_customers(
        request.actor, shop_id, now=request.now, group=query.group, after=id_after(query.after), limit=wide(query.limit)
    )
    return page_json(rows, query.limit, lambda row: (row.id,))
