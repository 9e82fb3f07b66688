"""A show while it is on, for those who hold it: begin, explain, pin, curtain, drops, bag, coupons, cameras, order in the room."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Word
from renmai.api.v1.promotions import Count, DropAnswer
from renmai.config import config
from renmai.kit.problems import Invalid, NotFound
from renmai.places.live.models import Segment, Show
from renmai.places.live.rules import BadShow, ChecklistOpen, ShowNotNow
from renmai.places.live.stage_actions import (
    PINNED_MAX,
    AlreadyLive,
    LiveNotAllowed,
    begin_show,
    draw_curtain,
    end_show,
    explain,
    pin,
)
from renmai.places.streams.engines import CameraRefused, add_camera, revoke_encoder
from renmai.places.talk.actions import BagOpen, NotHere, hide_line, lift_silence, silence
from renmai.trade.promotions.drop_rules import BadDrop, DropPriceRefused, DropTooLarge
from renmai.trade.promotions.models import Drop
from renmai.trade.promotions.prizes import NotACouponHere, raise_prize_bag, show_coupon
from renmai.trade.promotions.queries import access_drop
from renmai.trade.promotions.show_drops import end_raised_drop, raise_drop
from renmai.trade.reports.stage import read_board

router = Router(tags=["Shows"])
Seconds = Annotated[int, Field(strict=True, ge=0, le=600)]


class StageAnswer(Answer):
    """A show as it stands: what is explained, what is pinned, whether the curtain is drawn."""

    id: UUID
    state: str = Field(examples=["live"])
    began_at: datetime | None
    ended_at: datetime | None
    segment_id: UUID | None = Field(description="The segment being explained.")
    pinned: str = Field(examples=["Shipping is on us until ten"])
    covered: bool = Field(examples=[False])


class ExplainBody(Body):
    """What is explained from now on; none: no goods."""

    segment_id: UUID | None = None


class PinBody(Body):
    """Words on top of the talk; "" takes them away."""

    words: Annotated[Word, StringConstraints(max_length=PINNED_MAX)] = Field("", examples=["Shipping is on us"])


class CurtainBody(Body):
    """Whether the camera is covered."""

    closed: bool


class RaiseBody(Body):
    """A drop of a segment, from `seconds_to_start` on for `minutes`; what is not given is as the segment plans it."""

    segment_id: UUID
    seconds_to_start: Seconds = Field(10, examples=[10])
    minutes: Annotated[int, Field(strict=True, ge=1, le=240)] = Field(10, examples=[10])
    sku_id: UUID | None = None
    price_minor: Amount | None = Field(None, examples=[5500])
    quantity: Count | None = Field(None, examples=[30])
    policy: Literal["hold", "first_paid"] | None = None
    per_buyer_max: Count | None = Field(None, examples=[1])


class BagBody(Body):
    """A lucky bag: who says `word` within `seconds` takes part; `winners_max` get a coupon like `coupon_id`."""

    word: Annotated[Word, StringConstraints(max_length=40)] = Field(examples=["Spring"])
    coupon_id: UUID
    winners_max: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(examples=[5])
    seconds: Annotated[int, Field(strict=True, ge=10, le=600)] = Field(examples=[180])


class BagAnswer(Answer):
    """A lucky bag; the seed's hash is told in the room, the seed itself when it is drawn."""

    id: UUID
    word: str = Field(examples=["Spring"])
    winners_max: int = Field(examples=[5])
    ends_at: datetime


class ShowCouponBody(Body):
    """A coupon of the shop."""

    coupon_id: UUID


class CameraBody(Body):
    """What sends film: `browser` by POST and PUT to the fast door, `rtmp` by an encoder."""

    engine: Literal["browser", "rtmp"]


class CameraAnswer(Answer):
    """A camera and its key, which is told this once. `address`: where it sends to."""

    id: UUID
    engine: str = Field(examples=["rtmp"])
    key: str = Field(examples=["hX0c..."])
    address: str = Field(examples=["rtmp://127.0.0.1:1935/live"])


class SilenceBody(Body):
    """For `minutes` (none: the whole show) somebody may not write; `removed`: they are taken out of the room."""

    minutes: Annotated[int, Field(strict=True, ge=1, le=720)] | None = Field(None, examples=[5])
    removed: bool = False
    why: Annotated[Word, StringConstraints(max_length=200)] = Field("", examples=["Advertised another shop"])


class SilencedAnswer(Answer):
    """Somebody who may not write in a room."""

    person_id: UUID
    removed: bool
    until: datetime | None
    why: str = Field(examples=["Advertised another shop"])


