"""Circles: interests with their people; everyone's to read, an operator's to open."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.access import ANONYMOUS
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.people.circles.actions import (
    JoinedTooMany,
    NotACover,
    SlugTaken,
    change_circle,
    close_circle,
    join_circle,
    leave_circle,
    open_circle,
    reopen_circle,
)
from renmai.people.circles.queries import CircleView, access_circle, list_all_circles, list_circles, list_own_circles

router = Router(tags=["Circles"])


class CircleBody(Body):
    """What a circle is called and says."""

    name: Word = Field(examples=["Tea"])
    name_zh: Word = Field("", examples=["茶"])
    words: Lines = Field("", examples=["Leaves, water, and people who take their time."])
    words_zh: Lines = Field("", examples=["茶叶、水，和不赶时间的人。"])
    cover_id: UUID | None = None


class NewCircleBody(CircleBody):
    """A new circle and its address."""

    slug: Word = Field(examples=["tea"])


class CircleAnswer(Answer):
    """A circle. `members` counts to 10,000; `closed_at`: no longer shown."""

    id: UUID
    slug: str = Field(examples=["tea"])
    name: str = Field(examples=["Tea"])
    name_zh: str = Field(examples=["茶"])
    words: str
    words_zh: str
    cover_id: UUID | None
    members: int = Field(examples=[42])
    created_at: datetime
    closed_at: datetime | None


class CirclePage(Answer):
    """Circles, newest first."""

    items: list[CircleAnswer]
    next: str | None


class OwnCircles(Answer):
    """The circles one is in, joined last first."""

    items: list[CircleAnswer]
    next: str | None


class PlainCircle(Answer):
    """A circle as it stands now."""

    id: UUID
    slug: str = Field(examples=["tea"])
    name: str = Field(examples=["Tea"])
    closed_at: datetime | None


def _shown(view: CircleView) -> dict[str, Any]:
    names = (name for name in CircleAnswer.model_fields if name != "members")
    return {name: getattr(view.circle, name) for name in names} | {"members": view.members}


@operation(router, "GET", "/circles", audience="public", answer=CirclePage, problems=(BadCursor,))
def list_open_circles(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List open circles, newest first."""
    rows = list_circles(ANONYMOUS, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda view: (view.circle.id,), _shown)


@operation(router, "GET", "/circles/{slug:circle_slug}", audience="public", answer=CircleAnswer, problems=(NotFound,))
def read_circle(request: Call, circle_slug: str) -> dict[str, Any]:
    """Show an open circle."""
    return _shown(access_circle(ANONYMOUS, circle_slug))


@operation(router, "GET", "/me/circles", audience="person", scope="buy", answer=OwnCircles)
def list_circles_of_mine(request: Call) -> dict[str, Any]:
    """List the circles one is in."""
    return {"items": [_shown(view) for view in list_own_circles(request.actor)], "next": None}


@operation(
    router,
    "PUT",
    "/circles/{slug:circle_slug}/membership",
    audience="person",
    scope="buy",
    answer=PlainCircle,
    key="once",
    problems=(NotFound, JoinedTooMany),
)
def join_one_circle(request: Call, circle_slug: str) -> dict[str, Any]:
    """Join a circle."""
    return shown(PlainCircle, join_circle(actor=request.actor, now=request.now, slug=circle_slug))


@operation(
    router,
    "DELETE",
    "/circles/{slug:circle_slug}/membership",
    audience="person",
    scope="buy",
    answer=PlainCircle,
    key="once",
    problems=(NotFound,),
)
def leave_one_circle(request: Call, circle_slug: str) -> dict[str, Any]:
    """Leave a circle."""
    return shown(PlainCircle, leave_circle(actor=request.actor, now=request.now, slug=circle_slug))


@operation(router, "GET", "/operator/circles", audience="operator", answer=CirclePage, problems=(BadCursor,))
def list_every_circle(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List all circles, closed ones too."""
    rows = list_all_circles(request.actor, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda view: (view.circle.id,), _shown)


@operation(
    router,
    "POST",
    "/circles",
    audience="operator",
    answer=PlainCircle,
    status=201,
    key="once",
    problems=(SlugTaken, NotACover, NotFound),
)
def open_new_circle(request: Call, body: NewCircleBody) -> dict[str, Any]:
    """Open a circle."""
    return shown(PlainCircle, open_circle(actor=request.actor, now=request.now, **body.model_dump()))


@operation(
    router,
    "PUT",
    "/operator/circles/{uuid:circle_id}",
    audience="operator",
    answer=PlainCircle,
    key="once",
    problems=(NotFound, NotACover),
)
def change_one_circle(request: Call, circle_id: UUID, body: CircleBody) -> dict[str, Any]:
    """Change what a circle is called and says."""
    return shown(
        PlainCircle, change_circle(actor=request.actor, now=request.now, circle_id=circle_id, **body.model_dump())
    )


@operation(
    router,
    "PUT",
    "/operator/circles/{uuid:circle_id}/closing",
    audience="operator",
    answer=PlainCircle,
    key="once",
    problems=(NotFound,),
)
def close_one_circle(request: Call, circle_id: UUID) -> dict[str, Any]:
    """Show a circle no more."""
    return shown(PlainCircle, close_circle(actor=request.actor, now=request.now, circle_id=circle_id))


@operation(
    router,
    "DELETE",
    "/operator/circles/{uuid:circle_id}/closing",
    audience="operator",
    answer=PlainCircle,
    key="once",
    problems=(NotFound,),
)
def reopen_one_circle(request: Call, circle_id: UUID) -> dict[str, Any]:
    """Show a closed circle again."""
    return shown(PlainCircle, reopen_circle(actor=request.actor, now=request.now, circle_id=circle_id))
