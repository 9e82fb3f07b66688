"""What one is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.paging import BadCursor
from renmai.people.notices.actions import read_notices
from renmai.people.notices.queries import list_notices

router = Router(tags=["Me"])


class NoticeAnswer(Answer):
    """Something one is told: `kind` says what, `data` names what it is about, `href` is the page that deals with it."""

    id: UUID
    kind: str = Field(examples=["recall.bought"])
    data: dict[str, Any] = Field(examples=[{"title": "Celadon teacup", "reason": "The glaze may hold lead."}])
    href: str = Field(examples=["/recalls/01969c1e-0000-7000-8000-000000000000"])
    at: datetime
    read_at: datetime | None


class NoticePage(Answer):
    """Notices, newest first."""

    items: list[NoticeAnswer]
    next: str | None


class ReadAnswer(Answer):
    """How many notices had not been read before."""

    read_count: int = Field(examples=[3])


@operation(router, "GET", "/me/notices", audience="person", answer=NoticePage, problems=(BadCursor,))
def list_own_notices(request: Call, query: Annotated[PageQuery, Query()]) -> dict[str, Any]:
    """List what one was told, newest first."""
    found = list_notices(request.actor, after=id_after(query.after), limit=wide(query.limit))
    return page_json(found, query.limit, lambda notice: (notice.id,))


@operation(router, "POST", "/me/notices/read", audience="person", answer=ReadAnswer, key="once")
def read_own_notices(request: Call) -> dict[str, Any]:
    """Say that all of one's notices are read."""
    return {"read_count": read_notices(actor=request.actor, now=request.now)}
