"""Messages between a person and a shop, from either side."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer, Body, Lines
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.paging import BadCursor, moment_of, parts_of
from renmai.kit.problems import Invalid, NotFound, TooMany
from renmai.people.messages.actions import block_talk, mute_talk, read_shop_talk, read_talk
from renmai.people.messages.models import Message, Talk
from renmai.people.messages.queries import (
    TalkRow,
    access_shop_talk,
    access_talk,
    list_messages,
    list_shop_talks,
    list_talks,
)
from renmai.people.messages.rules import OwnShop, ShopClosed, TalkBlocked
from renmai.places.shops.talking import answer_for_shop, write_to_shop

router = Router(tags=["Messages"])


class WordsBody(Body):
    """What to write."""

    words: Lines = Field(examples=["Is the glaze food safe?"])


class BeginBody(WordsBody):
    """To which shop, and what."""

    shop_id: UUID


class TalkChange(Body):
    """What of a talk is to change; what is left out stays."""

    muted: bool | None = None
    blocked: bool | None = None


class TalkAnswer(Answer):
    """A talk with its newest words ("" when they were taken down). `unread`: the other side wrote since you read.

    `person_name` is what the shop sees of who writes; your own name where it is your talk.
    """

    id: UUID
    shop_id: UUID
    person_name: str = Field(examples=["Ning"])
    words: str = Field(examples=["It is."])
    from_shop: bool
    unread: bool
    muted: bool
    blocked: bool
    last_at: datetime


class TalkPage(Answer):
    """Talks, the newest words first."""

    items: list[TalkAnswer]
    next: str | None


class MessageAnswer(Answer):
    """A message. `hidden_at`: it was taken down, and its words are shown to nobody."""

    id: UUID
    talk_id: UUID
    from_shop: bool
    words: str = Field(examples=["It is."])
    at: datetime
    hidden_at: datetime | None


class MessagePage(Answer):
    """Messages of a talk, newest first."""

    items: list[MessageAnswer]
    next: str | None


class TalkReadAnswer(Answer):
    """Whether anything had been unread."""

    was_unread: bool


class TalkStanding(Answer):
    """How one's own talk stands."""

    id: UUID
    muted: bool
    blocked: bool


class ShopTalksQuery(PageQuery):
    """Of which shop."""

    shop_id: UUID


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    parts = parts_of(cursor, 2)
    if parts is None:
        return None
    try:
        return moment_of(parts[0]), UUID(parts[1])
    except ValueError:
        raise BadCursor() from None


def _place(row: TalkRow) -> tuple[Any, ...]:
    return row.last_at.isoformat(), row.id


def _messages(talk: Talk, query: PageQuery) -> dict[str, Any]:
    found = list_messages(talk, after=id_after(query.after), limit=wide(query.limit))
    return page_json(found, query.limit, lambda message: (message.id,), _shown)


def _shown(message: Message) -> dict[str, Any]:
    names = ("id", "talk_id", "from_shop", "words", "at", "hidden_at")
    return {name: getattr(message, name) for name in names}


@operation(router, "GET", "/talks", audience="person", scope="buy", answer=TalkPage, problems=(BadCursor,))
def list_own_talks(request: Call, query: Annotated[PageQuery, Query()]) -> dict[str, Any]:
    """List one's own talks with shops, the newest words first."""
    rows = list_talks(request.actor, after=_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, _place)


@operation(
    router,
    "POST",
    "/talks",
    audience="person",
    scope="buy",
    answer=MessageAnswer,
    status=201,
    key="once",
    problems=(NotFound, Invalid, OwnShop, ShopClosed, TooMany),
)
def write_message(request: Call, body: BeginBody) -> dict[str, Any]:
    """Write to a shop: the first message begins the talk.

    At most 60 an hour, and 20 new talks a day. Writing to a shop that one blocked lets it write again.
    """
    return _shown(write_to_shop(actor=request.actor, now=request.now, shop_id=body.shop_id, words=body.words))


@operation(
    router,
    "GET",
    "/talks/{uuid:talk_id}/messages",
    audience="person",
    scope="buy",
    answer=MessagePage,
    problems=(NotFound, BadCursor),
)
def list_talk_messages(request: Call, talk_id: UUID, query: Annotated[PageQuery, Query()]) -> dict[str, Any]:
    """List the messages of a talk of one's own, newest first."""
    return _messages(access_talk(request.actor, talk_id), query)


@operation(
    router,
    "POST",
    "/talks/{uuid:talk_id}/read",
    audience="person",
    scope="buy",
    answer=TalkReadAnswer,
    key="once",
    problems=(NotFound,),
)
def read_own_talk(request: Call, talk_id: UUID) -> dict[str, Any]:
    """Say that one has read a talk of one's own."""
    return {"was_unread": read_talk(actor=request.actor, now=request.now, talk_id=talk_id)}


@operation(
    router,
    "PATCH",
    "/talks/{uuid:talk_id}",
    audience="person",
    scope="buy",
    answer=TalkStanding,
    key="once",
    problems=(NotFound,),
)
def change_own_talk(request: Call, talk_id: UUID, body: TalkChange) -> dict[str, Any]:
    """Mute a talk of one's own, block its shop, or take that back."""
    talk = access_talk(request.actor, talk_id)
    if body.muted is not None:
        talk = mute_talk(actor=request.actor, now=request.now, talk_id=talk_id, muted=body.muted)
    if body.blocked is not None:
        talk = block_talk(actor=request.actor, now=request.now, talk_id=talk_id, blocked=body.blocked)
    return {"id": talk.id, "muted": talk.muted_at is not None, "blocked": talk.blocked_at is not None}


@operation(
    router,
    "GET",
    "/shop-talks",
    audience=("creator", "creator:service"),
    answer=TalkPage,
    problems=(NotFound, BadCursor),
)
def list_own_shop_talks(request: Call, query: Annotated[ShopTalksQuery, Query()]) -> dict[str, Any]:
    """List who writes to a shop of one's own, the newest words first."""
    rows = list_shop_talks(request.actor, query.shop_id, after=_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, _place)


@operation(
    router,
    "GET",
    "/shop-talks/{uuid:talk_id}/messages",
    audience=("creator", "creator:service"),
    answer=MessagePage,
    problems=(NotFound, BadCursor),
)
def list_shop_messages(request: Call, talk_id: UUID, query: Annotated[PageQuery, Query()]) -> dict[str, Any]:
    """List the messages of a talk of one's own shop, newest first."""
    return _messages(access_shop_talk(request.actor, talk_id), query)


@operation(
    router,
    "POST",
    "/shop-talks/{uuid:talk_id}/messages",
    audience=("creator", "creator:service"),
    answer=MessageAnswer,
    status=201,
    key="once",
    problems=(NotFound, Invalid, TalkBlocked, TooMany),
)
def answer_message(request: Call, talk_id: UUID, body: WordsBody) -> dict[str, Any]:
    """Answer a person for one's own shop."""
    return _shown(answer_for_shop(actor=request.actor, now=request.now, talk_id=talk_id, words=body.words))


@operation(
    router,
    "POST",
    "/shop-talks/{uuid:talk_id}/read",
    audience=("creator", "creator:service"),
    answer=TalkReadAnswer,
    key="once",
    problems=(NotFound,),
)
def read_own_shop_talk(request: Call, talk_id: UUID) -> dict[str, Any]:
    """Say that a shop's people have read a talk."""
    return {"was_unread": read_shop_talk(actor=request.actor, now=request.now, talk_id=talk_id)}
