"""Shows before they are on: seen by everyone once announced, planned by a shop's people; and to be reminded of one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Lines, Moment, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.paging import BadCursor, moment_of, parts_of
from renmai.kit.problems import Invalid, NotFound, TooMany
from renmai.places.live.actions import (
    Plan,
    ShowGoodsUnknown,
    Slot,
    TooManyInShow,
    add_to_show,
    announce_show,
    answer_point,
    cancel_show,
    change_show,
    plan_show,
    remind_me,
    take_out_of_show,
    write_run,
)
from renmai.places.live.models import Show
from renmai.places.live.queries import (
    access_own_show,
    access_show,
    count_plans,
    list_live_shows,
    list_open_points,
    list_own_shows,
    list_planned_shows,
    list_replays,
)
from renmai.places.live.rules import MINUTES_MAX, SEGMENTS_MAX, BadShow, ShowNotNow
from renmai.places.shops.found import UnknownShop, shops_by_handle

router = Router(tags=["Shows"])
HOSTS = ("creator", "creator:content")
Title = Annotated[Word, StringConstraints(max_length=80)]
Line = Annotated[Word, StringConstraints(max_length=120)]
Thousand = Annotated[Lines, StringConstraints(max_length=1000)]


class ShowChangeBody(Body):
    """The plan of a show. `minutes`: how long it lasts; `cover_id`: a public picture."""

    title: Title = Field(examples=["Tea at four"])
    starts_at: Moment = Field(examples=["2026-12-24T08:00:00Z"])
    minutes: int = Field(ge=1, le=MINUTES_MAX, examples=[60])
    about: Thousand = Field("", examples=["Three teas of this spring."])
    cover_id: UUID | None = None
    circle_id: UUID | None = None
    ai_made: bool = False


class ShowBody(ShowChangeBody):
    """A new show, of a shop of one's own."""

    shop_id: UUID


class SegmentBody(Body):
    """One thing in the run-of-show. With `id` it stays the one it was. A show price needs a variant and stock for it."""

    pick_id: UUID
    id: UUID | None = None
    minutes: int = Field(5, ge=1, le=MINUTES_MAX)
    sku_id: UUID | None = None
    hook: Line = Field("", examples=["Smell this."])
    gift: Line = ""
    talking_points: Thousand = ""
    show_price_minor: Amount | None = None
    set_aside: int = Field(0, ge=0, le=1_000_000)
    per_buyer_max: int = Field(1, ge=1, le=999)
    policy: Literal["hold", "first_paid"] = "hold"


class RunBody(Body):
    """The run-of-show whole, in its order: what is left out is taken out."""

    segments: Annotated[list[SegmentBody], Field(max_length=SEGMENTS_MAX)]


class PointBody(Body):
    """An answer to a point of the checklist, about goods and prices as they are planned now."""

    note: Word = Field("", examples=["I made it myself."])


class ShowPartBody(Body):
    """Whom to let take part: `host` presents it too, `moderator` keeps order in the room."""

    handle: Word = Field(examples=["lin"])
    part: Literal["host", "moderator"]


class SegmentAnswer(Answer):
    """One thing that will be shown. Prices in minor units; the show price is told when it is raised as a drop."""

    id: UUID
    pick_id: UUID
    minutes: int
    hook: str
    gift: str
    has_show_price: bool


class OwnSegmentAnswer(SegmentAnswer):
    """The same for those who present it."""

    sku_id: UUID | None
    talking_points: str
    show_price_minor: int | None
    set_aside: int
    per_buyer_max: int
    policy: str = Field(examples=["hold"])


class ShowCardAnswer(Answer):
    """A show in a list."""

    id: UUID
    shop_id: UUID
    shop_handle: str = Field(examples=["lin"])
    shop_name: str = Field(examples=["Lin"])
    title: str = Field(examples=["Tea at four"])
    state: str = Field(examples=["planned"])
    cover_id: UUID | None
    circle_id: UUID | None
    ai_made: bool
    ai_persona: bool
    starts_at: datetime
    minutes: int
    began_at: datetime | None
    ended_at: datetime | None


class ShowsAnswer(Answer):
    """Shows, in the order asked for."""

    items: list[ShowCardAnswer]
    next: str | None


class ShowAnswer(ShowCardAnswer):
    """A show with what is shown in it. `advertising`: there are goods in it."""

    about: str
    advertising: bool
    segments: list[SegmentAnswer]


class ShowPartAnswer(Answer):
    """Somebody who takes part."""

    person_id: UUID
    part: str = Field(examples=["host"])


class OwnShowAnswer(ShowCardAnswer):
    """A show of one's own: `open_points` of the checklist still want an answer before it may begin."""

    about: str
    announced_at: datetime | None
    segments: list[OwnSegmentAnswer]
    people: list[ShowPartAnswer]
    open_points: list[str] = Field(examples=[["goods", "prices"]])
    reminders: int
    taken_down: bool