class BoardAnswer(StageAnswer):
    """The show in numbers. Amounts are None for who only keeps order; `earned_minor` for who does not keep the shop."""

    viewers: int = Field(examples=[128])
    likes: int = Field(examples=[2040])
    orders: int | None = Field(examples=[12])
    turnover_minor: int | None = Field(examples=[128_000])
    turnover_minute_minor: int | None = Field(description="In the last minute.", examples=[5500])
    earned_minor: int | None = Field(description="The shop's own part, estimated.", examples=[32_000])
    silenced: list[SilencedAnswer]


def _stage(show: Show) -> dict[str, Any]:
    return {
        "id": show.id, "state": show.state, "began_at": show.began_at, "ended_at": show.ended_at,
        "segment_id": show.stage_segment_id, "pinned": show.pinned, "covered": show.covered_at is not None,
    }  # fmt: skip


@operation(
    router, "GET", "/shows/{uuid:show_id}/board", audience="person", scope="shop", answer=BoardAnswer,
    problems=(NotFound,),
)  # fmt: skip
def read_show_board(request: Call, show_id: UUID) -> dict[str, Any]:
    """Show a show in numbers, to those who hold it or keep order in it."""
    board = read_board(request.actor, show_id, now=request.now)
    names = ("orders", "turnover_minor", "turnover_minute_minor", "earned_minor")
    figures = {name: getattr(board.sales, name) if board.sales else None for name in names}
    silenced = [shown(SilencedAnswer, row) for row in board.silenced]
    counts = {"viewers": board.viewers, "likes": board.likes, "silenced": silenced}
    return _stage(board.show) | figures | counts


@operation(
    router, "POST", "/shows/{uuid:show_id}/beginning", audience="person", scope="shop", answer=StageAnswer, key="once",
    problems=(NotFound, ShowNotNow, BadShow, ChecklistOpen, AlreadyLive, LiveNotAllowed),
)  # fmt: skip
def begin_own_show(request: Call, show_id: UUID) -> dict[str, Any]:
    """Go live: open the room. The checklist must be complete."""
    return _stage(begin_show(actor=request.actor, now=request.now, show_id=show_id))


@operation(
    router, "POST", "/shows/{uuid:show_id}/ending", audience="person", scope="shop", answer=StageAnswer, key="once",
    problems=(NotFound, ShowNotNow),
)  # fmt: skip
def end_own_show(request: Call, show_id: UUID) -> dict[str, Any]:
    """End a show that is on."""
    return _stage(end_show(actor=request.actor, now=request.now, show_id=show_id))


@operation(
    router, "PUT", "/shows/{uuid:show_id}/stage", audience="person", scope="shop", answer=StageAnswer, key="once",
    problems=(NotFound, ShowNotNow),
)  # fmt: skip
def explain_segment(request: Call, show_id: UUID, body: ExplainBody) -> dict[str, Any]:
    """Explain a segment from now on."""
    return _stage(explain(actor=request.actor, now=request.now, show_id=show_id, segment_id=body.segment_id))


@operation(
    router, "PUT", "/shows/{uuid:show_id}/pin", audience="person", scope="shop", answer=StageAnswer, key="once",
    problems=(NotFound, ShowNotNow),
)  # fmt: skip
def pin_words(request: Call, show_id: UUID, body: PinBody) -> dict[str, Any]:
    """Keep words on top of the room's talk."""
    return _stage(pin(actor=request.actor, now=request.now, show_id=show_id, words=body.words))


@operation(
    router, "PUT", "/shows/{uuid:show_id}/curtain", audience="person", scope="shop", answer=StageAnswer, key="once",
    problems=(NotFound, ShowNotNow),
)  # fmt: skip
def move_curtain(request: Call, show_id: UUID, body: CurtainBody) -> dict[str, Any]:
    """Cover the camera, or show it again; what is filmed meanwhile is kept and shown to nobody."""
    return _stage(draw_curtain(actor=request.actor, now=request.now, show_id=show_id, closed=body.closed))


@operation(
    router, "POST", "/shows/{uuid:show_id}/drops", audience="person", scope="shop", answer=DropAnswer, status=201,
    key="own", problems=(NotFound, ShowNotNow, BadDrop, DropPriceRefused, DropTooLarge),
)  # fmt: skip
def raise_show_drop(request: Call, show_id: UUID, body: RaiseBody) -> dict[str, Any]:
    """Raise a drop in a show that is on, as its run-of-show plans it or otherwise."""
    if not Segment.objects.filter(id=body.segment_id, show_id=show_id).exists():
        raise NotFound()
    drop = raise_drop(actor=request.actor, now=request.now, key=request.key, **body.model_dump())
    return _drop(request, drop)


