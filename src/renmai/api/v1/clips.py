"""After a show: its clips, for everyone, and its report, for those whose trade it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Router

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body
from renmai.config import config
from renmai.kit.problems import NotFound
from renmai.places.streams.actions import show_clip
from renmai.places.streams.queries import access_clip, list_clips, list_own_clips
from renmai.trade.reports.shows import Part, read_show_report

router = Router(tags=["Shows"])


class ClipAnswer(Answer):
    """A clip: one pick being explained in a show. `film` is an MP4 that answers ranges; `cover_id` the goods' picture."""

    id: UUID
    show_id: UUID
    segment_id: UUID
    pick_id: UUID
    shop_id: UUID
    title: str
    milliseconds: int
    starts_ms: int
    width: int
    height: int
    cover_id: UUID | None
    ai_made: bool
    shown: bool
    film: str


class ClipsAnswer(Answer):
    """Clips, those of the newest show first."""

    items: list[ClipAnswer]


class ClipBody(Body):
    """Whether everyone may see a clip."""

    shown: bool


class MinuteAnswer(Answer):
    """A minute of a show: the most viewers at once, and how many came in."""

    at: datetime
    most: int
    came: int


class SegmentReportAnswer(Answer):
    """A segment: what was planned and what came of it. Amounts in minor units, null where they are not yours to see."""

    id: UUID
    position: int
    pick_id: UUID
    title: str
    planned_minutes: int
    explained_seconds: int
    viewers_most: int
    viewers_mean: int
    views: int
    carts: int
    orders: int
    units: int
    paid_minor: int | None
    refunded_minor: int | None
    earned_minor: int
    drop_units: int
    drop_held: int
    drop_sold: int


class ShowReportAnswer(Answer):
    """The report of a show, counted anew from its orders. `earned_minor` is your own part, estimated until settled."""

    show_id: UUID
    began_at: datetime
    ended_at: datetime | None
    currency: str
    peak: int
    came: int
    likes: int
    lines: int
    orders: int
    buyers: int
    units: int
    paid_minor: int | None
    refunded_minor: int | None
    earned_minor: int
    minutes: list[MinuteAnswer]
    segments: list[SegmentReportAnswer]


@operation(router, "GET", "/shows/{uuid:show_id}/clips", audience="public", answer=ClipsAnswer)
def list_clips_of_show(request: Call, show_id: UUID) -> dict[str, Any]:
    """List the clips of a show that everyone sees."""
    return {"items": [_clip(row) for row in list_clips(show_id=show_id, limit=100)]}


@operation(router, "GET", "/picks/{uuid:pick_id}/clips", audience="public", answer=ClipsAnswer)
def list_clips_of_pick(request: Call, pick_id: UUID) -> dict[str, Any]:
    """List the clips in which a pick is explained."""
    return {"items": [_clip(row) for row in list_clips(pick_ids=[pick_id], limit=100)]}


@operation(router, "GET", "/clips/{uuid:clip_id}", audience="public", answer=ClipAnswer, problems=(NotFound,))
def read_clip(request: Call, clip_id: UUID) -> dict[str, Any]:
    """Show a clip that everyone sees."""
    return _clip(access_clip(clip_id))


@operation(
    router, "PUT", "/clips/{uuid:clip_id}", audience="creator", answer=ClipAnswer, key="once", problems=(NotFound,)
)
def show_own_clip(request: Call, clip_id: UUID, body: ClipBody) -> dict[str, Any]:
    """Hide a clip of a show of one's own, or show it again."""
    clip = show_clip(actor=request.actor, now=request.now, clip_id=clip_id, shown=body.shown)
    return next(_clip(row) for row in list_own_clips(request.actor, clip.show_id) if row["id"] == clip_id)


@operation(
    router, "GET", "/shows/{uuid:show_id}/report", audience=("creator", "agency", "operator"), answer=ShowReportAnswer,
    problems=(NotFound,),
)  # fmt: skip
def read_report_of_show(request: Call, show_id: UUID) -> dict[str, Any]:
    """Show what came of a show that is on or over."""
    report = read_show_report(request.actor, show_id)
    return {
        "show_id": show_id, "began_at": report.show.began_at, "ended_at": report.show.ended_at,
        "currency": config().currency, "peak": report.peak, "came": report.came, "likes": report.likes,
        "lines": report.lines, **_sold(report.total), "buyers": report.total.buyers,
        "minutes": [{"at": at, "most": most, "came": came} for at, most, came in report.minutes],
        "segments": [_part(part) for part in report.parts],
    }  # fmt: skip


def _clip(row: dict[str, Any]) -> dict[str, Any]:
    film = f"{config().fast_origin}/live/{row['show_id']}/clips/{row['id']}.mp4"
    return shown(ClipAnswer, row | {"film": film})


def _sold(sold: Any) -> dict[str, Any]:
    return {name: getattr(sold, name) for name in ("orders", "units", "paid_minor", "refunded_minor", "earned_minor")}


def _part(part: Part) -> dict[str, Any]:
    own = set(SegmentReportAnswer.model_fields) - set(_sold(part.sold))
    return {name: getattr(part, name) for name in own} | _sold(part.sold)