class OwnShowCard(Answer):
    """A show in one's own list."""

    id: UUID
    title: str
    state: str = Field(examples=["draft"])
    starts_at: datetime
    minutes: int
    announced_at: datetime | None
    began_at: datetime | None
    ended_at: datetime | None


class OwnShows(Answer):
    """One's own shows, newest first."""

    items: list[OwnShowCard]
    next: str | None


class ReminderAnswer(Answer):
    """Whether one is told when it begins."""

    reminded: bool


class ShowsQuery(PageQuery):
    """Which shows: those on, those to come, or those of one shop that can be watched again."""

    state: Literal["live", "planned", "ended"] = "live"
    shop_id: UUID | None = None


@operation(router, "GET", "/shows", audience="public", answer=ShowsAnswer, problems=(BadCursor, Invalid))
def list_shows(request: Call, query: Query[ShowsQuery]) -> dict[str, Any]:
    """List shows: on now, the newest first; to come, the next first; or the replays of a shop, the newest first."""
    of = [query.shop_id] if query.shop_id else None
    after, limit = _place(query.after), wide(query.limit)
    if query.state == "ended":
        if query.shop_id is None:
            raise Invalid(fields={"shop_id": "say of which shop"})
        rows = list_replays(query.shop_id, after=after, limit=limit)
    elif query.state == "live":
        rows = list_live_shows(shop_ids=of, after=after, limit=limit)
    else:
        rows = list_planned_shows(now=request.now, shop_ids=of, after=after, limit=limit)
    return page_json(rows, query.limit, lambda row: ((row.began_at or row.starts_at).isoformat(), row.id), _card)


@operation(router, "GET", "/shows/{uuid:show_id}", audience="public", answer=ShowAnswer, problems=(NotFound,))
def read_show(request: Call, show_id: UUID) -> dict[str, Any]:
    """Show a show that everyone sees, with what is shown in it."""
    view = access_show(ANONYMOUS, show_id)
    segments = [shown(SegmentAnswer, _segment(each)) for each in view.segments]
    return shown(
        ShowAnswer,
        _card(view.show) | {"about": view.show.about, "advertising": bool(segments), "segments": segments},
    )


@operation(
    router, "GET", "/shops/{uuid:shop_id}/shows", audience=HOSTS, answer=OwnShows, problems=(NotFound, BadCursor)
)
def list_shows_of_own_shop(request: Call, shop_id: UUID, query: Query[PageQuery]) -> dict[str, Any]:
    """List all shows of a shop of one's own, whatever their state."""
    rows = list_own_shows(request.actor, shop_id, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(OwnShowCard, row))


@operation(router, "GET", "/me/shows/{uuid:show_id}", audience=HOSTS, answer=OwnShowAnswer, problems=(NotFound,))
def read_own_show(request: Call, show_id: UUID) -> dict[str, Any]:
    """Show a show that one plans or presents, with all that only its people see."""
    return _own(request.actor, show_id)


@operation(
    router, "POST", "/shows", audience=HOSTS, answer=OwnShowAnswer, status=201, key="once",
    problems=(NotFound, Invalid, BadShow, TooMany),
)  # fmt: skip
def plan_own_show(request: Call, body: ShowBody) -> dict[str, Any]:
    """Begin to plan a show, as a draft."""
    show = plan_show(actor=request.actor, now=request.now, shop_id=body.shop_id, plan=_plan(body))
    return _own(request.actor, show.id)


@operation(
    router, "PUT", "/shows/{uuid:show_id}", audience=HOSTS, answer=OwnShowAnswer, key="once",
    problems=(NotFound, Invalid, BadShow, ShowNotNow),
)  # fmt: skip
def change_own_show(request: Call, show_id: UUID, body: ShowChangeBody) -> dict[str, Any]:
    """Plan a show otherwise: the whole of its plan. Who waits for it is told when its time moves."""
    change_show(actor=request.actor, now=request.now, show_id=show_id, plan=_plan(body))
    return _own(request.actor, show_id)


@operation(
    router, "PUT", "/shows/{uuid:show_id}/run", audience=HOSTS, answer=OwnShowAnswer, key="once",
    problems=(NotFound, Invalid, BadShow, ShowGoodsUnknown, ShowNotNow),
)  # fmt: skip
def write_own_run(request: Call, show_id: UUID, body: RunBody) -> dict[str, Any]:
    """Write the run-of-show whole. Other goods or prices open points of the checklist again."""
    slots = [Slot(**segment.model_dump()) for segment in body.segments]
    write_run(actor=request.actor, now=request.now, show_id=show_id, slots=slots)
    return _own(request.actor, show_id)