@operation(
    router, "DELETE", "/shows/{uuid:show_id}/drops/{uuid:drop_id}", audience="person", scope="shop", answer=DropAnswer,
    key="once", problems=(NotFound,),
)  # fmt: skip
def end_show_drop(request: Call, show_id: UUID, drop_id: UUID) -> dict[str, Any]:
    """End a drop of a show before its time."""
    return _drop(request, end_raised_drop(actor=request.actor, now=request.now, show_id=show_id, drop_id=drop_id))


def _drop(request: Call, drop: Drop) -> dict[str, Any]:
    view = access_drop(request.actor, drop.id, now=request.now)
    names = [name for name in DropAnswer.model_fields if name not in ("state", "free")]
    return {name: getattr(view.drop, name) for name in names} | {"state": view.state, "free": view.free}


@operation(
    router, "POST", "/shows/{uuid:show_id}/bags", audience="person", scope="shop", answer=BagAnswer, status=201,
    key="once", problems=(NotFound, ShowNotNow, Invalid, BagOpen, NotACouponHere),
)  # fmt: skip
def raise_lucky_bag(request: Call, show_id: UUID, body: BagBody) -> dict[str, Any]:
    """Raise a lucky bag; who wins is told, and holds a coupon of their own."""
    return shown(BagAnswer, raise_prize_bag(actor=request.actor, now=request.now, show_id=show_id, **body.model_dump()))


@operation(
    router, "POST", "/shows/{uuid:show_id}/coupons", audience="person", scope="shop", answer=ShowCouponBody, key="once",
    problems=(NotFound, ShowNotNow, NotACouponHere),
)  # fmt: skip
def show_coupon_in_room(request: Call, show_id: UUID, body: ShowCouponBody) -> dict[str, Any]:
    """Show a coupon of the shop, with its code, to everyone in the room."""
    coupon = show_coupon(actor=request.actor, now=request.now, show_id=show_id, coupon_id=body.coupon_id)
    return {"coupon_id": coupon.id}


@operation(
    router, "POST", "/shows/{uuid:show_id}/cameras", audience="person", scope="shop", answer=CameraAnswer, status=201,
    key="own", problems=(NotFound, CameraRefused),
)  # fmt: skip
def add_show_camera(request: Call, show_id: UUID, body: CameraBody) -> dict[str, Any]:
    """Let a camera send film to a show; the key is told this once.

    It is kept nowhere, so this answer is never given again: the same call repeated makes another key, and an encoder's
    new key replaces the one before.
    """
    camera, key = add_camera(actor=request.actor, now=request.now, show_id=show_id, engine=body.engine)
    browser = f"{config().fast_origin}/live/{show_id}/takes"
    address = browser if body.engine == "browser" else config().rtmp_address
    return {"id": camera.id, "engine": camera.engine, "key": key, "address": address}


@operation(
    router, "DELETE", "/shows/{uuid:show_id}/cameras/encoder", audience="person", scope="shop", answer=StageAnswer,
    key="once", problems=(NotFound,),
)  # fmt: skip
def revoke_stream_key(request: Call, show_id: UUID) -> dict[str, Any]:
    """Take back the stream key of the encoder; where there is none it is no error."""
    revoke_encoder(actor=request.actor, now=request.now, show_id=show_id)
    return _stage(Show.objects.get(id=show_id))


@operation(
    router, "PUT", "/shows/{uuid:show_id}/silences/{uuid:person_id}", audience="person", scope="shop",
    answer=SilencedAnswer, key="once", problems=(NotFound, Invalid, NotHere),
)  # fmt: skip
def silence_in_room(request: Call, show_id: UUID, person_id: UUID, body: SilenceBody) -> dict[str, Any]:
    """Take the word from somebody in the room, or take them out of it, as one who keeps order there."""
    asked = body.model_dump()
    return shown(
        SilencedAnswer,
        silence(actor=request.actor, now=request.now, show_id=show_id, person_id=person_id, **asked),
    )


@operation(
    router, "DELETE", "/shows/{uuid:show_id}/silences/{uuid:person_id}", audience="person", scope="shop",
    answer=StageAnswer, key="once", problems=(NotFound,),
)  # fmt: skip
def lift_silence_in_room(request: Call, show_id: UUID, person_id: UUID) -> dict[str, Any]:
    """Give somebody the word again."""
    lift_silence(actor=request.actor, now=request.now, show_id=show_id, person_id=person_id)
    return _stage(Show.objects.get(id=show_id))


@operation(
    router, "DELETE", "/shows/{uuid:show_id}/lines/{int:number}", audience="person", scope="shop", answer=StageAnswer,
    key="once", problems=(NotFound,),
)  # fmt: skip
def hide_room_line(request: Call, show_id: UUID, number: int) -> dict[str, Any]:
    """Take a line out of the room; it is kept for the law and shown to nobody."""
    hide_line(actor=request.actor, now=request.now, show_id=show_id, number=number)
    return _stage(Show.objects.get(id=show_id))
