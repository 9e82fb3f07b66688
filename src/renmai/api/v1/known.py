"""What is known of one's taste, or of a shop one owns: see it, clear it, do without."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer, Body, Cursor, Limit
from renmai.kit.access import require_person
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.matching.signals.actions import choose_without, clear_known
from renmai.matching.signals.queries import access_subject, list_known, profile_of

router = Router(tags=["Me"])


class KnownQuery(Body):
    """Of whom: oneself, or a shop one owns. Where a page starts, and how many it holds."""

    shop_id: UUID | None = None
    after: Cursor | None = None
    limit: Limit = 20


class KnownOfQuery(Body):
    """Of whom: oneself, or a shop one owns."""

    shop_id: UUID | None = None


class KnownSignalAnswer(Answer):
    """What one did to a thing on a day. `amount`: times, seconds of looking (dwell), pieces (order, refund)."""

    id: UUID
    kind: str = Field(examples=["view"])
    thing: str = Field(examples=["product"])
    thing_id: UUID
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    amount: int = Field(examples=[2])
    on: date
    at: datetime


class KnownSignalPage(Answer):
    """What is known, newest first."""

    items: list[KnownSignalAnswer]
    next: str | None


class ProfileAnswer(Answer):
    """Whether lists are ordered without profile, and when all of before was cleared last."""

    without: bool
    cleared_at: datetime | None


class ProfileBody(Body):
    """Of whom (oneself, or a shop one owns), and whether lists are ordered without profile, and nothing more recorded."""

    shop_id: UUID | None = None
    without: bool


@operation(
    router, "GET", "/me/known", audience="person", scope="buy", answer=KnownSignalPage, problems=(NotFound, BadCursor)
)  # fmt: skip
def list_what_is_known(request: Call, query: Annotated[KnownQuery, Query()]) -> dict[str, Any]:
    """List what is known of one's taste, newest first; nobody else can."""
    page = list_known(request.actor, _subject(request, query.shop_id), after=query.after, limit=query.limit)
    return {"items": list(page.items), "next": page.next_cursor}


@operation(
    router, "DELETE", "/me/known", audience="person", scope="buy", answer=ProfileAnswer, key="once", problems=(NotFound,)
)  # fmt: skip
def clear_what_is_known(request: Call, query: Annotated[KnownOfQuery, Query()]) -> dict[str, Any]:
    """Delete what is known of one's taste, and what lists showed; nothing of before is written again."""
    subject_id = _subject(request, query.shop_id)
    clear_known(actor=request.actor, now=request.now, subject_id=subject_id)
    return _profile(subject_id)


@operation(
    router, "GET", "/me/known/profile", audience="person", scope="buy", answer=ProfileAnswer, problems=(NotFound,)
)
def read_own_profile(request: Call, query: Annotated[KnownOfQuery, Query()]) -> dict[str, Any]:
    """Say whether lists are ordered without profile."""
    return _profile(access_subject(request.actor, _subject(request, query.shop_id)))


@operation(
    router, "PUT", "/me/known/profile", audience="person", scope="buy", answer=ProfileAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def choose_own_profile(request: Call, body: ProfileBody) -> dict[str, Any]:
    """Have lists ordered without profile, or with it again."""
    subject_id = _subject(request, body.shop_id)
    choose_without(actor=request.actor, now=request.now, subject_id=subject_id, without=body.without)
    return _profile(subject_id)


def _subject(request: Call, shop_id: UUID | None) -> UUID:
    return shop_id or require_person(request.actor)


def _profile(subject_id: UUID) -> dict[str, Any]:
    found = profile_of(subject_id)
    return {"without": found.without, "cleared_at": found.cleared_at}
