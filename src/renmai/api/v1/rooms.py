"""Rooms of shows, for apps that build their own: how one stands, its line, and the pass to speak there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer
from renmai.api.v1.paging import PageQuery
from renmai.config import config
from renmai.kit.access import ANONYMOUS
from renmai.kit.paging import BadCursor, page_of
from renmai.kit.problems import NotFound
from renmai.places.live.queries import access_show
from renmai.places.streams.engines import playback_of
from renmai.places.talk.admission import pass_for
from renmai.places.talk.passes import PASS_SECONDS
from renmai.places.talk.queries import list_lines, read_room
from renmai.trade.promotions.queries import list_drops_of_show

router = Router(tags=["Rooms"])
NUMBER_MAX = 2**62


class DropInRoom(Answer):
    """A drop in a show; `free` is how many can be claimed now."""

    id: UUID
    segment_id: UUID
    pick_id: UUID
    sku_id: UUID
    title: str
    title_zh: str
    price_minor: int = Field(examples=[5900])
    quantity: int
    free: int
    per_buyer_max: int
    policy: str = Field(examples=["hold"])
    starts_at: datetime
    ends_at: datetime


class RoomAnswer(Answer):
    """How a room stands. `line` is the web socket's address, `film` the playlist's; `now` the house's clock."""

    show_id: UUID
    state: str = Field(examples=["live"])
    title: str = Field(examples=["Tea at noon"])
    pinned: str
    covered: bool = Field(description="The curtain hides the camera.")
    segment_id: UUID | None = Field(description="What is explained now.")
    began_at: datetime | None
    ended_at: datetime | None
    number: int = Field(description="The number of the line's last entry.")
    likes: int
    viewers: int
    drops: list[DropInRoom]
    line: str = Field(examples=["wss://shop.example.org/fast/live/0190.../room"])
    film: str
    now: datetime


class RoomLineAnswer(Answer):
    """Words of a person (`words`, `person_id`, `name`), or what happened (`kind` says what, `data` the rest)."""

    number: int
    kind: str = Field(examples=["said"])
    at: datetime
    person_id: UUID | None = None
    name: str = ""
    words: str = ""
    data: dict[str, Any]


class LinesPage(Answer):
    """What was said and happened, oldest first; `next` goes on."""

    items: list[RoomLineAnswer]
    next: str | None


class PassAnswer(Answer):
    """A pass for the first message of a line; null for who was taken out of the room: they may look only."""

    room_pass: str | None
    seconds: int = Field(examples=[60])


@operation(router, "GET", "/shows/{uuid:show_id}/room", audience="public", answer=RoomAnswer, problems=(NotFound,))
def read_one_room(request: Call, show_id: UUID) -> dict[str, Any]:
    """Show how the room of a show stands, and where its line and film are."""
    room, show = read_room(show_id, now=request.now), access_show(ANONYMOUS, show_id).show
    fast = config().fast_origin
    return room | {
        "show_id": show_id,
        "drops": list_drops_of_show(show_id, now=request.now),
        "line": fast.replace("http", "ws", 1) + f"/live/{show_id}/room",
        "film": fast + playback_of(show).playlist,
        "now": request.now,
    }


@operation(
    router,
    "GET",
    "/shows/{uuid:show_id}/room/lines",
    audience="public",
    answer=LinesPage,
    problems=(NotFound, BadCursor),
)
def list_room_lines(request: Call, show_id: UUID, query: Query[PageQuery]) -> dict[str, Any]:
    """List what was said and happened in a room, oldest first; `after` is a line's number."""
    after = query.after or "0"
    if len(after) > 19 or not after.isascii() or not after.isdigit() or int(after) > NUMBER_MAX:
        raise BadCursor()
    access_show(ANONYMOUS, show_id)
    lines = list_lines(show_id, after=int(after), limit=query.limit + 1)
    page = page_of(lines, query.limit, str(lines[query.limit - 1]["number"]) if len(lines) > query.limit else None)
    return {"items": [_line(line) for line in page.items], "next": page.next_cursor}


def _line(line: dict[str, Any]) -> dict[str, Any]:
    named = {name: line[name] for name in RoomLineAnswer.model_fields if name in line}
    return named | {"data": {name: value for name, value in line.items() if name not in named}}


@operation(
    router, "POST", "/shows/{uuid:show_id}/room/pass", audience="person", scope="buy", answer=PassAnswer, key="reads",
    problems=(NotFound,),
)  # fmt: skip
def make_room_pass(request: Call, show_id: UUID) -> dict[str, Any]:
    """Give a pass into a room, for one connection: it is said in the line's first message, within a minute."""
    held = pass_for(request.actor, access_show(request.actor, show_id), now=request.now)
    return {"room_pass": held, "seconds": PASS_SECONDS}
