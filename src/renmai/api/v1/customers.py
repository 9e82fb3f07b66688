"""A shop's customers: only who agreed to be known."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer, Body, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Invalid, NotFound
from renmai.places.shops.grouping import (
    GroupFull,
    GroupNameTaken,
    GroupsTooMany,
    list_groups,
    make_group,
    put_in_group,
    remove_group,
    rename_group,
    take_from_group,
)
from renmai.trade.reports.customers import list_customers

router = Router(tags=["Shops"])


class CustomerQuery(PageQuery):
    """Which group: by what they bought here, or one made by hand (`made`), instead."""

    group: Literal["all", "new", "once", "again", "recent", "quiet"] = "all"
    made: UUID | None = None


class CustomerAnswer(Answer):
    """Somebody who agreed to be known to the shop's person, with what they bought here, less refunds."""

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
        request.actor, shop_id, now=request.now, group=query.group, made=query.made, after=id_after(query.after),
        limit=wide(query.limit),
    )  # fmt: skip
    return page_json(rows, query.limit, lambda row: (row.id,))


class GroupBody(Body):
    """What a group is called."""

    name: Word = Field(examples=["Tea drinkers"])


class GroupAnswer(Answer):
    """A group of customers made by hand."""

    id: UUID
    name: str = Field(examples=["Tea drinkers"])


class CountedGroup(GroupAnswer):
    """A group, and how many are in it who still agree to be known."""

    count: int = Field(examples=[12])


class GroupPage(Answer):
    """Groups by name; a shop has at most 50."""

    items: list[CountedGroup]
    next: str | None


class GroupedAnswer(Answer):
    """Whether the call changed anything."""

    changed: bool


class GroupRemovedAnswer(Answer):
    """Whether the group is gone."""

    removed: bool


@operation(
    router, "GET", "/shops/{uuid:shop_id}/customer-groups", audience="creator", answer=GroupPage, problems=(NotFound,)
)
def list_own_groups(request: Call, shop_id: UUID) -> dict[str, Any]:
    """List the groups of customers made by hand."""
    groups = list_groups(request.actor, shop_id)
    return {"items": [{"id": each.id, "name": each.name, "count": each.count} for each in groups], "next": None}


@operation(
    router, "POST", "/shops/{uuid:shop_id}/customer-groups", audience="creator", answer=GroupAnswer, status=201,
    key="once", problems=(NotFound, Invalid, GroupNameTaken, GroupsTooMany),
)  # fmt: skip
def make_own_group(request: Call, shop_id: UUID, body: GroupBody) -> dict[str, Any]:
    """Make a group of customers."""
    group = make_group(actor=request.actor, now=request.now, shop_id=shop_id, name=body.name)
    return {"id": group.id, "name": group.name}


@operation(
    router, "PATCH", "/customer-groups/{uuid:group_id}", audience="creator", answer=GroupAnswer, key="once",
    problems=(NotFound, Invalid, GroupNameTaken),
)  # fmt: skip
def rename_own_group(request: Call, group_id: UUID, body: GroupBody) -> dict[str, Any]:
    """Call a group otherwise."""
    group = rename_group(actor=request.actor, now=request.now, group_id=group_id, name=body.name)
    return {"id": group.id, "name": group.name}


@operation(
    router, "DELETE", "/customer-groups/{uuid:group_id}", audience="creator", answer=GroupRemovedAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def remove_own_group(request: Call, group_id: UUID) -> dict[str, Any]:
    """Take a group away; its customers stay customers."""
    remove_group(actor=request.actor, now=request.now, group_id=group_id)
    return {"removed": True}


@operation(
    router, "PUT", "/customer-groups/{uuid:group_id}/customers/{uuid:person_id}", audience="creator",
    answer=GroupedAnswer, key="once", problems=(NotFound, GroupFull),
)  # fmt: skip
def put_one_in_group(request: Call, group_id: UUID, person_id: UUID) -> dict[str, Any]:
    """Put a customer who agreed to be known into a group."""
    return {
        "changed": bool(put_in_group(actor=request.actor, now=request.now, group_id=group_id, person_ids=[person_id]))
    }


@operation(
    router, "DELETE", "/customer-groups/{uuid:group_id}/customers/{uuid:person_id}", audience="creator",
    answer=GroupedAnswer, key="once", problems=(NotFound,),
)  # fmt: skip
def take_one_from_group(request: Call, group_id: UUID, person_id: UUID) -> dict[str, Any]:
    """Take a customer out of a group."""
    gone = take_from_group(actor=request.actor, now=request.now, group_id=group_id, person_ids=[person_id])
    return {"changed": bool(gone)}