@operation(
    router, "PUT", "/shows/{uuid:show_id}/points/{str:point}", audience=HOSTS, answer=OwnShowAnswer, key="once",
    problems=(NotFound, Invalid),
)  # fmt: skip
def answer_own_point(request: Call, show_id: UUID, point: str, body: PointBody) -> dict[str, Any]:
    """Answer a point of the checklist before a show."""
    answer_point(actor=request.actor, now=request.now, show_id=show_id, point=point, note=body.note)
    return _own(request.actor, show_id)


@operation(
    router, "POST", "/shows/{uuid:show_id}/announcement", audience=HOSTS, answer=OwnShowAnswer, key="once",
    problems=(NotFound, BadShow, ShowNotNow),
)  # fmt: skip
def announce_own_show(request: Call, show_id: UUID) -> dict[str, Any]:
    """Show the plan to everyone and tell the shop's followers."""
    announce_show(actor=request.actor, now=request.now, show_id=show_id)
    return _own(request.actor, show_id)


@operation(
    router, "POST", "/shows/{uuid:show_id}/cancellation", audience=HOSTS, answer=OwnShowAnswer, key="once",
    problems=(NotFound, ShowNotNow),
)  # fmt: skip
def cancel_own_show(request: Call, show_id: UUID) -> dict[str, Any]:
    """Call a show off before it began; who waits for it is told."""
    cancel_show(actor=request.actor, now=request.now, show_id=show_id)
    return _own(request.actor, show_id)


@operation(
    router, "PUT", "/shows/{uuid:show_id}/people", audience=HOSTS, answer=OwnShowAnswer, key="once",
    problems=(NotFound, UnknownShop, TooManyInShow),
)  # fmt: skip
def put_into_show(request: Call, show_id: UUID, body: ShowPartBody) -> dict[str, Any]:
    """Let the person of a shop present a show too, or keep order in its room; again changes the part. They are told."""
    access_own_show(request.actor, show_id)
    shops = shops_by_handle([body.handle])
    if not shops:
        raise UnknownShop(handles=body.handle)
    person_id = shops[0].owner_id
    add_to_show(actor=request.actor, now=request.now, show_id=show_id, person_id=person_id, part=body.part)
    return _own(request.actor, show_id)


@operation(
    router, "DELETE", "/shows/{uuid:show_id}/people/{uuid:person_id}", audience=HOSTS, answer=OwnShowAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def take_from_show(request: Call, show_id: UUID, person_id: UUID) -> dict[str, Any]:
    """Take a part in a show from somebody; who has none is no error."""
    take_out_of_show(actor=request.actor, now=request.now, show_id=show_id, person_id=person_id)
    return _own(request.actor, show_id)


@operation(
    router, "PUT", "/shows/{uuid:show_id}/reminder", audience="person", scope="buy", answer=ReminderAnswer, key="once",
    problems=(NotFound, ShowNotNow),
)  # fmt: skip
def set_reminder(request: Call, show_id: UUID) -> dict[str, Any]:
    """Be told when an announced show begins."""
    remind_me(actor=request.actor, now=request.now, show_id=show_id)
    return {"reminded": True}


@operation(
    router, "DELETE", "/shows/{uuid:show_id}/reminder", audience="person", scope="buy", answer=ReminderAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def take_reminder_back(request: Call, show_id: UUID) -> dict[str, Any]:
    """Be told no more."""
    remind_me(actor=request.actor, now=request.now, show_id=show_id, wanted=False)
    return {"reminded": False}


def _place(cursor: str | None) -> tuple[datetime, UUID] | None:
    parts = parts_of(cursor, 2)
    if parts is None:
        return None
    try:
        return moment_of(parts[0]), UUID(parts[1])
    except ValueError:
        raise BadCursor() from None


def _plan(body: ShowChangeBody) -> Plan:
    return Plan(**body.model_dump(exclude={"shop_id"}))


def _card(show: Show) -> dict[str, Any]:
    shop = {"shop_handle": show.shop.handle, "shop_name": show.shop.name, "ai_persona": show.shop.ai_persona}
    plain = {name: getattr(show, name) for name in ShowCardAnswer.model_fields if name not in shop}
    return shown(ShowCardAnswer, plain | shop)


def _segment(segment: Any) -> dict[str, Any]:
    names = OwnSegmentAnswer.model_fields.keys() - {"has_show_price"}
    return {name: getattr(segment, name) for name in names} | {"has_show_price": segment.show_price_minor is not None}


def _own(actor: Actor, show_id: UUID) -> dict[str, Any]:
    view = access_show(actor, show_id)
    if not view.own:
        raise NotFound()
    return shown(OwnShowAnswer, _card(view.show) | {
        "about": view.show.about,
        "announced_at": view.show.announced_at,
        "segments": [shown(OwnSegmentAnswer, _segment(each)) for each in view.segments],
        "people": [shown(ShowPartAnswer, row) for row in view.show.people.order_by("id")],
        "open_points": list_open_points(view.show, view.segments),
        "reminders": count_plans([show_id])[show_id].reminders,
        "taken_down": view.show.hidden_at is not None,
    })  # fmt: skip
