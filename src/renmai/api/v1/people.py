"""People and shops as operators find them, the audit trail, and the end of one's own account."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines, Moment
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.events.queries import Asked, list_trail
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Invalid, NotFound
from renmai.people.accounts.actions import FactorNeeded
from renmai.people.accounts.finding import find_people
from renmai.people.accounts.suspension import LastOperator, NotOneself, PersonIsErased, let_person_in, suspend_person
from renmai.people.erasure.actions import erase_myself, list_obstacles
from renmai.people.erasure.rules import StillOpen
from renmai.places.shops.finding import find_shops

router = Router(tags=["People"])


class PeopleQuery(PageQuery):
    """Who is looked for: the beginning of a name, e-mail address or phone number."""

    q: str = Field("", max_length=100)
    state: Literal["", "active", "suspended", "erased"] = ""
    role: Literal["", "operator", "supplier", "creator", "agency"] = ""


class PersonFoundAnswer(Answer):
    """A person, as operators see them."""

    id: UUID
    name: str = Field(examples=["Lin"])
    email: str | None
    phone: str | None
    state: str = Field(examples=["active"])
    roles: list[str]
    created_at: datetime


class PeoplePage(Answer):
    """People, newest first."""

    items: list[PersonFoundAnswer]
    next: str | None


class ShopsQuery(PageQuery):
    """Which shops are looked for: the beginning of a name or an address."""

    q: str = Field("", max_length=100)
    state: Literal["", "open", "closed", "hidden"] = ""


class ShopFoundAnswer(Answer):
    """A shop, as operators see it."""

    id: UUID
    handle: str
    name: str
    owner_id: UUID
    state: str = Field(examples=["open"])
    picks: int
    created_at: datetime


class ShopsPage(Answer):
    """Shops, newest first."""

    items: list[ShopFoundAnswer]
    next: str | None


class EventsQuery(PageQuery):
    """Which events are wanted."""

    kind: str = Field("", max_length=60, pattern=r"^[a-z_.]*$", examples=["order.refund"])
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    since: Moment | None = None
    until: Moment | None = None


class EventAnswer(Answer):
    """Something that happened: docs/events.md names the kinds."""

    id: UUID
    kind: str = Field(examples=["order.refund"])
    subject_id: UUID
    actor_id: UUID | None
    at: datetime
    data: dict[str, Any]


class EventsPage(Answer):
    """Events, newest first."""

    items: list[EventAnswer]
    next: str | None


class ReasonBody(Body):
    """Why, for the audit trail."""

    reason: Lines = Field(min_length=1, max_length=400)


class PersonStateAnswer(Answer):
    """Whether a person may sign in."""

    id: UUID
    is_active: bool


class ObstacleAnswer(Answer):
    """Something open that needs the person."""

    code: str = Field(examples=["orders"])
    count: int


class ErasureAnswer(Answer):
    """What is in the way of deleting one's account; nothing: it can be done."""

    obstacles: list[ObstacleAnswer]


class ErasureBody(Body):
    """One's own id, said once more: there is no way back."""

    person_id: UUID


class ErasedAnswer(Answer):
    """An account that is gone."""

    person_id: UUID
    at: datetime


@operation(router, "GET", "/people", audience="operator", answer=PeoplePage, problems=(BadCursor,))
def list_people_found(request: Call, query: Query[PeopleQuery]) -> dict[str, Any]:
    """Find people."""
    rows = find_people(
        request.actor, words=query.q, state=query.state, role=query.role, after=id_after(query.after),
        limit=wide(query.limit),
    )  # fmt: skip
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(PersonFoundAnswer, row))


@operation(router, "GET", "/house/shops", audience="operator", answer=ShopsPage, problems=(BadCursor,))
def list_shops_found(request: Call, query: Query[ShopsQuery]) -> dict[str, Any]:
    """Find shops, whatever their state."""
    rows = find_shops(
        request.actor, words=query.q, state=query.state, after=id_after(query.after), limit=wide(query.limit)
    )
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(ShopFoundAnswer, row))


@operation(router, "GET", "/events", audience="operator", answer=EventsPage, problems=(BadCursor,))
def list_events_found(request: Call, query: Query[EventsQuery]) -> dict[str, Any]:
    """List events: by whom, of which kind, about what, when."""
    asked = Asked(query.kind, query.actor_id, query.subject_id, query.since, query.until)
    page = list_trail(request.actor, asked, after=query.after, limit=query.limit)
    return {"items": [shown(EventAnswer, row) for row in page.items], "next": page.next_cursor}


@operation(
    router, "PUT", "/people/{uuid:person_id}/suspension", audience="operator", answer=PersonStateAnswer, key="once",
    problems=(NotFound, NotOneself, PersonIsErased, LastOperator, FactorNeeded, Invalid),
)  # fmt: skip
def suspend_one_person(request: Call, person_id: UUID, body: ReasonBody) -> dict[str, Any]:
    """Turn a person out: sessions and tokens end. Another operator only on the operator's pages."""
    row = suspend_person(actor=request.actor, now=request.now, person_id=person_id, reason=body.reason)
    return shown(PersonStateAnswer, row)


@operation(
    router, "POST", "/people/{uuid:person_id}/admission", audience="operator", answer=PersonStateAnswer, key="once",
    problems=(NotFound, NotOneself, PersonIsErased, Invalid),
)  # fmt: skip
def let_one_person_in(request: Call, person_id: UUID, body: ReasonBody) -> dict[str, Any]:
    """Let a suspended person in again."""
    row = let_person_in(actor=request.actor, now=request.now, person_id=person_id, reason=body.reason)
    return shown(PersonStateAnswer, row)


@operation(router, "GET", "/me/erasure", audience="person", scope="buy", answer=ErasureAnswer)
def read_own_erasure(request: Call) -> dict[str, Any]:
    """Say what is in the way of deleting one's own account."""
    assert request.actor.person_id is not None
    found = list_obstacles(request.actor.person_id)
    return {"obstacles": [{"code": each.code, "count": each.count} for each in found]}


@operation(
    router, "POST", "/me/erasure", audience="person", scope="buy", answer=ErasedAnswer, status=201, key="once",
    problems=(NotFound, StillOpen, FactorNeeded),
)  # fmt: skip
def erase_own_account(request: Call, body: ErasureBody) -> dict[str, Any]:
    """Delete one's own account for good; the token ends with it. Who has an authenticator does it on /me/erasure."""
    if body.person_id != request.actor.person_id:
        raise NotFound()
    row = erase_myself(actor=request.actor, now=request.now)
    return shown(ErasedAnswer, row)
